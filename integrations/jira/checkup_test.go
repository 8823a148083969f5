package jira_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
	"github.com/lowcodex/countersign/integrations/jira"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
)

// setup is a site to look at, and the configuration that it is looked at with.
type setup struct {
	options jiratest.Options
	change  func(*jira.Config)
	before  func(t *testing.T, stand *jiratest.Server)
}

// checked is what a checkup finds, by item. The gateway before it takes webhooks
// as the product's does.
func checked(t *testing.T, s setup) map[string]checkup.Check {
	t.Helper()
	var delivered atomic.Int64
	var gateway string
	stand, client := site(t, s.options, func(c *jira.Config) {
		c.BotAccountID = "bot-countersign"
		delete(c.Statuses, "unknown_to_jira")
		c.Statuses["expired"], c.Statuses["withdrawn"], c.Statuses["executing"] = "Expired", "Withdrawn", "Implementing"
		receiver, err := jira.New(*c)
		require.NoError(t, err)
		mux := http.NewServeMux()
		mux.Handle(jira.PathWebhook, receiver.Handler(func(context.Context, compliance.TicketEvent) error {
			delivered.Add(1)
			return nil
		}))
		server := httptest.NewServer(mux)
		t.Cleanup(server.Close)
		gateway = server.URL
		c.PublicURL = gateway
		if s.change != nil {
			s.change(c)
		}
	})
	if s.options.Webhook.URL == "" {
		stand.SetWebhook(gateway+jira.PathWebhook, secret)
	}
	stand.HoldWebhooks()
	if s.before != nil {
		s.before(t, stand)
	}
	issues := len(stand.Issues())
	found := map[string]checkup.Check{}
	for _, c := range client.Checkup(t.Context()) {
		require.Equal(t, jira.Provider, c.Part)
		require.Equal(t, c.Result == checkup.OK, c.Reason == "" && c.Mend == "", c.Item)
		require.NotContains(t, c.Detail+c.Mend, token)
		require.NotContains(t, c.Detail+c.Mend, secret)
		_, twice := found[c.Item]
		require.False(t, twice, c.Item)
		found[c.Item] = c
	}
	require.Zero(t, delivered.Load(), "a checkup changes nothing")
	require.Len(t, stand.Issues(), issues)
	return found
}

// everywhere puts one ticket of a change into each status that it is moved out of.
func everywhere(t *testing.T, stand *jiratest.Server) {
	t.Helper()
	for _, status := range []string{"Submitted", "In Review", "Approved", "Implementing"} {
		issue, err := stand.CreateIssue("alice", map[string]string{"title": "A change in " + status})
		require.NoError(t, err)
		require.NoError(t, stand.Transition("alice", issue.Key, status))
	}
}

func TestCheckupOfASiteThatIsSetUp(t *testing.T) {
	found := checked(t, setup{options: jiratest.Options{Administrator: true}, before: everywhere})
	for _, item := range []string{
		"token", "bot account", "clock", "project OPS", "permissions in OPS", "issue type Change", "statuses of Change", "fields of Change",
		"transitions of Change", "webhook", "webhook secret", "requests at the gateway",
	} {
		require.Equal(t, checkup.OK, found[item].Result, "%s: %+v", item, found[item])
	}
	require.Len(t, found, 12)
}

func TestCheckupLooksAtEveryKindOfTicket(t *testing.T) {
	found := checked(t, setup{options: kinds(jiratest.Options{}), change: withKinds})
	for _, item := range []string{"project OPS", "project SUP", "permissions in SUP", "fields of Incident", "statuses of Task", "statuses of Action"} {
		require.Equal(t, checkup.OK, found[item].Result, "%s: %+v", item, found[item])
	}
	require.Equal(t, checkup.Unseen, found["transitions of Incident"].Reason, "no ticket shows them")
	require.Contains(t, found["transitions of Incident"].Mend, "Acknowledged to Resolved, Triggered")
}

func TestCheckupSaysWhatIsWrongOnTheSiteAndHowToMendIt(t *testing.T) {
	ways := func(all ...jiratest.Transition) []jiratest.Transition { return all }
	field := func(f jiratest.Field) []jiratest.Field { return append(jiratest.DefaultFields(), f) }
	of := func(change func(*jira.Config)) setup { return setup{change: change} }
	for name, c := range map[string]struct {
		setup
		item   string
		reason checkup.Reason
		says   string
	}{
		"a wrong token":       {of(func(c *jira.Config) { c.Token = "other-token-0123456789" }), "token", checkup.Refused, "API token"},
		"a host that is not":  {of(func(c *jira.Config) { c.URL = "http://127.0.0.1:1" }), "token", checkup.Unreachable, "JIRA_URL"},
		"an address too long": {of(func(c *jira.Config) { c.URL += "/jira" }), "token", checkup.ElsewhereAPI, "JIRA_URL"},
		"a page of a proxy":   {setup{before: func(_ *testing.T, s *jiratest.Server) { s.Fail(faults.Fault{Kind: faults.HTML, Op: "getCurrentUser"}) }}, "token", checkup.ElsewhereAPI, "sign-in page"},
		"too many calls": {setup{before: func(_ *testing.T, s *jiratest.Server) {
			s.Throttle("getCurrentUser", 1, time.Second, "jira-burst-based")
		}}, "token", checkup.Busy, "minute"},
		"a clock that is fast": {setup{options: jiratest.Options{Now: func() time.Time { return time.Now().Add(-2 * time.Minute) }}}, "clock", checkup.ClockSkew, "ahead of theirs"},
		"another account":      {of(func(c *jira.Config) { c.BotAccountID = "acc-alice" }), "bot account", checkup.Different, "tickets.bot_account"},
		"no account":           {of(func(c *jira.Config) { c.BotAccountID = "" }), "bot account", checkup.NotSet, "bot-countersign"},
		"no such project":      {of(func(c *jira.Config) { c.Project = "NONE" }), "project NONE", checkup.Missing, "Browse Projects"},
		"a hidden project":     {setup{options: jiratest.Options{Denied: []string{"BROWSE_PROJECTS"}}}, "project OPS", checkup.Missing, "Browse Projects"},
		"no permission":        {setup{options: jiratest.Options{Denied: []string{"TRANSITION_ISSUES", "MODIFY_REPORTER"}}}, "permissions in OPS", checkup.Lacking, "Modify Reporter, Transition Issues"},
		"no such type":         {of(func(c *jira.Config) { c.IssueType = "Request" }), "issue type Request", checkup.Missing, "issue_type"},
		"no such status":       {of(func(c *jira.Config) { c.Statuses["failed"] = "Broken" }), "statuses of Change", checkup.Missing, "Broken"},
		"no submit status":     {of(func(c *jira.Config) { c.SubmitStatus = "Handed In" }), "statuses of Change", checkup.Missing, "Handed In"},
		"a field off the screen": {setup{options: jiratest.Options{Fields: field(jiratest.Field{FieldMap: jira.FieldMap{Name: "cost", ID: "customfield_10999", Kind: jira.KindText}, NotOnScreen: true})},
			change: func(c *jira.Config) {
				c.Fields = append(c.Fields, jira.FieldMap{Name: "cost", ID: "customfield_10999", Kind: jira.KindText})
			}},
			"fields of Change", checkup.Missing, "cost (customfield_10999)"},
		"a field of another kind": {of(func(c *jira.Config) { c.Fields[4].Kind = jira.KindText }), "fields of Change", checkup.Different, "risk (customfield_10103) is option there and text in the policy"},
		"a field that is required": {setup{options: jiratest.Options{Fields: field(jiratest.Field{FieldMap: jira.FieldMap{Name: "Cost centre", ID: "customfield_10999", Kind: jira.KindText}, Required: true})}},
			"fields of Change", checkup.Different, "Cost centre (customfield_10999)"},
		"a missing transition": {setup{before: everywhere, options: jiratest.Options{Transitions: ways(
			jiratest.Transition{ID: "1", Name: "To Submitted", To: "Submitted"}, jiratest.Transition{ID: "2", Name: "To Review", To: "In Review"},
			jiratest.Transition{ID: "3", Name: "Approve", To: "Approved"}, jiratest.Transition{ID: "4", Name: "Start", To: "Implementing"},
			jiratest.Transition{ID: "5", Name: "Reject", To: "Rejected"}, jiratest.Transition{ID: "6", Name: "Withdraw", To: "Withdrawn"},
			jiratest.Transition{ID: "7", Name: "Expire", From: "In Review", To: "Expired"}, jiratest.Transition{ID: "8", Name: "Done", To: "Done"},
		)}}, "transitions of Change", checkup.Missing, "Approved to Expired"},
		"a workflow without tickets": {setup{}, "transitions of Change", checkup.Unseen, "In Review to Approved, Rejected, Expired, Withdrawn"},
		"a webhook not seen":         {setup{}, "webhook", checkup.Unseen, "System settings"},
		"no webhook":                 {setup{options: jiratest.Options{Administrator: true, Webhook: jiratest.Webhook{URL: "https://other.example/hook"}}}, "webhook", checkup.Missing, "create one"},
		"another gateway's webhook":  {setup{options: jiratest.Options{Administrator: true, Webhook: jiratest.Webhook{URL: "https://old.example/jira/webhook"}}}, "webhook", checkup.Missing, "create one"},
		"a short webhook":            {setup{options: jiratest.Options{Administrator: true, Webhook: jiratest.Webhook{Events: []string{"jira:issue_created", "jira:issue_updated"}}}}, "webhook", checkup.Different, "jira:issue_deleted"},
		"a disabled webhook":         {setup{options: jiratest.Options{Administrator: true, Webhook: jiratest.Webhook{Disabled: true}}}, "webhook", checkup.Different, "enable it"},
		"no secret":                  {of(func(c *jira.Config) { c.WebhookSecret = "" }), "webhook secret", checkup.Unseen, "JIRA_WEBHOOK_SECRET"},
		"another secret":             {of(func(c *jira.Config) { c.WebhookSecret = "another-secret-0123456789" }), "requests at the gateway", checkup.Refused, "same JIRA_WEBHOOK_SECRET"},
	} {
		t.Run(name, func(t *testing.T) {
			found := checked(t, c.setup)
			got, ok := found[c.item]
			require.True(t, ok, "%+v", found)
			require.Equal(t, c.reason, got.Reason, "%+v", got)
			require.Contains(t, got.Detail+" "+got.Mend, c.says)
		})
	}
}

// What the product moves tickets to is what the policy can map.
func TestCheckupAsksForNoStatusThatThePolicyHasNot(t *testing.T) {
	for _, kind := range compliance.TicketKinds() {
		for from, to := range jira.Moves(kind) {
			require.Subset(t, kind.Statuses(), append(to, from), kind)
		}
	}
}

// What a checkup calls lacking is what would fail: a ticket in somebody's name.
func TestModifyReporterIsNeededToOpenATicketForSomebody(t *testing.T) {
	_, client := site(t, jiratest.Options{Denied: []string{"MODIFY_REPORTER"}})
	_, err := client.Open(t.Context(), newTicket("change/1"), false)
	require.Equal(t, compliance.Invalid, requireClass(t, err, compliance.Invalid).Class)
	require.ErrorContains(t, err, "reporter")
}
