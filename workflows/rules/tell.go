package rules

import (
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance/rules"
	"github.com/lowcodex/countersign/workflows/steps"
)

// followed is how long after a move every process goes by it: each looks every two
// seconds. Changes that are told ask the processes, which must not answer with what
// was in force before.
const followed = 15 * time.Second

// TellChanges tells the changes under way what came into force (C25, C29). All
// tellings are runs of one schedule, one after the other: each gets from the one
// before what everybody knows, and tells nobody where that is still in force. A run
// that follows a move only asks for the next one. Of a run that an operator ended in
// the middle nothing is known: where the rules of before come back right after it, the
// ones that it told hear of that with the daily word.
func TellChanges(ctx workflow.Context, in TellInput) (TellResult, error) {
	if in.Moved {
		if err := workflow.Sleep(ctx, followed); err != nil {
			return TellResult{}, err
		}
		return TellResult{}, steps.AskTelling(ctx)
	}
	var before TellResult
	if workflow.HasLastCompletionResult(ctx) {
		if err := workflow.GetLastCompletionResult(ctx, &before); err != nil {
			before = TellResult{} // nobody can read what was told: everybody is told
		}
	}
	told, err := steps.TellChanges(ctx, steps.TellChangesInput{Last: before.Last, Now: workflow.Now(ctx)})
	return TellResult{Told: told.Count, Last: told.Told}, err
}

// tellChanges has told what came into force, and does not wait: thousands of
// changes are told for minutes. The move's place on record is in its id, so that a
// repetition after a crash finds the first.
func tellChanges(ctx workflow.Context, now rules.Standing) error {
	_, err := steps.Begin(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: TellID(now.Moves), WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
	}, TellType, TellInput{Moved: true})
	return err
}
