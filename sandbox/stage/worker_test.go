package stage

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const playVariable = "STAGE_TEST_WORKER" // what the test's own worker does

// TestWorkerItself is no test: it is the worker that the others start.
func TestWorkerItself(*testing.T) {
	switch os.Getenv(playVariable) {
	case "":
		return
	case "broken":
		os.Exit(3)
	}
	fmt.Println(WorkerReady)
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil || strings.TrimSpace(line) != WorkerStop {
		os.Exit(4)
	}
	os.Exit(0)
}

func testWorker(play string) (w *worker, failed chan error) {
	failed = make(chan error, 1)
	return &worker{told: func() {}, failed: func(err error) { failed <- err }, command: func() *exec.Cmd {
		cmd := exec.Command(os.Args[0], "-test.run=^TestWorkerItself$")
		cmd.Env = append(os.Environ(), playVariable+"="+play)
		return cmd
	}}, failed
}

// A worker that is killed is gone until it is started again, and its death is nobody's
// failure.
func TestWorker_KilledAndStartedAgain(t *testing.T) {
	w, failed := testWorker("well")
	require.NoError(t, w.Start(context.Background()))
	require.NoError(t, w.Start(context.Background()), "there is one")
	first := w.running
	require.Empty(t, w.Lasts())
	require.NoError(t, w.Kill(context.Background()))
	<-first.ended
	require.ErrorContains(t, first.err, "killed")
	require.NotEmpty(t, w.Lasts())
	require.NoError(t, w.Kill(context.Background()), "there is none")
	require.NoError(t, w.Start(context.Background()))
	require.Empty(t, w.Lasts())
	second := w.running
	require.NotSame(t, first, second)
	require.NoError(t, w.Stop())
	require.NoError(t, second.err, "it was let finish")
	require.NoError(t, w.Stop())
	select {
	case err := <-failed:
		require.Fail(t, "nothing failed", "%v", err)
	default:
	}
}

// One that cannot start says so, and one that ends by itself is a failure.
func TestWorker_ThatFails(t *testing.T) {
	w, _ := testWorker("broken")
	require.ErrorContains(t, w.Start(context.Background()), "ended while starting, and the log says why: exit status 3")
	w, failed := testWorker("well")
	require.NoError(t, w.Start(context.Background()))
	require.NoError(t, w.running.in.Close())
	require.ErrorContains(t, <-failed, "the worker ended by itself: exit status 4")
	w, _ = testWorker("well")
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if err := w.Start(gone); err != nil { // it may have been ready first
		require.True(t, errors.Is(err, context.Canceled), "%v", err)
		require.Nil(t, w.running)
	}
	require.NoError(t, w.Stop())
}

// With any real account nothing is made to go wrong.
func TestTroubles_NeverWithRealAccounts(t *testing.T) {
	for name, set := range map[string]string{
		"SLACK_BOT_TOKEN": "x", "JIRA_API_TOKEN_FILE": "x", "OIDC_ISSUER": "x", "PAGERDUTY_ROUTING_KEY": "x", "SMTP_URL": "x", "PLATFORM_ORDERS_URL": "x",
	} {
		s := &Stage{cfg: Config{Env: variables{name: set}}}
		require.Empty(t, s.allTroubles().All(), name)
	}
	require.False(t, realAnything(variables{"HOME": "/", "PLATFORM_ORDERS_URL": ""}))
}

// A process of the stage gets the outside's variables but those of another product.
func TestEnvironment_OfTheWorker(t *testing.T) {
	e := environment{own: map[string]string{"SLACK_API_URL": "ours"}, outside: variables{
		"PATH": "p", "SLACK_API_URL": "theirs", "COUNTERSIGN_EVIDENCE": "theirs", "TEMPORAL_ADDRESS": "theirs",
		"COUNTERSIGN_ENCRYPTION_KEYS": "k", "PLATFORM_ORDERS_URL": "u",
	}}
	require.ElementsMatch(t, []string{"SLACK_API_URL=ours", "PATH=p", "COUNTERSIGN_ENCRYPTION_KEYS=k", "PLATFORM_ORDERS_URL=u"}, e.whole())
}

// variables are an environment.
type variables map[string]string

func (v variables) Environ() []string {
	var out []string
	for name, value := range v {
		out = append(out, name+"="+value)
	}
	return out
}

func (v variables) LookupEnv(name string) (string, bool) { value, ok := v[name]; return value, ok }
