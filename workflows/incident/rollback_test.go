package incident_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/workflows/incident"
)

// executed puts a change on record that was carried out on a system.
func (w *world) executed(n int, system string, ago time.Duration) {
	subject := fmt.Sprintf("change/example/%d", n)
	blob, err := w.Log.Blobs().Put(context.Background(), []byte(subject))
	require.NoError(w.T, err)
	facts := func(v any) json.RawMessage {
		b, err := json.Marshal(v)
		require.NoError(w.T, err)
		return b
	}
	at := wednesday.Add(-ago)
	event := func(step, kind, state string, f any) evidence.Event {
		return evidence.Event{Key: subject + "/" + step, Type: kind, Subject: subject, State: state, At: at, Facts: facts(f)}
	}
	received := event("received", change.EventReceived, "open", change.ReceivedFacts{})
	received.Series = "CHG"
	submitted := event("submitted", change.EventSubmitted, "open", change.SubmittedFacts{
		System: system, Requester: "p-jonas", Implementer: "p-goran", AskedBy: []change.Exclusion{{Person: "p-emeka", Reason: change.IsCreator}},
	})
	submitted.Blobs = []evidence.BlobRef{{Role: "content", Digest: blob}}
	started := event("started", change.EventStarted, "executing", change.ActFacts{})
	finished := event("finished", change.EventFinished, "verifying", change.ActFacts{Result: change.Verifying})
	_, err = w.Log.Append(context.Background(), []evidence.Event{received, submitted, started, finished})
	require.NoError(w.T, err)
}

// What was done to the same system before is listed; taking it back needs
// somebody who neither asked for it, in whatever part, nor carried it out, runs once, and pages
// the next level when it fails (I24).
func TestI24_ARollbackUnderEmergencyApproval(t *testing.T) {
	w := newWorld(t)
	w.executed(1, "order-portal", 2*time.Hour)
	w.executed(2, "claims-desk", time.Hour)
	w.executed(3, "order-portal", 100*time.Hour)
	var got []compliance.Reply
	keep := func(r compliance.Reply) { got = append(got, r) }
	ask := map[string]string{"run": "CHG-1", "reason": "It began right after it"}
	w.At(minute, func() {
		s := w.standing()
		require.Len(t, s.Runs, 1, "the same system, in the look-back")
		require.Equal(t, "CHG-1", s.Runs[0].Number)
		require.Equal(t, rules.OK, s.Runs[0].Reason)
		w.act("bruno", rules.ActionAcknowledge, nil, nil)
	})
	w.At(2*minute, func() {
		w.act("bruno", rules.ActionRollback, map[string]string{"run": "CHG-2", "reason": "who knows"}, keep)
	})
	w.At(3*minute, func() { w.act("bruno", rules.ActionRollback, ask, keep) })
	w.At(4*minute, func() { w.act("chidi", rules.ActionRollback, ask, keep) })
	for i, who := range []string{"bruno", "chidi", "goran", "emeka", "hana", "dana", "emeka"} {
		w.At(5*minute+time.Duration(i)*10*time.Second, func() { w.act(who, rules.ActionApprove, map[string]string{"statement": "yes"}, keep) })
	}
	w.At(7*minute, func() {
		require.Equal(t, rules.RollbackRunning, w.standing().Rollbacks[0].State)
		w.act("hana", rules.ActionReport, map[string]string{"result": "done", "note": "looks good"}, keep)
	})
	w.At(8*minute, func() {
		w.act("goran", rules.ActionReport, map[string]string{"result": "failed", "note": "The package is gone"}, keep)
	})
	w.At(9*minute, func() {
		require.Equal(t, rules.Acknowledged, w.standing().State, "and paged all the same")
		w.act("bruno", rules.ActionResolve, map[string]string{"note": "Restored by hand"}, nil)
	})
	w.At(10*minute, func() {
		w.act("bruno", rules.ActionReview, map[string]string{"root_cause": "No limit", "change": "CHG-2", "actions": "Limit retries"}, nil)
	})
	w.At(time.Hour, func() { w.act("farah", rules.ActionClose, map[string]string{"statement": "yes"}, keep) })
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
	var reasons []rules.Reason
	for _, r := range got {
		reasons = append(reasons, rules.Reason(r.Reason))
	}
	require.Equal(t, []rules.Reason{
		rules.NotACandidate, rules.OK, rules.AlreadyAsked, // asked
		rules.IsAsker, rules.IsAsker, rules.IsAuthor, rules.IsAuthor, rules.NotApprover, rules.OK, rules.NoRollback, // decided
		rules.NotCarrier, rules.OK, // reported
		rules.OK, // closed
	}, reasons)
	require.Contains(t, got[4].Text+got[5].Text, "somebody else")
	var opened []string
	for _, o := range w.tracker.Opened() {
		opened = append(opened, o.Title)
	}
	require.Contains(t, opened, "Emergency: take CHG-1 back for INC-1")
	require.True(t, w.Surface.Called("p-goran", "take CHG-1 back"), "whoever carried it out is told to")
	var paging []rules.Reason
	for _, e := range w.Entries(subject) {
		if e.Record.Type == rules.EventPaging {
			var f rules.PageFacts
			require.NoError(t, json.Unmarshal(e.Record.Facts, &f))
			paging = append(paging, f.Reason)
		}
	}
	require.Equal(t, []rules.Reason{rules.FirstStep, rules.RollbackHasFailed}, paging)
	require.Subset(t, w.records(), []string{"rollback_asked", "rollback_approved", "rollback_started", "rollback_failed"})
	evidencetest.Check(t, w.Log)
}

// A rollout takes itself back: it gets one order, and its answer counts once.
func TestI24_ARolloutIsOrderedToTakeItselfBack(t *testing.T) {
	w := newWorld(t)
	var order compliance.RollbackOrder
	w.Env.OnSignalExternalWorkflow("default-test-namespace", "patch/example/7", "", compliance.SignalRollback, mockAny()).Return(
		func(_, _, _, _ string, arg any) error { order = arg.(compliance.RollbackOrder); return nil })
	w.rollout()
	w.At(minute, func() {
		w.act("bruno", rules.ActionRollback, map[string]string{"run": "PAT-1", "reason": "It began right after it"}, nil)
	})
	w.At(90*time.Second, func() {
		w.act("emeka", rules.ActionApprove, map[string]string{"statement": "yes"}, func(r compliance.Reply) {
			require.Equal(t, string(rules.IsAuthor), r.Reason, "who asked for the rollout")
		})
	})
	w.At(2*minute, func() { w.act("dana", rules.ActionApprove, map[string]string{"statement": "yes"}, nil) })
	w.At(3*minute, func() {
		require.Equal(t, subject, order.Subject)
		require.Equal(t, compliance.PersonID("p-dana"), order.Approver)
		w.Env.SignalWorkflow(compliance.SignalRollbackEnded, compliance.RollbackEnded{Key: "another", At: w.Env.Now()})
		w.Env.SignalWorkflow(compliance.SignalRollbackEnded, compliance.RollbackEnded{Key: order.Key, Done: true, At: w.Env.Now()})
		w.Env.SignalWorkflow(compliance.SignalRollbackEnded, compliance.RollbackEnded{Key: order.Key, Done: false, At: w.Env.Now()})
	})
	w.At(4*minute, func() { require.Equal(t, rules.RollbackDone, w.standing().Rollbacks[0].State) })
	w.end(4*minute + time.Second)
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
}

// Of two rollouts on one target the later one is offered first, the earlier one
// when that is back.
func TestI24_AnEarlierRolloutIsOfferedWhenTheLaterOneIsBack(t *testing.T) {
	w := newWorld(t)
	w.rollout()
	w.deployed("patch/example/7", 50*time.Minute)
	w.deployed("patch/example/8", 40*time.Minute)
	var orders []compliance.RollbackOrder
	w.Env.OnSignalExternalWorkflow("default-test-namespace", mockAny(), "", compliance.SignalRollback, mockAny()).Return(
		func(_, _, _, _ string, arg any) error {
			orders = append(orders, arg.(compliance.RollbackOrder))
			return nil
		})
	offered := func() (out []string) {
		v, err := w.Env.QueryWorkflow(compliance.QueryForm, rules.ActionRollback)
		require.NoError(t, err)
		var offer compliance.Offer
		require.NoError(t, v.Get(&offer))
		for _, f := range offer.Form.Fields {
			for _, o := range f.Options {
				out = append(out, o.Value)
			}
		}
		return out
	}
	ask := func(run string, want rules.Reason) {
		w.act("bruno", rules.ActionRollback, map[string]string{"run": run, "reason": "It began right after it"}, func(r compliance.Reply) {
			require.Equal(t, string(want), r.Reason)
		})
	}
	w.At(minute, func() {
		require.Equal(t, []string{"PAT-2"}, offered())
		require.Contains(t, fmt.Sprint(w.Surface.Last().Facts), "PAT-1 Library update (A later rollout, PAT-2, is on top: take that back first.)")
		ask("PAT-1", rules.Covered)
		ask("PAT-2", rules.OK)
	})
	w.At(2*minute, func() { w.act("dana", rules.ActionApprove, map[string]string{"statement": "yes"}, nil) })
	w.At(3*minute, func() {
		require.Len(t, orders, 1)
		at := w.Env.Now()
		_, err := w.Log.Append(context.Background(), []evidence.Event{{Key: "p8/back", Type: "patch.closed", Subject: "patch/example/8", State: "rolled_back", At: at}})
		require.NoError(t, err)
		w.Env.SignalWorkflow(compliance.SignalRollbackEnded, compliance.RollbackEnded{Key: orders[0].Key, Done: true, At: at})
	})
	w.At(4*minute, func() {
		require.Equal(t, []string{"PAT-1"}, offered())
		ask("PAT-1", rules.OK)
	})
	w.At(5*minute, func() {
		w.act("dana", rules.ActionDeny, map[string]string{"run": "PAT-1", "reason": "Not needed"}, nil)
	})
	w.end(6 * minute)
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
}

// deployed puts on record that a rollout put its payload on a target of the portal.
func (w *world) deployed(subject string, ago time.Duration) { w.deployedFor(subject, ago, "") }

// deployedFor is a deployment to that target that came to something else.
func (w *world) deployedFor(subject string, ago time.Duration, why patch.Reason) {
	at, key := wednesday.Add(-ago), "on "+subject
	var events []evidence.Event
	if subject != "patch/example/7" {
		events = append(events,
			evidence.Event{Key: key + "/received", Type: "patch.received", Subject: subject, Series: "PAT", State: "planned", At: at, Facts: json.RawMessage(`{"system":"order-portal","title":"Library update"}`)},
			evidence.Event{Key: key + "/planned", Type: "patch.planned", Subject: subject, At: at, Facts: json.RawMessage(`{"plan":{"rings":1}}`)},
			evidence.Event{Key: key + "/snapshot", Type: "patch.snapshot", Subject: subject, At: at})
	}
	events = append(events, evidence.Event{Key: key, Type: "patch.deployed", Subject: subject, State: "soaking", At: at, Facts: json.RawMessage(`{"target":"portal-1","reason":"` + string(why) + `"}`)})
	_, err := w.Log.Append(context.Background(), events)
	require.NoError(w.T, err)
}

// A payload that arrived, or may have, covers the earlier one, also when it is not
// seen there; one that the platform did not take covers nothing.
func TestI24_OnlyWhatMayHaveArrivedCoversAnEarlierRollout(t *testing.T) {
	for why, covered := range map[patch.Reason]bool{
		patch.OK: true, patch.DigestDrift: true, patch.DeployStuck: true, patch.DeployUnknown: true,
		patch.TargetChanged: false, patch.DeployRefused: false,
	} {
		t.Run(string(why), func(t *testing.T) {
			w := newWorld(t)
			w.rollout()
			w.deployed("patch/example/7", 50*time.Minute)
			w.deployedFor("patch/example/8", 40*time.Minute, why)
			want := rules.OK
			if covered {
				want = rules.Covered
			}
			w.At(minute, func() {
				w.act("bruno", rules.ActionRollback, map[string]string{"run": "PAT-1", "reason": "It began right after it"}, func(r compliance.Reply) {
					require.Equal(t, string(want), r.Reason)
				})
			})
			if !covered {
				w.At(2*minute, func() {
					w.act("dana", rules.ActionDeny, map[string]string{"run": "PAT-1", "reason": "Not needed"}, nil)
				})
			}
			w.end(4 * minute)
			w.run(declared("order-portal", "sev1"))
			require.NoError(t, w.Env.GetWorkflowError())
		})
	}
}

// A way back that fails when its incident is resolved already pages all the same:
// what is resolved is not opened again, so a new incident says so (I9, I24).
func TestI24_AWayBackThatFailsAfterTheResolutionIsANewIncident(t *testing.T) {
	for name, rollout := range map[string]bool{"of people": false, "of a rollout": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			run, approver := "CHG-1", "dana"
			var order compliance.RollbackOrder
			if rollout {
				run = "PAT-1"
				w.Env.OnSignalExternalWorkflow("default-test-namespace", "patch/example/7", "", compliance.SignalRollback, mockAny()).Return(
					func(_, _, _, _ string, arg any) error { order = arg.(compliance.RollbackOrder); return nil })
				w.rollout()
			} else {
				w.executed(1, "order-portal", 2*time.Hour)
			}
			var raised []incident.AlertInput
			w.Env.OnWorkflow(incident.Alert, mockAny(), mockAny()).Return(func(_ workflow.Context, in incident.AlertInput) error {
				raised = append(raised, in)
				return nil
			})
			w.Env.OnSignalExternalWorkflow("default-test-namespace", mockAny(), "", incident.SignalReported, mockAny()).Return(errors.New("no such workflow"))
			w.At(minute, func() {
				w.act("bruno", rules.ActionRollback, map[string]string{"run": run, "reason": "It began right after it"}, nil)
			})
			w.At(2*minute, func() { w.act(approver, rules.ActionApprove, map[string]string{"statement": "yes"}, nil) })
			w.At(3*minute, func() { w.act("bruno", rules.ActionResolve, map[string]string{"note": "Orders flow again"}, nil) })
			var said string
			w.At(4*minute, func() {
				if rollout {
					w.Env.SignalWorkflow(compliance.SignalRollbackEnded, compliance.RollbackEnded{Key: order.Key, Detail: "two targets are left", At: w.Env.Now()})
					return
				}
				w.act("goran", rules.ActionReport, map[string]string{"result": "failed", "note": "The package is gone"}, func(r compliance.Reply) { said = r.Text })
			})
			w.At(5*minute, func() { require.Equal(t, rules.Resolved, w.standing().State, "never opened again") })
			w.end(6 * minute)
			w.run(declared("order-portal", "sev2"))
			require.NoError(t, w.Env.GetWorkflowError())
			require.Len(t, raised, 1)
			require.Equal(t, "countersign", raised[0].Source)
			require.True(t, raised[0].Event.Firing)
			require.Equal(t, "order-portal", raised[0].Event.System)
			require.Contains(t, raised[0].Event.Title, run)
			require.Contains(t, raised[0].Event.Title, "INC-1")
			if !rollout {
				require.Contains(t, said, "a new incident pages")
			}
			evidencetest.Check(t, w.Log)
		})
	}
}

// rollout puts one on record that was deployed on the system.
func (w *world) rollout() {
	at := wednesday.Add(-time.Hour)
	_, err := w.Log.Append(context.Background(), []evidence.Event{
		{Key: "p/received", Type: "patch.received", Subject: "patch/example/7", Series: "PAT", State: "planned", At: at, Facts: json.RawMessage(`{"system":"order-portal","title":"Library update"}`),
			Actor: &evidence.Actor{Person: "p-emeka", Account: evidence.Account{Provider: "cli", ID: "emeka"}}},
		{Key: "p/planned", Type: "patch.planned", Subject: "patch/example/7", At: at, Facts: json.RawMessage(`{"plan":{"rings":1}}`)},
		{Key: "p/snapshot", Type: "patch.snapshot", Subject: "patch/example/7", At: at},
		{Key: "p/deployed", Type: "patch.deployed", Subject: "patch/example/7", State: "soaking", At: at},
	})
	require.NoError(w.T, err)
}

// That the source cleared it resolves an incident and closes nothing: while a
// rollback is open nobody can close it either (I23).
func TestI23_AClearingNeverCloses(t *testing.T) {
	w := newWorld(t)
	w.executed(1, "order-portal", 2*time.Hour)
	w.Env.OnSignalExternalWorkflow("default-test-namespace", alertID, "", incident.SignalResolved, mockAny()).Return(nil)
	token, err := rules.ParseIncidentID(subject)
	require.NoError(t, err)
	closing := func(want rules.Reason) func() {
		return func() {
			w.act("farah", rules.ActionClose, map[string]string{"statement": "yes"}, func(r compliance.Reply) { require.Equal(t, string(want), r.Reason) })
		}
	}
	w.At(minute, func() {
		w.act("bruno", rules.ActionRollback, map[string]string{"run": "CHG-1", "reason": "It began right after it"}, nil)
	})
	w.At(2*minute, func() {
		w.Env.SignalWorkflow(incident.SignalAlerted, incident.Alerted{Incident: token, Count: 3, Cleared: true, At: w.Env.Now()})
	})
	w.At(3*minute, func() {
		require.Equal(t, rules.Resolved, w.standing().State)
		closing(rules.NotReviewed)()
	})
	w.At(4*minute, func() {
		w.act("bruno", rules.ActionReview, map[string]string{"root_cause": "No limit", "change": "CHG-1", "actions": "Limit retries"}, nil)
	})
	w.At(10*minute, closing(rules.RollbackOpen))
	w.At(11*minute, func() { w.act("dana", rules.ActionDeny, map[string]string{"reason": "It is over"}, nil) })
	w.At(12*minute, closing(rules.OK))
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
	require.Contains(t, w.records(), "closed")
	evidencetest.Check(t, w.Log)
}
