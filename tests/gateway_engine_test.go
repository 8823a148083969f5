package tests

import (
	"net"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

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
	t.Logf("click to recorded outcome over %d clicks: p50 %v, p99 %v (load %.1f per processor)",
		clicks, took[clicks/2], took[clicks*99/100], harness.Load())
	if harness.Load() < 1 {
		require.Less(t, took[clicks*99/100], time.Second)
	}
}
