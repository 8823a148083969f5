package harness

import (
	"context"
	"log/slog"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/server/common/testing/freeport"
	"google.golang.org/grpc"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/connect"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/sandbox/standin"
)

// World is the whole product as it runs for an organisation: a real engine as
// a program, stand-ins for the vendors behind real HTTP, the example policy and
// an evidence log, each in folders of the test.
type World struct {
	T      testing.TB
	Engine *Server
	Site   *standin.Site
	Client client.Client
	// Policy and Evidence are directories.
	Policy    string
	Evidence  string
	Rules     *policy.Rules
	Directory *policy.Directory
	// Gateway is the base URL of the gateway, which may not run yet.
	Gateway string
	// Log holds what the processes of this world wrote.
	Log *Lines

	env      Env
	listener string
}

// WorldOptions vary a world.
type WorldOptions struct {
	Server ServerOptions
	// Keys is the value of COUNTERSIGN_ENCRYPTION_KEYS; empty runs without a codec.
	Keys string
	// Dial is added to the test's own connection, e.g. SkipTimers.
	Dial []grpc.DialOption
	// Forgetful keeps the stand-ins' state in memory only: they are faster, and
	// cannot be restarted.
	Forgetful bool
	// Policy edits the example policy before anything reads it.
	Policy func(dir string)
	// Env is added to the configuration of this world's processes.
	Env map[string]string
	// Artefacts is the policy's file of what vendors owe. Empty leaves it out:
	// trackers of the example's vendors would live beside every other story.
	Artefacts string
	// SlackSocket has Slack send over connections that the gateway opens, and gives
	// the processes an app-level token instead of the signing secret.
	SlackSocket bool
	// Backoff are the pauses of the tracker's webhook repetitions.
	Backoff []time.Duration
}

// Env is an environment of its own, instead of the process's.
type Env map[string]string

// Environ lists the variables as NAME=value.
func (e Env) Environ() []string {
	out := make([]string, 0, len(e))
	for _, k := range slices.Sorted(maps.Keys(e)) {
		out = append(out, k+"="+e[k])
	}
	return out
}

// LookupEnv finds a variable.
func (e Env) LookupEnv(name string) (string, bool) { v, ok := e[name]; return v, ok }

// NewWorld starts the engine and the stand-ins. No part of the product runs
// yet; see Run.
func NewWorld(t testing.TB, o WorldOptions) *World {
	t.Helper()
	w := &World{T: t, Policy: t.TempDir(), Evidence: t.TempDir(), Log: &Lines{}}
	require.NoError(t, policy.WriteExample(w.Policy))
	artefacts := filepath.Join(w.Policy, "rules", "artefacts.yaml")
	err := os.Remove(artefacts)
	if o.Artefacts != "" {
		err = os.WriteFile(artefacts, []byte(o.Artefacts), 0o600)
	}
	require.NoError(t, err)
	if o.Policy != nil {
		o.Policy(w.Policy)
	}
	w.Rules, w.Directory, err = policy.Load(w.Policy)
	require.NoError(t, err)
	w.Engine = StartServer(t, o.Server)
	dir := ""
	if !o.Forgetful {
		dir = t.TempDir()
	}
	w.Site, err = standin.Start(standin.Options{
		Rules: w.Rules, Directory: w.Directory, Dir: dir, Logger: slog.New(slog.DiscardHandler), WebhookBackoff: o.Backoff,
		SlackSocket: o.SlackSocket,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Site.Close()) })
	w.listener = freeAddress()
	w.Gateway = "http://" + w.listener
	w.Site.Connect(w.Gateway)
	w.env = Env{
		"TEMPORAL_ADDRESS": w.Engine.Address, "TEMPORAL_NAMESPACE": "default", "HOME": t.TempDir(),
		"COUNTERSIGN_POLICY": w.Policy, "COUNTERSIGN_EVIDENCE": w.Evidence, "COUNTERSIGN_LISTEN": w.listener,
		"COUNTERSIGN_EVIDENCE_ANCHORS": w.mkdir("anchors"),
	}
	if o.Keys != "" {
		w.env["COUNTERSIGN_ENCRYPTION_KEYS"] = o.Keys
	}
	maps.Copy(w.env, w.Site.Environment())
	maps.Copy(w.env, o.Env)
	w.Client = w.Dial(o.Dial...)
	return w
}

// Env is the configuration of a process of this world.
func (w *World) Env() Env { return maps.Clone(w.env) }

// Dial connects to this world's engine as a client.
func (w *World) Dial(opts ...grpc.DialOption) client.Client {
	w.T.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	c, err := connect.Dial(ctx, connect.Options{Env: w.env, DialOptions: opts, Wait: startWithin})
	require.NoError(w.T, err)
	w.T.Cleanup(c.Close)
	return c
}

// Run runs roles of the product inside the test's process until stop is
// called or the test ends.
func (w *World) Run(roles ...string) (stop func()) {
	w.T.Helper()
	cfg, err := app.FromEnvironment(w.env, roles)
	require.NoError(w.T, err)
	ctx, cancel := context.WithCancel(context.Background())
	a, err := app.New(ctx, cfg, app.Options{
		Logger:            slog.New(slog.NewJSONHandler(w.Log, &slog.HandlerOptions{Level: slog.LevelInfo})),
		DeadlockDetection: DeadlockDetection,
	})
	require.NoError(w.T, err)
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			require.NoError(w.T, err)
		case <-time.After(time.Minute):
			require.FailNow(w.T, "the product did not stop within a minute")
		}
	})
	w.T.Cleanup(stop)
	w.awaitGateway(cfg.Roles)
	return stop
}

func (w *World) awaitGateway(roles []string) {
	if !slices.Contains(roles, app.RoleAll) && !slices.Contains(roles, app.RoleGateway) {
		return
	}
	deadline := time.Now().Add(startWithin)
	for time.Now().Before(deadline) {
		c, err := net.DialTimeout("tcp", w.listener, time.Second)
		if err == nil {
			require.NoError(w.T, c.Close())
			return
		}
		time.Sleep(5 * time.Millisecond) // a port that opens announces itself to nobody
	}
	require.FailNow(w.T, "the gateway did not listen in time")
}

// Reader opens the evidence for reading, as an auditor would.
func (w *World) Reader() *evidence.Reader {
	w.T.Helper()
	r, err := evidence.OpenReader(context.Background(), w.Evidence)
	require.NoError(w.T, err)
	w.T.Cleanup(func() { require.NoError(w.T, r.Close()) })
	return r
}

func (w *World) mkdir(name string) string {
	dir := filepath.Join(w.T.TempDir(), name)
	require.NoError(w.T, os.MkdirAll(dir, 0o700))
	return dir
}

// freeAddress is a loopback address nobody listens on now. The system gives its port
// to nobody else for about a minute, whatever else starts beside this world.
func freeAddress() string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(freeport.MustGetFreePort()))
}

// Lines collects what was written, for tests that look at log lines.
type Lines struct {
	mu  sync.Mutex
	buf []byte
}

// Write implements io.Writer.
func (l *Lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf = append(l.buf, p...)
	return len(p), nil
}

// String is everything written so far.
func (l *Lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.buf)
}
