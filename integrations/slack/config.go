// Package slack shows cards in Slack, opens forms there and turns what people
// submit into compliance.Inbound. It decides nothing: who may act is the
// process's business.
package slack

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/lowcodex/countersign/integrations/httpcall"
)

// DefaultAPIURL is where Slack's Web API answers.
const DefaultAPIURL = "https://slack.com/api/"

// Provider is the name of Slack in compliance.Account and of the surface in compliance.Inbound.
const Provider = "slack"

// Config is what one Slack workspace (or one organisation) needs. A Config is
// shared by the Client and the handler of interactions.
type Config struct {
	// APIURL is the base of the Web API, ending in a slash. Default
	// DefaultAPIURL; a stand-in or a government cloud has another one.
	APIURL string
	// BotToken is the bot user's token (xoxb-…). Required by New. It is a secret
	// and appears in no error and no log line.
	BotToken string
	// SigningSecret is the app's signing secret, with which Slack signs every
	// interaction. Required by NewHandler unless there is an AppToken. It is a secret.
	SigningSecret string
	// AppToken is an app-level token (xapp-…) with the scope connections:write, with
	// which a Socket opens its connections. Required by NewSocket. It is a secret.
	AppToken string
	// Channels maps the policy's logical channel names to Slack channel ids
	// (C…, G…). A name that is not in the map is taken for a channel id itself.
	Channels map[string]string
	// TeamID is the id of the workspace (T…) whose members are the people of the
	// directory. Somebody whose home is another workspace (a shared channel) gets
	// the account id "T…/U…", which the directory does not know unless it was told.
	// Empty: the workspace that sent the interaction is taken for the home, which
	// is right only for an app installed in one workspace.
	TeamID string
	// EnterpriseID is the id of the Enterprise Grid organisation (E…); a member
	// acting in a workspace of theirs inside it counts as at home. Empty outside
	// a Grid.
	EnterpriseID string
	// HistoryPages bounds how many pages of 200 messages are searched for an
	// earlier posting of a card. Default 5, at most 50.
	HistoryPages int
	// PublicURL is the origin at which Slack reaches the gateway, without a slash at
	// the end. Optional; only a checkup uses it.
	PublicURL string
	// Refused is told the reason of every refused interaction ("unsigned",
	// "stale", "too-large", …), for a counter. Optional.
	Refused func(reason string)
	// Envelope is told what became of every envelope that came over a Socket, by its
	// kind ("interactive", "slash_commands", "other") and result ("acknowledged",
	// "left"), for a counter. Optional.
	Envelope func(kind, result string)
	// Logger receives what operators must know. Default: discards.
	Logger *slog.Logger
	// HTTP configures the calls: counters, time-out, limits. Vendor, Secrets and
	// Logger are filled in here. Limits nil: DefaultLimits; an empty map: none.
	HTTP httpcall.Config
	// Now is the clock for Inbound.Received. Default time.Now.
	Now func() time.Time
}

func (c Config) withDefaults() Config {
	if c.APIURL == "" {
		c.APIURL = DefaultAPIURL
	}
	if !strings.HasSuffix(c.APIURL, "/") {
		c.APIURL += "/"
	}
	if c.HistoryPages <= 0 {
		c.HistoryPages = 5
	}
	c.HistoryPages = min(c.HistoryPages, 50)
	if c.Refused == nil {
		c.Refused = func(string) {}
	}
	if c.Envelope == nil {
		c.Envelope = func(string, string) {}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.HTTP = c.HTTP.Or(httpcall.Config{
		Vendor: Provider, Secrets: []string{c.BotToken, c.SigningSecret, c.AppToken}, Logger: c.Logger, Limits: DefaultLimits(),
	})
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// check reports every fault of the configuration that would otherwise show
// only when the first card is posted.
func (c Config) check() error {
	var errs []error
	if c.BotToken == "" {
		errs = append(errs, errors.New("slack: BotToken is empty: set SLACK_BOT_TOKEN to the bot user's token (xoxb-…)"))
	}
	u, err := url.Parse(c.APIURL)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		errs = append(errs, errors.New("slack: APIURL is not an http(s) address: set SLACK_API_URL to one such as "+DefaultAPIURL))
	}
	for name, id := range c.Channels {
		if name == "" || id == "" {
			errs = append(errs, fmt.Errorf("slack: channel %q has the id %q: give both a name and an id", name, id))
		}
	}
	return errors.Join(errs...)
}

// channel resolves a logical channel name to Slack's id.
func (c Config) channel(name string) string {
	if id, ok := c.Channels[name]; ok {
		return id
	}
	return name
}
