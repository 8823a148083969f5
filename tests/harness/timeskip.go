package harness

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// mostSkips is how many timers one execution may skip. The server's own limit
// of some hundred guards against endless retries; a test is bounded by its time.
const mostSkips = 100_000

// SkipTimers is a client's gRPC interceptor that makes every workflow started
// through it, of the named types or of all if none is named, skip its timers as
// soon as nothing else is going on in it. A workflow that waits for a person
// with a deadline goes to the deadline at once: for those use Advance.
//
// It goes into client.Options.ConnectionOptions.DialOptions with
// grpc.WithChainUnaryInterceptor; the SDK has no option of its own for it yet
// (server 1.32, "frontend.WorkflowTimeSkippingEnabled").
func SkipTimers(types ...string) grpc.UnaryClientInterceptor {
	wanted := map[string]bool{}
	for _, t := range types {
		wanted[t] = true
	}
	config := func(t *commonpb.WorkflowType) *commonpb.TimeSkippingConfig {
		if len(wanted) > 0 && !wanted[t.GetName()] {
			return nil
		}
		return &commonpb.TimeSkippingConfig{Enabled: true, MaxSessionSkipCount: mostSkips}
	}
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		switch r := req.(type) {
		case *workflowservice.StartWorkflowExecutionRequest:
			r.TimeSkippingConfig = config(r.GetWorkflowType())
		case *workflowservice.SignalWithStartWorkflowExecutionRequest:
			r.TimeSkippingConfig = config(r.GetWorkflowType())
		case *workflowservice.ExecuteMultiOperationRequest:
			for _, op := range r.GetOperations() {
				if start := op.GetStartWorkflow(); start != nil {
					start.TimeSkippingConfig = config(start.GetWorkflowType())
				}
			}
		}
		return invoke(ctx, method, req, reply, cc, opts...)
	}
}

// Advance lets d pass for one workflow, as FastForward does.
func Advance(t testing.TB, c client.Client, namespace, workflowID string, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	require.NoError(t, FastForward(ctx, c, namespace, workflowID, d), "advance %s by %s", workflowID, d)
}

// FastForward lets d pass for one workflow and returns when it has passed: every
// timer due within it has fired, in order, with the workflow's own time moving
// along, and afterwards time runs as usual again. It waits for activities and
// children under way, and returns early when the workflow ends within d.
func FastForward(ctx context.Context, c client.Client, namespace, workflowID string, d time.Duration) error {
	service := c.WorkflowService()
	execution := &commonpb.WorkflowExecution{WorkflowId: workflowID}
	id := uuid.NewString()
	_, err := service.UpdateWorkflowExecutionOptions(ctx, &workflowservice.UpdateWorkflowExecutionOptionsRequest{
		Namespace:         namespace,
		WorkflowExecution: execution,
		WorkflowExecutionOptions: &workflowpb.WorkflowExecutionOptions{TimeSkippingConfig: &commonpb.TimeSkippingConfig{
			Enabled:             true,
			MaxSessionSkipCount: mostSkips,
			FastForwardConfig:   &commonpb.FastForwardConfig{Id: id, Duration: durationpb.New(d)},
		}},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"time_skipping_config"}},
	})
	if err != nil {
		return err
	}
	for {
		// One poll lasts some twenty seconds at most, then it answers without a result.
		answer, err := service.PollWorkflowExecutionTimeSkipping(ctx, &workflowservice.PollWorkflowExecutionTimeSkippingRequest{
			Namespace: namespace, WorkflowExecution: execution, FastForwardId: id,
		})
		if err != nil {
			return err
		}
		switch answer.GetFastForwardPollingResult() {
		case enumspb.FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_COMPLETED:
			return nil
		case enumspb.FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_FAILED:
			is, err := c.DescribeWorkflowExecution(ctx, workflowID, "")
			if err == nil && is.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
				err = fmt.Errorf("time did not pass: %s", answer.GetFailedReason())
			}
			return err
		}
	}
}
