package incident_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
)

// Whoever responds is told how a change that cannot wait is carried out for the
// incident, and only while it is one that such a change may be for.
func TestC32_TheIncidentSaysHowTheGlassIsBroken(t *testing.T) {
	w := newWorld(t)
	told := func() bool {
		return slices.ContainsFunc(w.Surface.Last().Facts, func(f compliance.Fact) bool { return f.Label == "A change that cannot wait" })
	}
	w.At(2*time.Minute, func() { w.act("dana", rules.ActionAcknowledge, nil, nil) })
	w.At(3*time.Minute, func() { require.True(t, told()) })
	w.end(10 * time.Minute)
	w.At(10*time.Minute+30*time.Second, func() { require.False(t, told()) })
	w.run(declared("order-portal", "sev1"))
}
