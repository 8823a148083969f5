package slacktest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// ViewResult is what a user sees after submitting a form.
type ViewResult struct {
	// Errors are shown beside inputs, by name; the form stays open.
	Errors map[string]string
	// Cleared says that the form was closed.
	Cleared bool
	// Text is the text of the view that replaced the form.
	Text string
	// View is the form, or what replaced it, when it is still open.
	View View
	Took time.Duration
}

// Submit submits a form as a user. Values are given by input name: the text
// for a text input, the option's value for a choice, several separated by
// commas for checkboxes. Required inputs, lengths and options are enforced as
// Slack's client does (ErrForm).
func (s *Server) Submit(user string, view View, values map[string]string) (ViewResult, error) {
	s.mu.Lock()
	payload, err := s.submitPayload(user, view.ID, values)
	s.mu.Unlock()
	if err != nil {
		return ViewResult{}, err
	}
	began := time.Now()
	body, err := s.deliver("view_submission", user, payload)
	if err != nil {
		return ViewResult{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	res, err := s.applyAnswer(view.ID, body)
	res.Took = time.Since(began)
	return res, err
}

func (s *Server) submitPayload(user, id string, values map[string]string) (map[string]any, error) {
	u, v := s.user(user), s.view(id)
	if u == nil || v == nil || v.User != user {
		return nil, fmt.Errorf("slack stand-in: %s has no form %s open", user, id)
	}
	if v.SubmitLabel() == "" {
		return nil, fmt.Errorf("%w: it has no submit button", ErrForm)
	}
	state := map[string]any{}
	known := map[string]bool{}
	for _, in := range v.Inputs() {
		known[in.Name] = true
		element, err := in.fill(values[in.Name])
		if err != nil {
			return nil, err
		}
		state[in.Name] = map[string]any{in.ActionID: element}
	}
	for name := range values {
		if !known[name] {
			return nil, fmt.Errorf("%w: it has no input %q", ErrForm, name)
		}
	}
	p := s.envelope("view_submission", *u)
	p["trigger_id"] = s.newTrigger(user)
	p["view"] = s.viewJSON(*v, state)
	p["response_urls"] = []any{}
	return p, nil
}

// fill is the state of one input, checked as Slack's client does.
func (in Input) fill(value string) (map[string]any, error) {
	if in.Required && strings.TrimSpace(value) == "" {
		return nil, fmt.Errorf("%w: input %q is required", ErrForm, in.Name)
	}
	out := map[string]any{"type": in.Type}
	if in.Type == "plain_text_input" {
		if in.MaxLength > 0 && utf8.RuneCountInString(value) > in.MaxLength {
			return nil, fmt.Errorf("%w: input %q takes at most %s characters", ErrForm, in.Name, strconv.Itoa(in.MaxLength))
		}
		out["value"] = nil
		if value != "" {
			out["value"] = value
		}
		return out, nil
	}
	chosen := []any{}
	for _, v := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' && in.Type == "checkboxes" }) {
		i := slices.IndexFunc(in.Options, func(o Option) bool { return o.Value == v })
		if i < 0 {
			return nil, fmt.Errorf("%w: input %q has no option %q", ErrForm, in.Name, v)
		}
		chosen = append(chosen, map[string]any{
			"value": v, "text": map[string]any{"type": "plain_text", "text": in.Options[i].Text, "emoji": false},
		})
	}
	if in.Type == "checkboxes" {
		out["selected_options"] = chosen
		return out, nil
	}
	out["selected_option"] = nil
	if len(chosen) > 0 {
		out["selected_option"] = chosen[0]
	}
	return out, nil
}

// applyAnswer does what the app's answer says. The caller holds the lock.
func (s *Server) applyAnswer(id string, body []byte) (ViewResult, error) {
	v := s.view(id)
	if v == nil {
		return ViewResult{Cleared: true}, nil
	}
	var ans struct {
		Action string            `json:"response_action"`
		Errors map[string]string `json:"errors"`
		View   any               `json:"view"`
	}
	if len(strings.TrimSpace(string(body))) > 0 {
		if err := json.Unmarshal(body, &ans); err != nil {
			return ViewResult{}, fmt.Errorf("%w: the answer is not JSON", ErrTrouble)
		}
	}
	defer s.touch()
	switch ans.Action {
	case "", "clear":
		v.Open = false
		return ViewResult{Cleared: true}, nil
	case "errors":
		names := map[string]bool{}
		for _, in := range v.Inputs() {
			names[in.Name] = true
		}
		for name := range ans.Errors {
			if !names[name] {
				return ViewResult{}, fmt.Errorf("%w: error for %q, which is no input", ErrTrouble, name)
			}
		}
		if len(ans.Errors) == 0 {
			return ViewResult{}, fmt.Errorf("%w: response_action errors without errors", ErrTrouble)
		}
		return ViewResult{Errors: ans.Errors, View: *v}, nil
	case "update":
		raw, fail := s.readView(ans.View)
		if fail != nil {
			return ViewResult{}, fmt.Errorf("%w: %s", ErrTrouble, strings.Join(fail.messages, "; "))
		}
		v.Raw, v.Hash = raw, s.newHash()
		return ViewResult{Text: v.Shown(), View: *v}, nil
	}
	return ViewResult{}, fmt.Errorf("%w: response_action %q is not known to the stand-in", ErrTrouble, ans.Action)
}

// CloseView closes a form without submitting it.
func (s *Server) CloseView(user, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.view(id)
	if v == nil || v.User != user {
		return fmt.Errorf("slack stand-in: %s has no form %s open", user, id)
	}
	v.Open = false
	s.touch()
	return nil
}
