package pages

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Everything that is wrong with a ticket is told at once, each beside its field.
func TestTicketForm_SaysWhatIsWrongBesideTheField(t *testing.T) {
	p, server := place(t)
	answer, page := send(t, server, http.MethodPost, "/jira/new", url.Values{
		"f.title": {strings.Repeat("x", 256)}, "f.plan": {strings.Repeat("y", 32768)}, "f.rollback_tested_on": {"2026-02-31"}, "do": {"submit"},
	}, nil)
	require.Equal(t, http.StatusUnprocessableEntity, answer.StatusCode)
	require.Contains(t, page, "Nothing was saved: see Title, see Plan, see Rollback tested on.")
	require.Contains(t, page, `id="err-title">Summary can&#39;t exceed 255 characters.`)
	require.Contains(t, page, `aria-invalid="true" aria-describedby="err-plan"`)
	require.Contains(t, page, `id="err-rollback_tested_on">Error parsing date string: 2026-02-31`)
	require.Contains(t, page, strings.Repeat("y", 32768), "what was typed is kept")
	_, page = send(t, server, http.MethodPost, "/jira/new", url.Values{"f.title": {"T"}, "f.planned_start": {"2026-13-01T10:00"}, "f.plan": {"kept"}}, nil)
	require.Contains(t, page, `id="err-planned_start">&#34;2026-13-01T10:00&#34; is not a date and time.`)
	require.Contains(t, page, "kept")
	require.Empty(t, p.cfg.Site.Jira.Issues())
}

// A ticket keeps its title, as in the real tracker.
func TestTicketForm_TitleCannotBeTakenAway(t *testing.T) {
	p, server := place(t)
	_, err := p.cfg.Site.Jira.CreateIssue("acc-jonas", map[string]string{"title": "T"})
	require.NoError(t, err)
	answer, page := send(t, server, http.MethodPost, "/jira/OPS-1/edit", url.Values{"f.title": {" "}}, nil)
	require.Equal(t, http.StatusUnprocessableEntity, answer.StatusCode)
	require.Contains(t, page, `id="err-title">You must specify a summary of the issue.`)
	issue, _ := p.cfg.Site.Jira.Issue("OPS-1")
	require.Equal(t, "T", issue.Title)
}

// A comment that was not taken is kept, and the reason is a sentence.
func TestTicket_CommentNotTaken(t *testing.T) {
	p, server := place(t)
	_, err := p.cfg.Site.Jira.CreateIssue("acc-jonas", map[string]string{"title": "T"})
	require.NoError(t, err)
	answer, page := send(t, server, http.MethodPost, "/jira/OPS-1", url.Values{"do": {"comment"}, "text": {strings.Repeat("z", 32768)}}, nil)
	require.Equal(t, http.StatusUnprocessableEntity, answer.StatusCode)
	require.Contains(t, page, `role="alert">The entered text is too long. It exceeds the allowed limit of 32,767 characters.<`)
	require.Contains(t, page, strings.Repeat("z", 32768))
}

// A form that was opened before somebody else's edit does not take that edit back.
func TestTicketForm_OlderThanTheTicket(t *testing.T) {
	p, server := place(t)
	jira := p.cfg.Site.Jira
	_, err := jira.CreateIssue("acc-jonas", map[string]string{"title": "T", "plan": "one"})
	require.NoError(t, err)
	seen := func() string {
		for _, in := range elements(t, server, "/jira/OPS-1/edit", "input") {
			if attribute(in, "name") == "seen" {
				return attribute(in, "value")
			}
		}
		return ""
	}
	opened := url.Values{"f.title": {"Mine"}, "f.plan": {"one"}, "seen": {seen()}}
	require.NoError(t, jira.EditIssue("acc-bruno", "OPS-1", map[string]string{"plan": "two"}))
	answer, page := send(t, server, http.MethodPost, "/jira/OPS-1/edit", opened, nil)
	require.Equal(t, http.StatusUnprocessableEntity, answer.StatusCode)
	require.Contains(t, page, "Somebody changed this ticket since you opened the form.")
	require.Contains(t, page, `value="Mine"`)
	issue, _ := jira.Issue("OPS-1")
	require.Equal(t, "two", issue.Fields["plan"])
	opened.Set("seen", seen())
	answer, _ = send(t, server, http.MethodPost, "/jira/OPS-1/edit", opened, nil)
	require.Equal(t, http.StatusSeeOther, answer.StatusCode, "who looked again may")
}
