package tests

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
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
		"C15 accepted by a run that closed":           acceptedByClosedRun,
		"C15 worker without the handler":              workerOfAnOlderRelease,
		"C17 refused by the validator":                refusedByValidator,
		"C19 E15 late acts are recorded once":         lateOnce,
		"tickets start, signal, and never double":     tickets,
		"tickets of other kinds reach their process":  ticketsOfSubject,
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

// The same where no next run exists: it is put on record as late.
func acceptedByClosedRun(t *testing.T, b *bench) {
	b.work(t)
	subject := b.subject(t)
	answered := make(chan compliance.Reply, 1)
	go func() { answered <- b.submit(t, click(subject, "slow")) }()
	b.await(t, subject, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED)
	b.over(t, subject)
	require.Equal(t, "already-closed", (<-answered).Reason)
	require.EqualValues(t, 1, b.late.Load())
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

	sum := sha256.Sum256([]byte(in.Delivery)) // the id other clients derive as well
	var kept record.Result
	require.NoError(t, b.engine.GetWorkflow(t.Context(), record.WorkflowID("late/"+hex.EncodeToString(sum[:])), "").Get(t.Context(), &kept))
	require.Equal(t, "already-closed", kept.Reply.Reason)
}

func ready(t *testing.T, b *bench) {
	w := httptest.NewRecorder()
	b.gateway.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	require.Equal(t, http.StatusOK, w.Code, w.Body)
}
