package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	rules "github.com/lowcodex/countersign/compliance/observation"
	"github.com/lowcodex/countersign/starter/commands"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/observation"
)

// Somebody saves a flow by hand: the next look finds what nobody approved, the people of the
// system are told once, and an approver names the incident that explains it.
func TestObservation_AnEditByHandIsFoundToldAndExplained(t *testing.T) {
	t.Parallel()
	fleet := harness.StartFleet(t, false)
	w := harness.NewWorld(t, harness.WorldOptions{Env: fleet.Environment(), Policy: func(dir string) {
		harness.Edit(t, dir, "rules/patch.yaml", "    address: YARD_GATE\n", "    address: YARD_GATE\n    observe: {every: 15m}\n")
	}})
	w.Run(app.RoleAll)
	ctx, cancel := context.WithTimeout(context.Background(), harness.StoryWithin)
	defer cancel()
	const target = "target/yard-gate"
	until := func(what string, is func() bool) {
		t.Helper()
		for !is() {
			select {
			case <-ctx.Done():
				require.FailNow(t, what)
			case <-time.After(50 * time.Millisecond): // the record announces itself to nobody
			}
		}
	}
	until("the schedule never looked at the target", func() bool { return slices.Contains(w.Recorded(target), "observed") })
	starter := func(want int, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		code := commands.Run(ctx, args, strings.NewReader(""), &out, &errs, w.Env().Environ())
		require.Equal(t, want, code, "starter %s\n%s%s", strings.Join(args, " "), out.String(), errs.String())
		return out.String() + errs.String()
	}
	look := func() rules.Outcome {
		t.Helper()
		var out []observation.Look
		require.NoError(t, json.Unmarshal([]byte(starter(commands.ExitOK, "finding", "look-now", "--output", "json", "--timeout", "60s")), &out))
		require.Len(t, out, 1)
		return out[0].Outcome
	}
	require.Equal(t, rules.Unchanged, look())
	fleet.Save("yard-gate", harness.Yard("unplanned"))
	require.Equal(t, rules.Unexplained, look())
	card := w.Card("OBS-1 · Unexplained content on yard-gate", harness.Offers("explain"))
	require.Equal(t, rules.Standing, look())

	require.Contains(t, starter(commands.ExitOK, "finding", "show", "OBS-1"), "unexplained content on yard-gate")
	require.Contains(t, starter(commands.ExitRefused, "finding", "explain", "OBS-1", "--as", "cli:farah", "--by", "CHG-9", "--reason", "It was that one"), rules.NotOnRecord.Text())
	starter(commands.ExitOK, "incident", "declare", "--as", "cli:bruno", "--title", "The gate does not open", "--system", "yard-flows", "--severity", "sev3")
	until("the incident is not on record", func() bool {
		_, err := w.Reader().ByNumber(ctx, "INC-1")
		return err == nil
	})
	w.Do("farah", card, "explain", map[string]string{"by": "INC-1", "reason": "Bruno mended the flow while it was on"})
	w.Card("OBS-1 · Unexplained content on yard-gate", harness.Says("Explained by INC-1"))
	require.Equal(t, rules.ByFinding, look())
	require.Equal(t, rules.Unchanged, look())
	require.Equal(t, []string{"observed", "observed"}, w.Recorded(target))
	require.Empty(t, w.Verify().Findings)
	w.RecordHistory(harness.Subject(t, card), "observation-explained")
}
