// Package httpcall is the one way in which integrations talk HTTP: a transport
// with time-outs, size limits, a client-side rate limit and counters, and the
// one table that turns what happened into a compliance.Class.
//
// A vendor's library gets Transport.Client() as its HTTP client. Around each
// call of the library the integration opens an Exchange, so that the class is
// decided by what went over the wire and not by what the library made of it:
//
//	ctx, x := transport.Begin(ctx, "post message")
//	_, err := library.Post(ctx, …)
//	if f := x.Failure(err); f != nil {
//		return f
//	}
//
// The transport never repeats a request: repeating is the engine's business,
// after looking for the effect.
package httpcall

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Defaults of Config.
const (
	DefaultTimeout   = 15 * time.Second
	DefaultMaxAnswer = 8 << 20
	DefaultMaxWait   = 5 * time.Second

	connectTimeout = 5 * time.Second
)

// CorrelationHeader carries the correlation id to the vendor, so that both
// sides' logs can be put side by side.
const CorrelationHeader = "X-Correlation-Id"

// Config is what a Transport needs. Only Vendor is required.
type Config struct {
	// Vendor names the other side in counters and logs, e.g. "jira".
	Vendor string
	// Secrets are the values that must never appear in an error or a log line:
	// tokens, passwords, signing secrets. Their usual encodings (URL, base64,
	// basic authentication with any user) are found as well.
	Secrets []string
	// Timeout bounds one request from dialling to the last byte of the answer.
	// It must be shorter than the activity's StartToClose. Default 15 s.
	Timeout time.Duration
	// MaxAnswer is the largest answer read, in bytes after decompression.
	// Default 8 MiB.
	MaxAnswer int64
	// AnyType admits successful answers that are not JSON. By default they are
	// an error: a proxy's page with status 200 must not count as success.
	AnyType bool
	// Limits bounds the rate per operation (the op given to Begin). The entry
	// "" is for every operation without its own. None: unlimited.
	Limits map[string]Limit
	// MaxWait is the longest a request waits for its turn under Limits; beyond
	// it the call fails as throttled. Default 5 s.
	MaxWait time.Duration
	// Correlation reads the correlation id from a context; optional.
	Correlation func(context.Context) string
	// Observe is called once after every request, for counters; optional. It
	// must be safe for concurrent use.
	Observe func(Observation)
	// Logger gets one debug line per request and one warning per failed one.
	// Default: discard.
	Logger *slog.Logger
	// Base carries the requests. Default: a transport with a connect time-out
	// of 5 s that honours the proxy environment.
	Base http.RoundTripper
}

// Limit is a rate of requests: PerSecond on average and Burst at once.
type Limit struct {
	PerSecond float64
	Burst     int
}

// Observation is one finished request.
type Observation struct {
	Vendor string
	Op     string // the op given to Begin, or the method when there was none
	Method string
	Status int              // 0 when no answer arrived
	Class  compliance.Class // empty on success
	Took   time.Duration    // with the other side; not what it waited before
	Waited time.Duration    // for its turn under Limits
}

// Or is the configuration of an integration: vendor's own, and where c leaves a value
// open, the vendor's. The secrets of both are kept out of errors and logs.
func (c Config) Or(vendor Config) Config {
	c.Vendor = vendor.Vendor
	c.Secrets = slices.Concat(c.Secrets, vendor.Secrets)
	c.Timeout = cmp.Or(max(c.Timeout, 0), vendor.Timeout)
	c.MaxAnswer = cmp.Or(max(c.MaxAnswer, 0), vendor.MaxAnswer)
	if c.Limits == nil {
		c.Limits = vendor.Limits
	}
	if c.Logger == nil {
		c.Logger = vendor.Logger
	}
	return c
}

func (c Config) withDefaults() Config {
	if c.Timeout <= 0 {
		c.Timeout = DefaultTimeout
	}
	if c.MaxAnswer <= 0 {
		c.MaxAnswer = DefaultMaxAnswer
	}
	if c.MaxWait <= 0 {
		c.MaxWait = DefaultMaxWait
	}
	if c.Observe == nil {
		c.Observe = func(Observation) {}
	}
	if c.Correlation == nil {
		c.Correlation = func(context.Context) string { return "" }
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Base == nil {
		c.Base = newBase()
	}
	return c
}

func newBase() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: connectTimeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:    connectTimeout,
		ExpectContinueTimeout:  time.Second,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           32,
		MaxIdleConnsPerHost:    8,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 256 << 10,
	}
}
