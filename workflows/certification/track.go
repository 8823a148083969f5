package certification

import (
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/workflows/steps"
)

const (
	// batch is how many trackers are begun between two looks at the policy.
	batch = 100
	// batchesARun bounds the history of one run: about seven events per tracker.
	batchesARun = 4
)

// TrackArtefacts begins a tracker for every artefact that the policy names and
// nothing tracks. It is run once a day and at every start of a worker; a pass
// that finds nothing missing costs a handful of events, whatever the policy's size.
func TrackArtefacts(ctx workflow.Context, in TrackInput) (TrackResult, error) {
	log := workflow.GetLogger(ctx)
	out := TrackResult{Begun: in.Begun}
	after := in.After
	for range batchesARun {
		found, err := steps.Persist(ctx, func(bool) (steps.MissingTrackers, error) {
			return steps.ListMissingTrackers(ctx, steps.MissingTrackersInput{After: after, Limit: batch})
		}, func(f steps.Failed) { log.Warn("artefacts not compared yet", "failure", f.Text) })
		if err != nil {
			return out, err
		}
		out.Named = found.Named
		var begun []workflow.ChildWorkflowFuture
		for _, m := range found.Missing {
			after = WorkflowID(m.Vendor, m.Artefact)
			begun = append(begun, beginTracker(ctx, Input{Vendor: m.Vendor, Artefact: m.Artefact}))
		}
		for i, f := range begun {
			err := f.GetChildWorkflowExecution().Get(ctx, nil)
			switch {
			case err == nil:
				out.Begun++
			case temporal.IsCanceledError(err):
				return out, err
			case temporal.IsWorkflowExecutionAlreadyStartedError(err):
			default:
				// The next pass tries again; the others must not wait for this one.
				log.Error("tracker not begun", "vendor", found.Missing[i].Vendor, "artefact", found.Missing[i].Artefact, "error", err)
			}
		}
		if !found.More {
			return out, nil
		}
	}
	return out, workflow.NewContinueAsNewError(ctx, TrackArtefacts, TrackInput{After: after, Begun: out.Begun})
}

// beginTracker starts a tracker that outlives the pass.
func beginTracker(ctx workflow.Context, in Input) workflow.ChildWorkflowFuture {
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            WorkflowID(in.Vendor, in.Artefact),
		TaskQueue:             compliance.QueueWorkflows,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_ABANDON,
		StaticSummary:         in.Artefact + " of " + in.Vendor,
	})
	return workflow.ExecuteChildWorkflow(ctx, Type, in)
}
