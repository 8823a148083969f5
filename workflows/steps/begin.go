package steps

import (
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
)

// Begin begins another process, which outlives this one, and returns once that is
// durable. There says that one of this id was there already: it runs, or it is over
// and o's reuse policy has no second one. Queue and close policy of o are set here.
func Begin(ctx workflow.Context, o workflow.ChildWorkflowOptions, process, in any) (there bool, err error) {
	o.TaskQueue = compliance.QueueWorkflows
	o.ParentClosePolicy = enums.PARENT_CLOSE_POLICY_ABANDON
	child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, o), process, in)
	err = child.GetChildWorkflowExecution().Get(ctx, nil)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return true, nil
	}
	return false, err
}
