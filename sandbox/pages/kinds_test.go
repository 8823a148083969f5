package pages

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// Tickets that are no changes are shown with what they hold, and a person can
// say how one ended.
func TestTicketsOfOtherKinds(t *testing.T) {
	p, server := place(t)
	site := p.cfg.Site.Jira
	change, err := site.CreateIssue("acc-jonas", map[string]string{"title": "Raise the limit"})
	require.NoError(t, err)
	action, err := site.CreateIssueOf("Action", "acc-jonas", map[string]string{
		"summary": "Add an alarm", "description": "See *the* review \\[1\\]", "assignee": "acc-bruno", "duedate": "2026-12-24", "labels": "cs-0011223344556677 cs-subject-incident/INC-7",
	})
	require.NoError(t, err)
	incident, err := site.CreateIssueOf("Incident", "acc-jonas", map[string]string{"summary": "ERP is down", "severity": "sev1", "system": "erp"})
	require.NoError(t, err)
	require.NoError(t, site.Comment("acc-hana", action.Key, "On it <soon>."))

	_, page := send(t, server, http.MethodGet, "/jira", nil, nil)
	for _, text := range []string{"Action", "Add an alarm", "Bruno", "2026-12-24", "To Do", "Incident", "ERP is down", "sev1", "Triggered", "Raise the limit", "Draft"} {
		require.Contains(t, page, text)
	}
	_, page = send(t, server, http.MethodGet, TicketPath+action.Key, nil, nil)
	for _, text := range []string{"<h1>Add an alarm</h1>", "See the review [1]", "Bruno", "2026-12-24", "incident/INC-7", "On it &lt;soon&gt;.", `<option>Won&#39;t Do</option>`} {
		require.Contains(t, page, text)
	}
	require.NotContains(t, page, "/edit", "its form is that of changes")
	require.NotContains(t, page, "Submit for approval")
	_, page = send(t, server, http.MethodGet, TicketPath+change.Key, nil, nil)
	require.Contains(t, page, "/edit")
	require.Contains(t, page, "Submit for approval")
	require.NotContains(t, page, "How it ended")
	_, page = send(t, server, http.MethodGet, TicketPath+incident.Key, nil, nil)
	require.Contains(t, page, "<dt>Severity</dt><dd>sev1</dd>")
	answer, _ := send(t, server, http.MethodGet, TicketPath+action.Key+"/edit", nil, nil)
	require.Equal(t, http.StatusNotFound, answer.StatusCode)
	answer, _ = send(t, server, http.MethodPost, TicketPath+action.Key+"/edit", url.Values{"f.title": {"x"}}, nil)
	require.Equal(t, http.StatusNotFound, answer.StatusCode)

	// A resolution goes only where the screen asks for one.
	answer, _ = send(t, server, http.MethodPost, TicketPath+incident.Key, url.Values{"do": {"move"}, "status": {"Acknowledged"}, "resolution": {"Done"}}, nil)
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	answer, _ = send(t, server, http.MethodPost, TicketPath+action.Key, url.Values{"do": {"move"}, "status": {"Done"}, "resolution": {"Won't Do"}}, nil)
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	now, _ := site.Issue(action.Key)
	require.Equal(t, []string{"Done", "Won't Do"}, []string{now.Status, now.Resolution})
	_, page = send(t, server, http.MethodGet, TicketPath+action.Key, nil, nil)
	require.Contains(t, page, "<dt>Resolution</dt><dd>Won&#39;t Do</dd>")
	require.Equal(t, "good", p.tone("Accepted"))
	require.Equal(t, "attention", p.tone("Triggered"))
	require.Equal(t, "neutral", p.tone("Cancelled"))
}
