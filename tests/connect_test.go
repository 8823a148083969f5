package tests

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/lowcodex/countersign/connect"
	"github.com/lowcodex/countersign/tests/harness"
)

const connectQueue = "connect-test"

// connectEnv is a set of variables in place of the process's own.
type connectEnv map[string]string

func (e connectEnv) LookupEnv(name string) (string, bool) { v, ok := e[name]; return v, ok }

func (e connectEnv) Environ() []string {
	var all []string
	for k, v := range e {
		all = append(all, k+"="+v)
	}
	return all
}

func connectKeys(t *testing.T, text string) *connect.KeyRing {
	t.Helper()
	r, err := connect.ParseKeyRing(text)
	require.NoError(t, err)
	return r
}

const (
	keyOld = "old:b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2w="
	keyNew = "new:bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU="
)

// secretive takes a decision and calls an activity that fails once with a text
// that quotes it: the ways by which a text gets into a history.
func secretive(ctx workflow.Context, request string) (string, error) {
	decision := ""
	if err := workflow.SetUpdateHandler(ctx, "decide", func(ctx workflow.Context, d string) (string, error) {
		workflow.GetLogger(ctx).Info("decided")
		decision = d
		return connect.CorrelationFromWorkflow(ctx), nil
	}); err != nil {
		return "", err
	}
	workflow.GetLogger(ctx).Info("waiting")
	if err := workflow.Await(ctx, func() bool { return decision != "" }); err != nil {
		return "", err
	}
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 10 * time.Second,
		RetryPolicy:         &temporal.RetryPolicy{MaximumAttempts: 2, InitialInterval: time.Millisecond},
	})
	var answer string
	err := workflow.ExecuteActivity(ctx, failOnce, request+decision).Get(ctx, &answer)
	var failure *temporal.ApplicationError
	if errors.As(err, &failure) {
		return failure.Message(), nil
	}
	return answer + " for " + connect.CorrelationFromWorkflow(ctx), err
}

func failOnce(ctx context.Context, text string) (string, error) {
	activity.GetLogger(ctx).Info("attempt", "n", activity.GetInfo(ctx).Attempt)
	if activity.GetInfo(ctx).Attempt == 1 {
		return "", errors.New("refused: " + text)
	}
	return "done " + connect.CorrelationFrom(ctx), nil
}

// syncBuffer is a log several goroutines write to.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func connectDial(t *testing.T, address string, o connect.Options) client.Client {
	t.Helper()
	o.Address = address
	if o.Env == nil {
		o.Env = connectEnv{}
	}
	c, err := connect.Dial(engineContext(t), o)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func runConnectWorker(t *testing.T, c client.Client) worker.Worker {
	t.Helper()
	w := worker.New(c, connectQueue, worker.Options{DeadlockDetectionTimeout: harness.DeadlockDetection})
	w.RegisterWorkflow(secretive)
	w.RegisterActivity(failOnce)
	require.NoError(t, w.Start())
	return w
}

// storedHistory returns the stored bytes of a workflow's whole history.
func storedHistory(t *testing.T, c client.Client, id string) string {
	t.Helper()
	var all []byte
	events := c.GetWorkflowHistory(engineContext(t), id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(t, err)
		text, err := proto.Marshal(event)
		require.NoError(t, err)
		all = append(all, text...)
	}
	return string(all)
}

// Nothing a process carries is readable in its history, and the correlation id
// reaches every log line it causes.
func TestConnect_EncryptsAndCorrelates(t *testing.T) {
	server := harness.StartServer(t, harness.ServerOptions{})
	logged := &syncBuffer{}
	keys := connectKeys(t, keyOld)
	w := runConnectWorker(t, connectDial(t, server.Address, connect.Options{
		Keys: keys, Mode: connect.Worker, Identity: "worker-1", Logger: slog.New(slog.NewTextHandler(logged, nil)),
	}))
	t.Cleanup(w.Stop)
	c := connectDial(t, server.Address, connect.Options{Keys: keys})
	ctx := connect.WithCorrelation(engineContext(t), "delivery-1")

	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: "a-1", TaskQueue: connectQueue, StaticSummary: "Smith's change",
		Memo: map[string]any{"requester": "Smith"},
	}, secretive, "Smith asks: ")
	require.NoError(t, err)
	update, err := c.UpdateWorkflow(connect.WithCorrelation(ctx, "delivery-2"), client.UpdateWorkflowOptions{
		WorkflowID: "a-1", UpdateName: "decide", Args: []any{"Smith approves"}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	require.NoError(t, err)
	var seen, result string
	require.NoError(t, update.Get(ctx, &seen))
	require.Equal(t, "delivery-2", seen, "a handler has the id of its own delivery")
	require.NoError(t, run.Get(ctx, &result))
	require.Equal(t, "done delivery-1 for delivery-1", result)

	text := storedHistory(t, c, "a-1")
	require.Contains(t, text, "worker-1")
	require.NotContains(t, text, "Smith")
	require.NotContains(t, text, "done delivery-1", "results are encrypted; the id itself is in the header")
	for _, line := range strings.Split(strings.TrimSpace(logged.String()), "\n") {
		switch {
		case strings.Contains(line, "msg=waiting"), strings.Contains(line, "msg=attempt"):
			require.Contains(t, line, "correlation=delivery-1")
		case strings.Contains(line, "msg=decided"):
			require.Contains(t, line, "correlation=delivery-2")
		}
	}
	require.Contains(t, logged.String(), "msg=decided")
	require.Contains(t, logged.String(), "msg=attempt")
}

// A worker without the key leaves the workflow alone until one with it comes;
// a client without the key is told so.
func TestConnect_WorkerWithoutItsKeyLosesNothing(t *testing.T) {
	t.Parallel()
	server := harness.StartServer(t, harness.ServerOptions{})
	newRing := connectKeys(t, keyNew+","+keyOld)
	c := connectDial(t, server.Address, connect.Options{Keys: newRing})
	for name, keys := range map[string]*connect.KeyRing{"other key": connectKeys(t, keyOld), "no key": {}} {
		t.Run(name, func(t *testing.T) {
			logged := &syncBuffer{}
			without := runConnectWorker(t, connectDial(t, server.Address, connect.Options{
				Keys: keys, Mode: connect.Worker, Logger: slog.New(slog.NewTextHandler(logged, nil)),
			}))
			run, err := c.ExecuteWorkflow(engineContext(t), client.StartWorkflowOptions{
				TaskQueue: connectQueue, WorkflowTaskTimeout: time.Second,
			}, secretive, "request")
			require.NoError(t, err)
			require.Eventually(t, func() bool { return strings.Contains(logged.String(), "is not among keys") },
				2*time.Minute, 20*time.Millisecond, "the worker says what is missing")
			without.Stop()
			is, err := c.DescribeWorkflowExecution(engineContext(t), run.GetID(), "")
			require.NoError(t, err)
			require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, is.GetWorkflowExecutionInfo().GetStatus())

			with := runConnectWorker(t, connectDial(t, server.Address, connect.Options{Keys: newRing, Mode: connect.Worker}))
			t.Cleanup(with.Stop)
			_, err = c.UpdateWorkflow(engineContext(t), client.UpdateWorkflowOptions{
				WorkflowID: run.GetID(), UpdateName: "decide", Args: []any{"approve"}, WaitForStage: client.WorkflowUpdateStageCompleted,
			})
			require.NoError(t, err)
			var result string
			require.NoError(t, run.Get(engineContext(t), &result))
			require.Equal(t, "done  for ", result)

			stranger := connectDial(t, server.Address, connect.Options{Keys: keys})
			err = stranger.GetWorkflow(engineContext(t), run.GetID(), "").Get(engineContext(t), &result)
			require.ErrorIs(t, err, connect.ErrUndecipherable)
		})
	}
}

func TestConnect_ReconcilesANamespace(t *testing.T) {
	server := harness.StartServer(t, harness.ServerOptions{})
	c := connectDial(t, server.Address, connect.Options{})
	ctx := engineContext(t)
	register := func(name string) {
		_, err := c.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
			Namespace: name, WorkflowExecutionRetentionPeriod: durationpb.New(720 * time.Hour),
		})
		require.NoError(t, err)
		connectDial(t, server.Address, connect.Options{Namespace: name, Wait: 30 * time.Second}) // until it is known
	}
	register("bare")
	var added []string
	require.Eventually(t, func() bool { // the namespace is known to every part within seconds
		var err error
		added, err = connect.Reconcile(ctx, c, "bare")
		return err == nil
	}, 2*time.Minute, 50*time.Millisecond)
	require.Equal(t, []string{"Awaiting", "Due", "Environment", "Number", "Process", "Severity", "Stage", "System", "Systems"}, added)
	require.Eventually(t, func() bool {
		added, err := connect.Reconcile(ctx, c, "bare")
		return err == nil && len(added) == 0
	}, 2*time.Minute, 50*time.Millisecond)

	register("taken")
	require.Eventually(t, func() bool {
		_, err := c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
			Namespace: "taken", SearchAttributes: map[string]enumspb.IndexedValueType{"Due": enumspb.INDEXED_VALUE_TYPE_INT},
		})
		return err == nil
	}, 2*time.Minute, 50*time.Millisecond)
	require.Eventually(t, func() bool {
		_, err := connect.Reconcile(ctx, c, "taken")
		return err != nil && strings.Contains(err.Error(), "search attribute Due of type Int, Countersign needs it as Datetime")
	}, 2*time.Minute, 50*time.Millisecond)
}

func TestConnect_TakesItsSettingsFromTheEnvironment(t *testing.T) {
	server := harness.StartServer(t, harness.ServerOptions{Args: []string{"--namespace", "elsewhere"}})
	file := filepath.Join(t.TempDir(), "temporal.toml")
	require.NoError(t, os.WriteFile(file, []byte("[profile.ci]\naddress = \""+server.Address+"\"\nnamespace = \"elsewhere\"\n"), 0o600))
	for name, env := range map[string]connectEnv{
		"variables": {"TEMPORAL_ADDRESS": server.Address, "TEMPORAL_NAMESPACE": "elsewhere"},
		"a profile": {"TEMPORAL_CONFIG_FILE": file, "TEMPORAL_PROFILE": "ci"},
	} {
		t.Run(name, func(t *testing.T) {
			env[connect.EnvKeys] = keyOld
			c := connectDial(t, "", connect.Options{Env: env})
			run, err := c.ExecuteWorkflow(engineContext(t), client.StartWorkflowOptions{TaskQueue: connectQueue}, secretive, "Smith")
			require.NoError(t, err)
			elsewhere := connectDial(t, server.Address, connect.Options{Namespace: "elsewhere"})
			text := storedHistory(t, elsewhere, run.GetID())
			require.Contains(t, text, "binary/encrypted")
			require.NotContains(t, text, "Smith")
		})
	}
}

func TestConnect_SaysWhatToSet(t *testing.T) {
	server := harness.StartServer(t, harness.ServerOptions{})
	for name, test := range map[string]struct {
		env  connectEnv
		want string
	}{
		"nobody there":      {connectEnv{"TEMPORAL_ADDRESS": "127.0.0.1:1"}, "no Temporal server answers at 127.0.0.1:1: set TEMPORAL_ADDRESS"},
		"wrong namespace":   {connectEnv{"TEMPORAL_ADDRESS": server.Address, "TEMPORAL_NAMESPACE": "typo"}, `has no namespace "typo": create it or set TEMPORAL_NAMESPACE`},
		"TLS where is none": {connectEnv{"TEMPORAL_ADDRESS": server.Address, "TEMPORAL_TLS": "true"}, "could not be secured: check TEMPORAL_TLS"},
		"missing profile":   {connectEnv{"TEMPORAL_PROFILE": "absent"}, "TEMPORAL_CONFIG_FILE"},
		"bad key":           {connectEnv{connect.EnvKeys: "a:hush"}, `COUNTERSIGN_ENCRYPTION_KEYS: key "a" is not 32 bytes`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := connect.Dial(engineContext(t), connect.Options{Env: test.env})
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), "hush")
		})
	}
}

// Programs start in any order: with Wait a client outlasts the server's start.
func TestConnect_WaitsForTheServer(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.db")
	first := harness.StartServer(t, harness.ServerOptions{File: file})
	first.Kill()
	dialled := make(chan error, 1)
	go func() {
		c, err := connect.Dial(engineContext(t), connect.Options{Address: first.Address, Env: connectEnv{}, Wait: time.Minute})
		if err == nil {
			c.Close()
		}
		dialled <- err
	}()
	harness.StartServer(t, harness.ServerOptions{File: file, Address: first.Address})
	require.NoError(t, <-dialled)
}
