package jira_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
	"github.com/lowcodex/countersign/integrations/jira"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
)

// kinds is a site whose renewals and actions live beside the changes, and whose
// incidents have a project of their own.
func kinds(o jiratest.Options) jiratest.Options {
	o.Types = []jiratest.IssueType{
		{Name: "Task", Statuses: []string{"Requested", "Received", "Under Review", "Accepted", "Cancelled"}, Done: []string{"Accepted", "Cancelled"}},
		{
			Name: "Incident", Project: "SUP", Statuses: []string{"Triggered", "Acknowledged", "Resolved", "Reviewed", "Closed"}, Done: []string{"Closed"},
			Fields: []jiratest.Field{
				{FieldMap: jira.FieldMap{Name: "severity", ID: "customfield_10201", Kind: jira.KindChoice}, Options: []string{"sev1", "sev2"}},
				{FieldMap: jira.FieldMap{Name: "system", ID: "customfield_10202", Kind: jira.KindText}},
			},
		},
		{Name: "Exception", Statuses: []string{"Requested", "In Force", "Reopened", "Remedied", "Cancelled"}, Done: []string{"Remedied", "Cancelled"}},
		{Name: "Action", Statuses: []string{"To Do", "In Progress", "Done", "Rejected"}, Done: []string{"Done", "Rejected"}},
	}
	if len(o.Users) == 0 {
		for _, name := range []string{"Alice", "Bruno", "Chidi", "Dana"} {
			low := strings.ToLower(name)
			o.Users = append(o.Users, jiratest.User{AccountID: "acc-" + low, Name: name, Email: low + "@example.com", Zone: "Europe/Vienna"})
		}
		o.Users = append(o.Users, jiratest.User{AccountID: "acc-guest", Name: "Guest", Email: "guest@example.com", Zone: "UTC", Unassignable: true})
	}
	return o
}

func withKinds(c *jira.Config) {
	c.Kinds = map[compliance.TicketKind]jira.KindConfig{
		compliance.TicketRenewal: {
			Project: "OPS", IssueType: "Task", Done: []string{"Done"}, WontDo: []string{"Won't Do", "Declined"},
			Statuses: map[string]string{"requested": "Requested", "received": "Received", "under_review": "Under Review", "done": "Accepted", "cancelled": "Cancelled"},
		},
		compliance.TicketIncident: {
			Project: "SUP", IssueType: "Incident", Done: []string{"Done"}, WontDo: []string{"Won't Do"},
			Statuses: map[string]string{"triggered": "Triggered", "acknowledged": "Acknowledged", "resolved": "Resolved", "reviewed": "Reviewed", "closed": "Closed"},
			Fields:   []jira.FieldMap{{Name: "severity", ID: "customfield_10201", Kind: jira.KindChoice}, {Name: "system", ID: "customfield_10202", Kind: jira.KindText}},
		},
		compliance.TicketAction: {
			Project: "OPS", IssueType: "Action", Done: []string{"Done"}, WontDo: []string{"Won't Do"},
			Statuses: map[string]string{"open": "To Do", "done": "Done"},
		},
		compliance.TicketException: {
			Project: "OPS", IssueType: "Exception", Done: []string{"Done"}, WontDo: []string{"Won't Do"},
			Statuses: map[string]string{"requested": "Requested", "in_force": "In Force", "reopened": "Reopened", "done": "Remedied", "cancelled": "Cancelled"},
		},
	}
}

func account(name string) compliance.Account {
	return compliance.Account{Provider: "jira", ID: "acc-" + name}
}

func newTask(kind compliance.TicketKind, key string) compliance.NewTicket {
	return compliance.NewTicket{Key: key, Site: "example", Kind: kind, Title: "Renew the certificate", Text: "See the portal."}
}

func move(ref compliance.TicketRef, kind compliance.TicketKind, from, to string) compliance.TicketStep {
	s := step(ref, "CER-7/"+to, to)
	s.Kind, s.From = kind, from
	return s
}

// A renewal from its request to the end, once accepted and once given up.
func TestStoryOfARenewal(t *testing.T) {
	stand, client := site(t, kinds(jiratest.Options{}), withKinds)
	asked := newTask(compliance.TicketRenewal, "CER-7/renewal/2")
	asked.Requester, asked.Assignee, asked.Due, asked.Subject = account("alice"), account("bruno"), "2027-01-31", "certification/hoster/iso-27001"
	asked.Text = "Ask *Hoster* for the {color:red}new{color} report\nand [~accountid:acc-dana]."
	ref, err := client.Open(t.Context(), asked, false)
	require.NoError(t, err)
	again, err := client.Open(t.Context(), asked, true)
	require.NoError(t, err)
	require.Equal(t, ref, again)
	require.Len(t, stand.Issues(), 1)

	issue := now(t, stand, ref)
	require.Equal(t, "Task", issue.Type)
	require.Equal(t, "acc-alice", issue.Reporter)
	require.Equal(t, []string{issue.Labels[0], "cs-subject-certification/hoster/iso-27001"}, issue.Labels)
	require.Regexp(t, `^cs-[0-9a-f]{16}$`, issue.Labels[0])
	require.Equal(t, asked.Text, stand.PlainText(issue.Text), "shown as it was written, mentioning nobody")
	require.NotContains(t, issue.Text, "[~accountid:acc-dana]")

	got, err := client.ReadKind(t.Context(), compliance.TicketRenewal, ref)
	require.NoError(t, err)
	require.Equal(t, compliance.Ticket{
		Ref: ref, Kind: compliance.TicketRenewal, Status: "requested", Revision: got.Revision, Requester: account("alice"), Fields: map[string]string{},
		Link: "https://example.atlassian.net/browse/OPS-1", Title: "Renew the certificate", Assignee: account("bruno"), Due: "2027-01-31",
	}, got)

	seen, last := map[string]bool{got.Revision: true}, "requested"
	for _, status := range []string{"received", "under_review", "done"} {
		s := move(ref, compliance.TicketRenewal, last, status)
		require.NoError(t, client.Apply(t.Context(), s, nil, false))
		require.NoError(t, client.Apply(t.Context(), s, nil, true))
		got, err = client.ReadKind(t.Context(), compliance.TicketRenewal, ref)
		require.NoError(t, err)
		require.Equal(t, status, got.Status)
		require.False(t, seen[got.Revision])
		seen[got.Revision], last = true, status
	}
	require.Equal(t, "done", got.Resolution)
	require.Equal(t, "Done", got.ResolvedAs, "set on the screen of the transition")
	require.Len(t, now(t, stand, ref).Comments, 3)

	asked.Key = "CER-7/renewal/3"
	ref, err = client.Open(t.Context(), asked, false)
	require.NoError(t, err)
	require.NoError(t, client.Apply(t.Context(), move(ref, compliance.TicketRenewal, "requested", "cancelled"), nil, false))
	got, err = client.ReadKind(t.Context(), compliance.TicketRenewal, ref)
	require.NoError(t, err)
	require.Equal(t, []string{"cancelled", "wont_do", "Won't Do"}, []string{got.Status, got.Resolution, got.ResolvedAs})
}

// An incident's ticket is in another project, linked to the change behind it.
func TestStoryOfAnIncident(t *testing.T) {
	stand, client := site(t, kinds(jiratest.Options{}), withKinds)
	change := draft(t, stand)
	gone := draft(t, stand)
	require.NoError(t, stand.DeleteIssue("alice", gone.Key))
	asked := newTask(compliance.TicketIncident, "INC-7/ticket")
	asked.Title, asked.Subject = "ERP\n answers\twith errors ", "incident/INC-7"
	asked.Fields = map[string]string{"severity": "sev1", "system": "erp", "cause": "a *guess*"}
	asked.Related = []compliance.TicketRef{change, gone}
	ref, err := client.Open(t.Context(), asked, false)
	require.NoError(t, err, "a related ticket that is gone is no obstacle")
	require.Equal(t, "SUP-1", ref.Key)
	_, err = client.Open(t.Context(), asked, true)
	require.NoError(t, err)

	issue := now(t, stand, ref)
	require.Equal(t, "ERP answers with errors", issue.Title)
	require.Equal(t, map[string]string{"severity": "sev1", "system": "erp"}, issue.Fields)
	require.Equal(t, "Cause: a *guess*\nRelated: OPS-1, OPS-2\n\nSee the portal.", stand.PlainText(issue.Text))
	require.Equal(t, []string{change.Key}, issue.Links, "linked once")
	require.Equal(t, []string{ref.Key}, now(t, stand, change).Links)

	last := "triggered"
	for _, status := range []string{"acknowledged", "resolved", "reviewed", "closed"} {
		require.NoError(t, client.Apply(t.Context(), move(ref, compliance.TicketIncident, last, status), nil, false))
		got, err := client.ReadKind(t.Context(), compliance.TicketIncident, ref)
		require.NoError(t, err)
		require.Equal(t, status, got.Status)
		require.Equal(t, asked.Fields["severity"], got.Fields["severity"])
		require.Equal(t, map[bool]string{true: "done"}[status == "closed"], got.Resolution)
		last = status
	}
}

// What became of an action: done, won't do, something else and gone are told apart.
func TestStoryOfActions(t *testing.T) {
	stand, client := site(t, kinds(jiratest.Options{}), withKinds)
	open := func(key string) compliance.TicketRef {
		ref, err := client.Open(t.Context(), newTask(compliance.TicketAction, key), false)
		require.NoError(t, err)
		return ref
	}
	read := func(ref compliance.TicketRef) [3]string {
		got, err := client.ReadKind(t.Context(), compliance.TicketAction, ref)
		require.NoError(t, err)
		return [3]string{got.Status, got.Resolution, got.ResolvedAs}
	}
	as := func(resolution string) map[string]string { return map[string]string{"resolution": resolution} }
	ref := open("INC-7/action/1")
	require.Equal(t, [3]string{"open"}, read(ref))
	require.NoError(t, stand.Transition("bruno", ref.Key, "In Progress"))
	require.Equal(t, [3]string{"In Progress"}, read(ref), "a status of the team's own is open")
	require.NoError(t, stand.TransitionWith("bruno", ref.Key, "Done", as("Done")))
	require.Equal(t, [3]string{"done", "done", "Done"}, read(ref))
	require.NoError(t, stand.Transition("bruno", ref.Key, "To Do"))
	require.Equal(t, "Done", now(t, stand, ref).Resolution, "this workflow does not clear it")
	require.Equal(t, [3]string{"open"}, read(ref), "opened again: the old resolution counts for nothing")

	require.NoError(t, stand.TransitionWith("bruno", ref.Key, "Done", as("Won't Do")))
	require.Equal(t, [3]string{"done", "wont_do", "Won't Do"}, read(ref))
	other := open("INC-7/action/2")
	require.NoError(t, stand.TransitionWith("bruno", other.Key, "Rejected", as("Declined")))
	require.Equal(t, [3]string{"Rejected", "other", "Declined"}, read(other), "what the policy does not list is not done")
	require.NoError(t, stand.DeleteIssue("bruno", other.Key))
	_, err := client.ReadKind(t.Context(), compliance.TicketAction, other)
	requireClass(t, err, compliance.Gone)
	requireClass(t, client.Apply(t.Context(), move(other, compliance.TicketAction, "open", "done"), nil, true), compliance.Gone)
}

// A repeated step overrules nobody who moved the ticket on since, and goes on
// from where it begins, by the names of its kind.
func TestKindRepeatedAfterSomebodyMovedOn(t *testing.T) {
	stand, client := site(t, kinds(jiratest.Options{}), withKinds)
	ref, err := client.Open(t.Context(), newTask(compliance.TicketAction, "INC-7/action/1"), false)
	require.NoError(t, err)
	s := move(ref, compliance.TicketAction, "open", "done")
	require.NoError(t, client.Apply(t.Context(), s, nil, false))
	require.NoError(t, stand.Transition("bruno", ref.Key, "In Progress"))
	require.NoError(t, client.Apply(t.Context(), s, nil, true))
	require.Equal(t, "In Progress", now(t, stand, ref).Status)
	require.NoError(t, stand.Transition("bruno", ref.Key, "To Do"))
	require.NoError(t, client.Apply(t.Context(), s, nil, true))
	require.Equal(t, "Done", now(t, stand, ref).Status)
	require.Len(t, now(t, stand, ref).Comments, 1)
}

// A ticket that is wanted at night is opened without what Jira does not take,
// and says so; it is opened once.
func TestKindIsOpenedWithoutWhatJiraRefuses(t *testing.T) {
	stand, client := site(t, kinds(jiratest.Options{}), withKinds)
	asked := newTask(compliance.TicketIncident, "INC-7/ticket")
	asked.Requester, asked.Assignee, asked.Due = account("nobody"), account("guest"), "2026-11-30"
	asked.Fields = map[string]string{"severity": "sev0", "system": "erp"}
	ref, err := client.Open(t.Context(), asked, false)
	require.NoError(t, err)
	issue := now(t, stand, ref)
	require.Empty(t, issue.Assignee)
	require.Equal(t, "bot-countersign", issue.Reporter)
	require.Equal(t, "2026-11-30", issue.Due)
	require.Equal(t, map[string]string{"system": "erp"}, issue.Fields)
	text := stand.PlainText(issue.Text)
	for _, line := range []string{"Assign to: @Guest", "Requested by: @unknown", "Severity: sev0", "See the portal."} {
		require.Contains(t, text, line)
	}
	posts := 0
	for _, r := range stand.Requests() {
		if r.Op == "createIssue" {
			posts++
		}
	}
	require.Equal(t, 2, posts)
	require.Len(t, stand.Issues(), 1)

	// What cannot be spared is refused, with Jira's reason and no further try.
	_, client = site(t, kinds(jiratest.Options{}), withKinds, func(c *jira.Config) {
		k := c.Kinds[compliance.TicketIncident]
		k.IssueType = "Outage"
		c.Kinds[compliance.TicketIncident] = k
	})
	_, err = client.Open(t.Context(), asked, false)
	require.Contains(t, requireClass(t, err, compliance.Invalid).Detail, "Specify a valid issue type")
}

func TestKindRefusals(t *testing.T) {
	stand, client := site(t, kinds(jiratest.Options{}), withKinds, func(c *jira.Config) { delete(c.Kinds, compliance.TicketRenewal) })
	_, err := client.Open(t.Context(), newTask(compliance.TicketRenewal, "k"), false)
	require.Contains(t, requireClass(t, err, compliance.Blocked).Detail, "add tickets.kinds.renewal to the organisation")
	_, err = client.ReadKind(t.Context(), compliance.TicketRenewal, compliance.TicketRef{ID: "1"})
	requireClass(t, err, compliance.Blocked)
	requireClass(t, client.Apply(t.Context(), move(compliance.TicketRef{ID: "1"}, compliance.TicketRenewal, "", "done"), nil, false), compliance.Gone)
	_, err = client.Open(t.Context(), newTask("renwal", "k"), false)
	requireClass(t, err, compliance.Invalid)

	n := compliance.NewTicket{Kind: compliance.TicketAction, Title: " \n ", Site: "other", Assignee: compliance.Account{Provider: "slack", ID: "U1"},
		Due: "30.11.2026", Subject: "incident/INC 7", Related: []compliance.TicketRef{{Site: "other", ID: "1"}, {Key: "x y"}}}
	_, err = client.Open(t.Context(), n, false)
	detail := requireClass(t, err, compliance.Invalid).Detail
	for _, part := range []string{"event key is missing", `site "other"`, "title is missing", "assignee has no Jira account", `"30.11.2026" is no date`,
		`subject "incident/INC 7" cannot be a label`, "related ticket is on site", "neither an id nor a key"} {
		require.Contains(t, detail, part)
	}
	// The statuses are the kind's: those of a change are unknown to it.
	ref, err := client.Open(t.Context(), newTask(compliance.TicketAction, "k"), false)
	require.NoError(t, err)
	f := requireClass(t, client.Apply(t.Context(), move(ref, compliance.TicketAction, "", "approved"), nil, false), compliance.Blocked)
	require.Contains(t, f.Detail, `the status "approved" is not mapped`)
	require.Equal(t, "To Do", now(t, stand, ref).Status)
}

func TestTitleAndTextAreCutBetweenRunes(t *testing.T) {
	stand, client := site(t, kinds(jiratest.Options{}), withKinds, func(c *jira.Config) { c.MoreURL = "https://countersign.example.com/INC-7" })
	asked := newTask(compliance.TicketIncident, "INC-7/ticket")
	asked.Title, asked.Text = strings.Repeat("𝔸é ", 200), strings.Repeat("*𝔸* \\", 9000)
	asked.Fields = map[string]string{"severity": "sev0"}
	ref, err := client.Open(t.Context(), asked, false)
	require.NoError(t, err)
	issue := now(t, stand, ref)
	require.True(t, strings.HasSuffix(issue.Title, "é…") || strings.HasSuffix(issue.Title, "𝔸…"), issue.Title)
	require.NotContains(t, issue.Title, "\uFFFD")
	require.Contains(t, issue.Text, "cut here because of Jira's limit; all of it: https://countersign.example.com/INC-7")
	require.True(t, strings.HasPrefix(issue.Text, "*Severity:* sev0"), "what Jira did not take is never what is cut")
	require.NotContains(t, issue.Text, "\uFFFD")
}

// A link that cannot be made now is made by the repetition; the ticket is not
// opened a second time for it.
func TestRelatedIsLinkedByTheRepetition(t *testing.T) {
	stand, client := site(t, kinds(jiratest.Options{Lag: jiratest.Lag{Searches: 1}}), withKinds)
	change := draft(t, stand)
	asked := newTask(compliance.TicketAction, "INC-7/action/1")
	asked.Related = []compliance.TicketRef{change}
	stand.Throttle("linkIssues", 1, time.Second, "jira-per-issue-on-write")
	_, err := client.Open(t.Context(), asked, false)
	requireClass(t, err, compliance.Throttled)
	ref, err := client.Open(t.Context(), asked, true)
	require.NoError(t, err)
	require.Len(t, stand.Issues(), 2)
	require.Equal(t, []string{change.Key}, now(t, stand, ref).Links)

	// Without the permission the ticket stands without the link.
	stand.Fail(faults.Fault{Kind: faults.Status, Status: 403, Op: "linkIssues"})
	asked.Key = "INC-7/action/2"
	ref, err = client.Open(t.Context(), asked, false)
	require.NoError(t, err)
	require.Empty(t, now(t, stand, ref).Links)
	require.Contains(t, now(t, stand, ref).Text, change.Key)
}
