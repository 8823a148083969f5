// Package slacktest is a stand-in for Slack: a server that enforces Slack's
// rules for the methods that the product uses, and a Go API with which tests
// and the sandbox's pages play its members. What it does not know it refuses;
// a stand-in looser than the real service would hide faults.
package slacktest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
)

// Options configure a Server. The zero value is a workspace "example" without
// members that forgets everything when it ends.
type Options struct {
	Token         string // bot token; default "xoxb-standin-token"
	SigningSecret string // default one of Slack's form
	TeamID        string // default "T01EXAMPLE"
	TeamName      string // default "example"
	EnterpriseID  string // E… when the workspace belongs to an Enterprise Grid
	BotUserID     string // default "U01COUNTERSIGN"
	BotID         string // default "B01COUNTERSIGN"
	AppID         string // default "A01COUNTERSIGN"
	AppToken      string // app-level token; default "xapp-1-A01COUNTERSIGN-1-standin"
	// AppScopes are those of the app-level token. Default: connections:write.
	AppScopes []string
	// SocketMode sends over connections that the app opens, and posts nothing;
	// SetSocketMode changes it.
	SocketMode bool
	// Scopes are those of the bot token. Default: those of the app's manifest.
	Scopes []string
	// InteractionURL is where the app takes interactions; SetInteractionURL changes it.
	InteractionURL string
	// RateLimits answers 429 beyond the tiers of the methods; off by default.
	RateLimits bool
	// EditWindow is how long a message may be edited; zero: for ever.
	EditWindow time.Duration
	// StateFile keeps the workspace in a JSON file, written before every answer.
	StateFile string
	// OnEffect is called with the method's name after its effect is stored and
	// before the answer is sent: what is killed here has had its effect.
	OnEffect func(op string)
	// Now is the clock. Default time.Now.
	Now func() time.Time
	// Logger reports what the app did wrong. Default: discards.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	or := func(s *string, otherwise string) {
		if *s == "" {
			*s = otherwise
		}
	}
	or(&o.Token, "xoxb-standin-token")
	or(&o.SigningSecret, "57a4d1453c12e75161676e5ec12e7000")
	or(&o.TeamID, "T01EXAMPLE")
	or(&o.TeamName, "example")
	or(&o.BotUserID, "U01COUNTERSIGN")
	or(&o.BotID, "B01COUNTERSIGN")
	or(&o.AppID, "A01COUNTERSIGN")
	or(&o.AppToken, "xapp-1-A01COUNTERSIGN-1-standin")
	if o.AppScopes == nil {
		o.AppScopes = []string{"connections:write"}
	}
	if o.Scopes == nil {
		o.Scopes = []string{
			"channels:history", "channels:manage", "channels:read", "chat:write", "commands", "groups:history", "groups:read",
			"im:history", "im:write",
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Server is the stand-in. It is an http.Handler for /api/<method> and safe for
// concurrent use.
type Server struct {
	o      Options
	spec   map[string]method
	faults *faults.Injector
	rates  rates
	http   *http.Client // carries interactions to the app

	mu       sync.Mutex
	state    state
	triggers map[string]*trigger
	changed  chan struct{} // closed and replaced at every change
	target   string        // the app's interaction URL
	commands string        // where the app takes slash commands
	noRooms  string        // the code with which new channels are refused
	onEffect func(string)
	sent     []Delivery
	last     SignedRequest

	sockets sockets

	listening *http.Server
	base      string
}

// New makes a Server, with the state file's content when there is one.
func New(o Options) (*Server, error) {
	o = o.withDefaults()
	spec, err := methods()
	if err != nil {
		return nil, err
	}
	st, err := load(o.StateFile)
	if err != nil {
		return nil, err
	}
	s := &Server{
		o: o, spec: spec, state: st, triggers: map[string]*trigger{}, changed: make(chan struct{}),
		target: o.InteractionURL, onEffect: o.OnEffect,
		http: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
	s.sockets = sockets{on: o.SocketMode, tickets: map[string]time.Time{}, changed: make(chan struct{})}
	s.faults = faults.New(http.HandlerFunc(s.serveAPI), methodName)
	return s, nil
}

func methodName(r *http.Request) string { return strings.TrimPrefix(r.URL.Path, "/api/") }

// Faults puts trouble before the methods; a fault's Op is a method's name,
// e.g. "chat.postMessage".
func (s *Server) Faults() *faults.Injector { return s.faults }

// ServeHTTP answers the Web API, and takes the app's connections.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/link/" {
		s.link(w, r)
		return
	}
	if !strings.HasPrefix(r.URL.Path, "/api/") {
		http.NotFound(w, r)
		return
	}
	s.faults.ServeHTTP(w, r)
}

// Listen serves on the address, by default "127.0.0.1:0", until Close, and
// returns the base URL.
func (s *Server) Listen(addr string) (string, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return "", fmt.Errorf("slack stand-in: %w", err)
	}
	srv := &http.Server{Handler: s, ReadHeaderTimeout: 5 * time.Second}
	s.mu.Lock()
	s.listening, s.base = srv, "http://"+l.Addr().String()
	s.mu.Unlock()
	go func() {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.o.Logger.Error("slack stand-in ended", slog.String("error", err.Error()))
		}
	}()
	return s.URL(), nil
}

// Close ends Listen and every hanging answer.
func (s *Server) Close() error {
	s.faults.Close()
	s.CutSockets()
	s.mu.Lock()
	srv := s.listening
	s.listening = nil
	s.mu.Unlock()
	if srv == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		return srv.Close()
	}
	return nil
}

// URL is the base address after Listen.
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.base
}

// APIURL is the value for the client's Config.APIURL after Listen.
func (s *Server) APIURL() string { return s.URL() + "/api/" }

// Token and SigningSecret are the credentials the app must be given.
func (s *Server) Token() string         { return s.o.Token }
func (s *Server) SigningSecret() string { return s.o.SigningSecret }

// TeamID is the workspace's id.
func (s *Server) TeamID() string { return s.o.TeamID }

// SetInteractionURL says where the app takes interactions.
func (s *Server) SetInteractionURL(u string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.target = u
}

// SetOnEffect replaces Options.OnEffect.
func (s *Server) SetOnEffect(f func(op string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onEffect = f
}
