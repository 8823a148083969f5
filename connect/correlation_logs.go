package connect

import (
	"context"
	"log/slog"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/workflow"
)

// LogKey names the correlation id in log lines.
const LogKey = "correlation"

// CorrelationHandler adds the id of the context to the lines of a logger that
// are written with one (InfoContext and its siblings).
func CorrelationHandler(h slog.Handler) slog.Handler { return correlationHandler{h} }

type correlationHandler struct{ slog.Handler }

func (h correlationHandler) Handle(ctx context.Context, r slog.Record) error {
	if id := CorrelationFrom(ctx); id != "" {
		r.AddAttrs(slog.String(LogKey, id))
	}
	return h.Handler.Handle(ctx, r)
}

func (h correlationHandler) WithAttrs(a []slog.Attr) slog.Handler {
	return correlationHandler{h.Handler.WithAttrs(a)}
}

func (h correlationHandler) WithGroup(name string) slog.Handler {
	return correlationHandler{h.Handler.WithGroup(name)}
}

// correlationLogs adds the id to the lines of workflow.GetLogger and
// activity.GetLogger. Being an interceptor of the client it applies to every
// worker made from it.
type correlationLogs struct {
	interceptor.ClientInterceptorBase
	interceptor.WorkerInterceptorBase
}

func (*correlationLogs) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &activityLogs{interceptor.ActivityInboundInterceptorBase{Next: next}}
}

func (*correlationLogs) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &workflowLogs{interceptor.WorkflowInboundInterceptorBase{Next: next}}
}

type activityLogs struct {
	interceptor.ActivityInboundInterceptorBase
}

func (i *activityLogs) Init(next interceptor.ActivityOutboundInterceptor) error {
	return i.Next.Init(&activityLogger{interceptor.ActivityOutboundInterceptorBase{Next: next}})
}

type activityLogger struct {
	interceptor.ActivityOutboundInterceptorBase
}

func (o *activityLogger) GetLogger(ctx context.Context) log.Logger {
	return tagged(o.Next.GetLogger(ctx), CorrelationFrom(ctx))
}

type workflowLogs struct {
	interceptor.WorkflowInboundInterceptorBase
}

func (i *workflowLogs) Init(next interceptor.WorkflowOutboundInterceptor) error {
	return i.Next.Init(&workflowLogger{interceptor.WorkflowOutboundInterceptorBase{Next: next}})
}

type workflowLogger struct {
	interceptor.WorkflowOutboundInterceptorBase
}

func (o *workflowLogger) GetLogger(ctx workflow.Context) log.Logger {
	return tagged(o.Next.GetLogger(ctx), CorrelationFromWorkflow(ctx))
}

func tagged(l log.Logger, id string) log.Logger {
	if id == "" {
		return l
	}
	return log.With(l, LogKey, id)
}
