package patch_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/patch"
)

func TestAPlanIsRefusedFieldByField(t *testing.T) {
	require.Empty(t, plan().Check())
	for field, spoil := range map[string]func(*patch.Plan){
		"payload.digest":       func(p *patch.Plan) { p.Payload.Digest = "sha256:12" },
		"payload.version":      func(p *patch.Plan) { p.Payload.Version = " " },
		"rings":                func(p *patch.Plan) { p.Rings = nil; p.BackupMaxAge = 0 },
		"rings[1].name":        func(p *patch.Plan) { p.Rings[1].Name = "staging" },
		"rings[1].targets":     func(p *patch.Plan) { p.Rings[1].Targets = []string{"s1"} },
		"rings[0].targets":     func(p *patch.Plan) { p.Rings[0].Targets = nil },
		"rings[0].suites":      func(p *patch.Plan) { p.Rings[0].Suites = []string{"a", "a"} },
		"rings[2].write_probe": func(p *patch.Plan) { p.Rings[2].WriteProbe = "" }, // P3
		"rings[2].soak":        func(p *patch.Plan) { p.Rings[2].Soak = -1 },
		"rings[2].duration":    func(p *patch.Plan) { p.Rings[2].Duration = 0 },
		"rings[2].attempts":    func(p *patch.Plan) { p.Rings[2].Attempts = 0 },
		"backup_max_age":       func(p *patch.Plan) { p.BackupMaxAge = 0 }, // P23
	} {
		p := plan()
		spoil(&p)
		problems := p.Check()
		require.Len(t, problems, 1, "%s: %v", field, problems)
		require.Equal(t, field, problems[0].Field)
		require.True(t, strings.HasSuffix(problems[0].Text, "."))
	}
}

// P27: every part of the plan is part of what is approved.
func TestP27_TheHashHoldsTheWholePlan(t *testing.T) {
	seen := map[string]int{}
	for i, spoil := range []func(*patch.Plan){
		func(*patch.Plan) {},
		func(p *patch.Plan) { p.Payload.Digest = another },
		func(p *patch.Plan) { p.Payload.Version = "9.24.23" },
		func(p *patch.Plan) { p.Rings[0], p.Rings[1] = p.Rings[1], p.Rings[0] },
		func(p *patch.Plan) { p.Rings[1].Targets = []string{"c2", "c1"} },
		func(p *patch.Plan) { p.Rings[1].Soak++ },
		func(p *patch.Plan) { p.Rings[1].WriteProbe = "none" },
		func(p *patch.Plan) { p.Rings[1].Suites = []string{"smoke", "more"} },
		func(p *patch.Plan) { p.Rings[2].Critical = false },
		func(p *patch.Plan) { p.Rings[2].Attempts = 4 },
		func(p *patch.Plan) { p.BackupMaxAge++ },
	} {
		p := plan()
		spoil(&p)
		hash, err := p.Hash()
		require.NoError(t, err)
		require.Regexp(t, `^[0-9a-f]{64}$`, hash)
		require.NotContains(t, seen, hash, "%d and %d", i, seen[hash])
		seen[hash] = i
		text, err := p.Text()
		require.NoError(t, err)
		require.True(t, strings.HasSuffix(text, "Ring plan "+hash))
	}
}

func TestAPlanThatMissesItsDeadlineIsSeen(t *testing.T) {
	require.Equal(t, 33*time.Hour, plan().Shortest())
	require.Equal(t, patch.OK, plan().InTime(noon, hours(33)))
	require.Equal(t, patch.PlanMisses, plan().InTime(noon, hours(32)))
	require.Equal(t, patch.OK, plan().InTime(noon, time.Time{}))
}
