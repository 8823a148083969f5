package app

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/gateway"
	"github.com/lowcodex/countersign/integrations/slack"
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
