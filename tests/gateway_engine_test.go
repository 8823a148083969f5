package tests

import (
	"context"
	"net"
	"path"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/tests/harness"
)

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
// Not the clock on the wall is asked, which on a busy machine says more of the machine:
// each question to the engine ends, by its own deadline, while the surface still waits
// and there is time left to answer.
func TestC15EngineThatHangs(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	var mu sync.Mutex
	var asked []string
	var until []time.Time // the deadline of each; zero where it has none
	engine, err := client.NewLazyClient(client.Options{HostPort: l.Addr().String(), Logger: quiet(), ConnectionOptions: client.ConnectionOptions{
		DialOptions: []grpc.DialOption{grpc.WithChainUnaryInterceptor(
			func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
				deadline, _ := ctx.Deadline()
				mu.Lock()
				asked, until = append(asked, path.Base(method)), append(until, deadline)
				mu.Unlock()
				return invoke(ctx, method, req, reply, cc, opts...)
			})},
	}})
	require.NoError(t, err)
	defer engine.Close()
	b := newBench(t, engine)
	ctx, cancel := context.WithTimeout(t.Context(), surfaceBudget)
	defer cancel()
	surface, _ := ctx.Deadline()
	began := time.Now()
	require.Equal(t, compliance.NotRecorded, b.gateway.Submit(ctx, click("change/example/1", "")).Outcome)
	t.Logf("hanging engine: answered after %v; asked %v", time.Since(began), asked)
	mu.Lock()
	defer mu.Unlock()
	require.NotEmpty(t, asked, "it was asked at all")
	for i, at := range until {
		require.False(t, at.IsZero(), "%s waits for ever", asked[i])
		require.True(t, at.Before(surface.Add(-100*time.Millisecond)), "%s leaves no time to answer", asked[i])
	}
	require.True(t, until[0].Before(until[len(until)-1]), "the first leaves time for a signal")
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
	t.Logf("click to recorded outcome over %d clicks: p50 %v, p99 %v (load %.1f per processor)",
		clicks, took[clicks/2], took[clicks*99/100], harness.Load())
	if harness.Load() < 1 {
		require.Less(t, took[clicks*99/100], time.Second)
	}
}
