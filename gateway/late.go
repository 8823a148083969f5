package gateway

import (
	"context"
	"errors"

	"go.temporal.io/sdk/temporal"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/connect"
	"github.com/lowcodex/countersign/workflows/record"
)

// late puts an act on a closed subject on record and answers it with where the
// subject stands (C19, E15). The id of the recording follows from the delivery:
// a repetition finds the first one, running or finished, and gets its answer.
func (a act) late(ctx context.Context) compliance.Reply {
	run, err := a.g.engine.ExecuteWorkflow(ctx, connect.Once(record.WorkflowID(record.LateKey(a.in.Delivery)), a.g.taskQueue), record.Type, record.Input{Late: &a.in})
	if err != nil {
		a.log.ErrorContext(ctx, "late act not recorded", "error", err)
		return unreachable()
	}
	a.g.durable(a.in, "late", a.g.now())

	var result record.Result
	err = run.Get(ctx, &result)
	var failed *temporal.WorkflowExecutionError
	switch {
	case err == nil && result.Reply.Outcome != "":
		return result.Reply
	case errors.As(err, &failed):
		// Only a defect or an operator ends a recording without a result.
		a.log.ErrorContext(ctx, "the recording of a late act failed", "error", err)
		return compliance.Reply{
			Outcome: compliance.NotRecorded, Reason: ReasonNotKept,
			Text: "Nothing was recorded: this is over already, and noting your answer failed. Please tell an administrator.",
		}
	default:
		return compliance.Reply{
			Outcome: compliance.Received, Reason: ReasonPending,
			Text: "Received; this is over already, and your answer will be on record as late.",
		}
	}
}
