// Package standin sets up the stand-ins for Slack, Jira, PagerDuty, a mail server,
// Node-RED, Alertmanager, OSV.dev and the identity provider the way an example organisation
// would have them: its people, channels, fields, statuses and installations. The
// product reaches them over HTTP exactly as it reaches the real ones.
package standin

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/lowcodex/countersign/integrations/jira/jiratest"
	"github.com/lowcodex/countersign/integrations/mail/mailtest"
	"github.com/lowcodex/countersign/integrations/oidc/oidctest"
	"github.com/lowcodex/countersign/integrations/osv/osvtest"
	"github.com/lowcodex/countersign/integrations/pagerduty/pagerdutytest"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/policy"
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
	// WithoutVulnerabilities leaves the database of vulnerabilities out.
	WithoutVulnerabilities bool
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

	// Vulnerabilities is the database that is asked about packages.
	Vulnerabilities    *osvtest.Server
	vulnerabilitiesURL string

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
	if !o.WithoutVulnerabilities {
		if err := s.startVulnerabilities(); err != nil {
			return nil, fmt.Errorf("stand-in for the database of vulnerabilities: %w", err)
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

// Close ends the stand-ins, last first.
func (s *Site) Close() error {
	var errs []error
	for _, f := range slices.Backward(s.closers) {
		errs = append(errs, f())
	}
	s.closers = nil
	return errors.Join(errs...)
}
