// Package standin sets up the stand-ins for Slack, Jira, PagerDuty, a mail server,
// Node-RED, Alertmanager and the identity provider the way an example organisation
// would have them: its people, channels, fields, statuses and installations. The
// product reaches them over HTTP exactly as it reaches the real ones.
package standin

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/jira"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
	"github.com/lowcodex/countersign/integrations/mail/mailtest"
	"github.com/lowcodex/countersign/integrations/oidc"
	"github.com/lowcodex/countersign/integrations/oidc/oidctest"
	"github.com/lowcodex/countersign/integrations/pagerduty/pagerdutytest"
	"github.com/lowcodex/countersign/integrations/slack"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/policy"
)

// Secrets of the stand-ins. They protect nothing: both servers listen on
// loopback only and hold example data.
const (
	SlackSigningSecret = "57a4d1453c12e75161676e5ec12e7000"
	SlackToken         = "xoxb-standin-token"
	SlackAppToken      = "xapp-1-A01COUNTERSIGN-1-standin"
	JiraToken          = "standin-jira-token-0123456789"
	JiraWebhookSecret  = "standin-webhook-secret-0123456789"
	JiraEmail          = "bot@meridian-freight.example"
	// PagerDutyWebhookSecret signs what comes back; AlertsToken is what sources of alerts present.
	PagerDutyWebhookSecret = "standin-pagerduty-secret-0123456789"
	AlertsToken            = "standin-alerts-token-0123456789"
	OIDCClientID           = "countersign"
	OIDCClientSecret       = "standin-client-secret-0123456789abcdef"
)

// Options say where the stand-ins listen and keep their state.
type Options struct {
	Rules     *policy.Rules
	Directory *policy.Directory
	// Dir keeps the state over restarts; empty forgets it.
	Dir string
	// SlackAddress, JiraAddress and OIDCAddress are host:port; empty takes a free port.
	SlackAddress string
	JiraAddress  string
	OIDCAddress  string
	// WithoutSlack, WithoutJira and WithoutOIDC leave one out, where the real one is used.
	WithoutSlack bool
	// SlackSocket has Slack send over connections that the product opens, instead of
	// posting, as if it could not reach the gateway.
	SlackSocket bool
	WithoutJira bool
	// WithoutPagers leaves PagerDuty and the mail server out.
	WithoutPagers bool
	WithoutOIDC   bool
	// Platforms runs the installations that the policy's rollouts reach; those whose
	// reference Elsewhere reports are left out, because their address is known.
	Platforms bool
	Elsewhere func(reference string) bool
	// NodeRED launches Node-RED itself instead of its stand-in. It must be
	// installed: see noderedtest.Installed.
	NodeRED bool
	// Changed is told of what the stand-ins cannot be waited for. It must not wait. Optional.
	Changed func()
	// Gateway is the base URL the stand-ins send to, if it is known already:
	// then what was under way when they ended goes on at once.
	Gateway string
	// Browse is where people open a ticket in a browser, a base URL to which the
	// key is added; empty leaves the stand-in without a page for it.
	Browse string
	Logger *slog.Logger
	// WebhookBackoff are the pauses before the tracker repeats a webhook.
	WebhookBackoff []time.Duration
}

// Site is the stand-ins, listening. One that was left out is nil.
type Site struct {
	Slack *slacktest.Server
	Jira  *jiratest.Server
	// PagerDuty and Mail page those whom the policy reaches there.
	PagerDuty  *pagerdutytest.Server
	Mail       *mailtest.Server
	SlackURL   string // base of the Web API, ending in a slash
	overSocket bool   // Options.SlackSocket
	JiraURL    string
	// PagerDutyURL is where events are taken.
	PagerDutyURL string
	OIDC         *oidctest.Server
	Issuer       string // of the identity provider
	// Yard is the installations that rollouts reach; empty where there are none.
	Yard Yard
	// Monitoring sends alerts; nil where nobody is paged.
	Monitoring *Monitoring

	gateway string
	closers []func() error
}

// Start starts the stand-ins. Unless Options.Gateway says it, Connect must be
// called once the gateway's address is known.
func Start(o Options) (_ *Site, err error) {
	s := &Site{gateway: o.Gateway, overSocket: o.SlackSocket}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if !o.WithoutSlack {
		if err := s.startSlack(o); err != nil {
			return nil, fmt.Errorf("stand-in for Slack: %w", err)
		}
	}
	if !o.WithoutJira {
		if err := s.startJira(o); err != nil {
			return nil, fmt.Errorf("stand-in for Jira: %w", err)
		}
	}
	if !o.WithoutPagers {
		if err := s.startPagers(o); err != nil {
			return nil, fmt.Errorf("stand-ins for pagers: %w", err)
		}
	}
	if o.Platforms {
		if err := s.startYard(o); err != nil {
			return nil, fmt.Errorf("installations of Node-RED: %w", err)
		}
	}
	if !o.WithoutOIDC {
		if err := s.startOIDC(o); err != nil {
			return nil, fmt.Errorf("stand-in for the identity provider: %w", err)
		}
	}
	return s, nil
}

// Connect tells the stand-ins where the gateway takes what they send.
func (s *Site) Connect(gateway string) {
	s.gateway = gateway
	if s.OIDC != nil {
		s.OIDC.Register(gateway + signedIn)
	}
	if s.Slack != nil {
		s.Slack.SetInteractionURL(gateway + interactions)
		s.Slack.SetCommandURL(gateway + commands)
	}
	if s.Monitoring != nil {
		s.Monitoring.connect(gateway)
	}
	if s.PagerDuty != nil {
		s.PagerDuty.SetWebhook(gateway+pagerWebhook, PagerDutyWebhookSecret)
	}
	if s.Jira != nil {
		s.Jira.SetWebhook(gateway+webhook, JiraWebhookSecret)
	}
}

// Where the gateway takes what they send.
const (
	interactions = "/slack/interactions"
	commands     = "/slack/commands"
	webhook      = "/jira/webhook"
	pagerWebhook = "/pagerduty/webhook"
	signedIn     = "/signin/callback"
)

// Environment is the product's configuration for these stand-ins, with the
// gateway's address once it is known.
func (s *Site) Environment() map[string]string {
	env := map[string]string{}
	if s.Slack != nil {
		env["SLACK_API_URL"], env["SLACK_BOT_TOKEN"], env["SLACK_SIGNING_SECRET"] = s.SlackURL, SlackToken, SlackSigningSecret
		env["SLACK_TEAM_ID"] = s.Slack.TeamID()
		if s.overSocket {
			delete(env, "SLACK_SIGNING_SECRET")
			env["SLACK_APP_TOKEN"] = SlackAppToken
		}
	}
	if s.Jira != nil {
		env["JIRA_URL"], env["JIRA_EMAIL"] = s.JiraURL, JiraEmail
		env["JIRA_API_TOKEN"], env["JIRA_WEBHOOK_SECRET"] = JiraToken, JiraWebhookSecret
	}
	if s.PagerDuty != nil {
		env["PAGERDUTY_EVENTS_URL"], env["PAGERDUTY_ROUTING_KEY"] = s.PagerDutyURL, s.PagerDuty.RoutingKey()
		env["PAGERDUTY_WEBHOOK_SECRET"] = PagerDutyWebhookSecret
		env["SMTP_URL"], env["SMTP_FROM"] = s.Mail.URL(), "Countersign <pager@meridian-freight.example>"
		env["ALERTS_TOKEN"] = AlertsToken
	}
	maps.Copy(env, s.Yard.environment())
	if s.OIDC != nil {
		env["OIDC_ISSUER"], env["OIDC_CLIENT_ID"], env["OIDC_CLIENT_SECRET"] = s.Issuer, OIDCClientID, OIDCClientSecret
	}
	if s.gateway != "" {
		env["COUNTERSIGN_PUBLIC_URL"] = s.gateway
	}
	return env
}

// Close ends the stand-ins, last first.
func (s *Site) Close() error {
	var errs []error
	for _, f := range slices.Backward(s.closers) {
		errs = append(errs, f())
	}
	s.closers = nil
	return errors.Join(errs...)
}

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
