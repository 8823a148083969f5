package jira

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"sync"

	gojira "github.com/andygrunwald/go-jira"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/httpcall"
)

// Client reads, opens and advances tickets on one Jira site and receives its
// webhooks. It is safe for concurrent use and never retries: every error is a
// *compliance.Failure whose class says what may be done.
type Client struct {
	cfg  Config
	wire *httpcall.Transport
	api  *gojira.Client
	// bytes and download are for the bytes of attachments.
	bytes    *httpcall.Transport
	download *gojira.Client

	mu  sync.Mutex // guards all below
	bot string     // account id answered by /myself; empty until then
	// openings are the tickets being opened now, by label.
	openings map[string]*opening
	opened   *lru.Cache[string, compliance.TicketRef] // the newest that were
}

// New makes a Client; it calls nobody. The error lists every fault of the
// configuration.
func New(cfg Config) (*Client, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	wire := httpcall.New(cfg.HTTP)
	caller := wire.Client()
	caller.Transport = &gojira.BasicAuthTransport{Username: cfg.Email, Password: cfg.Token, Transport: caller.Transport}
	api, err := gojira.NewClient(caller, cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("jira: the URL (JIRA_URL) cannot be used: give one such as https://example.atlassian.net")
	}
	opened, err := lru.New[string, compliance.TicketRef](mostOpened)
	if err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg, wire: wire, api: api, openings: map[string]*opening{}, opened: opened}
	c.bytes, c.download, err = files(cfg)
	return c, err
}

// Check asks Jira who the credentials belong to, for readiness.
func (c *Client) Check(ctx context.Context) error {
	_, err := c.Bot(ctx)
	return err
}

// Bot returns the account id that the credentials belong to. It is asked once
// and kept. When the configuration names another account, the failure is
// Blocked: with a wrong id our own comments would not be recognised, and a
// repeated step would comment twice.
func (c *Client) Bot(ctx context.Context) (string, error) {
	c.mu.Lock()
	known := c.bot
	c.mu.Unlock()
	if known != "" {
		return known, nil
	}
	const op = "ask for the bot's account"
	ctx, x := c.wire.Begin(ctx, op)
	self, _, err := c.api.User.GetSelfWithContext(ctx)
	if f := x.Failure(err); f != nil {
		return "", addressed(f)
	}
	if self.AccountID == "" {
		return "", &compliance.Failure{Class: compliance.Blocked, Op: op, Detail: "the answer names no accountId: is this Jira Cloud?"}
	}
	if want := c.cfg.BotAccountID; want != "" && want != self.AccountID {
		return "", &compliance.Failure{Class: compliance.Blocked, Op: op, Detail: fmt.Sprintf(
			"the API token belongs to account %s, the configuration says %s: correct the bot's account id or the token", self.AccountID, want)}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bot = self.AccountID
	return c.bot, nil
}

// call sends one request of version 2 of the API and decodes the answer into
// out, which may be nil. It is used where go-jira has no method or drops part
// of the answer.
func (c *Client) call(ctx context.Context, op, method, path string, body, out any) error {
	ctx, x := c.wire.Begin(ctx, op)
	req, err := c.api.NewRequestWithContext(ctx, method, "rest/api/2/"+path, body)
	if err == nil {
		var resp *gojira.Response
		resp, err = c.api.Do(req, out)
		if resp != nil {
			_ = resp.Body.Close()
		}
	}
	if f := x.Failure(err); f != nil {
		return f
	}
	return nil
}

var (
	idPattern  = regexp.MustCompile(`^[0-9]{1,18}$`)
	keyPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,254}-[0-9]{1,18}$`)
)

// locate returns what to put into the path for a ticket: its id, or its key
// while the id is not known.
func (c *Client) locate(op string, ref compliance.TicketRef) (string, error) {
	switch {
	case ref.Site != "" && ref.Site != c.cfg.Site:
		return "", invalid(op, "the ticket is on site %q, this is site %q", ref.Site, c.cfg.Site)
	case ref.ID != "" && idPattern.MatchString(ref.ID):
		return ref.ID, nil
	case ref.ID == "" && keyPattern.MatchString(ref.Key):
		return ref.Key, nil
	default:
		return "", invalid(op, "a ticket is named by its number-only id or a key such as OPS-12")
	}
}

func invalid(op, format string, args ...any) *compliance.Failure {
	return &compliance.Failure{Class: compliance.Invalid, Op: op, Detail: fmt.Sprintf(format, args...)}
}

func blocked(op, format string, args ...any) *compliance.Failure {
	return &compliance.Failure{Class: compliance.Blocked, Op: op, Detail: fmt.Sprintf(format, args...)}
}

// addressed corrects the class of calls that are about no ticket: where the
// API itself is not found, the address is wrong, and nothing is gone.
func addressed(err error) error {
	var f *compliance.Failure
	if errors.As(err, &f) && f.Class == compliance.Gone {
		return blocked(f.Op, "%s: the address (JIRA_URL) does not lead to Jira Cloud's API", f.Detail)
	}
	return err
}
