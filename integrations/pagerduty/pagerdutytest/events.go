package pagerdutytest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// incoming is what is used of an event.
type incoming struct {
	RoutingKey string `json:"routing_key"`
	Action     string `json:"event_action"`
	Key        string `json:"dedup_key"`
	Payload    *struct {
		Summary  string         `json:"summary"`
		Severity string         `json:"severity"`
		Details  map[string]any `json:"custom_details"`
	} `json:"payload"`
	Links []struct {
		Href string `json:"href"`
	} `json:"links"`
}

// take checks an event as PagerDuty does and lets it have its effect.
func (s *Server) take(body []byte) (int, map[string]any) {
	status, answer, e := s.check(body)
	effect := false
	if status == 0 {
		status, answer, effect = s.apply(e)
	}
	s.mu.Lock()
	s.events = append(s.events, Event{Action: e.Action, Key: e.Key, Body: body, Status: status})
	hook := s.onEffect
	s.mu.Unlock()
	if effect && hook != nil {
		hook(OpEnqueue)
	}
	return status, answer
}

// check refuses what breaks the description or a documented limit; status 0
// when nothing does.
func (s *Server) check(body []byte) (int, map[string]any, incoming) {
	var e incoming
	bad := func(format string, args ...any) (int, map[string]any, incoming) {
		status, answer := refused(fmt.Sprintf(format, args...))
		return status, answer, e
	}
	if len(body) > maxEvent {
		return bad("the event is larger than 512 kB")
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return http.StatusBadRequest, map[string]any{"status": "Unrecognized object", "message": "Event object format is unrecognized", "errors": []any{"JSON parse error"}}, e
	}
	if err := s.shapes.event.Validate(value); err != nil {
		return bad("%s", err)
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return bad("%s", err)
	}
	switch {
	case len(e.RoutingKey) != 32:
		return bad("Length of 'routing_key' is incorrect (should be 32 characters)")
	case e.RoutingKey != s.o.RoutingKey:
		return bad("Invalid routing key")
	case utf8.RuneCountInString(e.Key) > maxKey:
		return bad("Length of 'dedup_key' is incorrect (should be at most %d characters)", maxKey)
	case e.Action == "trigger" && (e.Payload == nil || e.Payload.Summary == ""):
		return bad("'payload.summary' is missing or blank")
	case e.Action != "trigger" && e.Key == "":
		return bad("'dedup_key' is missing or blank")
	case e.Payload != nil && utf8.RuneCountInString(e.Payload.Summary) > maxSummary:
		return bad("Length of 'payload.summary' is incorrect (should be at most %d characters)", maxSummary)
	}
	return 0, nil, e
}

// apply folds, opens, acknowledges or resolves, within the rate of the key.
func (s *Server) apply(e incoming) (int, map[string]any, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	for len(s.taken) > 0 && now.Sub(s.taken[0]) >= time.Minute {
		s.taken = s.taken[1:]
	}
	if len(s.taken) >= s.o.PerMinute {
		return http.StatusTooManyRequests, map[string]any{"status": "throttle exceeded", "message": "Requests for this service are arriving too quickly.  Please retry later."}, false
	}
	s.taken = append(s.taken, now)
	if e.Key == "" {
		e.Key = s.nextID("K")
	}
	open := s.open(e.Key)
	effect := true
	switch {
	case e.Action == "trigger" && open != nil:
		open.Triggers++
		s.changed()
	case e.Action == "trigger":
		s.trigger(e)
	case open == nil: // dropped, and answered as a success all the same
		effect = false
	case e.Action == "acknowledge" && open.Status == Triggered:
		s.move(open, Acknowledged, nil)
	case e.Action == "resolve":
		s.move(open, Resolved, nil)
	}
	return http.StatusAccepted, map[string]any{"status": "success", "message": "Event processed", "dedup_key": e.Key}, effect
}
