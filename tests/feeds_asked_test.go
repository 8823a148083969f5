package tests

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/starter/commands"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/patch"
)

// A rollout that was started on the command line for a vulnerability hears what the
// feeds say about it, and its deadlines follow; no second one is opened.
// Requirements 15, 16.
func TestFeeds_InformWhatPeopleStarted(t *testing.T) {
	t.Parallel()
	fleet := harness.StartFleet(t, false)
	p := newNewsroom(t, harness.WorldOptions{Env: fleet.Environment()})
	y := &yard{p.World, fleet}
	p.Run(app.RoleAll)
	p.Card("Feed known-exploited: 15 set aside", harness.Says("CVE-2021-34527"))
	fleet.Save("yard-dev", harness.Yard("new"))
	var begun struct{ Number string }
	y.starter(commands.ExitOK, &begun, "patch", "start", "--system", "yard-flows", "--from", "yard-dev", "--summary", "Yard flows", "--version", "2.1",
		"--vulnerability", "CVE-2026-4242", "--as", "cli:jonas")
	before := y.shows(begun.Number, func(s patch.Standing) bool { return len(s.Clocks) == 4 })

	advisory := strings.NewReplacer("ICSA-24-193-08", "ICSA-26-001-01", "CVE-2024-39888", "CVE-2026-4242").Replace(string(p.at.Document("/csaf/icsa-24-193-08.json")))
	p.at.Publish("/csaf/icsa-26-001-01.json", []byte(advisory), time.Now())
	p.readNow()
	published := time.Date(2024, 7, 9, 0, 0, 0, 0, time.UTC)
	now := y.shows(begun.Number, func(s patch.Standing) bool { return s.Clocks[0].Start.At.Equal(published) })
	require.True(t, now.Clocks[0].Due.Before(before.Clocks[0].Due), "found when it was asked for, published years before")
	for range 2 {
		p.list("CVE-2026-4242")
		p.readNow()
	}
	informed := map[rules.AdviceKind]int{}
	for _, f := range facts[rules.AdvisedFacts](t, p.World, rules.AdvisedSubject, rules.EventAdvised) {
		if f.Rollout == before.Subject {
			informed[f.Kind]++
		}
		require.NotEqual(t, patch.AdvisoryID("ICSA-26-001-01", "yard-flows"), f.Rollout)
	}
	require.Equal(t, map[rules.AdviceKind]int{rules.InformRollout: 2}, informed)
	require.Empty(t, p.Verify().Findings)
}
