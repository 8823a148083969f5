package jira_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
	"github.com/lowcodex/countersign/integrations/jira"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
)

func TestOpenThenReadGivesTheSameContent(t *testing.T) {
	stand, client := site(t, jiratest.Options{})
	asked := newTicket("submission/1/open")
	ref, err := client.Open(t.Context(), asked, false)
	require.NoError(t, err)
	require.Equal(t, compliance.TicketRef{Site: "example", ID: "10001", Key: "OPS-1"}, ref)

	got, err := client.Read(t.Context(), ref)
	require.NoError(t, err)
	require.Equal(t, ref, got.Ref)
	require.Equal(t, asked.Fields, got.Fields)
	require.Equal(t, asked.Requester, got.Requester)
	require.Equal(t, "draft", got.Status)
	require.Equal(t, "https://example.atlassian.net/browse/OPS-1", got.Link)

	byKey, err := client.Read(t.Context(), compliance.TicketRef{Key: "OPS-1"})
	require.NoError(t, err)
	require.Equal(t, got, byKey)

	issue, ok := stand.Issue("OPS-1")
	require.True(t, ok)
	require.Len(t, issue.Labels, 1)
	require.Regexp(t, `^cs-[0-9a-f]{16}$`, issue.Labels[0])
}

// Whoever created a ticket stays who they are, however the reporter is edited;
// what our own account opened for somebody is told from it (C5).
func TestC5_TheCreatorIsNotTheReporter(t *testing.T) {
	stand, client := site(t, jiratest.Options{})
	made, err := stand.CreateIssue("alice", map[string]string{"title": "One"})
	require.NoError(t, err)
	require.Error(t, stand.EditIssue("alice", made.Key, map[string]string{"creator": "acc-bruno"}), "nobody edits it")
	require.NoError(t, stand.EditIssue("alice", made.Key, map[string]string{"reporter": "acc-bruno"}))
	got, err := client.Read(t.Context(), compliance.TicketRef{ID: made.ID})
	require.NoError(t, err)
	require.Equal(t, "acc-alice", got.Creator.ID)
	require.Equal(t, "acc-bruno", got.Requester.ID)
	require.False(t, got.Own)

	ref, err := client.Open(t.Context(), newTicket("submission/1/open"), false)
	require.NoError(t, err)
	opened, err := client.Read(t.Context(), ref)
	require.NoError(t, err)
	require.True(t, opened.Own)
	require.NotEqual(t, opened.Creator, opened.Requester)
}

func TestRevisionChangesWithEveryEdit(t *testing.T) {
	instant := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	stand, client := site(t, jiratest.Options{Now: func() time.Time { return instant }})
	made, err := stand.CreateIssue("alice", map[string]string{"title": "One"})
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, title := range []string{"Two", "Three", "Two"} {
		require.NoError(t, stand.EditIssue("alice", made.Key, map[string]string{"title": title}))
		got, err := client.Read(t.Context(), compliance.TicketRef{ID: made.ID})
		require.NoError(t, err)
		again, err := client.Read(t.Context(), compliance.TicketRef{ID: made.ID})
		require.NoError(t, err)
		require.Equal(t, got.Revision, again.Revision, "reading changes nothing")
		require.False(t, seen[got.Revision])
		seen[got.Revision] = true
	}
}

func TestReadRefusals(t *testing.T) {
	stand, client := site(t, jiratest.Options{}, func(c *jira.Config) { c.Fields[0].Kind = jira.KindChoice })
	made, err := stand.CreateIssue("alice", map[string]string{"summary": "One"})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		ref  compliance.TicketRef
		want compliance.Class
		text string
	}{
		"another site":   {compliance.TicketRef{Site: "other", ID: made.ID}, compliance.Invalid, `site "other"`},
		"no name":        {compliance.TicketRef{}, compliance.Invalid, "OPS-12"},
		"path in id":     {compliance.TicketRef{ID: "1/../../myself"}, compliance.Invalid, "number-only id"},
		"query in key":   {compliance.TicketRef{Key: "OPS-1?x=y"}, compliance.Invalid, "number-only id"},
		"does not exist": {compliance.TicketRef{ID: "999"}, compliance.Gone, "does not exist or you do not have permission"},
		"wrong mapping":  {compliance.TicketRef{ID: made.ID}, compliance.Blocked, `field "title" (summary) is mapped as choice, but Jira holds text there`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client.Read(t.Context(), c.ref)
			require.Contains(t, requireClass(t, err, c.want).Detail, c.text)
		})
	}
}

func TestOpenNamesEveryFaultAtOnce(t *testing.T) {
	stand, client := site(t, jiratest.Options{})
	n := newTicket("k")
	n.Requester = compliance.Account{Provider: "slack", ID: "U1"}
	n.Fields = map[string]string{"title": "T", "nonsense": "x", "implementer": "slack:U1", "duration": "soon",
		"planned_start": "tomorrow", "rollback_tested_on": "21.11.2026", "external": "perhaps", "plan": ""}
	_, err := client.Open(t.Context(), n, false)
	detail := requireClass(t, err, compliance.Invalid).Detail
	for _, part := range []string{"requester has no Jira account", `"nonsense" is not mapped`, `"slack:U1" is no Jira account`,
		`"soon" is no number`, `"tomorrow" is no date and time`, `"21.11.2026" is no date`, `"perhaps" is neither yes nor no`} {
		require.Contains(t, detail, part)
	}
	require.Empty(t, stand.Requests(), "nothing was sent")
}

func TestOpenPassesJirasReasonOn(t *testing.T) {
	_, client := site(t, jiratest.Options{})
	n := newTicket("k")
	n.Fields["risk"] = "gigantic"
	delete(n.Fields, "title")
	_, err := client.Open(t.Context(), n, false)
	f := requireClass(t, err, compliance.Invalid)
	require.Contains(t, f.Detail, "customfield_10103: Option value 'gigantic' is not valid")
	require.Contains(t, f.Detail, "summary: You must specify a summary of the issue.")
}

// A ticket is never doubled while the search lags, however the first attempt ended.
func TestOpenRepeatedFindsTheFirstInALaggingSearch(t *testing.T) {
	for name, fault := range map[string]*faults.Fault{
		"answered":           nil,
		"time-out after":     {Kind: faults.Hang, After: true, Op: "createIssue"},
		"reset after":        {Kind: faults.Reset, After: true, Op: "createIssue"},
		"cut JSON":           {Kind: faults.CutJSON, Op: "createIssue"},
		"bad gateway after":  {Kind: faults.Status, Status: http.StatusBadGateway, After: true, Op: "createIssue"},
		"time-out before":    {Kind: faults.Hang, Op: "createIssue"},
		"unavailable before": {Kind: faults.Status, Op: "createIssue"},
	} {
		t.Run(name, func(t *testing.T) {
			// One call looks three times: a lag of four is longer than the first
			// attempt's own looks, a lag of two is not longer than one attempt.
			lag := 4
			if fault == nil {
				lag = 2
			}
			stand, client := site(t, jiratest.Options{Lag: jiratest.Lag{Searches: lag}}, func(c *jira.Config) {
				c.HTTP.Timeout = time.Second
			})
			if fault != nil {
				stand.Fail(*fault)
			}
			first, err := client.Open(t.Context(), newTicket("submission/1/open"), false)
			if fault != nil {
				requireClass(t, err, compliance.UnknownOutcome)
			}
			second, repeatErr := client.Open(t.Context(), newTicket("submission/1/open"), true)
			require.NoError(t, repeatErr)
			if err == nil {
				require.Equal(t, first, second)
			}
			require.Len(t, stand.Issues(), 1)
			require.Equal(t, stand.Issues()[0].ID, second.ID)
		})
	}
}

func TestOpenDoesNotCreateWhenTheSearchFails(t *testing.T) {
	stand, client := site(t, jiratest.Options{})
	stand.Fail(faults.Fault{Kind: faults.Status, Op: "searchAndReconsileIssuesUsingJql", Times: -1})
	_, err := client.Open(t.Context(), newTicket("k"), true)
	requireClass(t, err, compliance.Unavailable)
	require.Empty(t, stand.Issues())
}

// What cannot be avoided: a ticket that stays unsearchable for longer than all
// pauses. The double is at least never used.
func TestOpenPrefersTheOlderOfTwo(t *testing.T) {
	stand, client := site(t, jiratest.Options{Lag: jiratest.Lag{Searches: 3}})
	first, err := client.Open(t.Context(), newTicket("k"), false)
	require.NoError(t, err)
	second, err := client.Open(t.Context(), newTicket("k"), true)
	require.NoError(t, err)
	require.Len(t, stand.Issues(), 2)
	require.Equal(t, first, second)
}

// A short page is not the last page, and an empty one is no "not found".
func TestOpenReadsEveryPageOfTheSearch(t *testing.T) {
	stand, client := site(t, jiratest.Options{ShortPages: true})
	first, err := client.Open(t.Context(), newTicket("k"), false)
	require.NoError(t, err)
	again, err := client.Open(t.Context(), newTicket("k"), true)
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.Len(t, stand.Issues(), 1)
}

func TestDifferentKeysOpenDifferentTickets(t *testing.T) {
	stand, client := site(t, jiratest.Options{})
	for _, key := range []string{"a", "b"} {
		_, err := client.Open(t.Context(), newTicket(key), true)
		require.NoError(t, err)
	}
	require.Len(t, stand.Issues(), 2)
}

func TestBotMustBeTheConfiguredAccount(t *testing.T) {
	_, client := site(t, jiratest.Options{}, func(c *jira.Config) { c.BotAccountID = "somebody-else" })
	f := requireClass(t, client.Check(t.Context()), compliance.Blocked)
	require.Contains(t, f.Detail, "belongs to account bot-countersign, the configuration says somebody-else")
	_, client = site(t, jiratest.Options{}, func(c *jira.Config) { c.BotAccountID = "bot-countersign" })
	require.NoError(t, client.Check(t.Context()))
	_, client = site(t, jiratest.Options{}, func(c *jira.Config) { c.Token = "another-token-0123456789" })
	requireClass(t, client.Check(t.Context()), compliance.Blocked)
	_, client = site(t, jiratest.Options{}, func(c *jira.Config) { c.URL += "/wrong/path" })
	require.Contains(t, requireClass(t, client.Check(t.Context()), compliance.Blocked).Detail, "JIRA_URL")
}

func TestThrottledCarriesRetryAfter(t *testing.T) {
	stand, client := site(t, jiratest.Options{})
	stand.Throttle("", 1, 13*time.Second, "jira-burst-based")
	f := requireClass(t, client.Check(t.Context()), compliance.Throttled)
	require.Equal(t, 13*time.Second, f.RetryAfter)
}
