package slack

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	slackgo "github.com/slack-go/slack"

	"github.com/lowcodex/countersign/integrations/httpcall"
)

// Client posts and rewrites cards. It is safe for concurrent use.
type Client struct {
	cfg       Config
	transport *httpcall.Transport
	api       *slackgo.Client

	mu     sync.Mutex
	me     *Identity         // nil until Slack was asked
	direct map[string]direct // by member, as far as it was asked for
}

// direct is a direct conversation, and when Slack said that there is one.
type direct struct {
	id string
	at time.Time
}

// directFor is how long a direct conversation is taken for granted. Slack refuses
// to open one with somebody whose account is closed, and does not say what becomes
// of messages to one that is open: for so long a page may be lost on them.
const directFor = 2 * time.Minute

// Identity is who the bot token belongs to.
type Identity struct {
	TeamID       string // T…
	EnterpriseID string // E…, empty outside an Enterprise Grid
	UserID       string // U… of the bot user
	BotID        string // B… of the app's bot
}

// New makes a Client; it calls nobody. The error lists everything that is
// wrong with the configuration.
func New(cfg Config) (*Client, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	t := httpcall.New(cfg.HTTP)
	// The library's own retries stay off: they repeat writes blindly.
	api := slackgo.New(cfg.BotToken, slackgo.OptionHTTPClient(t.Client()), slackgo.OptionAPIURL(cfg.APIURL), slackgo.OptionAppLevelToken(cfg.AppToken))
	return &Client{cfg: cfg, transport: t, api: api, direct: map[string]direct{}}, nil
}

// call runs one library call as the named operation and classifies its error.
func (c *Client) call(ctx context.Context, op string, do func(ctx context.Context) error) error {
	ctx, x := c.transport.Begin(ctx, op)
	return failure(c.transport, x, op, do(ctx))
}

// Check asks Slack whether the token is valid, for readiness. The error is a
// *compliance.Failure, of class Blocked when the token is not accepted.
func (c *Client) Check(ctx context.Context) error {
	_, err := c.ask(ctx)
	return err
}

// Me returns who the token belongs to; Slack is asked once.
func (c *Client) Me(ctx context.Context) (Identity, error) {
	c.mu.Lock()
	me := c.me
	c.mu.Unlock()
	if me != nil {
		return *me, nil
	}
	return c.ask(ctx)
}

func (c *Client) ask(ctx context.Context) (Identity, error) {
	var me Identity
	err := c.call(ctx, opWho, func(ctx context.Context) error {
		r, err := c.api.AuthTestContext(ctx)
		if err == nil {
			me = Identity{TeamID: r.TeamID, EnterpriseID: r.EnterpriseID, UserID: r.UserID, BotID: r.BotID}
		}
		return err
	})
	if err != nil {
		return Identity{}, err
	}
	c.mu.Lock()
	c.me = &me
	c.mu.Unlock()
	return me, nil
}

// conversation returns the id of the conversation that a channel name, a
// channel id or, for a direct message, a member's id stands for. Slack is asked
// once for each member and few minutes: in a storm of pages the method's limit would be what
// holds them up.
func (c *Client) conversation(ctx context.Context, channel string) (string, error) {
	member := c.cfg.channel(channel)
	if !isMemberID(member) {
		return member, nil
	}
	c.mu.Lock()
	known, now := c.direct[member], c.cfg.Now()
	c.mu.Unlock()
	if known.id != "" && now.Sub(known.at) < directFor {
		return known.id, nil
	}
	id := ""
	err := c.call(ctx, opConverse, func(ctx context.Context) error {
		ch, _, _, err := c.api.OpenConversationContext(ctx, &slackgo.OpenConversationParameters{Users: []string{member}})
		if err == nil && ch.ID == "" {
			return errors.New("the answer names no conversation")
		}
		if err == nil {
			id = ch.ID
		}
		return err
	})
	if err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.direct[member] = direct{id, now}
	return id, nil
}

// forget drops a direct conversation, which is then asked for again.
func (c *Client) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.direct, func(_ string, known direct) bool { return known.id == id })
}
