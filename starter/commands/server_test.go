package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/tests/harness"
	process "github.com/lowcodex/countersign/workflows/change"
	"github.com/lowcodex/countersign/workflows/record"
)

// within bounds every wait of these tests, on a machine busy with others.
const within = 30 * time.Second

// platform is a real Temporal server with a worker, and the command line on it.
type platform struct {
	t      *testing.T
	server *harness.Server
	client client.Client
	stop   func() // the worker
}

func newPlatform(t *testing.T) *platform {
	t.Helper()
	server := harness.StartServer(t, harness.ServerOptions{})
	c := server.Client(t, client.Options{Logger: quiet()})
	return &platform{t: t, server: server, client: c, stop: runWorker(t, c)}
}

// run executes one command line as alice, in JSON.
func (f *platform) run(args ...string) (code int, stdout, stderr string) {
	f.t.Helper()
	var out, notes bytes.Buffer
	env := []string{"COUNTERSIGN_AS=cli:alice", "TEMPORAL_ADDRESS=" + f.server.Address, "TEMPORAL_CONFIG_FILE=/dev/null"}
	code = Run(context.Background(), append(args, "--output", "json"), strings.NewReader(""), &out, &notes, env)
	return code, out.String(), notes.String()
}

// act runs an act and gives its answer.
func (f *platform) act(args ...string) (int, acted, string) {
	f.t.Helper()
	code, stdout, stderr := f.run(append([]string{"change"}, args...)...)
	var a acted
	if stdout != "" {
		require.NoError(f.t, json.Unmarshal([]byte(stdout), &a), stdout)
	}
	return code, a, stderr
}

// begin starts a change and waits until it is listed.
func (f *platform) begin(id string) string {
	f.t.Helper()
	subject := process.WorkflowID("example", id)
	_, err := f.client.ExecuteWorkflow(context.Background(), client.StartWorkflowOptions{ID: subject, TaskQueue: compliance.QueueWorkflows},
		process.Type, process.Input{Ticket: compliance.TicketRef{Site: "example", ID: id, Key: "OPS-" + id}})
	require.NoError(f.t, err)
	require.Eventually(f.t, func() bool { // lists follow the process, not the other way round
		code, _, _ := f.run("change", "show", "CHG-"+id)
		return code == ExitOK
	}, within, 50*time.Millisecond)
	return subject
}

func (f *platform) counted(subject string) []compliance.Inbound {
	f.t.Helper()
	value, err := f.client.QueryWorkflow(context.Background(), subject, "", queryCounted)
	require.NoError(f.t, err)
	var all []compliance.Inbound
	require.NoError(f.t, value.Get(&all))
	return all
}

func attestAll() []string { return []string{"--attest", "tests,risk,rollback"} }

func TestActsReachTheProcess(t *testing.T) {
	f := newPlatform(t)
	subject := f.begin("7")

	t.Run("C11 an approval carries what was shown", func(t *testing.T) {
		code, a, stderr := f.act(append([]string{"approve", "CHG-7", "--comment", "fine", "--hash", contentHash[:10]}, attestAll()...)...)
		require.Equal(t, ExitOK, code, stderr)
		require.Equal(t, compliance.Recorded, a.Reply.Outcome)
		require.Contains(t, stderr, "First title")
		require.Contains(t, stderr, "version 1, content 3f2a9c01b2d4, level 1 of 2")
		in := f.counted(subject)[0]
		require.Equal(t, a.Delivery, in.Delivery)
		require.Equal(t, compliance.Account{Provider: "cli", ID: "alice"}, in.Actor)
		require.Equal(t, rules.NewBinding("CHG-7", 1, 1, "n1", contentHash).String(), in.Ref)
		require.WithinDuration(t, time.Now(), in.Received, within)
		decision, reason, field := rules.ParseDecision(in)
		require.Equal(t, rules.OK, reason, field)
		require.Len(t, decision.Attested, 3)
		for i, statement := range rules.Attestations() {
			require.Equal(t, statement.Text, decision.Attested[i].Shown)
		}
	})
	t.Run("C16 a repeated delivery counts once", func(t *testing.T) {
		delivery := "cli/" + uuid.NewString()
		before := len(f.counted(subject))
		for range 3 {
			code, a, stderr := f.act("deny", "ops-7", "--reason", "no test", "--delivery", delivery)
			require.Equal(t, ExitOK, code, stderr)
			require.Equal(t, delivery, a.Delivery)
		}
		require.Len(t, f.counted(subject), before+1)
	})
	t.Run("a refusal exits 1", func(t *testing.T) {
		code, a, stderr := f.act("abstain", subject, "--as", "cli:mallory")
		require.Equal(t, ExitRefused, code)
		require.Equal(t, string(rules.NotEligible), a.Reply.Reason)
		require.NotContains(t, stderr, "starter:", "the answer says it already")
	})
	t.Run("another content than reviewed is not acted on", func(t *testing.T) {
		before := len(f.counted(subject))
		code, _, stderr := f.act(append([]string{"approve", "CHG-7", "--hash", "00000000"}, attestAll()...)...)
		require.Equal(t, ExitUsage, code)
		require.Contains(t, stderr, "not 00000000")
		require.Len(t, f.counted(subject), before)
	})
	t.Run("without a terminal nothing is attested", func(t *testing.T) {
		before := len(f.counted(subject))
		code, _, stderr := f.act("approve", "CHG-7")
		require.Equal(t, ExitUsage, code)
		require.Contains(t, stderr, rules.Attestations()[0].Text)
		require.Len(t, f.counted(subject), before)
	})
	t.Run("a message of another version is told", func(t *testing.T) {
		code, _, stderr := f.act("abstain", "CHG-7", "--as", "cli:old")
		require.Equal(t, ExitUsage, code)
		require.Contains(t, stderr, "of another version")
	})
	t.Run("no such change", func(t *testing.T) {
		for _, ref := range []string{"CHG-99", "OPS-99"} {
			code, _, stderr := f.run("change", "show", ref)
			require.Equal(t, ExitUsage, code)
			require.Contains(t, stderr, ref)
		}
		code, _, _ := f.run("change", "show", "change/example/99")
		require.Equal(t, ExitUsage, code)
	})
	t.Run("C19 an act on a change that is over is put on record", func(t *testing.T) {
		code, _, stderr := f.act("withdraw", "CHG-7", "--reason", "not needed")
		require.Equal(t, ExitOK, code, stderr)
		require.NoError(t, f.client.GetWorkflow(context.Background(), subject, "").Get(context.Background(), nil))
		delivery := "cli/" + uuid.NewString()
		for range 2 {
			code, a, stderr := f.act("deny", "CHG-7", "--reason", "too late", "--delivery", delivery)
			require.Equal(t, ExitRefused, code, stderr)
			require.Equal(t, string(rules.AlreadyClosed), a.Reply.Reason)
			require.Contains(t, stderr, "It is over")
		}
		run, err := f.client.DescribeWorkflow(context.Background(), record.WorkflowID(record.LateKey(delivery)), "")
		require.NoError(t, err)
		require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, run.Status)
	})
}

func TestListsComeFromSearchAttributes(t *testing.T) {
	f := newPlatform(t)
	f.begin("1")
	f.begin("2")
	code, _, stderr := f.act("withdraw", "CHG-2", "--reason", "not needed")
	require.Equal(t, ExitOK, code, stderr)
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"--all"}, 2},
		{nil, 1},
		{[]string{"--stage", "in_review", "--awaiting", "p-bruno"}, 1},
		{[]string{"--stage", "closed"}, 0},
		{[]string{"--awaiting", "p-chen", "--all"}, 0},
		{[]string{"--all", "--limit", "1"}, 1},
	} {
		var found []row
		require.Eventually(t, func() bool {
			code, stdout, stderr := f.run(append([]string{"change", "list"}, c.args...)...)
			require.Equal(t, ExitOK, code, stderr)
			require.NoError(t, json.Unmarshal([]byte(stdout), &found))
			return len(found) == c.want
		}, within, 50*time.Millisecond, "%v", c.args)
		for _, r := range found {
			require.Equal(t, "in_review", r.Stage)
			require.Equal(t, []string{"p-bruno"}, r.Awaiting)
		}
	}
	var out bytes.Buffer
	env := []string{"TEMPORAL_ADDRESS=" + f.server.Address}
	require.Equal(t, ExitOK, Run(context.Background(), []string{"__complete", "change", "approve", ""}, nil, &out, io.Discard, env))
	require.Contains(t, out.String(), "CHG-1\tin_review")
	require.NotContains(t, out.String(), "CHG-2", "only open changes can be acted on")
}

func TestASubmissionIsMadeOnce(t *testing.T) {
	f := newPlatform(t)
	path := t.TempDir() + "/change.yaml"
	write(t, path, template)
	id := uuid.NewString()
	submit := func(args ...string) (int, submitted, string) {
		code, stdout, stderr := f.run(append([]string{"change", "submit", "--site", "example"}, args...)...)
		var s submitted
		if stdout != "" {
			require.NoError(t, json.Unmarshal([]byte(stdout), &s))
		}
		return code, s, stderr
	}
	code, first, stderr := submit("--file", path, "--id", id)
	require.Equal(t, ExitOK, code, stderr)
	require.Equal(t, submitted{
		ID: id, Ticket: compliance.TicketRef{Site: "example", ID: "4.2.0", Key: "OPS-4.2.0"}, Link: "https://tracker.example/OPS-4.2.0",
		WorkflowID: "change/example/4.2.0", Number: "CHG-4.2.0",
	}, first)
	require.Contains(t, stderr, "--id "+id)
	code, again, stderr := submit("--file", path, "--id", id)
	require.Equal(t, ExitOK, code, stderr)
	require.Equal(t, first, again, "the same submission, also when it is over")

	write(t, path, strings.Replace(template, "risk: medium", "risk: high", 1))
	code, _, stderr = submit("--file", path, "--id", id)
	require.Equal(t, ExitUsage, code)
	require.Contains(t, stderr, "other content")
	code, _, stderr = submit("--ticket", "OPS-404")
	require.Equal(t, ExitRefused, code)
	require.Contains(t, stderr, "there is no ticket OPS-404")

	f.stop()
	later := uuid.NewString()
	code, _, stderr = submit("--ticket", "OPS-12", "--id", later, "--timeout", "1s")
	require.Equal(t, ExitUnreachable, code)
	require.Contains(t, stderr, "--id "+later)
	runWorker(t, f.client)
	code, s, stderr := submit("--ticket", "OPS-12", "--id", later)
	require.Equal(t, ExitOK, code, stderr)
	require.Equal(t, "CHG-12", s.Number)
}

// terminal is a person at a terminal: it types an answer when asked.
type terminal struct {
	mu     sync.Mutex
	seen   strings.Builder
	typed  *io.PipeWriter
	onAsk  func(n int) // before the n-th answer, from 1
	asked  int
	answer string
}

func (s *terminal) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen.Write(p)
	if strings.HasSuffix(string(p), "if this is true: ") {
		s.asked++
		n := s.asked
		go func() {
			s.onAsk(n)
			_, _ = io.WriteString(s.typed, s.answer)
		}()
	}
	return len(p), nil
}

func TestC15_AnActThatNoWorkerTakesUpIsLeftWithTheProcess(t *testing.T) {
	f := newPlatform(t)
	subject := f.begin("7")
	keyboard, typed := io.Pipe()
	screen := &terminal{typed: typed, answer: "yes\n", onAsk: func(n int) {
		if n == 3 { // the worker dies while the person reads the last statement
			f.stop()
		}
	}}
	p, out, _ := fixed(t, "json", keyboard)
	p.notes, p.interactive, p.dial, p.now, p.newID = screen, true, dialEngine, time.Now, uuid.NewString
	code := p.run(context.Background(), []string{"change", "approve", "CHG-7", "--as", "cli:alice", "--address", f.server.Address, "--timeout", "3s", "--output", "json"})
	require.Equal(t, ExitOK, code, screen.seen.String())
	var a acted
	require.NoError(t, json.Unmarshal(out.Bytes(), &a))
	require.Equal(t, compliance.Received, a.Reply.Outcome)

	code, _, stderr := f.act("show", "CHG-7", "--timeout", "1s")
	require.Equal(t, ExitUnreachable, code, "nobody can say how it stands")
	require.Contains(t, stderr, "worker")

	runWorker(t, f.client)
	code, again, stderr := f.act(append([]string{"approve", "CHG-7", "--delivery", a.Delivery}, attestAll()...)...)
	require.Equal(t, ExitOK, code, stderr)
	require.Equal(t, compliance.Recorded, again.Reply.Outcome)
	require.Equal(t, []string{a.Delivery}, deliveries(f.counted(subject)), "signal, update and repetition count once")
}

// lines collects output and tells when it holds a text.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{}
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(p)
	select {
	case l.more <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (l *lines) await(t *testing.T, want string) {
	t.Helper()
	deadline := time.After(within)
	for {
		l.mu.Lock()
		text := l.text.String()
		l.mu.Unlock()
		if strings.Contains(text, want) {
			return
		}
		select {
		case <-l.more:
		case <-deadline:
			require.FailNow(t, "not shown", "%q in:\n%s", want, text)
		}
	}
}

func TestWatchShowsWhatChangesUntilItIsOver(t *testing.T) {
	f := newPlatform(t)
	subject := f.begin("7")
	env := []string{"TEMPORAL_ADDRESS=" + f.server.Address}
	watch := func(ctx context.Context) (*lines, chan int) {
		out, code := &lines{more: make(chan struct{}, 1)}, make(chan int, 1)
		go func() {
			code <- Run(ctx, []string{"change", "show", "CHG-7", "--watch", "--timeout", "1s"}, nil, out, out, env)
		}()
		return out, code
	}
	ctx, interrupt := context.WithCancel(context.Background())
	defer interrupt()
	interrupted, code := watch(ctx)
	interrupted.await(t, "First title")
	interrupt()
	require.Equal(t, ExitOK, <-code, "ctrl-C is the normal end")

	out, code := watch(context.Background())
	out.await(t, "First title")
	f.stop()
	out.await(t, "nobody works on changes") // told on stderr, which is the same here
	runWorker(t, f.client)
	require.NoError(t, f.client.SignalWorkflow(context.Background(), subject, "", signalEdit, "Second title"))
	out.await(t, "Second title")
	f.act("withdraw", "CHG-7", "--reason", "not needed")
	require.Equal(t, ExitOK, <-code)
	out.await(t, "withdrawn")
	require.Equal(t, 1, strings.Count(out.text.String(), "Second title\n  state      open"), "shown when it changes only")
}

func TestAServerThatGoesAwayIsTold(t *testing.T) {
	f := newPlatform(t)
	f.begin("7")
	f.stop()
	f.server.Kill()
	for _, args := range [][]string{{"change", "list"}, {"change", "show", "CHG-7"}, {"change", "deny", "CHG-7", "--reason", "no"}} {
		code, stdout, stderr := f.run(append(args, "--timeout", "1s")...)
		require.Equal(t, ExitUnreachable, code)
		require.Empty(t, stdout)
		require.Contains(t, stderr, "next:")
	}
}
