package jiratest

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
)

// SetWebhook registers the webhook, as an administrator does; an empty
// address removes it. Pauses and time-out stay as they are.
func (s *Server) SetWebhook(url, secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.webhook.URL, s.webhook.Secret = url, secret
	s.changed()
}

// HoldWebhooks keeps deliveries back until ReleaseWebhooks.
func (s *Server) HoldWebhooks() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = true
}

// ReleaseWebhooks sends what was held back: each copies times (at least once),
// one after the other has been answered, in the order of events or reversed.
func (s *Server) ReleaseWebhooks(reverse bool, copies int) {
	s.mu.Lock()
	waiting := s.waiting
	s.waiting, s.held = nil, false
	s.mu.Unlock()
	if reverse {
		slices.Reverse(waiting)
	}
	for _, d := range waiting {
		for range max(copies, 1) - 1 {
			s.send(d)
		}
		s.carry(d)
	}
}

// OnEffect sets a hook that is called after the effect of an API call was
// stored and before its answer is sent; nil removes it. The op is the official
// operation id: createIssue, editIssue, deleteIssue, addComment, doTransition,
// linkIssues.
func (s *Server) OnEffect(f func(op string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onEffect = f
}

// Fail injects a fault. Fault.Op is the official operation id, for example
// createIssue, getIssue, getComments, addComment, getTransitions,
// doTransition, getCurrentUser, searchAndReconsileIssuesUsingJql.
func (s *Server) Fail(f faults.Fault) { s.faults.Add(f) }

// Heal removes all faults that are still to come.
func (s *Server) Heal() { s.faults.Clear() }

// Throttle refuses the next calls of an operation ("" for all) with 429, as
// Jira does for the named limit: "jira-burst-based", "jira-per-issue-on-write"
// or "jira-quota-tenant-based".
func (s *Server) Throttle(op string, times int, retryAfter time.Duration, reason string) {
	s.Fail(faults.Fault{Kind: faults.Status, Op: op, Times: times, Status: http.StatusTooManyRequests, Header: http.Header{
		"Retry-After":      {strconv.Itoa(int(retryAfter.Seconds()))},
		"Ratelimit-Reason": {reason},
	}, Body: `{"errorMessages":["Rate limit exceeded."],"errors":{}}`})
}
