package connect

import (
	"context"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
)

// longestAway bounds the pause between two attempts to reach an engine that is
// away, and firstAway is the first of them. The SDK's own pauses grow to ten
// seconds, which a timer that fell due meanwhile would have to wait as well.
const (
	firstAway   = 100 * time.Millisecond
	longestAway = 500 * time.Millisecond
)

// comeBack is how a connection outlasts an engine that is away: it is made again
// soon after the engine is back, and whoever polls for work has waited for that.
func comeBack() []grpc.DialOption {
	pauses := backoff.DefaultConfig
	pauses.BaseDelay, pauses.MaxDelay = firstAway, longestAway
	return []grpc.DialOption{
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: pauses, MinConnectTimeout: 5 * time.Second}),
		grpc.WithChainUnaryInterceptor(awaitWork),
	}
}

// The methods that wait for work: PollWorkflowTaskQueue and those like it.
const (
	polls = "/temporal.api.workflowservice.v1.WorkflowService/Poll"
	queue = "TaskQueue"
)

// awaitWork lets a poll wait for the connection, as it waits for work. A poll that
// fails makes the worker pause before its next one, longer after each, up to ten
// seconds; every other call fails at once, as callers expect.
func awaitWork(ctx context.Context, method string, in, out any, cc *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if strings.HasPrefix(method, polls) && strings.HasSuffix(method, queue) {
		opts = append(opts, grpc.WaitForReady(true))
	}
	return call(ctx, method, in, out, cc, opts...)
}
