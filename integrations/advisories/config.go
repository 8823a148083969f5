// Package advisories fetches documents about vulnerabilities that publishers
// offer to everybody: catalogues of exploited vulnerabilities and security
// advisories. It returns bytes; what they mean is decided by package patch.
package advisories

import (
	"log/slog"
	"time"

	"github.com/lowcodex/countersign/integrations/httpcall"
)

// Provider names the other side in counters and logs: publishers are many, and
// all of them are called alike.
const Provider = "advisories"

// Defaults of Config.
const (
	DefaultTimeout     = 25 * time.Second
	DefaultMaxDocument = 10 << 20
	maxRedirects       = 3
)

// Config is what a Client needs; the zero value is a good one.
type Config struct {
	// MaxDocument is the largest document read, in bytes after decompression.
	// Default 10 MiB, which is the largest blob; the catalogue has 1.3 MB.
	MaxDocument int64
	// HTTP configures the transport: time-out (default 25 s, for all redirects
	// together), counters, logger. Vendor is set by New.
	HTTP httpcall.Config
	// Logger gets what operators should know. Default: discard.
	Logger *slog.Logger
	// Now is the clock for the time of fetching. Default time.Now.
	Now func() time.Time
}

func (c Config) withDefaults() Config {
	if c.MaxDocument <= 0 {
		c.MaxDocument = DefaultMaxDocument
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.HTTP = c.HTTP.Or(httpcall.Config{Vendor: Provider, Logger: c.Logger, Timeout: DefaultTimeout})
	// Publishers serve JSON under several names, so the type is checked here.
	c.HTTP.AnyType, c.HTTP.MaxAnswer = true, c.MaxDocument
	return c
}
