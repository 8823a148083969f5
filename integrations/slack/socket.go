package slack

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Socket takes what Slack otherwise posts to the gateway over connections that
// the gateway opens itself (Socket Mode), so that Slack need not reach it. Any
// number of gateways may have one; Slack sends each envelope to one of up to ten.
//
//   - There is one way in: an envelope is handed on as the request that Slack
//     would have posted, to the same handler.
//   - It is acknowledged when that request is answered with 200, on the connection
//     by which it came. Everything else is left unacknowledged, so that Slack
//     brings it again or tells the person that it failed; deliveries are counted
//     once by what they hold, however often they come.
//   - Before Slack refreshes a connection it asks for another one. The old one is
//     read until Slack closes it: nothing that is under way is dropped.
//
// It holds no state that matters: what a crash leaves unacknowledged comes again.
// https://docs.slack.dev/apis/events-api/using-socket-mode
type Socket struct {
	cfg    Config
	client *Client
	inward http.Handler
	quiet  time.Duration // after which a silent connection is taken for dead

	mu    sync.Mutex
	stand Standing
	open  int // connections that Slack sends on
}

const (
	// connectWithin bounds a connection's opening, to Slack's hello.
	connectWithin = 15 * time.Second
	// quietFor is how long Slack may be silent; it pings about every ten seconds,
	// and its own clients wait as long.
	quietFor = 30 * time.Second
	// lingerFor is how long a connection is read after Slack asked for another one.
	// It says so about ten seconds before it closes the first.
	lingerFor = 15 * time.Second
	// steadyFor is after how long a connection was a success; a shorter one counts
	// as a failed try, so that nothing is opened and lost in a tight circle.
	steadyFor = 10 * time.Second
	// maxPause is the longest pause between tries that Slack did not ask for. An
	// open takes one of 50 calls a minute (tier 3).
	maxPause = time.Minute
)

// NewSocket makes a Socket that hands what it receives to inward, at
// PathInteractions and PathCommands; it connects to nobody yet. The error says
// what the configuration lacks.
func NewSocket(cfg Config, client *Client, inward http.Handler) (*Socket, error) {
	cfg = cfg.withDefaults()
	if cfg.AppToken == "" {
		return nil, errors.New("slack: AppToken is empty: " + mendAppToken)
	}
	if client == nil || inward == nil {
		return nil, errors.New("slack: a socket needs a client and a handler")
	}
	return &Socket{cfg: cfg, client: client, inward: inward, quiet: quietFor, stand: Standing{Since: cfg.Now()}}, nil
}

// Run keeps a connection to Slack until ctx ends, and then finishes what it is
// handling and closes. It never gives up: what only a person can mend is tried
// again once a minute, because the mend may be made at Slack. It returns nil.
func (s *Socket) Run(ctx context.Context) error {
	var connections sync.WaitGroup
	defer connections.Wait()
	for tries := 0; ; {
		began := time.Now()
		c, err := s.connect(ctx)
		if err == nil {
			s.joined(c.appID)
			connections.Go(func() { c.serve(ctx) })
			select {
			case <-ctx.Done():
				return nil
			case <-c.another:
			}
			if err = c.why; time.Since(began) >= steadyFor {
				tries = -1 // so that the next one is opened at once
			}
		}
		if ctx.Err() != nil {
			return nil
		}
		tries++
		wait := pause(tries, err)
		s.failed(err, wait)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// pause is how long to wait before the try after so many that failed: doubled
// from a second to a minute, or as long as Slack asked for, with a random share,
// so that many gateways do not come back in step.
func pause(tries int, err error) time.Duration {
	if tries <= 0 {
		return 0
	}
	wait := min(time.Second<<min(tries-1, 10), maxPause)
	wait = wait/2 + rand.N(wait/2)
	var f *compliance.Failure
	if errors.As(err, &f) && f.RetryAfter > wait {
		wait = f.RetryAfter + rand.N(time.Second)
	}
	return wait
}

// failed notes why there is a next try. A refresh that Slack asked for is no failure.
func (s *Socket) failed(err error, wait time.Duration) {
	if err == nil {
		s.cfg.Logger.Debug("Slack asked for another connection")
		return
	}
	level := slog.LevelWarn
	if compliance.ClassOf(err) == compliance.Blocked {
		level = slog.LevelError
	}
	s.cfg.Logger.Log(context.Background(), level, "no connection to Slack; nothing that is clicked there arrives over it",
		"failure", err, "again_in", wait)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stand.Failure = err
}
