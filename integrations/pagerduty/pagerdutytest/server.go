// Package pagerdutytest is a stand-in for PagerDuty, for tests, stories and the
// sandbox. It enforces the vendor's rules: events are checked against the
// official description and the documented limits, a key folds while its
// incident is open and opens a new one after it was resolved, acknowledging or
// resolving what is not open is dropped, an integration key takes 120 events a
// minute, and webhooks are signed, ordered for each incident and repeated.
// Where it is unsure it is stricter than the real service, never looser.
package pagerdutytest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
	"github.com/lowcodex/countersign/integrations/integrationtest/kept"
)

// EnqueuePath is where events are taken, below the base address.
const EnqueuePath = "/v2/enqueue"

// OpEnqueue is the operation's name in faults: the official operation id.
const OpEnqueue = "createV2Event"

const (
	maxEvent   = 512 << 10 // bytes
	maxSummary = 1024      // characters
	maxKey     = 255       // characters
)

// Server is the stand-in; it is an http.Handler for EnqueuePath and safe for
// concurrent use.
type Server struct {
	o      Options
	shapes described
	faults *faults.Injector

	mu       sync.Mutex // guards all below
	st       state
	wake     chan struct{} // closed and replaced at every change
	taken    []time.Time   // events of the last minute
	events   []Event
	onEffect func(op string)
	webhook  Webhook
	carrying map[string]bool // incidents whose deliveries are under way
	dropped  int             // deliveries dropped in a row
	disabled bool

	life     context.Context
	end      context.CancelFunc
	couriers sync.WaitGroup
}

// Event is one event that arrived, for tests that look at what was sent.
type Event struct {
	Action string
	Key    string
	Body   json.RawMessage
	Status int
}

// New makes a Server, loads its state and goes on with the deliveries that were
// under way when it was saved.
func New(o Options) (*Server, error) {
	shapes, err := schemas()
	if err != nil {
		return nil, err
	}
	s := &Server{o: o.withDefaults(), shapes: shapes, wake: make(chan struct{}), carrying: map[string]bool{}}
	if len(s.o.RoutingKey) != 32 {
		return nil, errors.New("pagerdutytest: a routing key has 32 characters")
	}
	s.webhook = s.o.Webhook
	s.life, s.end = context.WithCancel(context.Background())
	s.faults = faults.New(http.HandlerFunc(s.serve), func(*http.Request) string { return OpEnqueue })
	if err := kept.Load(s.o.SaveTo, &s.st); err != nil {
		return nil, fmt.Errorf("pagerdutytest: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.st.Incidents {
		s.courier(i.ID)
	}
	return s, nil
}

// RoutingKey is the integration key that the service takes events with.
func (s *Server) RoutingKey() string { return s.o.RoutingKey }

// Faults injects trouble into the API.
func (s *Server) Faults() *faults.Injector { return s.faults }

// OnEffect sets a hook that is called after the effect of an event was stored
// and before its answer is sent; nil removes it. op is OpEnqueue.
func (s *Server) OnEffect(f func(op string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onEffect = f
}

// Close ends hanging answers and the deliveries under way.
func (s *Server) Close() error {
	s.faults.Close()
	s.end()
	s.couriers.Wait()
	return nil
}

// ServeHTTP answers the Events API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.faults.ServeHTTP(w, r) }

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != EnqueuePath {
		s.reply(w, http.StatusNotFound, map[string]any{"status": "not found", "message": "no such resource"})
		return
	}
	if r.Method != http.MethodPost {
		s.reply(w, http.StatusMethodNotAllowed, map[string]any{"status": "method not allowed", "message": "use POST"})
		return
	}
	if kind := r.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
		s.reply(w, http.StatusUnsupportedMediaType, map[string]any{"status": "unsupported media type", "message": "send application/json"})
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxEvent+1))
	if err != nil {
		return // the caller is gone
	}
	status, answer := s.take(body)
	s.reply(w, status, answer)
}

// reply sends an answer. One that breaks the official description is a fault
// of the stand-in and is said so loudly.
func (s *Server) reply(w http.ResponseWriter, status int, answer map[string]any) {
	shape := s.shapes.refused
	if status == http.StatusAccepted {
		shape = s.shapes.taken
	}
	if err := shape.Validate(answer); err != nil {
		s.o.Logger.Error("the stand-in's answer breaks the official description", "error", err)
		http.Error(w, "the stand-in's answer breaks the official description: "+err.Error(), http.StatusInternalServerError)
		return
	}
	raw, err := json.Marshal(answer)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(raw) // the caller may have hung up
}

// WaitFor returns when cond holds for the present state, or with an error when
// ctx ends first. cond is called again after every change, without the lock.
func (s *Server) WaitFor(ctx context.Context, cond func(Snapshot) bool) error {
	for {
		s.mu.Lock()
		wake := s.wake
		s.mu.Unlock()
		if cond(s.Snapshot()) {
			return nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return errors.Join(errors.New("pagerdutytest: what was waited for did not come"), ctx.Err())
		}
	}
}

// Events lists every event that arrived, refused ones included.
func (s *Server) Events() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events)
}

func refused(errs ...string) (int, map[string]any) {
	list := make([]any, len(errs))
	for i, e := range errs {
		list[i] = e
	}
	return http.StatusBadRequest, map[string]any{"status": "invalid event", "message": "Event object is invalid", "errors": list}
}

func (s *Server) user(id string) (User, error) {
	for _, u := range s.o.Users {
		if u.ID == id {
			return u, nil
		}
	}
	return User{}, fmt.Errorf("pagerdutytest: no user %q", id)
}
