package policy_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/policy"
)

// How long a change may be on hold has a default, which is written out in what is
// pinned; rules pinned before there were holds have it, too (C3).
func TestC3_HoldLimit(t *testing.T) {
	files := example(t)
	files[chainsFile] = mapFile(strings.Replace(string(files[chainsFile].Data), "    resubmit: 168h\n", "    resubmit: 168h\n    hold_limit: 10d\n", 1))
	rules, _ := load(t, files)
	standard, _ := rules.Chain("standard")
	require.Equal(t, 240*time.Hour, standard.HoldLimit)
	low, _ := rules.Chain("low-risk")
	require.Equal(t, 720*time.Hour, low.HoldLimit)
	require.Equal(t, 2, strings.Count(string(rules.Canonical()), `"hold_limit":"720h"`))

	older := bytes.ReplaceAll(rules.Canonical(), []byte(`"hold_limit":"720h",`), nil)
	restored, err := policy.Restore(older)
	require.NoError(t, err)
	low, _ = restored.Chain("low-risk")
	require.Equal(t, 720*time.Hour, low.HoldLimit)

	for text, want := range map[string]string{
		"a while": `rules/chains.yaml:7: chains[0].hold_limit: "a while" is not a duration (write "48h", "90m" or "14d" (a day is 24 hours))`,
		"30m":     `rules/chains.yaml:7: chains[0].hold_limit: a change could be on hold for 30m only, and then counts as withdrawn (give at least 1h0m0s, so that people can be told before)`,
	} {
		files := example(t)
		files[chainsFile] = mapFile(strings.Replace(string(files[chainsFile].Data), "    resubmit: 168h\n", "    resubmit: 168h\n    hold_limit: "+text+"\n", 1))
		found := problems(t, files)
		require.Len(t, found, 1)
		require.Equal(t, want, found[0].String())
	}
}

// A status for changes on hold, or that were replaced, may be left out (C3, C4).
func TestC3_OptionalStatuses(t *testing.T) {
	rules, _ := load(t, policy.ExampleFS())
	require.Empty(t, rules.Tickets().OptionalStatuses())
	files := example(t)
	files[organisationFile] = mapFile(strings.Replace(string(files[organisationFile].Data), "    expired: Expired\n", "    expired: Expired\n    superseded: Replaced\n    held: On Hold\n", 1))
	rules, _ = load(t, files)
	require.Equal(t, []string{"held", "superseded"}, rules.Tickets().OptionalStatuses())
	require.Equal(t, "On Hold", rules.Tickets().Statuses["held"])
}
