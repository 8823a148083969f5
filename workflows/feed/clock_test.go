package feed_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/integrations/advisories/advisoriestest"
)

// A first reading with a clock that is a year ahead makes nothing old for ever: when
// it is right again, what is new opens rollouts, and what was there is looked at
// again (P13, P17).
func TestP17_AClockThatWasAheadMakesNothingOld(t *testing.T) {
	w := newWorld(t)
	w.edit(func(s string) string { return strings.ReplaceAll(s, "look_back: 1825d", "look_back: 90d") })
	path := "/csaf/icsa-24-193-08.json"
	fresh := strings.ReplaceAll(string(w.at.Document(path)), "2024-07-09T00:00:00.000000Z", thursday.Add(-24*time.Hour).Format(time.RFC3339))
	w.at.Publish(path, []byte(fresh), thursday.Add(-24*time.Hour))
	w.now = thursday.AddDate(1, 0, 0)
	require.NoError(t, w.pass(0))
	require.Empty(t, w.begun, "a year old by that clock")

	w.now = thursday
	require.NoError(t, w.pass(0))
	require.Equal(t, first[3:], w.opened())
	w.list("CVE-2026-0001", "Siemens", "Mendix Runtime", "2026-11-26")
	require.NoError(t, w.pass(time.Hour))
	require.Len(t, w.begun, 2)

	// Back again while nobody answers: what was read in the future is no reading.
	w.at.Set(advisoriestest.Down)
	w.now = thursday.Add(-24 * time.Hour)
	require.NoError(t, w.pass(0))
	require.Equal(t, rules.FeedUnread, w.turns(kev)[len(w.turns(kev))-1])
	require.Len(t, w.raised, 2, "somebody is called about each feed")
}
