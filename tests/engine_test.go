package tests

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/grpc"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/connect"
	"github.com/lowcodex/countersign/tests/harness"
)

const engineQueue = "engine-test"

// engineContext bounds one test against a server.
func engineContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// engineApproval waits for a decision or for its deadline, whichever is first, and
// then runs an activity: what every process of the product is made of.
func engineApproval(ctx workflow.Context, deadline time.Duration) (string, error) {
	decision := ""
	err := workflow.SetUpdateHandler(ctx, "decide", func(ctx workflow.Context, d string) (string, error) {
		decision = d
		return "recorded " + d, nil
	})
	if err != nil {
		return "", err
	}
	decided, err := workflow.AwaitWithTimeout(ctx, deadline, func() bool { return decision != "" })
	if err != nil {
		return "", err
	}
	if !decided {
		decision = "expired"
	}
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 10 * time.Second})
	var out string
	err = workflow.ExecuteActivity(ctx, engineEcho, decision).Get(ctx, &out)
	return out, err
}

// engineReminders sleeps n times for d and returns how much time passed for it.
func engineReminders(ctx workflow.Context, n int, d time.Duration) (time.Duration, error) {
	begun := workflow.Now(ctx)
	for range n {
		if err := workflow.Sleep(ctx, d); err != nil {
			return 0, err
		}
	}
	return workflow.Now(ctx).Sub(begun), nil
}

func engineEcho(_ context.Context, s string) (string, error) { return s, nil }

func startEngineWorker(t *testing.T, c client.Client) {
	t.Helper()
	w := worker.New(c, engineQueue, worker.Options{DeadlockDetectionTimeout: harness.DeadlockDetection})
	w.RegisterWorkflow(engineApproval)
	w.RegisterWorkflow(engineReminders)
	w.RegisterActivity(engineEcho)
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
}

func startEngineApproval(t *testing.T, c client.Client, id string) client.WorkflowRun {
	t.Helper()
	run, err := c.ExecuteWorkflow(engineContext(t), client.StartWorkflowOptions{
		ID: id, TaskQueue: engineQueue, WorkflowTaskTimeout: time.Second,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			temporal.NewSearchAttributeKeyKeyword(compliance.AttributeProcess).ValueSet("change"),
			temporal.NewSearchAttributeKeyKeyword(compliance.AttributeStage).ValueSet("review"),
			temporal.NewSearchAttributeKeyKeywordList(compliance.AttributeAwaiting).ValueSet([]string{"p-1", "p-2"}),
			temporal.NewSearchAttributeKeyTime(compliance.AttributeDue).ValueSet(time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)),
		),
	}, engineApproval, 90*24*time.Hour)
	require.NoError(t, err)
	return run
}

func decideApproval(t *testing.T, c client.Client, run client.WorkflowRun, decision string) {
	t.Helper()
	ctx := engineContext(t)
	handle, err := c.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: run.GetID(), UpdateID: "delivery-" + decision, UpdateName: "decide",
		Args: []any{decision}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	require.NoError(t, err)
	var reply string
	require.NoError(t, handle.Get(ctx, &reply))
	require.Equal(t, "recorded "+decision, reply)
	var result string
	require.NoError(t, run.Get(ctx, &result))
	require.Equal(t, decision, result)
}

// requireListed waits until exactly these workflows answer to a list query.
func requireListed(t *testing.T, c client.Client, query string, ids ...string) {
	t.Helper()
	require.EventuallyWithT(t, func(check *assert.CollectT) {
		list, err := c.ListWorkflow(engineContext(t), &workflowservice.ListWorkflowExecutionsRequest{Query: query})
		require.NoError(check, err)
		found := []string{}
		for _, e := range list.GetExecutions() {
			found = append(found, e.GetExecution().GetWorkflowId())
		}
		require.ElementsMatch(check, ids, found)
	}, harness.StoryWithin, 50*time.Millisecond)
}

func TestEngine_RunsUnderTheSDKsOwnHelper(t *testing.T) {
	t.Parallel()
	extra := temporal.NewSearchAttributeKeyInt64("Extra")
	server, err := testsuite.StartDevServer(engineContext(t), testsuite.DevServerOptions{
		ExistingPath:     harness.Build(t, "./cmd/sandbox"),
		DBFilename:       filepath.Join(t.TempDir(), "state #1 %.db"),
		ClientOptions:    &client.Options{Namespace: "elsewhere", Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))},
		EnableUI:         true,
		LogLevel:         "error",
		SearchAttributes: temporal.NewSearchAttributes(extra.ValueSet(1)),
		ExtraArgs:        []string{"--dynamic-config-value", "limit.maxIDLength=255"},
	})
	require.NoError(t, err)
	stopped := false
	t.Cleanup(func() {
		if !stopped {
			_ = server.Stop()
		}
	})
	c := server.Client()
	startEngineWorker(t, c)
	run := startEngineApproval(t, c, "a-1")
	requireListed(t, c, `Process = "change" AND Awaiting = "p-2" AND Due > "2030-01-01T00:00:00Z" AND Extra IS NULL`, "a-1")
	requireListed(t, c, `Awaiting = "p-3"`)
	decideApproval(t, c, run, "approve")
	stopped = true
	require.NoError(t, server.Stop(), "it ends without an error when asked to")
}

func TestEngine_ServesTheWebUI(t *testing.T) {
	t.Parallel()
	server := harness.StartServer(t, harness.ServerOptions{UI: true})
	for _, path := range []string{"/", "/api/v1/namespaces/default"} {
		answer, err := http.Get(server.UI + path)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, http.StatusOK, answer.StatusCode, path)
	}
	server.Stop(t)
}

// A server killed between an approval's request and its decision comes back on
// the same file and port with the approval still open.
func TestEngine_SurvivesKill(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state.db")
	first := harness.StartServer(t, harness.ServerOptions{File: file})
	c := first.Client(t, client.Options{})
	startEngineWorker(t, c)
	waiting := startEngineApproval(t, c, "waiting")
	done := startEngineApproval(t, c, "done")
	decideApproval(t, c, done, "deny")
	first.Kill()

	second := harness.StartServer(t, harness.ServerOptions{File: file, Address: first.Address})
	require.Equal(t, first.Address, second.Address)
	var result string
	require.NoError(t, done.Get(engineContext(t), &result))
	require.Equal(t, "deny", result, "what was acknowledged is still there")
	decideApproval(t, c, waiting, "approve") // by the same client and worker
	second.Stop(t)
}

// A crash at any moment of the very first start leaves a file the next start can use.
func TestEngine_SurvivesKillWhileCreatingItsFile(t *testing.T) {
	t.Parallel()
	program := harness.Build(t, "./cmd/sandbox")
	file := filepath.Join(t.TempDir(), "state.db")
	for _, after := range []time.Duration{20, 60, 120, 200, 300, 400, 600} {
		cmd := exec.Command(program, "server", "start-dev", "--port", "0", "--headless", "--log-level", "never", "--db-filename", file)
		require.NoError(t, cmd.Start())
		kill := time.AfterFunc(after*time.Millisecond, func() { _ = cmd.Process.Kill() })
		require.Error(t, cmd.Wait(), "killed after %d ms", after)
		kill.Stop()
	}
	server := harness.StartServer(t, harness.ServerOptions{File: file})
	c := server.Client(t, client.Options{})
	startEngineWorker(t, c)
	decideApproval(t, c, startEngineApproval(t, c, "a-1"), "approve")
}

func TestEngine_AddsSearchAttributesToAnExistingStore(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state.db")
	harness.StartServer(t, harness.ServerOptions{File: file}).Stop(t)
	server := harness.StartServer(t, harness.ServerOptions{File: file, Args: []string{"--search-attribute", "Later=Keyword", "--namespace", "second"}})
	for _, namespace := range []string{"default", "second"} {
		c := server.Client(t, client.Options{Namespace: namespace})
		requireListed(t, c, `Later = "x" AND Stage = "y"`)
		described, err := c.WorkflowService().DescribeNamespace(engineContext(t), &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
		require.NoError(t, err)
		require.Equal(t, 30*24*time.Hour, described.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration())
		added, err := connect.Reconcile(engineContext(t), c, namespace)
		require.NoError(t, err)
		require.Empty(t, added, "the server starts with the product's attributes")
	}
}

func TestEngine_SkipsTimers(t *testing.T) {
	t.Parallel()
	server := harness.StartServer(t, harness.ServerOptions{})
	c := server.Client(t, client.Options{ConnectionOptions: client.ConnectionOptions{DialOptions: []grpc.DialOption{
		grpc.WithChainUnaryInterceptor(harness.SkipTimers("engineReminders")),
	}}})
	startEngineWorker(t, c)
	run, err := c.ExecuteWorkflow(engineContext(t), client.StartWorkflowOptions{TaskQueue: engineQueue}, engineReminders, 5, 73*24*time.Hour)
	require.NoError(t, err)
	var passed time.Duration
	require.NoError(t, run.Get(engineContext(t), &passed))
	require.GreaterOrEqual(t, passed, 365*24*time.Hour, "a year of reminders within the test's two minutes")
}

// Advance passes a given time in a workflow that waits for a person.
func TestEngine_AdvancesTime(t *testing.T) {
	t.Parallel()
	server := harness.StartServer(t, harness.ServerOptions{})
	c := server.Client(t, client.Options{})
	startEngineWorker(t, c)

	early := startEngineApproval(t, c, "early")
	harness.Advance(t, c, "default", "early", 89*24*time.Hour)
	decideApproval(t, c, early, "approve")

	late := startEngineApproval(t, c, "late")
	harness.Advance(t, c, "default", "late", 89*24*time.Hour)
	harness.Advance(t, c, "default", "late", 30*time.Hour)
	var result string
	require.NoError(t, late.Get(engineContext(t), &result))
	require.Equal(t, "expired", result)
}

func TestEngine_OnPostgres(t *testing.T) {
	t.Parallel()
	postgres := harness.StartPostgres(t)
	options := harness.ServerOptions{Postgres: postgres.URL, Env: postgres.Env}
	first := harness.StartServer(t, options)
	c := first.Client(t, client.Options{})
	startEngineWorker(t, c)
	run := startEngineApproval(t, c, "a-1")
	requireListed(t, c, `Stage = "review" AND Awaiting = "p-1"`, "a-1")
	first.Kill()

	options.Address = first.Address
	second := harness.StartServer(t, options)
	decideApproval(t, c, run, "approve")
	t.Logf("PostgreSQL: first start with schema %s, restart %s", first.Took, second.Took)
	second.Stop(t)
}

func TestEngine_StartsWithinTwoSeconds(t *testing.T) {
	const runs = 5
	var took, worked []time.Duration
	for range runs {
		server := harness.StartServer(t, harness.ServerOptions{File: filepath.Join(t.TempDir(), "state.db")})
		server.Kill()
		took, worked = append(took, server.Took), append(worked, server.CPU())
	}
	slices.Sort(took)
	slices.Sort(worked)
	t.Logf("start of the program to its first answered query, new file: %v, of that processor time %v, load %.1f", took, worked, harness.Load())
	require.Less(t, worked[runs/2], 2*time.Second, "p50 of the processor time %v", worked)
	if load := harness.Load(); took[runs/2] >= 2*time.Second && load > 1 {
		t.Skipf("p50 of %v on a machine with %.1f programs for each processor proves nothing", took, load)
	}
	require.Less(t, took[runs/2], 2*time.Second, "p50 of %v", took)
}

func TestEngine_RefusesToStart(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	_, takenPort, err := net.SplitHostPort(taken.Addr().String())
	require.NoError(t, err)
	foreign := filepath.Join(t.TempDir(), "notes.db")
	require.NoError(t, os.WriteFile(foreign, []byte("these are my notes, not a database"), 0o600))
	used := filepath.Join(t.TempDir(), "used.db")
	harness.StartServer(t, harness.ServerOptions{File: used})
	typed := filepath.Join(t.TempDir(), "typed.db")
	harness.StartServer(t, harness.ServerOptions{File: typed, Args: []string{"--search-attribute", "Extra=Int"}}).Stop(t)

	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"address others can reach": {[]string{"--ip", "0.0.0.0"}, "other machines can reach 0.0.0.0"},
		"no address":               {[]string{"--ip", "somewhere"}, `"somewhere" is not an IP address`},
		"port in use":              {[]string{"--port", takenPort}, "choose another port"},
		"UI port in use":           {[]string{"--ui-port", takenPort}, "UI port"},
		"another program's file":   {[]string{"--db-filename", foreign}, "not a database"},
		"no directory":             {[]string{"--db-filename", "/nonexistent/state.db"}, "create it first"},
		"file in use":              {[]string{"--db-filename", used}, "in use by another server"},
		"two stores":               {[]string{"--db-filename", used, "--postgres", "postgres://u@127.0.0.1/db"}, "not both"},
		"password in arguments":    {[]string{"--postgres", "postgres://u:hush@127.0.0.1/db"}, "keep the password out"},
		"attribute changes type":   {[]string{"--db-filename", typed, "--search-attribute", "Extra=Keyword"}, "Extra is a Int in the store"},
		"attribute of ours":        {[]string{"--search-attribute", "Due=Keyword"}, "Due is already a Datetime"},
		"unknown attribute type":   {[]string{"--search-attribute", "Extra=Number"}, `"Number" is not a type`},
		"dynamic value not JSON":   {[]string{"--dynamic-config-value", "a.b=yes please"}, "text needs quotes"},
		"unknown log level":        {[]string{"--log-level", "loud"}, `--log-level "loud"`},
		"short on durability":      {[]string{"--db-filename", typed, "--db-synchronous", "off"}, "full or normal"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			args := append([]string{"server", "start-dev", "--port", "0"}, test.args...)
			out, err := exec.CommandContext(ctx, harness.Build(t, "./cmd/sandbox"), args...).CombinedOutput()
			require.Error(t, err)
			require.Contains(t, string(out), test.want)
			require.NotContains(t, string(out), "hush")
		})
	}
	require.True(t, bytes.HasPrefix(engineRead(t, foreign), []byte("these are my notes")), "left as it was")
}

func engineRead(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return text
}
