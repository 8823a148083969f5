package patch_test

import (
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	changes "github.com/lowcodex/countersign/workflows/change"
	"github.com/lowcodex/countersign/workflows/incident"
)

// incidentID is an incident that orders the way back.
const incidentID = "incident/3f2a9c1b7d04"

// heard notes what a change is told that runs outside of this environment.
func (w *world) heard(r change.Report) {
	w.tracker.mu.Lock()
	defer w.tracker.mu.Unlock()
	w.script.reports = append(w.script.reports, r)
	if w.onReport != nil {
		w.onReport(r)
	}
}

func (w *world) ended(e compliance.RollbackEnded) {
	w.tracker.mu.Lock()
	defer w.tracker.mu.Unlock()
	w.answers = append(w.answers, e)
}

// alerts is what was reported to the rollout's alert.
type alerts struct {
	ids    []string
	events []compliance.AlertEvent
}

// alert plays the alert of a rollout: it notes what it is told until it is over.
func (w *world) alert(ctx workflow.Context, in incident.AlertInput) error {
	w.tracker.mu.Lock()
	w.alerts.ids = append(w.alerts.ids, workflow.GetInfo(ctx).WorkflowExecution.ID)
	w.tracker.mu.Unlock()
	ev := *in.Event
	for {
		w.alerts.events = append(w.alerts.events, ev)
		if !ev.Firing {
			return nil
		}
		ev = compliance.AlertEvent{}
		workflow.GetSignalChannel(ctx, incident.SignalReported).Receive(ctx, &ev)
	}
}

// change plays the change by its script: approved at once, unless it says otherwise.
//
//workflowcheck:ignore
func (w *world) change(ctx workflow.Context, in changes.Input) error {
	require.Equal(w.T, w.self, in.Executor)
	require.Equal(w.T, "standard", in.Chain)
	require.False(w.T, in.Submitter.IsZero(), "whoever asked for the rollout does not approve it (C5)")
	plan := w.script.plan
	if plan == "" {
		plan = change.PlanDigest(w.tracker.opened["plan"])
	}
	var r0 change.Report
	a := change.Approval{Number: "CHG-1", State: change.Open, Review: change.InReview, Version: 1, Plan: plan, Ticket: "OPS-12"}
	tell := func(a change.Approval) {
		require.NoError(w.T, workflow.SignalExternalWorkflow(ctx, in.Executor, "", changes.SignalApproval, a).Get(ctx, nil))
	}
	tell(a)
	if w.script.never {
		if workflow.GetSignalChannel(ctx, changes.SignalReported).Receive(ctx, &r0); r0.Key != "" {
			w.heard(r0)
		}
		return nil
	}
	if end := w.script.end; end.State != "" {
		tell(end)
		workflow.GetSignalChannel(ctx, changes.SignalReported).ReceiveWithTimeout(ctx, time.Hour, &r0)
		if r0.Key != "" {
			w.heard(r0)
		}
		return nil
	}
	if w.script.expires == 0 {
		w.script.expires = 14 * 24 * time.Hour
	}
	a.State, a.Review, a.Expires = change.WaitingWindow, change.Approved, workflow.Now(ctx).Add(w.script.expires)
	tell(a)
	for !a.State.Terminal() {
		var r change.Report
		if heard, _ := workflow.GetSignalChannel(ctx, changes.SignalReported).ReceiveWithTimeout(ctx, 60*24*time.Hour, &r); !heard {
			return nil
		}
		w.heard(r)
		answer := a
		answer.Request = r.Key
		if w.script.answer != nil {
			answer.Reason = w.script.answer(r)
		}
		if answer.Reason == change.OK {
			a.State = r.Result
			if r.Result == change.Verifying {
				a.State = change.Closed
			}
			answer.State = a.State
		}
		tell(answer)
	}
	return nil
}
