package tests

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/connect"
	"github.com/lowcodex/countersign/gateway"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/change"
	"github.com/lowcodex/countersign/workflows/record"
)

// surfaceBudget is what a message surface passes on of its vendor's 3 seconds.
const surfaceBudget = 2600 * time.Millisecond

func TestGateway(t *testing.T) {
	engine := harness.StartServer(t, harness.ServerOptions{}).Client(t, client.Options{
		Logger: quiet(), ContextPropagators: []workflow.ContextPropagator{connect.Correlation()},
	})
	for name, test := range map[string]func(*testing.T, *bench){
		"C15 accepted and answered":                   acceptedAndAnswered,
		"C15 accepted, outcome on the card":           acceptedOutcomeLater,
		"C15 no worker, signal, one outcome":          signalWithoutWorker,
		"C15 fifty at once are all recorded":          fiftyAtOnce,
		"C15 accepted by a run that continued as new": acceptedByOldRun,
		"C15 worker without the handler":              workerOfAnOlderRelease,
		"C17 refused by the validator":                refusedByValidator,
		"C19 E15 late acts are recorded once":         lateOnce,
		"tickets start, signal, and never double":     tickets,
		"ready": ready,
	} {
		t.Run(name, func(t *testing.T) { test(t, newBench(t, engine)) })
	}
}

func acceptedAndAnswered(t *testing.T, b *bench) {
	b.work(t)
	subject := b.subject(t)
	in := click(subject, "")
	want := compliance.Reply{Outcome: compliance.Recorded, Text: "Recorded as approve."}
	require.Equal(t, want, b.submit(t, in))

	in.Action = "deny" // a repeated delivery gets the first answer, whatever it says now
	require.Equal(t, want, b.submit(t, in))
	long := click(subject, "")
	long.Delivery += strings.Repeat("x", 900)
	require.Equal(t, want, b.submit(t, long))
	require.Equal(t, []string{in.Delivery, long.Delivery}, b.counted(t, subject))
	require.Zero(t, b.events(t, subject, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED), "accepted is never signalled")

	_, _, ok := b.gateway.Form(t.Context(), in)
	require.True(t, ok, "the form of a running process opens")
}

func acceptedOutcomeLater(t *testing.T, b *bench) {
	b.work(t)
	subject := b.subject(t)
	in := click(subject, "slow")
	reply := b.submit(t, in)
	require.Equal(t, compliance.Received, reply.Outcome)
	require.Equal(t, gateway.ReasonPending, reply.Reason)
	require.Empty(t, b.counted(t, subject))
	b.tell(t, subject, signalRelease)
	require.Equal(t, compliance.Recorded, b.submit(t, in).Outcome)
	require.Equal(t, []string{in.Delivery}, b.counted(t, subject))
	require.Equal(t, 1, b.events(t, subject, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED), "only the release")
}

func signalWithoutWorker(t *testing.T, b *bench) {
	subject := b.subject(t)
	first, second := click(subject, ""), click(subject, "")
	for _, in := range []compliance.Inbound{first, first, second} {
		reply := b.submit(t, in)
		require.Equal(t, compliance.Received, reply.Outcome)
		require.Equal(t, gateway.ReasonSignalled, reply.Reason)
	}
	require.Equal(t, 3, b.events(t, subject, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED))
	b.work(t)
	for _, in := range []compliance.Inbound{first, second} {
		require.Equal(t, compliance.Recorded, b.submit(t, in).Outcome)
	}
	require.Equal(t, []string{first.Delivery, second.Delivery}, b.counted(t, subject), "one outcome per delivery")
}

func fiftyAtOnce(t *testing.T, b *bench) {
	b.work(t)
	subject := b.subject(t)
	const clicks = 50
	replies := make([]compliance.Reply, clicks)
	took := make([]time.Duration, clicks)
	want := make([]string, clicks)
	var wg sync.WaitGroup
	for i := range clicks {
		in := click(subject, "")
		want[i] = in.Delivery
		wg.Go(func() {
			began := time.Now()
			replies[i] = b.submit(t, in)
			took[i] = time.Since(began)
		})
	}
	wg.Wait()
	byOutcome := map[compliance.Outcome]int{}
	for _, r := range replies {
		byOutcome[r.Outcome]++
	}
	require.Zero(t, byOutcome[compliance.NotRecorded], byOutcome)
	require.Zero(t, byOutcome[compliance.Declined], byOutcome)
	slices.Sort(took)
	t.Logf("%d clicks at once: %v; answered in p50 %v, max %v", clicks, byOutcome, took[clicks/2], took[clicks-1])
	// A query is answered after everything that happened before it.
	require.ElementsMatch(t, want, b.counted(t, subject))
}

// A process must drain its handlers before it continues as new. When one did
// not, the act is offered to the next run instead of being lost.
func acceptedByOldRun(t *testing.T, b *bench) {
	b.work(t)
	subject := b.subject(t)
	in := click(subject, "slow")
	answered := make(chan compliance.Reply, 1)
	go func() { answered <- b.submit(t, in) }()
	b.await(t, subject, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED)
	b.tell(t, subject, signalRenew)
	require.Equal(t, compliance.Recorded, (<-answered).Outcome)
	require.Equal(t, []string{in.Delivery}, b.counted(t, subject))
	require.Zero(t, b.late.Load())
}

func workerOfAnOlderRelease(t *testing.T, b *bench) {
	stop := b.work(t, func(w worker.Worker) {
		w.RegisterWorkflowWithOptions(func(ctx workflow.Context, _ change.Input, _ *minimal) error {
			return workflow.Await(ctx, func() bool { return false })
		}, workflow.RegisterOptions{Name: change.Type})
	})
	subject := b.subject(t)
	reply := b.submit(t, click(subject, ""))
	require.Equal(t, gateway.ReasonSignalled, reply.Reason, "%+v", reply)
	stop()
}

func refusedByValidator(t *testing.T, b *bench) {
	b.work(t)
	subject := b.subject(t)
	reply := b.submit(t, click(subject, "reject"))
	require.Equal(t, compliance.Reply{
		Outcome: compliance.Declined, Reason: gateway.ReasonRejected, Text: "the form is of an older version",
	}, reply)
	require.Empty(t, b.counted(t, subject))
}

func lateOnce(t *testing.T, b *bench) {
	b.work(t)
	subject := b.subject(t)
	before := click(subject, "")
	require.Equal(t, compliance.Recorded, b.submit(t, before).Outcome)
	b.over(t, subject)

	require.Equal(t, compliance.Recorded, b.submit(t, before).Outcome, "a repetition of what counted is not late")
	require.Zero(t, b.late.Load())

	in := click(subject, "")
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			reply := b.submit(t, in)
			if reply.Outcome != compliance.Declined || reply.Reason != "already-closed" {
				t.Errorf("late act answered with %+v", reply)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, b.late.Load(), "five deliveries, one recording")

	_, reply, ok := b.gateway.Form(t.Context(), click(subject, ""))
	require.False(t, ok, "a closed process opens no form")
	require.Equal(t, "already-closed", reply.Reason)
	require.EqualValues(t, 2, b.late.Load())

	reply = b.submit(t, click(change.WorkflowID("example", uuid.NewString()), ""))
	require.Equal(t, compliance.Declined, reply.Outcome, "never started is late as well")

	history := b.engine.GetWorkflow(t.Context(), record.WorkflowID("late/unknown"), "")
	require.Error(t, history.Get(t.Context(), nil))
}

func tickets(t *testing.T, b *bench) {
	b.work(t)
	id := uuid.NewString()
	subject := change.WorkflowID("example", id)
	event := func(entered bool) compliance.TicketEvent {
		return compliance.TicketEvent{Delivery: uuid.NewString(), Site: "example", TicketID: id, Key: "OPS-12", Entered: entered}
	}
	seen := func() (n int) {
		value, err := b.engine.QueryWorkflow(t.Context(), subject, "", queryTickets)
		require.NoError(t, err)
		require.NoError(t, value.Get(&n))
		return n
	}
	deliver := func(ev compliance.TicketEvent) { require.NoError(t, b.gateway.Deliver(t.Context(), ev)) }

	deliver(event(false))
	_, err := b.engine.DescribeWorkflowExecution(t.Context(), subject, "")
	require.Error(t, err, "an ordinary ticket starts nothing")

	first := event(true)
	deliver(first)
	require.NotEmpty(t, b.correlation(t, subject), "the delivery can be followed into the process")
	run := b.engine.GetWorkflow(t.Context(), subject, "").GetRunID()
	deliver(first) // the tracker repeats
	require.Equal(t, 1, seen())
	second := newBench(t, b.engine) // another gateway, without the memory
	second.queue = b.queue
	require.NoError(t, second.gateway.Deliver(t.Context(), event(false)))
	deliver(event(true))
	require.Equal(t, 3, seen())
	require.Equal(t, run, b.engine.GetWorkflow(t.Context(), subject, "").GetRunID(), "one process for the ticket")
	b.over(t, subject)
	deliver(event(false)) // an echo after the end starts nothing
	described, err := b.engine.DescribeWorkflowExecution(t.Context(), subject, "")
	require.NoError(t, err)
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, described.GetWorkflowExecutionInfo().GetStatus())
}

func ready(t *testing.T, b *bench) {
	w := httptest.NewRecorder()
	b.gateway.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	require.Equal(t, http.StatusOK, w.Code, w.Body)
}

// C15 over a failure of the engine: told truthfully while it is down, counted
// once after it is back.
func TestC15EngineGoesAndComesBack(t *testing.T) {
	file := filepath.Join(t.TempDir(), "engine.db")
	server := harness.StartServer(t, harness.ServerOptions{File: file})
	b := newBench(t, server.Client(t, client.Options{Logger: quiet()}))
	b.work(t)
	subject := b.subject(t)
	require.Equal(t, compliance.Recorded, b.submit(t, click(subject, "")).Outcome)

	server.Kill()
	in := click(subject, "")
	began := time.Now()
	reply := b.submit(t, in)
	t.Logf("engine down: answered %q after %v", reply.Outcome, time.Since(began))
	require.Equal(t, compliance.NotRecorded, reply.Outcome)
	require.Error(t, b.gateway.Deliver(t.Context(), compliance.TicketEvent{Delivery: "d", Site: "example", TicketID: "1", Entered: true}))

	harness.StartServer(t, harness.ServerOptions{File: file, Address: server.Address})
	for range 20 { // each try waits for the engine up to its own budget
		if reply = b.submit(t, in); reply.Outcome == compliance.Recorded {
			break
		}
	}
	require.Equal(t, compliance.Recorded, reply.Outcome)
	require.Len(t, b.counted(t, subject), 2)
}

// An engine that accepts connections and never answers must not cost the surface's 3 s.
func TestC15EngineThatHangs(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	engine, err := client.NewLazyClient(client.Options{HostPort: l.Addr().String(), Logger: quiet()})
	require.NoError(t, err)
	defer engine.Close()
	b := newBench(t, engine)
	began := time.Now()
	require.Equal(t, compliance.NotRecorded, b.submit(t, click("change/example/1", "")).Outcome)
	t.Log("hanging engine: answered after", time.Since(began))
}

// Click to durable, one after another on one process.
func TestClickToDurable(t *testing.T) {
	b := newBench(t, harness.StartServer(t, harness.ServerOptions{}).Client(t, client.Options{Logger: quiet()}))
	b.work(t)
	subject := b.subject(t)
	const clicks = 100
	took := make([]time.Duration, clicks)
	for i := range took {
		began := time.Now()
		require.Equal(t, compliance.Recorded, b.submit(t, click(subject, "")).Outcome)
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	line := fmt.Sprintf("click to recorded outcome over %d clicks: p50 %v, p99 %v", clicks, took[clicks/2], took[clicks*99/100])
	t.Log(line)
	require.Less(t, took[clicks*99/100], time.Second, line)
}
