package jira_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/httpcall"
	"github.com/lowcodex/countersign/integrations/jira"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
)

const (
	token  = "jira-token-0123456789"
	secret = "webhook-secret-0123456789"
)

// config fits the stand-in's defaults.
func config(base string) jira.Config {
	cfg := jira.Config{
		Site: "example", URL: base, BrowseURL: "https://example.atlassian.net",
		Email: "bot@example.com", Token: token, WebhookSecret: secret,
		Project: "OPS", IssueType: "Change", SubmitStatus: "Submitted",
		Statuses: map[string]string{
			"draft": "Draft", "submitted": "Submitted", "in_review": "In Review", "approved": "Approved",
			"closed": "Done", "rejected": "Rejected", "unknown_to_jira": "No Such Status",
		},
		SearchPauses: []time.Duration{0, time.Millisecond, time.Millisecond},
	}
	for _, f := range jiratest.DefaultFields() {
		cfg.Fields = append(cfg.Fields, f.FieldMap)
	}
	return cfg
}

// site starts a stand-in and a client that talks to it over HTTP.
func site(t *testing.T, o jiratest.Options, change ...func(*jira.Config)) (*jiratest.Server, *jira.Client) {
	t.Helper()
	stand, err := jiratest.New(o)
	require.NoError(t, err)
	server := httptest.NewServer(stand)
	t.Cleanup(func() {
		require.NoError(t, stand.Close())
		server.Close()
	})
	cfg := config(server.URL)
	for _, f := range change {
		f(&cfg)
	}
	client, err := jira.New(cfg)
	require.NoError(t, err)
	return stand, client
}

func newTicket(key string) compliance.NewTicket {
	return compliance.NewTicket{
		Key: key, Site: "example", Requester: compliance.Account{Provider: "jira", ID: "acc-alice"},
		Fields: map[string]string{
			"title": "Raise the invoice limit", "purpose": "Line one\nline two", "system": "erp", "environment": "production",
			"risk": "medium", "plan": "1. stop\n2. deploy", "rollback": "deploy 41 again", "rollback_owner": "jira:acc-bruno",
			"rollback_tested_on": "2026-11-02", "implementer": "jira:acc-chidi", "planned_start": "2026-11-25T21:00:00Z",
			"duration": "90", "external": "yes",
		},
	}
}

func step(ref compliance.TicketRef, key, status string) compliance.TicketStep {
	return compliance.TicketStep{
		Key: key, Ref: ref, Status: status,
		Comment: []compliance.Fact{{Label: "Status", Text: "In review, level 1 of 2"}},
	}
}

func requireClass(t *testing.T, err error, want compliance.Class) *compliance.Failure {
	t.Helper()
	var f *compliance.Failure
	require.ErrorAs(t, err, &f)
	require.Equal(t, want, f.Class, "%v", err)
	return f
}

// connect makes a client as the conformance suite wants it.
func connect(t *testing.T, base string, timeout time.Duration, log *slog.Logger) *jira.Client {
	cfg := config(base)
	withKinds(&cfg)
	cfg.HTTP, cfg.Logger = httpcall.Config{Timeout: timeout}, log
	client, err := jira.New(cfg)
	require.NoError(t, err)
	return client
}

var _ http.Handler = (*jiratest.Server)(nil)
