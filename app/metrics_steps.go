package app

import (
	"context"
	"errors"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
)

// countFailures counts the attempts of a queue's activities that failed, by
// class. The SDK counts them too, and does not know what can be done about them.
type countFailures struct {
	interceptor.WorkerInterceptorBase
	queue    string
	failures *prometheus.CounterVec
}

// InterceptActivity satisfies the SDK.
func (c *countFailures) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &countedActivity{ActivityInboundInterceptorBase: interceptor.ActivityInboundInterceptorBase{Next: next}, by: c}
}

type countedActivity struct {
	interceptor.ActivityInboundInterceptorBase
	by *countFailures
}

// ExecuteActivity satisfies the SDK.
func (a *countedActivity) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	out, err := a.Next.ExecuteActivity(ctx, in)
	if err != nil && !errors.Is(err, context.Canceled) {
		class := ""
		var failed *temporal.ApplicationError
		if errors.As(err, &failed) {
			class = failed.Type()
		}
		a.by.failures.WithLabelValues(a.by.queue, activity.GetInfo(ctx).ActivityType.Name, classLabel(class)).Inc()
	}
	return out, err
}
