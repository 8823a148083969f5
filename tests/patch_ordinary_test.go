package tests

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/patch"
)

// flowEdits is a class for ordinary changes: one ring, the chain for low risk.
// docs/processes/patch.md shows the same.
func flowEdits(t *testing.T) func(dir string) {
	return func(dir string) {
		harness.QuickRings(t, time.Second)(dir)
		harness.Edit(t, dir, "rules/patch.yaml", "targets: # deployed", `  - name: flow-edit
    chain: low-risk
    sponsor: p-dana
    rings:
      - name: only
        suites: [flows-smoke]
        write_probe: edit-and-deploy-a-flow
        soak: 1s
        duration: 15m
        attempts: 2
targets: # deployed`)
		harness.Edit(t, dir, "rules/patch.yaml", `  - id: yard-chicago
    system: yard-flows
    environment: production
    class: node-red
    ring: production
`, `  - id: sandbox-1
    system: sandbox
    environment: sandbox
    class: flow-edit
    ring: only
`)
		harness.Edit(t, dir, "rules/patch.yaml", "  - id: yard-scratch\n", `  - id: sandbox-scratch
    system: sandbox
    class: flow-edit
    use: scratch
    platform: node-red
    address: YARD_SCRATCH
  - id: yard-scratch
`)
	}
}

// An ordinary change, for which no advisory asked, is carried out through the
// same port: approved as a change by one person of the low-risk chain, deployed
// if the target is still as it was saved, tested, watched, and closed by itself;
// when its test fails it is taken back, and the change says so (P27).
func TestPatch_AnOrdinaryChangeIsCarriedOutThroughTheSamePort(t *testing.T) {
	t.Parallel()
	fleet := harness.StartFleet(t, true)
	y := &yard{harness.NewWorld(t, harness.WorldOptions{Policy: flowEdits(t), Env: fleet.Environment()}), fleet}
	y.Run(app.RoleAll)
	for _, c := range []struct{ word, version, serves, status string }{
		{"new", "12", "new", "closed"}, {"broken", "13", "new", "rolled_back"},
	} {
		fleet.Save("yard-dev", harness.Yard(c.word))
		subject := y.ask("Speed up the gate", c.version, patch.Asked{System: "sandbox", Risk: "low"})
		y.Do("bruno", y.Card("Roll out Speed up the gate "+c.version, harness.Offers("approve")), "approve", nil)
		if c.status == "closed" {
			y.Card("Speed up the gate "+c.version, harness.Says("Complete: every ring is proven"))
		} else {
			y.Card("Speed up the gate "+c.version, harness.Offers("lift_bar"))
		}
		require.Equal(t, c.serves, fleet.Serves("yard-chicago"))
		require.Equal(t, "old", fleet.Serves("yard-gate"), "nothing else is touched")
		s := y.stands(subject)
		require.Len(t, s.Rings, 1)
		require.Empty(t, s.Clocks, "no advisory, no deadline")
		y.Status(s.Ticket.Key, c.status)
		require.Subset(t, y.recorded(subject), []string{"received", "planned", "snapshot", "deployed", "checked"})
	}
	require.Empty(t, y.Verify().Findings)
}
