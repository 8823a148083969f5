package feed

import (
	"errors"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	alerts "github.com/lowcodex/countersign/compliance/incident"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/workflows/incident"
	"github.com/lowcodex/countersign/workflows/steps"
)

// alert has somebody paged, until they acknowledge, when deadlines rest on a feed
// that is stale or was never read, and says when that is over. A publisher that is
// down for a while pages nobody. That no alert can be raised fails nothing: the card
// and the record are there.
func (p *pass) alert(ctx workflow.Context, r steps.FeedRecord) {
	f := *r.Feed
	firing := f.Reason == rules.FeedStale || f.Reason == rules.FeedUnread
	if !firing && f.Reason != rules.OK {
		return
	}
	now := workflow.Now(ctx)
	ev := compliance.AlertEvent{
		Delivery: r.Key, Source: rules.AlertSource, Key: rules.FeedSubject(f.Feed), Firing: firing, Severity: string(rules.AlertWarning),
		Title: "Feed " + f.Feed + " cannot be relied on", Text: f.Reason.Text(), StartsAt: now, Received: now,
	}
	if len(p.policy.Installed) > 0 {
		ev.System = p.policy.Installed[0].System
	}
	if f.Detail != "" {
		ev.Text += " Seen: " + f.Detail
	}
	if !firing {
		ev.Text, ev.EndsAt = "It is read again.", now
	}
	ev = ev.Bounded()
	id, err := alerts.AlertID(ev.Source, ev.Key)
	if err == nil {
		err = raise(ctx, id, ev)
	}
	if err != nil {
		p.log.Error("no alert could be raised about a feed", "feed", f.Feed, "error", err)
	}
}

// raise hands a report to the one process that writes for this alert, and starts it
// where there is none. The same report twice is one.
func raise(ctx workflow.Context, id string, ev compliance.AlertEvent) error {
	source, digest, err := alerts.ParseAlertID(id)
	if err != nil {
		return err
	}
	for range 3 { // it may end between the two; then it begins anew
		err = workflow.SignalExternalWorkflow(ctx, id, "", incident.SignalReported, ev).Get(ctx, nil)
		if err == nil || !ev.Firing {
			return nil // the end of what is over needs no word
		}
		child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
			WorkflowID: id, TaskQueue: compliance.QueueWorkflows,
			ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_ABANDON,
			WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
			Priority:              temporal.Priority{PriorityKey: 1},
			TypedSearchAttributes: temporal.NewSearchAttributes(
				temporal.NewSearchAttributeKeyKeyword(compliance.AttributeProcess).ValueSet("alert"),
			),
		})
		in := incident.AlertInput{Source: source, Digest: digest, Event: &ev}
		err = workflow.ExecuteChildWorkflow(child, incident.AlertType, in).GetChildWorkflowExecution().Get(ctx, nil)
		var running *temporal.ChildWorkflowExecutionAlreadyStartedError
		if err == nil || !errors.As(err, &running) {
			return err
		}
	}
	return err
}
