// Package jiratest is a stand-in for Jira Cloud, for tests, stories and the
// sandbox. It enforces the vendor's rules: requests are checked against the
// official description, version 2 takes text and no documents, workflows have
// transitions and screens, the search lags behind, webhooks are signed,
// repeated and come in any order. Where it is unsure it is stricter than the
// real service, never looser.
//
// It keeps its own reading and writing of values apart from the client's, so
// that a mistake there cannot cancel out here.
package jiratest

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

	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
	"github.com/lowcodex/countersign/integrations/integrationtest/kept"
)

const maxRequest = 4 << 20

// Server is the stand-in; it is an http.Handler and safe for concurrent use.
type Server struct {
	o      Options
	ops    []operation
	faults *faults.Injector

	mu       sync.Mutex // guards all below
	st       state
	wake     chan struct{}   // closed and replaced at every change
	moving   map[string]bool // ids of issues whose transition is under way
	onEffect func(op string)
	requests []Request
	webhook  Webhook
	held     bool
	waiting  []*delivery // while held

	deliver  chan struct{} // one token per delivery under way
	life     context.Context
	end      context.CancelFunc
	couriers sync.WaitGroup
}

// Request is one API call that arrived, for tests that look at what was sent.
type Request struct {
	Op     string
	Method string
	Path   string
	Query  string
	Body   json.RawMessage
	Status int
}

// New makes a Server, loads its state and takes up the deliveries that were
// under way when it was saved.
func New(o Options) (*Server, error) {
	ops, err := described()
	if err != nil {
		return nil, fmt.Errorf("jiratest: description: %w", err)
	}
	s := &Server{
		o: o.withDefaults(), ops: ops, wake: make(chan struct{}), moving: map[string]bool{},
		deliver: make(chan struct{}, 10),
	}
	if err := s.o.check(); err != nil {
		return nil, err
	}
	s.webhook = s.o.Webhook
	s.life, s.end = context.WithCancel(context.Background())
	s.faults = faults.New(http.HandlerFunc(s.serve), s.opOf)
	if err := kept.Load(s.o.SaveTo, &s.st); err != nil {
		return nil, fmt.Errorf("jiratest: %w", err)
	}
	for _, d := range s.st.Deliveries {
		if !d.Done {
			s.dispatch(d)
		}
	}
	return s, nil
}

// Close ends hanging answers and the deliveries under way; a saved state keeps
// the unfinished ones for the next start.
func (s *Server) Close() error {
	s.faults.Close()
	s.end()
	s.couriers.Wait()
	return nil
}

// ServeHTTP answers the REST API under /rest/api/2.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.faults.ServeHTTP(w, r) }

func (s *Server) opOf(r *http.Request) string {
	op, _, _ := find(s.ops, r.Method, r.URL.Path)
	return op.ID
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		return // the caller is gone, or the connection is refused as too large
	}
	op, target, status := find(s.ops, r.Method, r.URL.Path)
	a := answer{}
	w.Header().Set("Date", s.o.Now().UTC().Format(http.TimeFormat))
	switch {
	case !s.authentic(r):
		w.Header().Set("WWW-Authenticate", `OAuth realm="jira"`)
		a = refuse(http.StatusUnauthorized, "Client must be authenticated to access this resource.")
	case r.Method == http.MethodGet && r.URL.Path == webhooksPath:
		a = s.apiWebhooks()
	case status != 0:
		a = refuse(status, "null for uri: %s", r.URL.Path)
	default:
		if err := op.check(r, body); err != nil {
			a = refuse(http.StatusBadRequest, "%s", err)
		} else {
			a = s.operate(op.ID, target, r, body)
		}
	}
	s.note(Request{Op: op.ID, Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Body: json.RawMessage(body), Status: a.status})
	s.reply(w, op, a)
}

func (s *Server) operate(op, target string, r *http.Request, body []byte) answer {
	if refused, denied := s.denies(op); denied {
		return refused
	}
	switch op {
	case "getCurrentUser":
		return answer{http.StatusOK, s.showUser(s.o.Bot)}
	case "createIssue":
		return s.apiCreate(body)
	case "getAttachmentContent":
		return s.apiAttachment(target, r.URL.Query())
	case "getIssue":
		return s.apiGet(target, r.URL.Query())
	case "editIssue":
		return s.apiEdit(target, body)
	case "deleteIssue":
		return s.apiDelete(target)
	case "getMyPermissions":
		return s.apiPermissions(r.URL.Query())
	case "getAllStatuses":
		return s.apiStatuses(target)
	case "getCreateIssueMetaIssueTypeId":
		return s.apiCreateFields(target, r.URL.Query())
	case "linkIssues":
		return s.apiLink(body)
	case "getComments":
		return s.apiComments(target, r.URL.Query())
	case "addComment":
		return s.apiComment(target, body)
	case "getTransitions":
		return s.apiTransitions(target, r.URL.Query())
	case "doTransition":
		return s.apiTransition(target, body)
	case "searchAndReconsileIssuesUsingJql":
		return s.apiSearch(r.URL.Query())
	case "searchForIssuesUsingJql":
		return refuse(http.StatusGone, "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046")
	}
	return refuse(http.StatusNotFound, "the stand-in has no operation %s", op)
}

func (s *Server) authentic(r *http.Request) bool {
	email, token, ok := r.BasicAuth()
	return ok && strings.EqualFold(email, s.o.Email) && token == s.o.Token
}

func (s *Server) note(r Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.requests) >= maxDeliveries {
		s.requests = slices.Delete(s.requests, 0, len(s.requests)/2)
	}
	s.requests = append(s.requests, r)
}

// effect runs the hook; called without the lock, after the effect was stored
// and before the answer is sent.
func (s *Server) effect(op string) {
	s.mu.Lock()
	hook := s.onEffect
	s.mu.Unlock()
	if hook != nil {
		hook(op)
	}
}

// WaitFor returns when cond holds for the present state, or with an error when
// ctx ends first. cond is called again after every change, without the lock.
func (s *Server) WaitFor(ctx context.Context, cond func(Snapshot) bool) error {
	for {
		s.mu.Lock()
		wake := s.wake
		s.mu.Unlock()
		if cond(Snapshot{Issues: s.Issues(), Deliveries: s.Deliveries()}) {
			return nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return errors.Join(errors.New("jiratest: what was waited for did not come"), ctx.Err())
		}
	}
}
