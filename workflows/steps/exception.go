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
