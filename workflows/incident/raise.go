package incident

import (
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Raise hands what a process reports of itself to the one process that writes
// for this alert, and starts it where there is none: people are paged until
// somebody acknowledges. It can be repeated, since the same report twice is one.
// The end of an alert that is over needs no word and is no error.
func Raise(ctx workflow.Context, ev compliance.AlertEvent) error {
	id, err := rules.AlertID(ev.Source, ev.Key)
	if err != nil {
		return err
	}
	source, digest, err := rules.ParseAlertID(id)
	if err != nil {
		return err
	}
	for range 3 { // it may end between the two; then it begins anew
		err = workflow.SignalExternalWorkflow(ctx, id, "", SignalReported, ev).Get(ctx, nil)
		if err == nil {
			return nil
		}
		if !ev.Firing {
			workflow.GetLogger(ctx).Info("the alert is over already", "alert", id, "error", err)
			return nil
		}
		there, begun := steps.Begin(ctx, workflow.ChildWorkflowOptions{
			WorkflowID: id, WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
			Priority: temporal.Priority{PriorityKey: 1},
			TypedSearchAttributes: temporal.NewSearchAttributes(
				temporal.NewSearchAttributeKeyKeyword(compliance.AttributeProcess).ValueSet("alert"),
			),
		}, AlertType, AlertInput{Source: source, Digest: digest, Event: &ev})
		if !there {
			return begun
		}
	}
	return err
}
