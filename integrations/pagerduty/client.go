package pagerduty

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	pd "github.com/PagerDuty/go-pagerduty"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/httpcall"
)

// Client sends events. It is safe for concurrent use and never retries: every
// error is a *compliance.Failure whose class says what may be done.
type Client struct {
	cfg  Config
	wire *httpcall.Transport
	api  *pd.Client
}

// New makes a Client; it calls nobody. The error lists everything that is
// wrong with the configuration.
func New(cfg Config) (*Client, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	wire := httpcall.New(cfg.HTTP)
	// The library's package-level functions ignore the address and the client
	// given here; only the client's own methods are used.
	api := pd.NewClient("", pd.WithV2EventsAPIEndpoint(cfg.EventsURL))
	api.HTTPClient = wire.Client()
	return &Client{cfg: cfg, wire: wire, api: api}, nil
}

// event sends one event and classifies its end. Only 202 means that it was
// taken (https://developer.pagerduty.com/docs/send-alert-event).
func (c *Client) event(ctx context.Context, op string, e *pd.V2Event) error {
	ctx, x := c.wire.Begin(ctx, op)
	answer, err := c.api.ManageEventWithContext(ctx, e)
	if err == nil && (x.Status() != http.StatusAccepted || answer.Status != "success") {
		err = errors.New("the answer does not say that the event was taken")
	}
	f := x.Failure(err)
	if f == nil {
		return nil
	}
	switch {
	case f.Class == compliance.UnknownOutcome && x.Status() >= http.StatusInternalServerError:
		// PagerDuty asks for the same event again, and its key makes that harmless:
		// trying again here calls the person more surely than another channel may.
		f.Class = compliance.Unavailable
	case f.Class == compliance.Gone:
		f.Class = compliance.Blocked
		f.Detail += ": the address (PAGERDUTY_EVENTS_URL) does not lead to PagerDuty's Events API"
	case f.Class == compliance.Invalid && x.Status() == http.StatusBadRequest && strings.Contains(strings.ToLower(f.Detail), "routing"):
		f.Class = compliance.Blocked
		f.Detail += ": set PAGERDUTY_ROUTING_KEY to the integration key of an Events API v2 integration"
	}
	return f
}

func invalid(op, format string, args ...any) *compliance.Failure {
	return &compliance.Failure{Class: compliance.Invalid, Op: op, Detail: fmt.Sprintf(format, args...)}
}
