// Package osv asks the API of OSV.dev, or of a mirror of it, which vulnerabilities
// are known of packages (https://google.github.io/osv.dev/api/). It holds the wire
// format and nothing else: what a vulnerability means for a change is decided by
// package dependency. The API wants no credential; whoever serves it learns which
// packages and versions are asked about, and nothing else.
package osv

import (
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/lowcodex/countersign/integrations/httpcall"
)

// Provider names the other side in counters, logs and findings.
const Provider = "osv"

// PublicURL is the address of the public service.
const PublicURL = "https://api.osv.dev"

// Config is what a Client needs; only URL is required.
type Config struct {
	// URL is the base address of the API, without /v1: PublicURL, or a mirror's.
	URL string
	// HTTP configures the calls: time-out (default 20 s), counters, limits. Limits
	// nil: DefaultLimits; an empty map: none.
	HTTP httpcall.Config
	// Logger gets what operators should know. Default: discard.
	Logger *slog.Logger
	// Now is the clock. Default time.Now.
	Now func() time.Time
}

// The operations, as they appear in errors, counters and rate limits.
const (
	opAsk    = "ask about packages"
	opLookUp = "look up vulnerability"
)

const (
	defaultTimeout = 20 * time.Second
	// maxAsked is how many packages the service takes in one question.
	// https://google.github.io/osv.dev/post-v1-querybatch/
	maxAsked = 1000
	// maxPages bounds the pages of an answer; each has up to 3,000 vulnerabilities.
	maxPages = 100
	// maxKnown bounds the vulnerabilities that are looked up of one manifest. One with
	// more is beyond judging one by one.
	maxKnown = 2000
	// abreast is how many are looked up at the same time.
	abreast = 8
)

// DefaultLimits are polite: the service publishes no limit.
func DefaultLimits() map[string]httpcall.Limit {
	return map[string]httpcall.Limit{
		opAsk:    {PerSecond: 5, Burst: 10},
		opLookUp: {PerSecond: 25, Burst: 50},
	}
}

func (c Config) withDefaults() Config {
	c.URL = strings.TrimSuffix(strings.TrimRight(c.URL, "/"), "/v1")
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.HTTP = c.HTTP.Or(httpcall.Config{Vendor: Provider, Logger: c.Logger, Timeout: defaultTimeout, Limits: DefaultLimits()})
	return c
}

func (c Config) check() error {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return errors.New("osv: the address (COUNTERSIGN_OSV_URL) cannot be used: leave it out, or give one without credentials such as " + PublicURL)
	}
	return nil
}
