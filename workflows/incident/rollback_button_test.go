package incident_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
)

// A button that has expired, or is another incident's, approves no rollback; the one of
// the card does (I24).
func TestI24_AStaleButtonApprovesNoRollback(t *testing.T) {
	w := newWorld(t)
	w.executed(1, "order-portal", 2*time.Hour)
	w.executed(2, "claims-desk", time.Hour)
	var got []rules.Reason
	keep := func(r compliance.Reply) { got = append(got, rules.Reason(r.Reason)) }
	w.At(minute, func() { w.act("bruno", rules.ActionAcknowledge, nil, nil) })
	w.At(2*minute, func() {
		w.act("bruno", rules.ActionRollback, map[string]string{"run": "CHG-1", "reason": "It began right after it"}, nil)
	})
	for i, bind := range []func(rules.Binding) rules.Binding{
		func(b rules.Binding) rules.Binding { b.Expires = wednesday; return b },
		func(b rules.Binding) rules.Binding { b.Incident = "aaaaaaaaaaaa"; return b },
		func(b rules.Binding) rules.Binding { return b },
	} {
		w.At(3*minute+time.Duration(i)*10*time.Second, func() {
			shown, err := rules.ParseBinding(w.pager.sent[0].Page.Ref)
			require.NoError(t, err)
			ref := bind(rules.CardBinding(shown.Incident, wednesday)).String()
			w.send(w.Delivery(), ref, "cli", "dana", rules.ActionApprove, map[string]string{"statement": "yes"}, keep)
		})
	}
	w.At(4*minute, func() {
		w.act("goran", rules.ActionReport, map[string]string{"result": "done", "note": "It is back"}, nil)
	})
	w.At(5*minute, func() { w.act("bruno", rules.ActionResolve, map[string]string{"note": "It is back"}, nil) })
	w.At(6*minute, func() {
		w.act("bruno", rules.ActionReview, map[string]string{"root_cause": "No limit", "change": "CHG-2", "actions": "Limit retries"}, nil)
	})
	w.At(time.Hour, func() { w.act("farah", rules.ActionClose, map[string]string{"statement": "yes"}, nil) })
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []rules.Reason{rules.StaleButton, rules.BadRequest, rules.OK}, got)
}
