// Package nodered reads, deploys and tests flows on Node-RED (version 4) through
// its admin API, version 2. It holds Node-RED's wire format and nothing else: no
// decisions, no other vendor.
//
// Facts, each checked by a test against the real program: the whole flow set is
// written at once; a write that names a revision is refused with 409
// version_mismatch when another was made since; 200 comes before the new flows
// run; flows with a node type that is not installed are accepted and nothing
// runs any more.
package nodered

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/lowcodex/countersign/integrations/httpcall"
)

// Kind is the kind of platform that this package serves, as policies name it.
const Kind = "node-red"

// Address is where one instance is reached, and with what.
type Address struct {
	// URL is the base of the admin API (httpAdminRoot), e.g. "https://flows.example.com/admin". Required.
	URL string
	// CallURL is the base of the flows' own HTTP endpoints (httpNodeRoot), when
	// it is not URL. Suites and probes call it, without the token. Optional.
	CallURL string
	// Token is the bearer token of adminAuth, with flows.read, flows.write and
	// nodes.read. Empty only where adminAuth is off.
	Token string
}

// Config is everything a Client needs. Only Addresses is required.
type Config struct {
	// Addresses holds every instance by its address reference (compliance.Target.Address).
	Addresses map[string]Address
	// Settle is how long routes may take to appear after a deployment. Default 5 s.
	Settle time.Duration
	// Pause is the wait between two looks. Default 100 ms.
	Pause time.Duration
	// HTTP configures the transport: time-out (default 20 s), rate limits,
	// counters, logger. Vendor and Secrets are set by New.
	HTTP httpcall.Config
	// Logger gets what operators should know. Default: discard.
	Logger *slog.Logger
}

var referencePattern = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,62}$`)

const (
	defaultTimeout = 20 * time.Second
	// callTimeout is over the longest case of a suite, so that the case's own
	// limit decides.
	callTimeout   = 35 * time.Second
	maxFlows      = 8 << 20 // bytes of a flow set
	maxCallAnswer = 1 << 20
)

// Check reports everything that is wrong with the configuration, all at once.
// No address is part of the error.
func (c Config) Check() error {
	var errs []error
	for ref, a := range c.Addresses {
		if !referencePattern.MatchString(ref) {
			errs = append(errs, fmt.Errorf("node-red: address reference %.40q: write capital letters, digits and _, such as ORDERS_PRODUCTION", ref))
		}
		if !usable(a.URL) {
			errs = append(errs, fmt.Errorf("node-red: address %s: give a URL without credentials, such as https://flows.example.com/admin", ref))
		}
		if a.CallURL != "" && !usable(a.CallURL) {
			errs = append(errs, fmt.Errorf("node-red: address %s: the URL for calls must be one without credentials, or be left out", ref))
		}
		if strings.ContainsAny(a.Token, " \r\n\t") {
			errs = append(errs, fmt.Errorf("node-red: address %s: the token holds a space or a line end: store it without", ref))
		}
	}
	return errors.Join(errs...)
}

func usable(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

func (c Config) withDefaults() Config {
	addresses := make(map[string]Address, len(c.Addresses))
	secrets := make([]string, 0, len(c.Addresses))
	for ref, a := range c.Addresses {
		a.URL = strings.TrimRight(a.URL, "/")
		if a.CallURL == "" {
			a.CallURL = a.URL
		}
		a.CallURL = strings.TrimRight(a.CallURL, "/")
		addresses[ref] = a
		secrets = append(secrets, a.Token)
	}
	c.Addresses = addresses
	if c.Settle <= 0 {
		c.Settle = 5 * time.Second
	}
	if c.Pause <= 0 {
		c.Pause = 100 * time.Millisecond
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.HTTP = c.HTTP.Or(httpcall.Config{Vendor: Kind, Secrets: secrets, Logger: c.Logger, Timeout: defaultTimeout})
	c.HTTP.MaxAnswer = maxFlows
	return c
}
