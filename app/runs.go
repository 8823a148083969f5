package app

import (
	"context"
	"errors"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
)

// runs answers whether a process runs, from the engine's own record of it, which
// does not lag as its lists do.
type runs struct{ engine client.Client }

// Running asks about the newest run: one that continued as new still runs.
func (r runs) Running(ctx context.Context, subject string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	described, err := r.engine.DescribeWorkflowExecution(ctx, subject, "")
	var none *serviceerror.NotFound
	switch {
	case errors.As(err, &none):
		return false, nil
	case err != nil:
		return false, &compliance.Failure{Class: compliance.Unavailable, Op: "ask whether " + subject + " runs", Detail: "the engine did not answer", Err: err}
	}
	return described.GetWorkflowExecutionInfo().GetCloseTime() == nil, nil
}
