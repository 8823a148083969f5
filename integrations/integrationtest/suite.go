// Package integrationtest is the one conformance suite that every integration
// must pass: the same failures give the same classes, a repeated write has one
// effect, a cancelled call ends, and no secret appears in an error or a log line.
//
// An integration joins with one test:
//
//	func TestConformance(t *testing.T) {
//		integrationtest.Run(t, integrationtest.Subject{
//			Name:    "jira",
//			Secrets: []string{token, webhookSecret},
//			Start: func(t *testing.T) integrationtest.Stand {
//				server := …stand-in with its fixtures…
//				return integrationtest.Stand{
//					Handler: server,
//					Connect: func(base string, timeout time.Duration, log *slog.Logger) []integrationtest.Call {
//						client := …client with base, timeout (per request) and log…
//						return []integrationtest.Call{{
//							Name:    "comment",
//							Write:   true,
//							Do:      func(ctx context.Context, repeat bool) error { return client.Apply(ctx, …, repeat) },
//							Effects: func() int { return len(server.Comments()) },
//						}}
//					},
//				}
//			},
//		})
//	}
package integrationtest

import (
	"context"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
)

// Subject is an integration under test.
type Subject struct {
	Name string
	// Secrets are the credentials in use; none may appear in an error or log line.
	Secrets []string
	// Start makes a fresh stand-in with its fixtures; it is called for every check.
	Start func(t *testing.T) Stand
}

// Stand is a stand-in and the way to connect the integration to it.
type Stand struct {
	// Handler is the stand-in, without faults: the suite puts its own before it.
	Handler http.Handler
	// Connect makes the integration for the base address, with a time-out per
	// request and a logger, and lists its calls. It must not call out.
	Connect func(base string, timeout time.Duration, log *slog.Logger) []Call
}

// Call is one operation of the integration. In every check it starts on a
// fresh stand-in, so Do may use fixed keys.
type Call struct {
	Name string
	// Write says that the call has an effect, counted by Effects.
	Write bool
	// Match finds the HTTP request of the call in which faults are injected: of
	// a write the one that has the effect. Default: the first request that is a
	// GET for a read, and the first that is not for a write.
	Match func(*http.Request) bool
	// Do performs the call; repeat says that it may have been performed before.
	// Reads and calls without look-up ignore it.
	Do func(ctx context.Context, repeat bool) error
	// Effects counts what the stand-in has stored for this call; nil for reads.
	Effects func() int
	// Idempotent marks a write that may simply be done again (an update): the
	// count of effects is then not compared after a repetition.
	Idempotent bool
	// Classes overrides the expected class for a status, where the vendor gives
	// it another meaning. Say why beside it.
	Classes map[int]compliance.Class
	// NoRetryDate skips the check of Retry-After as a date, for a library that
	// understands seconds only.
	NoRetryDate bool
	// AnyStatus skips the table of statuses for a call that treats refusals
	// itself (adopts, falls back).
	AnyStatus bool
}

// Timeout is the time-out per request that the suite connects with: short,
// because every hanging answer is waited for, and long enough for a busy machine.
const Timeout = 800 * time.Millisecond

// Run runs the whole suite. Every check has a fresh stand-in.
func Run(t *testing.T, s Subject) {
	t.Helper()
	probe := open(t, s)
	names := make([]string, 0, len(probe.calls))
	for _, call := range probe.calls {
		names = append(names, call.Name)
	}
	require.NotEmpty(t, names, "the subject has no calls")
	for n, name := range names {
		t.Run(name, func(t *testing.T) {
			c := check{subject: s, call: n}
			t.Run("works", c.works)
			t.Run("statuses", c.statuses)
			t.Run("retry after", c.retryAfter)
			t.Run("lost on the way", c.lost)
			t.Run("unusable answers", c.unusable)
			t.Run("refused connection", c.refused)
			t.Run("cancelled", c.cancelled)
		})
	}
}
