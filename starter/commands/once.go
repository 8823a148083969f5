package commands

import (
	"context"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/connect"
)

// once are the options of a run of which there is one per id, running or over:
// whoever starts it again joins the first one.
func once(workflow string) client.StartWorkflowOptions {
	return connect.Once(workflow, compliance.QueueWorkflows)
}

// onceStored are the options of the storing of a content: one that failed may be tried
// again, one that worked is found.
func onceStored(workflow string) client.StartWorkflowOptions {
	options := once(workflow)
	options.WorkflowIDReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY
	return options
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
