package commands

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/tests/harness"
	process "github.com/lowcodex/countersign/workflows/patch"
)

// yardRollout is the smallest rollout that keeps the contract with the command
// line: it is refused where its system is unknown, and else waits for approval
// until it is told to end. It waits for a payload where it has none.
func yardRollout(ctx workflow.Context, in process.Input) error {
	s := process.Standing{Number: "PAT-1", Subject: workflow.GetInfo(ctx).WorkflowExecution.ID, System: in.Asked.System, State: rules.Assessing}
	if err := workflow.SetQueryHandler(ctx, process.QueryStanding, func() (process.Standing, error) { return s, nil }); err != nil {
		return err
	}
	if in.Asked.Payload == nil {
		var given process.Provided
		workflow.GetSignalChannel(ctx, process.SignalProvided).Receive(ctx, &given)
		in.Asked.Payload = &given.Payload
	}
	s.Payload = rules.Payload{Title: in.Asked.Payload.Title, Version: in.Asked.Payload.Version, Digest: in.Asked.Payload.Blob}
	if in.Asked.System != "yard-flows" {
		s.State, s.Reason, s.Detail, s.Over = rules.Rejected, rules.PlanRefused, "The policy has no such targets.", true
		return nil
	}
	s.State, s.Change = rules.Approving, "CHG-4"
	if err := workflow.UpsertTypedSearchAttributes(ctx,
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeNumber).ValueSet(s.Number),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeSystem).ValueSet(s.System),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeStage).ValueSet(string(s.State)),
	); err != nil {
		return err
	}
	var end rules.State
	workflow.GetSignalChannel(ctx, "end").Receive(ctx, &end)
	s.State, s.Over = end, true
	return nil
}

// yardPayload stores nothing: its answer says what it would have stored.
func yardPayload(_ workflow.Context, in process.PayloadInput) (process.PayloadResult, error) {
	if in.From == "nowhere" {
		return process.PayloadResult{}, temporal.NewNonRetryableApplicationError("the policy has no place nowhere; it has: yard-dev", string(compliance.Invalid), nil)
	}
	return process.PayloadResult{Blob: "of " + in.From + string(in.Data)}, nil
}

func newYard(t *testing.T) *platform {
	t.Helper()
	server := harness.StartServer(t, harness.ServerOptions{})
	c := server.Client(t, client.Options{Logger: quiet()})
	w := worker.New(c, compliance.QueueWorkflows, worker.Options{DeadlockDetectionTimeout: harness.DeadlockDetection})
	w.RegisterWorkflowWithOptions(yardRollout, workflow.RegisterOptions{Name: process.Type})
	w.RegisterWorkflowWithOptions(yardPayload, workflow.RegisterOptions{Name: process.PayloadType})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	return &platform{t: t, server: server, client: c}
}

func TestARolloutIsStartedOnce(t *testing.T) {
	f := newYard(t)
	id, file := uuid.NewString(), filepath.Join(t.TempDir(), "flows.json")
	write(t, file, "[]")
	start := func(args ...string) (int, opened, string) {
		code, stdout, stderr := f.run(append([]string{"patch", "start", "--summary", "Yard flows", "--version", "2.1"}, args...)...)
		var o opened
		if stdout != "" {
			require.NoError(t, json.Unmarshal([]byte(stdout), &o), stdout)
		}
		return code, o, stderr
	}
	code, first, stderr := start("--system", "yard-flows", "--from", "yard-dev", "--id", id)
	require.Equal(t, ExitOK, code, stderr)
	require.Equal(t, opened{ID: id, WorkflowID: "patch/" + id, Number: "PAT-1", Payload: "of yard-dev", State: "awaiting_approval", Change: "CHG-4"}, first)
	require.Contains(t, stderr, "--id "+id)
	require.Contains(t, stderr, "PAT-1: awaiting approval")
	code, again, stderr := start("--system", "yard-flows", "--from", "yard-dev", "--id", id)
	require.Equal(t, ExitOK, code, stderr)
	require.Equal(t, first, again, "a repetition after a lost answer finds the first one")
	for _, other := range [][]string{{"--from", "yard-other"}, {"--file", file}, {"--from", "yard-dev", "--as", "cli:mallory"}} {
		code, _, stderr = start(append([]string{"--system", "yard-flows", "--id", id}, other...)...)
		require.Equal(t, ExitUsage, code, stderr)
		require.Contains(t, stderr, "belongs to another request")
	}

	code, refused, stderr := start("--system", "no-such", "--file", file)
	require.Equal(t, ExitRefused, code)
	require.Equal(t, "rejected", refused.State)
	require.Contains(t, refused.Text, "The policy has no such targets.", stderr)
	require.Equal(t, "of []", refused.Payload)
	code, _, stderr = start("--system", "yard-flows", "--from", "nowhere")
	require.Equal(t, ExitRefused, code)
	require.Contains(t, stderr, "it has: yard-dev")
	require.Contains(t, stderr, "--id ")
}

// Another rollout in the same system is named at once: on the same targets one of
// them waits.
func TestAStartWarnsOfAnotherRollout(t *testing.T) {
	f := newYard(t)
	start := func(id string) string {
		code, _, stderr := f.run("patch", "start", "--summary", "Yard flows", "--version", "2.1", "--system", "yard-flows", "--from", "yard-dev", "--id", id)
		require.Equal(t, ExitOK, code, stderr)
		return stderr
	}
	id := uuid.NewString()
	require.NotContains(t, start(id), "warning")
	require.Eventually(t, func() bool {
		_, stdout, _ := f.run("patch", "list")
		return strings.Contains(stdout, "PAT-1")
	}, 30*time.Second, 20*time.Millisecond)
	require.NotContains(t, start(id), "warning", "nobody is warned of themselves")
	require.Contains(t, start(uuid.NewString()), "warning: PAT-1 is awaiting approval in yard-flows, too; on the same targets the one that begins first is waited for")
}

// With --wait the command ends as the rollout does, and says so by its code.
func TestAStartCanBeWaitedFor(t *testing.T) {
	f := newYard(t)
	for end, want := range map[rules.State]int{rules.Completed: ExitOK, rules.Withdrawn: ExitRefused} {
		id, out, code := uuid.NewString(), &lines{more: make(chan struct{}, 1)}, make(chan int, 1)
		go func() {
			code <- Run(context.Background(), []string{
				"patch", "start", "--system", "yard-flows", "--from", "yard-dev", "--summary", "Yard flows", "--version", "2.1",
				"--id", id, "--as", "cli:alice", "--wait", "--address", f.server.Address,
			}, nil, out, out, nil)
		}()
		out.await(t, "PAT-1: awaiting approval")
		require.NoError(t, f.client.SignalWorkflow(context.Background(), process.WorkflowID(id), "", "end", end))
		require.Equal(t, want, <-code)
		out.await(t, string(end))
	}
	ctx, interrupt := context.WithCancel(context.Background())
	out, code := &lines{more: make(chan struct{}, 1)}, make(chan int, 1)
	go func() {
		code <- Run(ctx, []string{
			"patch", "start", "--system", "yard-flows", "--from", "yard-dev", "--summary", "Yard flows", "--version", "2.1",
			"--as", "cli:alice", "--wait", "--address", f.server.Address,
		}, nil, out, out, nil)
	}()
	out.await(t, "PAT-1: awaiting approval")
	interrupt()
	require.Equal(t, ExitUnreachable, <-code)
	out.await(t, "goes on by itself")
}

func TestAPayloadIsProvided(t *testing.T) {
	f := newYard(t)
	subject := process.AdvisoryID("GHSA-1", "yard-flows")
	_, err := f.client.ExecuteWorkflow(context.Background(), client.StartWorkflowOptions{ID: subject, TaskQueue: compliance.QueueWorkflows},
		process.Type, process.Input{Asked: process.Asked{System: "yard-flows", Advisory: "GHSA-1"}})
	require.NoError(t, err)
	args := []string{"patch", "provide", subject, "--from", "yard-dev", "--summary", "Yard flows", "--version", "2.1.1"}
	code, stdout, stderr := f.run(args...)
	require.Equal(t, ExitOK, code, stderr)
	var done provided
	require.NoError(t, json.Unmarshal([]byte(stdout), &done))
	require.Equal(t, compliance.Recorded, done.Reply.Outcome)
	require.Equal(t, "of yard-dev", done.Payload)
	code, _, stderr = f.run(args...)
	require.Equal(t, ExitRefused, code)
	require.Contains(t, stderr, "waits for no payload: it is awaiting approval")
}
