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

// TellChanges tells the changes under way what came into force (C25, C29). Each
// reads calendars and directory itself, so several at once and repetitions are harmless.
func TellChanges(ctx workflow.Context, in TellInput) (TellResult, error) {
	if in.Moved {
		if err := workflow.Sleep(ctx, followed); err != nil {
			return TellResult{}, err
		}
	}
	told, err := steps.TellChanges(ctx)
	return TellResult{Told: told.Count}, err
}

// tellChanges begins to tell what came into force, and does not wait: thousands of
// changes are told for minutes. The move's place on record is in its id, so that a
// repetition after a crash finds the first.
func tellChanges(ctx workflow.Context, now rules.Standing) error {
	_, err := steps.Begin(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: TellID(now.Moves), WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
	}, TellType, TellInput{Moved: true})
	return err
}
