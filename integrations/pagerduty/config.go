// Package pagerduty pages people through PagerDuty's Events API v2 and turns
// what they do there, told by webhooks v3, into compliance.Inbound. It holds
// PagerDuty's wire format and nothing else: no decisions, no retry loops, no
// other vendor.
//
// An event reaches a service of PagerDuty, and that service's escalation policy
// says whose phone rings: the Events API cannot name a person. Give a service to
// this product that pages whoever the channel is meant for, one or several
// people; the account that is paged is named in the event's details.
package pagerduty

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/lowcodex/countersign/integrations/httpcall"
)

// Provider is the name of PagerDuty in compliance.Account and of the surface in
// compliance.Inbound.
const Provider = "pagerduty"

// DefaultEventsURL is where events are sent to; the EU's service region has
// "https://events.eu.pagerduty.com".
const DefaultEventsURL = "https://events.pagerduty.com"

// Config is what one PagerDuty service needs. A Config is shared by the Client
// and the handler of webhooks.
type Config struct {
	// EventsURL is the base address of the Events API, without /v2/enqueue.
	// Default DefaultEventsURL.
	EventsURL string
	// RoutingKey is the integration key, 32 characters, of an "Events API v2"
	// integration of the service. Required by New. It is a secret.
	RoutingKey string
	// WebhookSecrets are the secrets of the webhook subscription; while one is
	// rotated there are two. With none every delivery is answered 503. They are
	// secrets, each at least 16 bytes long.
	WebhookSecrets []string
	// PublicURL is the origin at which PagerDuty reaches the gateway, without a slash
	// at the end. Optional; only a checkup uses it.
	PublicURL string
	// Count is called once for every delivery, with what became of it: one of
	// the Delivery… reasons. It must be safe for concurrent use. Optional.
	Count func(reason string)
	// HTTP configures the calls: counters, time-out, limits. Vendor, Secrets and
	// Logger are filled in here. Limits nil: DefaultLimits; an empty map: none.
	// Time-out: default 8 s, within which a page must be sent.
	HTTP httpcall.Config
	// Logger receives what operators must know. Default: discards.
	Logger *slog.Logger
	// Now is the clock for Inbound.Received. Default time.Now.
	Now func() time.Time
}

const (
	routingKeyLength = 32
	minSecretBytes   = 16
	defaultTimeout   = 8 * time.Second
)

// The operations, as they appear in errors, counters and rate limits.
const (
	opPage      = "page"
	opStandDown = "stand down"
)

// DefaultLimits keep below the 120 events a minute that one integration key is
// allowed, stand-downs counted, with the greater share for pages.
// https://developer.pagerduty.com/docs/events-api-v2-overview (rate limiting)
func DefaultLimits() map[string]httpcall.Limit {
	return map[string]httpcall.Limit{
		opPage:      {PerSecond: 1, Burst: 40},
		opStandDown: {PerSecond: 0.25, Burst: 5},
	}
}

func (c Config) withDefaults() Config {
	if c.EventsURL == "" {
		c.EventsURL = DefaultEventsURL
	}
	c.EventsURL = strings.TrimSuffix(strings.TrimRight(c.EventsURL, "/"), "/v2/enqueue")
	if c.Count == nil {
		c.Count = func(string) {}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.HTTP = c.HTTP.Or(httpcall.Config{
		Vendor: Provider, Secrets: append([]string{c.RoutingKey}, c.WebhookSecrets...),
		Logger: c.Logger, Timeout: defaultTimeout, Limits: DefaultLimits(),
	})
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// check reports every fault of the configuration of a Client.
func (c Config) check() error {
	var errs []error
	if len(c.RoutingKey) != routingKeyLength {
		errs = append(errs, fmt.Errorf("pagerduty: the routing key (PAGERDUTY_ROUTING_KEY) has %d characters: give the integration key of an Events API v2 integration, which has %d", len(c.RoutingKey), routingKeyLength))
	}
	if u, err := url.Parse(c.EventsURL); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil {
		errs = append(errs, errors.New("pagerduty: the address of the Events API (PAGERDUTY_EVENTS_URL) cannot be used: leave it out, or give one such as "+DefaultEventsURL))
	}
	return errors.Join(append(errs, c.checkSecrets())...)
}

func (c Config) checkSecrets() error {
	for _, secret := range c.WebhookSecrets {
		if len(secret) < minSecretBytes {
			return fmt.Errorf("pagerduty: a webhook secret (PAGERDUTY_WEBHOOK_SECRET) is shorter than %d bytes: copy the one that PagerDuty showed when the subscription was created", minSecretBytes)
		}
	}
	return nil
}
