package jira_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/integrationtest"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
)

func TestConformance(t *testing.T) {
	integrationtest.Run(t, integrationtest.Subject{
		Name:    "jira",
		Secrets: []string{token, "bot@example.com:" + token, secret},
		Start: func(t *testing.T) integrationtest.Stand {
			stand, err := jiratest.New(kinds(jiratest.Options{Lag: jiratest.Lag{Searches: 1}}))
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, stand.Close()) })
			made, err := stand.CreateIssue("alice", map[string]string{"title": "Raise the invoice limit"})
			require.NoError(t, err)
			ref := compliance.TicketRef{Site: "example", ID: made.ID, Key: made.Key}
			return integrationtest.Stand{
				Handler: stand,
				Connect: func(base string, timeout time.Duration, log *slog.Logger) []integrationtest.Call {
					return calls(t, stand, ref, base, timeout, log)
				},
			}
		},
	})
}

func calls(t *testing.T, stand *jiratest.Server, ref compliance.TicketRef, base string, timeout time.Duration, log *slog.Logger) []integrationtest.Call {
	client := connect(t, base, timeout, log)
	// For calls that are about no ticket, "not found" means that the address is wrong.
	noTicket := map[int]compliance.Class{http.StatusNotFound: compliance.Blocked, http.StatusGone: compliance.Blocked}
	now := func() jiratest.Issue { i, _ := stand.Issue(ref.Key); return i }
	made, err := stand.CreateIssueOf("Action", "alice", map[string]string{"summary": "Add an alarm"})
	require.NoError(t, err)
	action := compliance.TicketRef{Site: "example", ID: made.ID, Key: made.Key}
	held, err := stand.CreateIssue("alice", map[string]string{"title": "Holds a file"})
	require.NoError(t, err)
	file, err := stand.Attach("alice", held.Key, "results.xml", []byte("<testsuite/>"))
	require.NoError(t, err)
	before := len(stand.Issues())
	return []integrationtest.Call{
		{
			Name: "check", Classes: noTicket,
			Do:    func(ctx context.Context, _ bool) error { return client.Check(ctx) },
			Match: func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/myself") },
		},
		{
			Name: "read",
			Do: func(ctx context.Context, _ bool) error {
				_, err := client.Read(ctx, ref)
				return err
			},
		},
		{
			// A file that is gone does not mean that its ticket is.
			Name: "digest", Classes: map[int]compliance.Class{http.StatusNotFound: compliance.Unavailable, http.StatusGone: compliance.Unavailable},
			Do: func(ctx context.Context, _ bool) error {
				_, err := client.Digest(ctx, compliance.Attachment{ID: file.ID, Size: file.Size})
				return err
			},
		},
		{
			Name: "open", Write: true, Classes: noTicket,
			Do: func(ctx context.Context, repeat bool) error {
				_, err := client.Open(ctx, newTicket("submission/1/open"), repeat)
				return err
			},
			Effects: func() int { return len(stand.Issues()) - before },
		},
		{
			Name: "read kind",
			Do: func(ctx context.Context, _ bool) error {
				_, err := client.ReadKind(ctx, compliance.TicketAction, action)
				return err
			},
		},
		{
			Name: "open kind", Write: true, Classes: noTicket,
			Do: func(ctx context.Context, repeat bool) error {
				_, err := client.Open(ctx, newTask(compliance.TicketIncident, "INC-1/ticket"), repeat)
				return err
			},
			Effects: func() int { return len(stand.Issues()) - before },
		},
		{
			Name: "status of kind", Write: true,
			Do: func(ctx context.Context, repeat bool) error {
				s := move(action, compliance.TicketAction, "open", "done")
				s.Comment = nil
				return client.Apply(ctx, s, nil, repeat)
			},
			Effects: func() int {
				i, _ := stand.Issue(action.Key)
				return len(i.History) / 2 // status and resolution
			},
		},
		{
			Name: "comment", Write: true,
			Do: func(ctx context.Context, repeat bool) error {
				return client.Apply(ctx, step(ref, "CHG-1/v1/in_review", ""), nil, repeat)
			},
			Effects: func() int { return len(now().Comments) },
		},
		{
			Name: "status", Write: true,
			Do: func(ctx context.Context, repeat bool) error {
				s := step(ref, "CHG-1/v1/in_review", "in_review")
				s.Comment = nil
				return client.Apply(ctx, s, nil, repeat)
			},
			Effects: func() int { return len(now().History) },
		},
	}
}
