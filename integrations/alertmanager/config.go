// Package alertmanager takes alerts in: notifications of Prometheus
// Alertmanager's webhook receiver (version 4, which Grafana's alerting sends as
// well), and the product's own JSON for everything else that can send a request.
// It turns each alert into a compliance.AlertEvent and decides nothing.
package alertmanager

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Dispatcher is what the handlers need of the gateway.
type Dispatcher interface {
	// Alert makes the event durable and returns nil only then. It must take the
	// same event again, and events late and out of order. The error is a
	// *compliance.Failure: Invalid when no repetition can help, every other class
	// when the source is to send the event again.
	Alert(ctx context.Context, ev compliance.AlertEvent) error
}

// Config is what one source of alerts needs.
type Config struct {
	// Source is the word under which the installation knows the source: lower-case
	// letters, digits and hyphens, at most 32. It is part of the ids of its
	// alerts, so it never changes. Default: "alertmanager" or "generic".
	Source string
	// Tokens are the secrets that the source may present, each at least 16 bytes
	// long; while one is rotated there are two. With none every request is
	// answered 503.
	Tokens []string
	// SeverityLabel is the label that says how bad it is. Default "severity".
	SeverityLabel string
	// SystemLabels are the labels that say which system it is about; the first one
	// that an alert has counts. Default "system", "service", "job".
	SystemLabels []string
	// Count is called once for every request with what became of it, and once for
	// every alert of it that could not be read: one of the Request… reasons. It
	// must be safe for concurrent use. Optional.
	Count func(reason string)
	// Logger receives what operators must know. Default: discards.
	Logger *slog.Logger
	// Now is the clock for AlertEvent.Received. Default time.Now.
	Now func() time.Time
}

const minTokenBytes = 16

var sourcePattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

func (c Config) withDefaults(source string) Config {
	if c.Source == "" {
		c.Source = source
	}
	if c.SeverityLabel == "" {
		c.SeverityLabel = "severity"
	}
	if len(c.SystemLabels) == 0 {
		c.SystemLabels = []string{"system", "service", "job"}
	}
	c.Tokens, c.SystemLabels = slices.Clone(c.Tokens), slices.Clone(c.SystemLabels)
	if c.Count == nil {
		c.Count = func(string) {}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

func (c Config) check(d Dispatcher) error {
	var errs []error
	if !sourcePattern.MatchString(c.Source) {
		errs = append(errs, fmt.Errorf("alerts: %q is no name of a source: use up to 32 lower-case letters, digits and hyphens", c.Source))
	}
	for _, token := range c.Tokens {
		if len(token) < minTokenBytes {
			errs = append(errs, fmt.Errorf("alerts: a token (ALERTS_TOKEN) is shorter than %d bytes: create a longer one, for example with `openssl rand -hex 32`", minTokenBytes))
			break
		}
	}
	if d == nil {
		errs = append(errs, errors.New("alerts: a handler needs a dispatcher"))
	}
	return errors.Join(errs...)
}
