package connect

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
)

// Memo is what a run keeps where it can be read without a worker.
type Memo struct {
	// Running is false where there is no run, and where the last one is over.
	Running bool
	// Found is whether the field is there.
	Found bool
}

// ReadMemo reads a field of the memo of the newest run with this id, whether it runs
// or is over, into value. The options are those that c was dialled with: they say how
// it is decrypted.
func ReadMemo(ctx context.Context, c client.Client, o Options, id, field string, value any) (Memo, error) {
	described, err := c.DescribeWorkflowExecution(ctx, id, "")
	var none *serviceerror.NotFound
	switch {
	case errors.As(err, &none):
		return Memo{}, nil
	case err != nil:
		return Memo{}, fmt.Errorf("ask for the run %s: %w", id, err)
	}
	info := described.GetWorkflowExecutionInfo()
	out := Memo{Running: info.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING}
	payload, ok := info.GetMemo().GetFields()[field]
	if !ok {
		return out, nil
	}
	dc, err := o.dataConverter()
	if err != nil {
		return out, err
	}
	if err := dc.FromPayload(payload, value); err != nil {
		return out, fmt.Errorf("read the memo of %s: %w", id, err)
	}
	out.Found = true
	return out, nil
}

func (o Options) dataConverter() (converter.DataConverter, error) {
	options, err := o.client()
	if err != nil {
		return nil, err
	}
	return options.DataConverter, nil
}
