package commands

import (
	"context"
	"errors"

	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
)

// engine is what the command line needs of a Temporal client; client.Client
// satisfies it. Calls may be repeated by the client itself while their context
// lasts, so every one of them is idempotent: starts by workflow id, updates
// and signals by delivery.
type engine interface {
	ExecuteWorkflow(ctx context.Context, options client.StartWorkflowOptions, workflow any, args ...any) (client.WorkflowRun, error)
	DescribeWorkflow(ctx context.Context, workflowID, runID string) (*client.WorkflowExecutionDescription, error)
	QueryWorkflow(ctx context.Context, workflowID, runID, queryType string, args ...any) (converter.EncodedValue, error)
	UpdateWorkflow(ctx context.Context, options client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error)
	SignalWorkflow(ctx context.Context, workflowID, runID, name string, arg any) error
	GetWorkflow(ctx context.Context, workflowID, runID string) client.WorkflowRun
	ScheduleClient() client.ScheduleClient
	ListWorkflow(ctx context.Context, request *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error)
	// WorkflowService and OperatorService answer what the client has no method for:
	// how a namespace and a queue stand.
	WorkflowService() workflowservice.WorkflowServiceClient
	OperatorService() operatorservice.OperatorServiceClient
	Close()
}

// isGone reports whether the engine knows no running workflow of that id: it
// never existed, is closed, or is past the namespace's retention.
func isGone(err error) bool {
	var gone *serviceerror.NotFound
	return errors.As(err, &gone)
}

// standing asks a subject's process how it stands. The error is isGone when
// the engine no longer knows the subject.
func (p *program) standing(ctx context.Context, e engine, d *descriptor, subject string) (standing, error) {
	ctx, cancel := context.WithTimeout(ctx, p.options.timeout)
	defer cancel()
	value, err := e.QueryWorkflow(ctx, subject, "", d.desk.query)
	if err != nil {
		if noWorker(ctx, err) {
			return nil, unreachable("nobody works on "+d.Plural+" at the moment, so "+subject+" cannot say how it stands",
				"start a worker (go run ./worker), then repeat", err)
		}
		return nil, err
	}
	return d.desk.decode(value)
}

// noWorker tells the server's silence for want of a worker from a server that
// is not there: the frontend answered, or the deadline passed on its side.
func noWorker(ctx context.Context, err error) bool {
	var (
		failed    *serviceerror.QueryFailed
		deadline  *serviceerror.DeadlineExceeded
		condition *serviceerror.FailedPrecondition
	)
	if errors.As(err, &failed) {
		return false
	}
	return errors.As(err, &condition) || errors.As(err, &deadline) ||
		ctx.Err() != nil && errors.Is(err, context.DeadlineExceeded)
}
