package tests

import (
	"bufio"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/tests/harness"
)

// C15 with the shipped gateway: no worker runs, the gateway is told to stop
// while it makes a decision durable, and the decision counts, once, when the
// rest of the product is back.
func TestC15GatewayStoppedWithADecisionInFlight(t *testing.T) {
	w := harness.NewWorld(t, harness.WorldOptions{})
	stopRest := w.Run(app.RoleWorkflows, app.RoleActivities, app.RoleEvidence)
	gateway := startGateway(t, w)
	const title = "Raise the invoice limit"
	issue := w.Submit("jonas", harness.Ticket(nil))
	card := w.Card(title, harness.Offers("approve"))
	view := w.Press("bruno", card, "approve")
	stopRest()

	type answer struct {
		result slacktest.ViewResult
		err    error
	}
	answered := make(chan answer, 1)
	go func() {
		result, err := w.Site.Slack.Submit(w.Slack("bruno"), view, harness.Filled(view, nil))
		answered <- answer{result, err}
	}()
	awaitMetric(t, w.Gateway, "countersign_gateway_in_flight 1")
	require.NoError(t, gateway.Process.Signal(syscall.SIGTERM))

	got := <-answered
	require.NoError(t, got.err, "the surface got its answer within 3 s")
	require.Empty(t, got.result.Errors)
	require.Contains(t, got.result.Text, "Received")
	require.NoError(t, gateway.Wait(), "an orderly stop is exit status 0")

	w.Run(app.RoleAll)
	var body []byte
	for range 20 { // the same delivery again; each try waits for the outcome up to its budget
		status, again, err := w.Site.Slack.Send(w.Site.Slack.Last())
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status)
		if body = again; strings.Contains(string(body), "Recorded") {
			break
		}
	}
	require.Contains(t, string(body), "Recorded", "the first outcome")
	decided := 0
	for _, record := range w.Records(issue) {
		if record == "decided" {
			decided++
		}
	}
	require.Equal(t, 1, decided, "signal, late update and repetition are one decision")
}

// startGateway runs cmd/gateway in the world and returns when it listens.
func startGateway(t *testing.T, w *harness.World) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(harness.Build(t, "./cmd/gateway"))
	cmd.Env = w.Env().Environ()
	stderr, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // an error means it has ended
	lines := bufio.NewScanner(stderr)
	var said []string
	for lines.Scan() {
		said = append(said, lines.Text())
		if strings.Contains(lines.Text(), "gateway listening") {
			go func() { _, _ = io.Copy(io.Discard, stderr) }() // so that it never waits for a full pipe
			return cmd
		}
	}
	require.FailNow(t, "the gateway ended while starting", "%s", strings.Join(said, "\n"))
	return nil
}

// awaitMetric asks until the metrics hold the line; each answer is a round trip.
func awaitMetric(t *testing.T, gateway, line string) {
	t.Helper()
	for until := time.Now().Add(2 * time.Second); time.Now().Before(until); {
		resp, err := http.Get(gateway + "/metrics")
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		if strings.Contains(string(body), "\n"+line+"\n") {
			return
		}
	}
	require.FailNow(t, "the metric did not appear", line)
}
