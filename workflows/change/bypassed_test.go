package change_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/gate"
	"github.com/lowcodex/countersign/evidence/evidencetest"
)

// newGatedNight is a night in which a change of the claims desk, which has a gate,
// cannot wait.
func newGatedNight(t *testing.T) *night {
	n := newNight(t)
	n.tracker.ticket.Fields["system"], n.tracker.ticket.Fields["data_class"] = "claims-desk", "internal"
	return n
}

// bypassedChecks are the open checks that an emergency went past, with why.
func bypassedChecks(e rules.Emergency) map[gate.Check]gate.Reason {
	out := map[gate.Check]gate.Reason{}
	for _, m := range e.Bypassed.Checks {
		out[m.Check] = m.Reason
	}
	return out
}

// An emergency that goes past an open gate says so: which gate, and which of its checks
// had not passed and why, in each of its records, on the card, in the ticket and to
// those who review it (C32, C33).
func TestC32_AnOpenGateIsNamedAsBypassed(t *testing.T) {
	const gated = "schema (not given), permissions (not given), tests (not given), test data (not given)"
	n := newGatedNight(t)
	n.At(time.Minute, func() { n.breakGlass("goran", "INC-1", recorded(t)) })
	n.At(2*time.Minute, func() {
		require.Contains(t, facts(n.Surface.Last().Facts), "Bypassed gate: claims-desk: "+gated)
		require.Contains(t, facts(n.tracker.steps[len(n.tracker.steps)-1].Comment), "Bypassed gate: claims-desk: "+gated)
		n.answer("dana", rules.GoAhead, recorded(t))
	})
	n.At(3*time.Minute, func() { n.finish("succeeded", recorded(t)) })
	n.At(4*time.Minute, func() {
		require.Contains(t, facts(n.Surface.Last().Facts), "Bypassed gate: claims-desk: "+gated, "the reviewer sees it on the card")
		require.Contains(t, facts(n.tracker.steps[len(n.tracker.steps)-1].Comment), "Bypassed gate: claims-desk: "+gated)
		require.True(t, n.Surface.Called("p-farah", "It went past an open gate, claims-desk: "+gated))
		n.review("farah", rules.WouldApprove, recorded(t))
	})
	n.over(rules.Closed, "emergency", "acknowledged", "finished", "reviewed", "closed")
	for _, e := range n.emergencies() {
		require.Equal(t, "claims-desk", e.Bypassed.Gate)
		require.Equal(t, map[gate.Check]gate.Reason{
			gate.Schema: gate.NotGiven, gate.Permissions: gate.NotGiven, gate.Tests: gate.NotGiven, gate.TestData: gate.NotGiven,
		}, bypassedChecks(e))
	}
	evidencetest.Check(t, n.Log)
}

// What of the gate is bypassed is what is open when it goes on, whether somebody says
// so or nobody answers: evidence that came meanwhile counts, and an exception does. A
// gate that is passed by then is not bypassed (C32).
func TestC32_TheGateIsBypassedAsItStandsThen(t *testing.T) {
	for name, c := range map[string]struct {
		parts map[gate.Part]string
		want  map[gate.Check]gate.Reason
	}{
		"passed": {nil, map[gate.Check]gate.Reason{}},
		"failed": {map[gate.Part]string{gate.TestResults: `<testsuite name="x" tests="1"><testcase name="a"><failure/></testcase></testsuite>`},
			map[gate.Check]gate.Reason{gate.Tests: gate.Failed}},
	} {
		for _, silent := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				n := newGatedNight(t)
				n.At(time.Minute, func() { n.breakGlass("goran", "INC-1", recorded(t)) })
				n.At(2*time.Minute, func() {
					require.Contains(t, n.Surface.Buttons(), rules.ActionGate)
					n.handOver("jonas", n.evidence(c.parts), recorded(t))
				})
				if !silent {
					n.At(3*time.Minute, func() { n.answer("dana", rules.GoAhead, recorded(t)) })
				}
				n.At(time.Hour, func() { n.finish("succeeded", recorded(t)) })
				n.At(2*time.Hour, func() { n.review("farah", rules.WouldApprove, recorded(t)) })
				n.over(rules.Closed)
				all := n.emergencies()
				require.Len(t, bypassedChecks(all[0]), 4, "as it stood when the glass was broken")
				for _, e := range all[1:] {
					require.Equal(t, c.want, bypassedChecks(e))
					require.Equal(t, len(c.want) > 0, e.Bypassed.Gate != "")
				}
			})
		}
	}
}

// While people on call are asked the card offers what everybody may still do, as the
// command line does (C3, C32).
func TestC32_TheCardOffersTheOrdinaryActsWhileTheyAreAsked(t *testing.T) {
	n := newGatedNight(t)
	n.At(time.Minute, func() { n.breakGlass("goran", "INC-1", recorded(t)) })
	n.At(2*time.Minute, func() {
		require.Equal(t, []string{
			rules.ActionAcknowledge, rules.ActionApprove, rules.ActionDeny, rules.ActionAbstain, rules.ActionHold, rules.ActionWithdraw, rules.ActionGate,
		}, n.Surface.Buttons())
		primary := 0
		for _, a := range n.Surface.Last().Actions {
			if a.Style == "primary" {
				primary++
			}
		}
		require.Equal(t, 1, primary)
		n.act("bruno", rules.ActionHold, because("Look at the logs first"), counted(t))
	})
	n.At(3*time.Minute, func() {
		require.Equal(t, []string{rules.ActionResume, rules.ActionWithdraw, rules.ActionGate}, n.Surface.Buttons())
		n.withdraw()
	})
	n.over(rules.WithdrawnChange)
}

// On hold, evidence for the gate is handed over from the card as from the command line,
// and counts when the change goes on (C3).
func TestC3_EvidenceIsHandedOverOnHold(t *testing.T) {
	w := newGatedWorld(t)
	w.At(time.Minute, func() { w.act("goran", rules.ActionHold, because("The tests are to be run again"), counted(t)) })
	w.At(2*time.Minute, func() {
		require.Equal(t, []string{rules.ActionResume, rules.ActionWithdraw, rules.ActionGate}, w.Surface.Buttons())
		i := len(w.Surface.Last().Actions) - 1
		pressed := w.Surface.Last().Actions[i]
		w.send(w.Delivery(), pressed.Ref, "jonas", pressed.Name, w.evidence(nil), func(r compliance.Reply) {
			counted(t)(r)
			require.Contains(t, r.Text, "passed, 6 checks")
		})
	})
	w.At(3*time.Minute, func() {
		require.Empty(t, w.open())
		w.act("goran", rules.ActionResume, nil, counted(t))
	})
	w.At(4*time.Minute, func() { w.approve("bruno", counted(t)) })
	w.At(5*time.Minute, w.withdraw)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "held", "gated", "resumed", "decided", "withdrawn"}, w.records())
}
