package record

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Record puts one event on record. It waits for the log without end: whoever
// asked has been told that it is durable.
func Record(ctx workflow.Context, in Input) (Result, error) {
	log := workflow.GetLogger(ctx)
	return steps.Persist(ctx, func(bool) (Result, error) { return once(ctx, in) }, func(f steps.Failed) {
		log.Warn("not on record yet", "failure", f.Text)
	})
}

func once(ctx workflow.Context, in Input) (Result, error) {
	switch {
	case in.Late != nil:
		late, err := steps.RecordLateAct(ctx, *in.Late)
		return Result{Receipt: late.Receipt, Reply: late.Reply}, err
	case in.Door != nil:
		receipt, err := steps.RecordRefusal(ctx, *in.Door)
		return Result{Receipt: receipt}, err
	case in.Event != nil:
		out, err := steps.RecordEvent(ctx, *in.Event)
		return Result{Receipt: out.Last()}, err
	}
	return Result{}, temporal.NewNonRetryableApplicationError("nothing to record", string(compliance.Invalid), nil)
}
