package tests

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/gateway"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/change"
	"github.com/lowcodex/countersign/workflows/record"
)

// bench is a gateway before a real engine, with a task queue of its own.
type bench struct {
	engine   client.Client
	queue    string
	gateway  *gateway.Gateway
	registry *prometheus.Registry
	late     atomic.Int32 // recordings made
}

func newBench(t *testing.T, engine client.Client) *bench {
	t.Helper()
	b := &bench{engine: engine, queue: "gateway-" + uuid.NewString(), registry: prometheus.NewRegistry()}
	g, err := gateway.New(gateway.Config{
		Client: engine, TaskQueue: b.queue, Logger: slog.New(slog.DiscardHandler), Registry: b.registry,
	})
	require.NoError(t, err)
	b.gateway = g
	return b
}

// work runs a worker until the end of the test or until stop is called.
func (b *bench) work(t *testing.T, register ...func(worker.Worker)) (stop func()) {
	t.Helper()
	// Not the default pollers: after a burst they may all wait for sticky tasks,
	// up to a minute, while this queue's tasks lie (measured: 4 of 6 bursts of
	// fifty). Autoscaling ones always cover both.
	w := worker.New(b.engine, b.queue, worker.Options{
		DeadlockDetectionTimeout:   harness.DeadlockDetection,
		WorkflowTaskPollerBehavior: worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{}),
	})
	w.RegisterWorkflowWithOptions(func(_ workflow.Context, in record.Input) (record.Result, error) {
		b.late.Add(1)
		return record.Result{Reply: compliance.Reply{
			Outcome: compliance.Declined, Reason: "already-closed", Text: "CHG-7 is closed; " + in.Late.Action + " came too late.",
		}}, nil
	}, workflow.RegisterOptions{Name: record.Type})
	if len(register) == 0 {
		w.RegisterWorkflowWithOptions(minimalChange, workflow.RegisterOptions{Name: change.Type})
	}
	for _, f := range register {
		f(w)
	}
	require.NoError(t, w.Start())
	once := make(chan struct{}, 1)
	once <- struct{}{}
	stop = func() {
		select {
		case <-once:
			w.Stop()
		default:
		}
	}
	t.Cleanup(stop)
	return stop
}

// subject starts a process and returns its workflow id.
func (b *bench) subject(t *testing.T) string {
	t.Helper()
	id := change.WorkflowID("example", uuid.NewString())
	_, err := b.engine.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: b.queue}, change.Type, change.Input{}, nil)
	require.NoError(t, err)
	return id
}

func (b *bench) tell(t *testing.T, subject, signal string) {
	t.Helper()
	require.NoError(t, b.engine.SignalWorkflow(t.Context(), subject, "", signal, nil))
}

// over closes the process and waits until it is closed.
func (b *bench) over(t *testing.T, subject string) {
	t.Helper()
	b.tell(t, subject, signalClose)
	require.NoError(t, b.engine.GetWorkflow(t.Context(), subject, "").Get(t.Context(), nil))
}

func (b *bench) counted(t *testing.T, subject string) []string {
	t.Helper()
	value, err := b.engine.QueryWorkflow(t.Context(), subject, "", queryCounted)
	require.NoError(t, err)
	var deliveries []string
	require.NoError(t, value.Get(&deliveries))
	return deliveries
}

// events counts the history events of a kind.
func (b *bench) events(t *testing.T, subject string, kind enumspb.EventType) int {
	t.Helper()
	n := 0
	for it := b.engine.GetWorkflowHistory(t.Context(), subject, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); {
		event, err := it.Next()
		require.NoError(t, err)
		if event.GetEventType() == kind {
			n++
		}
	}
	return n
}

// correlation is the id that the message which started the subject carried.
func (b *bench) correlation(t *testing.T, subject string) string {
	t.Helper()
	it := b.engine.GetWorkflowHistory(t.Context(), subject, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	event, err := it.Next()
	require.NoError(t, err)
	return string(event.GetWorkflowExecutionStartedEventAttributes().GetHeader().GetFields()["cid"].GetData())
}

// await returns once the subject's history has an event of a kind.
func (b *bench) await(t *testing.T, subject string, kind enumspb.EventType) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), surfaceBudget)
	defer cancel()
	for it := b.engine.GetWorkflowHistory(ctx, subject, "", true, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); {
		event, err := it.Next()
		require.NoError(t, err, "waiting for %s", kind)
		if event.GetEventType() == kind {
			return
		}
	}
	require.FailNow(t, "the run ended first", "waiting for %s", kind)
}

func click(subject, mode string) compliance.Inbound {
	return compliance.Inbound{
		Delivery: "surface/" + uuid.NewString(), Surface: "surface",
		Actor:   compliance.Account{Provider: "surface", ID: "U-" + uuid.NewString()[:8]}, // nobody clicks so often
		Subject: subject, Action: "approve",
		Answers: []compliance.Answer{{Name: "mode", Value: mode}},
	}
}

// submit acts as a message surface does: with 2.6 s for everything. It may be
// called from any goroutine.
func (b *bench) submit(t *testing.T, in compliance.Inbound) compliance.Reply {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), surfaceBudget)
	defer cancel()
	reply := b.gateway.Submit(ctx, in)
	if ctx.Err() != nil {
		t.Errorf("the answer came too late for the surface: %+v", reply)
	}
	return reply
}

// quiet keeps the SDK's own lines out of the tests' output.
func quiet() sdklog.Logger { return sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)) }
