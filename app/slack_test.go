package app

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/gateway"
	"github.com/lowcodex/countersign/integrations/slack"
	"github.com/lowcodex/countersign/policy"
)

// The gateway needs one of the two; without both the error says which to set. The
// token may stand in a file, as every value may.
func TestSocket_OneOfTwoSecretsIsNeeded(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(file, []byte("xapp-1-A1-1-secret\n"), 0o600))
	for name, c := range map[string]struct {
		set  map[string]string
		want string
	}{
		"neither": {map[string]string{"SLACK_SIGNING_SECRET": ""}, "SLACK_SIGNING_SECRET is not set: give the app's signing secret; or, where Slack cannot reach the gateway, set SLACK_APP_TOKEN"},
		"token":   {map[string]string{"SLACK_SIGNING_SECRET": "", "SLACK_APP_TOKEN": "xapp-1-A1-1-secret"}, ""},
		"file":    {map[string]string{"SLACK_SIGNING_SECRET": "", "SLACK_APP_TOKEN_FILE": file}, ""},
		"secret":  {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := FromEnvironment(configured(t, c.set), []string{RoleGateway})
			if c.want != "" {
				require.ErrorContains(t, err, c.want)
				return
			}
			require.NoError(t, err)
			if c.set != nil {
				require.Equal(t, "xapp-1-A1-1-secret", cfg.SlackAppToken)
			}
		})
	}
}

// How the connection stands decides what /readyz says.
func TestSocket_WhatTheConnectionMeansForReadiness(t *testing.T) {
	refused := &compliance.Failure{Class: compliance.Blocked, Op: "open connection", Detail: "invalid_auth"}
	away := &compliance.Failure{Class: compliance.Unavailable, Op: "open connection"}
	lost := gateway.Without("a connection to Slack")
	require.NoError(t, (&slackIn{}).ready(t.Context()), "nobody asked for a connection")
	for name, c := range map[string]struct {
		stands slack.Standing
		want   error
	}{
		"connected":                {slack.Standing{Connected: true, Ever: true}, nil},
		"lost":                     {slack.Standing{Ever: true, Failure: away}, lost},
		"lost, and refused now":    {slack.Standing{Ever: true, Failure: refused}, lost},
		"Slack is away since ever": {slack.Standing{Failure: away}, lost},
		"not yet":                  {slack.Standing{}, lost},
		"refused since ever":       {slack.Standing{Failure: refused}, refused},
	} {
		t.Run(name, func(t *testing.T) {
			got := standsFor(c.stands)
			require.True(t, errors.Is(got, c.want), "%v", got)
		})
	}
}

// Whoever watches the process learns that a connection is gone for longer than a
// reconnect takes, or is refused from the start, and why; a shorter gap is none.
func TestSocket_ALostConnectionIsNotReady(t *testing.T) {
	refused := &compliance.Failure{Class: compliance.Blocked, Op: "open connection", Detail: "invalid_auth"}
	away := &compliance.Failure{Class: compliance.Unavailable, Op: "open connection", Detail: "no such host"}
	lost := time.Date(2026, 11, 25, 21, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		stands slack.Standing
		after  time.Duration
		want   string
	}{
		"connected for hours":       {slack.Standing{Connected: true, Ever: true, Since: lost}, 5 * time.Hour, ""},
		"being replaced":            {slack.Standing{Ever: true, Since: lost}, 10 * time.Second, ""},
		"a try failed":              {slack.Standing{Ever: true, Since: lost, Failure: away}, time.Minute - time.Second, ""},
		"longer than that":          {slack.Standing{Ever: true, Since: lost, Failure: away}, time.Minute, "since 2026-11-25T21:00:00Z: "},
		"it hangs":                  {slack.Standing{Ever: true, Since: lost}, time.Minute, "no connection to Slack since 2026-11-25T21:00:00Z"},
		"the token was taken back":  {slack.Standing{Ever: true, Since: lost, Failure: refused}, time.Second, ""},
		"and stays so":              {slack.Standing{Ever: true, Since: lost, Failure: refused}, time.Minute, "invalid_auth"},
		"not yet, after the start":  {slack.Standing{Since: lost}, time.Second, ""},
		"never, since the start":    {slack.Standing{Since: lost, Failure: away}, time.Minute, "no such host"},
		"refused, since the start":  {slack.Standing{Since: lost, Failure: refused}, time.Second, "invalid_auth"},
		"connected again since":     {slack.Standing{Connected: true, Ever: true, Since: lost}, 0, ""},
		"a clock that was set back": {slack.Standing{Ever: true, Since: lost, Failure: away}, -time.Hour, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := lacksSlack(c.stands, lost.Add(c.after))
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}

// The page for whoever watches names the connection, and the log why it is not there.
func TestSocket_IsAPartOfWhatTheGatewayRestsOn(t *testing.T) {
	var log bytes.Buffer
	rules, _, err := policy.LoadFS(policy.ExampleFS())
	require.NoError(t, err)
	a := &App{
		rules: rules,
		cfg:   Config{SlackAppToken: "xapp-1", SlackBotToken: "xoxb-1"}, log: slog.New(slog.NewTextHandler(&log, nil)), registry: prometheus.NewRegistry(),
		pollers: newPollers(), measured: newMeasured(),
	}
	a.readiness = newReadiness(a.log)
	engine, err := client.NewLazyClient(client.Options{HostPort: "127.0.0.1:1"})
	require.NoError(t, err)
	t.Cleanup(engine.Close)
	g, err := gateway.New(gateway.Config{Client: engine, TaskQueue: "workflows", Logger: a.log})
	require.NoError(t, err)
	require.NoError(t, a.mountSlack(g, &slackIn{}))
	require.Contains(t, a.readiness.look, "slack")
	require.Empty(t, lacking(a.readiness.now(t.Context())), "it has just begun")
	synctest.Test(t, func(t *testing.T) {
		r := newReadiness(a.log)
		begun := time.Now()
		r.rests("slack", func(context.Context) error {
			return lacksSlack(slack.Standing{Since: begun, Failure: errors.New("dial: no such host")}, time.Now())
		})
		require.Empty(t, lacking(r.now(t.Context())))
		time.Sleep(reconnectWithin)
		require.Equal(t, "slack", lacking(r.now(t.Context())))
		require.Contains(t, log.String(), "no such host")
	})
}

func TestSocket_MetricsOfAConnection(t *testing.T) {
	client, err := slack.New(slack.Config{BotToken: "xoxb-1"})
	require.NoError(t, err)
	_, err = slack.NewSocket(slack.Config{BotToken: "xoxb-1"}, client, nil)
	require.ErrorContains(t, err, "SLACK_APP_TOKEN")
	socket, err := slack.NewSocket(slack.Config{BotToken: "xoxb-1", AppToken: "xapp-1"}, client, http.NotFoundHandler())
	require.NoError(t, err)
	registry := prometheus.NewRegistry()
	registry.MustRegister(socketMetrics(socket)...)
	families, err := registry.Gather()
	require.NoError(t, err)
	require.Len(t, families, 2)
	require.Equal(t, "countersign_slack_socket_connected", families[0].GetName())
	require.Zero(t, families[0].GetMetric()[0].GetGauge().GetValue())
	require.Positive(t, families[1].GetMetric()[0].GetGauge().GetValue())
}
