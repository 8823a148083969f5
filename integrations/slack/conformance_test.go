package slack_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/httpcall"
	"github.com/lowcodex/countersign/integrations/integrationtest"
	"github.com/lowcodex/countersign/integrations/slack"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

const (
	botToken      = "xoxb-conformance-1234567890-abcdefghij"
	signingSecret = "9d2f0c6e4b7a81d35e6f9a0b1c2d3e4f"
)

func TestConformance(t *testing.T) {
	integrationtest.Run(t, integrationtest.Subject{
		Name: "slack", Secrets: []string{botToken, signingSecret},
		Start: func(t *testing.T) integrationtest.Stand {
			server, err := slacktest.New(slacktest.Options{Token: botToken, SigningSecret: signingSecret})
			require.NoError(t, err)
			server.AddUser(slacktest.User{ID: alice, Name: "alice"})
			server.AddChannel(slacktest.Channel{ID: changes, Name: "changes"})
			return integrationtest.Stand{Handler: server, Connect: func(base string, timeout time.Duration, log *slog.Logger) []integrationtest.Call {
				client, err := slack.New(slack.Config{
					APIURL: base + "/api/", BotToken: botToken, SigningSecret: signingSecret, Logger: log,
					Channels: map[string]string{"changes": changes},
					HTTP:     httpcall.Config{Timeout: timeout, Limits: map[string]httpcall.Limit{}},
				})
				require.NoError(t, err)
				return calls(server, client)
			}}
		},
	})
}

// calls lists what the client does. A posted card to act upon is made by the
// stand-in's own hand, so that only the call under test goes over the wire.
func calls(server *slacktest.Server, client *slack.Client) []integrationtest.Call {
	to := func(method string) func(*http.Request) bool {
		return func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/"+method) }
	}
	count := func(is func(slacktest.Message) bool) func() int {
		return func() (n int) {
			for _, m := range server.Messages(changes) {
				if is(m) {
					n++
				}
			}
			return n
		}
	}
	at := compliance.Posted{Channel: changes}
	at.Ref, _ = server.SayAsApp(changes, "the card")
	pager, paged := slack.NewPager(client), compliance.Paged{Channel: slack.Provider, Ref: changes + ":" + at.Ref}
	return []integrationtest.Call{
		{Name: "check", Match: to("auth.test"), Do: func(ctx context.Context, _ bool) error { return client.Check(ctx) }},
		{
			Name: "post", Write: true, Match: to("chat.postMessage"),
			Do: func(ctx context.Context, repeat bool) error {
				_, err := client.Post(ctx, "changes", reviewCard(), people(), repeat)
				return err
			},
			Effects: count(func(m slacktest.Message) bool { return m.EventType() == "countersign_card" }),
		},
		{
			Name: "update", Write: true, Idempotent: true, Match: to("chat.update"),
			Do: func(ctx context.Context, _ bool) error {
				_, err := client.Update(ctx, at, reviewCard(), people())
				return err
			},
			Effects: count(func(m slacktest.Message) bool { return len(m.Edits) > 0 }),
		},
		{
			Name: "note", Write: true, Match: to("chat.postMessage"),
			Do: func(ctx context.Context, repeat bool) error {
				return client.Note(ctx, at, compliance.Note{Key: "k", Text: "Half of the time is over."}, people(), repeat)
			},
			Effects: count(func(m slacktest.Message) bool { return m.EventType() == "countersign_call" }),
		},
		{
			Name: "page", Write: true, Match: to("chat.postMessage"),
			Do: func(ctx context.Context, repeat bool) error {
				_, err := pager.Send(ctx, toAlice, alarm(), repeat)
				return err
			},
			Effects: func() (n int) {
				for _, m := range server.Snapshot().Messages {
					if m.Channel[0] == 'D' {
						n++
					}
				}
				return n
			},
		},
		{
			Name: "stand down", Write: true, Idempotent: true, Match: to("chat.update"),
			Do: func(ctx context.Context, _ bool) error {
				return pager.StandDown(ctx, toAlice, paged, alarm(), "Bruno has it.")
			},
			Effects: count(func(m slacktest.Message) bool { return len(m.Edits) > 0 }),
		},
	}
}
