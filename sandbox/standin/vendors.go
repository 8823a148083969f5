package standin

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/jira"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
	"github.com/lowcodex/countersign/integrations/oidc"
	"github.com/lowcodex/countersign/integrations/oidc/oidctest"
	"github.com/lowcodex/countersign/integrations/slack"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/policy"
)

func (s *Site) startSlack(o Options) error {
	file, err := stateFile(o.Dir, "slack.json")
	if err != nil {
		return err
	}
	s.Slack, err = slacktest.New(slacktest.Options{
		Token: SlackToken, AppToken: SlackAppToken, SocketMode: o.SlackSocket, SigningSecret: SlackSigningSecret, TeamName: o.Rules.Organisation().Name, StateFile: file, Logger: o.Logger,
	})
	if err != nil {
		return err
	}
	if o.Gateway != "" {
		s.Slack.SetInteractionURL(o.Gateway + interactions)
		s.Slack.SetCommandURL(o.Gateway + commands)
	}
	s.closers = append(s.closers, s.Slack.Close)
	var members []string
	for _, p := range o.Directory.People() {
		id, ok := p.Accounts[slack.Provider]
		if !ok {
			continue
		}
		s.Slack.AddUser(slacktest.User{ID: id, Name: p.Name, RealName: p.Name, Email: p.Email, TZ: p.Zone})
		members = append(members, id)
	}
	for name, id := range o.Rules.Organisation().Channels {
		s.Slack.AddChannel(slacktest.Channel{ID: id, Name: name, Members: members})
	}
	if _, err := s.Slack.Listen(o.SlackAddress); err != nil {
		return err
	}
	s.SlackURL = s.Slack.APIURL()
	return nil
}

func (s *Site) startJira(o Options) error {
	file, err := stateFile(o.Dir, "jira.json")
	if err != nil {
		return err
	}
	t := o.Rules.Tickets()
	opts := jiratest.Options{
		Email: JiraEmail, Token: JiraToken, Project: t.Project, IssueType: t.IssueType, SaveTo: file, Logger: o.Logger,
		Bot:      jiratest.User{AccountID: t.BotAccount, Name: "Countersign", Email: JiraEmail, Zone: "UTC"},
		Statuses: []string{"Draft"},
		Webhook:  jiratest.Webhook{Secret: JiraWebhookSecret, Backoff: o.WebhookBackoff},
	}
	if o.Gateway != "" {
		opts.Webhook.URL = o.Gateway + webhook
	}
	for _, logical := range append(policy.LogicalStatuses(), t.OptionalStatuses()...) {
		opts.Statuses = append(opts.Statuses, t.Statuses[logical])
	}
	for _, kind := range compliance.TicketKinds() {
		if k, used := t.Kinds[kind]; used {
			opts.Types = append(opts.Types, issueType(kind, k))
			opts.Resolutions = append(append(opts.Resolutions, k.Done...), k.WontDo...)
		}
	}
	slices.Sort(opts.Resolutions)
	opts.Resolutions = slices.Compact(opts.Resolutions)
	for _, f := range o.Rules.Fields() {
		opts.Fields = append(opts.Fields, jiratest.Field{FieldMap: jira.FieldMap{Name: f.Name, ID: f.ID, Kind: string(f.Kind)}})
	}
	for _, p := range o.Directory.People() {
		if id, ok := p.Accounts[jira.Provider]; ok {
			opts.Users = append(opts.Users, jiratest.User{AccountID: id, Name: p.Name, Email: p.Email, Zone: p.Zone})
		}
	}
	if s.Jira, err = jiratest.New(opts); err != nil {
		return err
	}
	s.closers = append(s.closers, s.Jira.Close)
	return s.serveJira(o)
}

// startOIDC needs no state: a sign-in that was under way is begun again.
func (s *Site) startOIDC(o Options) error {
	opts := oidctest.Options{ClientID: OIDCClientID, ClientSecret: OIDCClientSecret}
	for _, p := range o.Directory.People() {
		if subject, ok := p.Accounts[oidc.Provider]; ok {
			opts.People = append(opts.People, oidctest.Person{Subject: subject, Name: p.Name})
		}
	}
	if o.Gateway != "" {
		opts.RedirectURLs = []string{o.Gateway + signedIn}
	}
	var err error
	if s.OIDC, err = oidctest.New(opts); err != nil {
		return err
	}
	s.closers = append(s.closers, s.OIDC.Close)
	s.Issuer, err = s.OIDC.Listen(o.OIDCAddress)
	return err
}

// issueType is how the site holds a kind of ticket: a workflow in which every
// status can follow every other, and which asks how a ticket ended.
func issueType(kind compliance.TicketKind, k policy.TicketKindRules) jiratest.IssueType {
	t := jiratest.IssueType{Name: k.IssueType, Project: k.Project}
	for _, logical := range kind.Statuses() {
		t.Statuses = append(t.Statuses, k.Statuses[logical])
		if kind.Ends(logical) != "" {
			t.Done = append(t.Done, k.Statuses[logical])
		}
	}
	for _, name := range kind.Fields() {
		if f, mapped := k.Fields[name]; mapped {
			t.Fields = append(t.Fields, jiratest.Field{FieldMap: jira.FieldMap{Name: name, ID: f.ID, Kind: string(f.Kind)}})
		}
	}
	return t
}

func stateFile(dir, name string) (string, error) {
	if dir == "" {
		return "", nil
	}
	return filepath.Join(dir, name), os.MkdirAll(dir, 0o700)
}
