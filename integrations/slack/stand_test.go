package slack_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/httpcall"
	"github.com/lowcodex/countersign/integrations/slack"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

const (
	changes = "C01CHANGES"
	alice   = "U01ALICE"
	bruno   = "U02BRUNO"
)

// desk is the stand-in for the gateway: it keeps what arrives and answers as told.
type desk struct {
	mu      sync.Mutex
	pressed []compliance.Inbound
	acts    []compliance.Inbound
	form    compliance.Form
	noForm  string // when set, there is no form and this is the reason
	signIn  string // when set, where a sign-in can be had
	reply   func(context.Context, compliance.Inbound) compliance.Reply
}

func (d *desk) Form(_ context.Context, in compliance.Inbound) (compliance.Form, compliance.Reply, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pressed = append(d.pressed, in)
	if d.noForm != "" {
		return compliance.Form{}, compliance.Reply{Outcome: compliance.Declined, Text: d.noForm}, false
	}
	f := d.form
	f.Action = in.Action
	return f, compliance.Reply{}, true
}

func (d *desk) SignIn(_ context.Context, in compliance.Inbound) (compliance.Reply, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.signIn == "" {
		return compliance.Reply{}, false
	}
	d.pressed = append(d.pressed, in)
	return compliance.Reply{Outcome: compliance.Declined, Text: "Sign in first.", Link: d.signIn}, true
}

func (d *desk) Submit(ctx context.Context, in compliance.Inbound) compliance.Reply {
	d.mu.Lock()
	d.acts = append(d.acts, in)
	reply := d.reply
	d.mu.Unlock()
	if reply == nil {
		return compliance.Reply{Outcome: compliance.Recorded, Text: "Your approval is recorded."}
	}
	return reply(ctx, in)
}

func (d *desk) submitted() []compliance.Inbound {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]compliance.Inbound(nil), d.acts...)
}

func (d *desk) presses() []compliance.Inbound {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]compliance.Inbound(nil), d.pressed...)
}

// stand is a workspace with the integration connected to it over HTTP.
type stand struct {
	*slacktest.Server
	client  *slack.Client
	handler http.Handler
	desk    *desk

	mu      sync.Mutex
	refused []string
	later   time.Duration // how far the client's clock is ahead
}

// wait lets time pass for the client.
func (s *stand) wait(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.later += d
}

func (s *stand) reasons() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.refused...)
}

func newStand(t testing.TB, o slacktest.Options) *stand {
	t.Helper()
	server, err := slacktest.New(o)
	require.NoError(t, err)
	_, err = server.Listen("")
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	server.AddUser(slacktest.User{ID: alice, Name: "alice", Email: "alice@example.com", TZ: "Europe/Berlin"})
	server.AddUser(slacktest.User{ID: bruno, Name: "bruno", Email: "bruno@example.com", TZ: "America/New_York"})
	server.AddChannel(slacktest.Channel{ID: changes, Name: "changes", Members: []string{alice, bruno}})

	s := &stand{Server: server, desk: &desk{form: approveForm()}}
	cfg := slack.Config{
		APIURL: server.APIURL(), BotToken: server.Token(), SigningSecret: server.SigningSecret(), TeamID: server.TeamID(),
		Channels: map[string]string{"changes": changes},
		HTTP:     httpcall.Config{Timeout: 2 * time.Second, Limits: map[string]httpcall.Limit{}},
		Now: func() time.Time {
			s.mu.Lock()
			defer s.mu.Unlock()
			return time.Now().Add(s.later)
		},
		Refused: func(reason string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.refused = append(s.refused, reason)
		},
	}
	s.client, err = slack.New(cfg)
	require.NoError(t, err)
	s.handler, err = slack.NewHandler(cfg, s.client, s.desk)
	require.NoError(t, err)
	app := httptest.NewServer(s.handler)
	t.Cleanup(app.Close)
	server.SetInteractionURL(app.URL)
	return s
}

func approveForm() compliance.Form {
	return compliance.Form{
		Title: "Approve CHG-7", Intro: "You approve the content with hash 3f2a.", Submit: "Approve",
		Fields: []compliance.Field{
			{Name: "tests", Label: "I have read the test results and they cover what changes.", Kind: compliance.Attest, Required: true},
			{Name: "risk", Label: "I agree with the stated risk.", Kind: compliance.Attest, Required: true, Hint: "Low, medium or high"},
			{Name: "comment", Label: "Comment", Kind: compliance.Prose, MaxRunes: 2000},
		},
	}
}

func people() map[compliance.PersonID]compliance.Person {
	return map[compliance.PersonID]compliance.Person{
		"p-alice":  {ID: "p-alice", Name: "Alice", Accounts: map[string]string{"slack": alice}},
		"p-bruno":  {ID: "p-bruno", Name: "Bruno", Accounts: map[string]string{"slack": bruno}},
		"p-carmen": {ID: "p-carmen", Name: "Carmen <&> Díaz"},
	}
}

func reviewCard() compliance.Card {
	return compliance.Card{
		Subject: "change/example/10042", Key: "CHG-7/v1/card", Title: "CHG-7 · Raise the invoice limit",
		Status: "In review, level 1 of 2", Tone: compliance.Attention, Link: "https://example.atlassian.net/browse/OPS-12",
		Facts: []compliance.Fact{
			{Label: "Version", Text: "1, content 3f2a9c01b7de"},
			{Label: "Requested by", People: []compliance.PersonID{"p-carmen"}},
			{Label: "Deadline", At: time.Date(2026, 11, 24, 17, 0, 0, 0, time.UTC)},
			{Label: "Still needed", Text: "2 of 2 approvals"},
			{Label: "Notified", Text: "3 people"},
			{Label: "Plan", Text: "1. Export the flow\n2. Change the limit <script> & test\n3. Publish"},
		},
		Log: []compliance.Fact{
			{Label: "abstained", People: []compliance.PersonID{"p-bruno"}, At: time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)},
		},
		Actions: []compliance.Action{
			{Name: "approve", Label: "Approve …", Style: "primary", Ref: "CHG-7.1.1.k3j2.3f2a9c01b7de"},
			{Name: "deny", Label: "Deny …", Style: "danger", Ref: "CHG-7.1.1.k3j2.3f2a9c01b7de"},
		},
		Notify: []compliance.PersonID{"p-alice", "p-bruno"},
	}
}

func post(t testing.TB, s *stand) compliance.Posted {
	t.Helper()
	at, err := s.client.Post(t.Context(), "changes", reviewCard(), people(), false)
	require.NoError(t, err)
	return at
}
