package steps

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance/exception"
)

// ExceptionsInForce reads from the record which exceptions excuse controls of a system.
func ExceptionsInForce(ctx workflow.Context, in activities.ExceptionsInput) ([]exception.Waiver, error) {
	var j *activities.Judgement
	return run[activities.ExceptionsInput, []exception.Waiver](ctx, onRecord(), j.ExceptionsInForce, in)
}

// RequestException judges a request for an exception and records what came of it.
func RequestException(ctx workflow.Context, in activities.JudgeExceptionInput) (activities.JudgedException, error) {
	var j *activities.Judgement
	return run[activities.JudgeExceptionInput, activities.JudgedException](ctx, onRecord(), j.RequestException, in)
}

// JudgeExceptionAct judges what somebody did with an exception and records what came of it.
func JudgeExceptionAct(ctx workflow.Context, in activities.JudgeExceptionInput) (activities.JudgedException, error) {
	var j *activities.Judgement
	return run[activities.JudgeExceptionInput, activities.JudgedException](ctx, onRecord(), j.JudgeExceptionAct, in)
}

// AdvanceException puts on record what has become due of an exception and applies it.
func AdvanceException(ctx workflow.Context, in activities.AdvanceExceptionInput) (activities.AdvancedException, error) {
	var j *activities.Judgement
	return run[activities.AdvanceExceptionInput, activities.AdvancedException](ctx, onRecord(), j.AdvanceException, in)
}
