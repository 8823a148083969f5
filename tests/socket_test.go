package tests

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/sandbox/standin"
	"github.com/lowcodex/countersign/tests/harness"
)

// newSocketWorld is a world without a signing secret, in which Slack reaches nobody;
// the gateway is a process of its own, supervised, and connected.
func newSocketWorld(t *testing.T, env harness.Env) (*harness.World, *harness.Process) {
	t.Helper()
	w := harness.NewWorld(t, harness.WorldOptions{SlackSocket: true, Env: env})
	w.Run(app.RoleWorkflows, app.RoleActivities, app.RoleEvidence)
	gateway, err := w.Supervise(nil, app.RoleGateway)
	require.NoError(t, err)
	t.Cleanup(func() {
		gateway.Close()
		require.Empty(t, gateway.Faults())
		require.Empty(t, w.Site.Slack.Misdeeds())
	})
	connected(t, w)
	return w, gateway
}

func connected(t *testing.T, w *harness.World) {
	t.Helper()
	require.Eventually(t, func() bool { return w.Site.Slack.Sockets() == 1 }, time.Minute, 5*time.Millisecond, "the gateway is connected")
}

// submitted presses and submits; a time-out is what the person sees when the
// gateway is gone, and what they did counts all the same.
func submitted(t *testing.T, w *harness.World, who string, card slacktest.Message, action string, values map[string]string) {
	t.Helper()
	view := w.Press(who, card, action)
	result, err := w.Site.Slack.Submit(w.Slack(who), view, harness.Filled(view, values))
	if !errors.Is(err, slacktest.ErrTimeout) {
		require.NoError(t, err)
		require.Empty(t, result.Errors)
	}
}

// firstTime does something the first time it is called, and reports whether it did.
func firstTime(do func()) func() bool {
	var done atomic.Bool
	return func() bool {
		first := done.CompareAndSwap(false, true)
		if first {
			do()
		}
		return first
	}
}

// A change is approved and carried out by clicks that come over the gateway's own
// connection: the gateway is killed when a click is on the wire, and when its act
// is durable and not yet acknowledged; Slack refreshes the connection, and the
// network cuts it, with clicks under way. Everything counts once.
func TestSocketMode_AChangeIsApprovedThroughEveryTrouble(t *testing.T) {
	w, gateway := newSocketWorld(t, nil)
	const title = "Raise the invoice limit"
	slack := w.Site.Slack
	issue := w.Submit("jonas", harness.Ticket(nil))
	card := w.Card(title, harness.Offers("approve"))

	view := w.Press("bruno", card, "approve")
	die := firstTime(gateway.Kill)
	slack.OnEnvelope(func(int) { die() }) // delivered, and nobody has looked at it
	_, err := slack.Submit(w.Slack("bruno"), view, harness.Filled(view, nil))
	require.True(t, err == nil || errors.Is(err, slacktest.ErrTimeout), "%v", err)
	slack.OnEnvelope(nil)
	w.Card(title, harness.Says("1 of 2"))

	connected(t, w)
	view = w.Press("chidi", card, "approve")
	die = firstTime(gateway.Kill)
	slack.LoseAcks(func(int) bool { return die() }) // durable, and the acknowledgement dies with the gateway
	_, err = slack.Submit(w.Slack("chidi"), view, harness.Filled(view, nil))
	require.True(t, err == nil || errors.Is(err, slacktest.ErrTimeout), "%v", err)
	slack.LoseAcks(nil)
	card = w.Card(title, harness.Says("level 2 of 2"))
	require.Len(t, gateway.Deaths(), 2)

	connected(t, w)
	refresh := firstTime(func() { slack.Refresh("refresh_requested", 10*time.Millisecond) })
	slack.OnEnvelope(func(int) { refresh() })
	submitted(t, w, "farah", card, "approve", map[string]string{"comment": "Checked with finance"})
	w.Status(issue.Key, "approved")

	cut := firstTime(slack.CutSockets)
	slack.OnEnvelope(func(int) { cut() })
	submitted(t, w, "goran", w.Card(title, harness.Offers("start")), "start", nil)
	slack.OnEnvelope(nil)
	slack.Refresh("warning", time.Minute)
	submitted(t, w, "goran", w.Card(title, harness.Offers("finish")), "finish", map[string]string{"result": "succeeded", "note": "Limit is 5000"})
	w.Over(issue)

	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "started", "finished", "closed"}, w.Records(issue))
	require.Empty(t, w.Verify().Findings)
	for _, d := range slack.Deliveries() {
		require.True(t, d.Socket, "nothing was posted")
	}
}

// Both ways at once, with two gateways: the same click comes over a connection and
// as a request, at the same time and again later, and is one decision.
func TestSocketMode_BothWaysAreOneDecision(t *testing.T) {
	w, _ := newSocketWorld(t, harness.Env{"SLACK_SIGNING_SECRET": standin.SlackSigningSecret})
	second, err := w.Supervise(harness.Env{"COUNTERSIGN_LISTEN": "127.0.0.1:0"}, app.RoleGateway)
	require.NoError(t, err)
	t.Cleanup(second.Close)
	slack := w.Site.Slack
	require.Eventually(t, func() bool { return slack.Sockets() == 2 }, time.Minute, 5*time.Millisecond)
	issue := w.Submit("jonas", harness.Ticket(nil))
	card := w.Card("Raise the invoice limit", harness.Offers("approve"))
	view := w.Press("bruno", card, "approve")
	type answer struct {
		status int
		body   []byte
		err    error
	}
	posted := make(chan answer, 10)
	slack.OnEnvelope(func(int) {
		go func() {
			var a answer
			a.status, a.body, a.err = slack.Send(slack.Last())
			posted <- a
		}()
	})
	result, err := slack.Submit(w.Slack("bruno"), view, harness.Filled(view, nil))
	require.NoError(t, err)
	require.Empty(t, result.Errors)
	a := <-posted
	require.NoError(t, a.err)
	require.Equal(t, http.StatusOK, a.status)
	slack.OnEnvelope(nil)
	w.Card("Raise the invoice limit", harness.Says("1 of 2"))
	for range 4 { // to either gateway
		again, err := slack.Envelope(slack.Last())
		require.NoError(t, err)
		require.Contains(t, string(again), "ecorded")
	}
	decided := 0
	for _, record := range w.Records(issue) {
		if record == "decided" {
			decided++
		}
	}
	require.Equal(t, 1, decided)
}

// A token that Slack refuses keeps the gateway from being ready, and ends nothing;
// a connection that is lost later is told, and keeps nobody from posting alerts.
func TestSocketMode_HowTheConnectionStandsIsSeen(t *testing.T) {
	w, gateway := newSocketWorld(t, nil)
	var status int
	var body string
	require.Eventually(t, func() bool { // Slack counts a connection before its hello is read
		status, body = asked(t, w.Gateway+"/readyz")
		return status == http.StatusOK && body == "ready\n"
	}, 10*time.Second, 10*time.Millisecond)
	_, metrics := asked(t, w.Gateway+"/metrics")
	require.Contains(t, metrics, "\ncountersign_slack_socket_connected 1\n")
	require.Contains(t, metrics, "\ncountersign_slack_socket_since_seconds ")
	require.Contains(t, metrics, "\ncountersign_ready{part=\"slack\"} 1\n")

	w.Site.Slack.SetSocketMode(false)
	require.Eventually(t, func() bool {
		status, body = asked(t, w.Gateway+"/readyz")
		return body == "ready, without a connection to Slack\n"
	}, 10*time.Second, 10*time.Millisecond)
	require.Equal(t, http.StatusOK, status)
	_, metrics = asked(t, w.Gateway+"/metrics")
	require.Contains(t, metrics, "\ncountersign_slack_socket_connected 0\n")

	gateway.Kill() // the next one has never been connected
	require.Eventually(t, func() bool {
		resp, err := http.Get(w.Gateway + "/readyz")
		if err != nil {
			return false
		}
		defer func() { _ = resp.Body.Close() }()
		return resp.StatusCode == http.StatusServiceUnavailable
	}, time.Minute, 10*time.Millisecond)
	require.Eventually(t, func() bool { return strings.Contains(gateway.Log(), "Socket Mode is off: turn it on") }, 10*time.Second, 10*time.Millisecond)
	_, metrics = asked(t, w.Gateway+"/metrics")
	require.Contains(t, metrics, "\ncountersign_ready{part=\"slack\"} 0\n", "to whoever watches")
	w.Site.Slack.SetSocketMode(true)
	connected(t, w)
	require.Len(t, gateway.Deaths(), 1, "the mend needs no restart")
}

// The doctor needs neither a secret nor a way from Slack to the gateway.
func TestSocketMode_TheDoctorKnows(t *testing.T) {
	w := harness.NewWorld(t, harness.WorldOptions{SlackSocket: true})
	w.Run(app.RoleAll)
	connected(t, w)
	var found map[string]checkup.Check
	for range 20 { // until the workers are seen to work
		if _, found, _ = examined(w, "setup", "slack"); len(found) > 1 {
			break
		}
	}
	right(t, found, "slack/app token kind", "slack/app token", "slack/connection to Slack", "slack/signing secret")
	require.NotContains(t, found, "slack/requests at the gateway")
	for item, c := range found {
		require.NotEqual(t, checkup.Mend, c.Result, "%s: %+v", item, c)
	}
	require.Equal(t, 1, w.Site.Slack.Sockets(), "nothing connected besides the gateway")
}

func asked(t *testing.T, address string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(body)
}
