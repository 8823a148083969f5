package steps

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
)

// SendPage makes one attempt to page one person through one channel. Its
// failure is read with Explain, and what follows from it is the process's to say.
func SendPage(ctx workflow.Context, in activities.SendPageInput) (compliance.Paged, error) {
	var p *activities.Pages
	return run[activities.SendPageInput, compliance.Paged](ctx, onPage(), p.SendPage, in)
}

// StandDownPage tells one person once that a page is no longer theirs to answer.
func StandDownPage(ctx workflow.Context, in activities.StandDownPageInput) error {
	var p *activities.Pages
	_, err := run[activities.StandDownPageInput, activities.Done](ctx, onPage(), p.StandDownPage, in)
	return err
}

// onPage is for calling people. One attempt only, because after a failure
// another channel is quicker than another try, and only the process knows the
// channels. Before anything else on its queue. A page waits for a worker
// without end and is sent the moment one is there: given up in the queue it
// would have reached nobody, and every other channel is served by the same
// queue. A process that no longer wants it cancels the step.
func onPage() workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:           compliance.QueuePages,
		StartToCloseTimeout: incident.SendTimeout,
		RetryPolicy:         &temporal.RetryPolicy{MaximumAttempts: 1},
		Priority:            temporal.Priority{PriorityKey: 1},
		// A step that is cancelled before a worker took it never runs; one that is
		// under way tells what became of it, because the person may be called already.
		WaitForCancellation: true,
	}
}
