package commands

import (
	"context"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
)

// once are the options of a run of which there is one per id, running or over:
// whoever starts it again joins the first one.
func once(workflow string) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID: workflow, TaskQueue: compliance.QueueWorkflows,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}
}

// sameRequest refuses an id that was used for something else, as the print in the
// run's summary tells: the person would otherwise take what came of that for this
// request's. other and next say what it belongs to, and what to do.
func (p *program) sameRequest(ctx context.Context, e engine, workflow, id, print, other, next string) error {
	described, err := e.DescribeWorkflow(ctx, workflow, "")
	if err != nil {
		return err
	}
	if was, err := described.GetStaticSummary(); err != nil || was == print {
		return err
	}
	return usage("the id "+id+" belongs to "+other, next)
}
