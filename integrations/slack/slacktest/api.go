package slacktest

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// apiError is an answer with ok:false.
type apiError struct {
	code     string
	messages []string
	needed   string
	retry    time.Duration
}

func failed(code string, messages ...string) *apiError {
	return &apiError{code: code, messages: messages}
}

// answer is what a method gives back, and what it has done.
type answer struct {
	body   map[string]any
	effect bool
}

// serveAPI answers one call in Slack's order: method, token, scope, rate,
// arguments, and only then the work.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	name := methodName(r)
	w.Header().Set("Date", s.o.Now().UTC().Format(http.TimeFormat))
	ans, fail := s.call(name, r)
	if fail == nil || fail.code != "not_authed" && fail.code != "invalid_auth" {
		w.Header().Set("X-OAuth-Scopes", strings.Join(s.scopes(name), ","))
	}
	if fail != nil {
		s.refuse(w, name, fail)
		return
	}
	if ans.effect {
		s.mu.Lock()
		hook := s.onEffect
		s.mu.Unlock()
		if hook != nil {
			hook(name)
		}
	}
	ans.body["ok"] = true
	writeJSON(w, http.StatusOK, ans.body)
}

func (s *Server) call(name string, r *http.Request) (answer, *apiError) {
	m, known := s.spec[name]
	run := s.run(name)
	if !known || run == nil {
		return answer{}, failed("unknown_method")
	}
	a, form, fail := readArgs(m, r)
	if fail != nil {
		return answer{}, fail
	}
	if fail := s.authorise(name, m, a, r); fail != nil {
		return answer{}, fail
	}
	delete(a, "token")
	if s.o.RateLimits {
		if wait := s.rates.take(name, m.Tier, a.str("channel"), s.o.Now()); wait > 0 {
			return answer{}, &apiError{code: "ratelimited", retry: wait}
		}
	}
	if faults := m.check(a, form); len(faults) > 0 {
		return answer{}, failed("invalid_arguments", faults...)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ans, fail := run(a)
	if fail == nil && ans.effect {
		s.touch()
	}
	return ans, fail
}

func (s *Server) run(name string) func(args) (answer, *apiError) {
	return map[string]func(args) (answer, *apiError){
		openMethod: s.openConnection, "auth.test": s.authTest, "chat.postMessage": s.postMessage, "chat.update": s.updateMessage,
		"chat.postEphemeral": s.postEphemeral, "chat.getPermalink": s.getPermalink,
		"conversations.history": s.history, "conversations.replies": s.replies, "conversations.info": s.channelInfo,
		"conversations.create": s.createChannel, "conversations.list": s.listChannels, "conversations.invite": s.invite,
		"conversations.setPurpose": s.setPurpose,
		"conversations.members":    s.members, "conversations.open": s.openDirect, "users.info": s.userInfo,
		"users.lookupByEmail": s.lookupByEmail, "views.open": s.openView, "views.update": s.updateView,
	}[name]
}

// readArgs takes the arguments from the query, a form or a JSON body.
func readArgs(m method, r *http.Request) (args, bool, *apiError) {
	a := args{}
	for k, v := range r.URL.Query() {
		a[k] = v[0]
	}
	if r.Method == http.MethodGet {
		return a, true, nil
	}
	if r.Method != http.MethodPost {
		return nil, false, failed("invalid_post_type")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 2<<20))
	if err != nil {
		return nil, false, failed("invalid_form_data")
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, false, failed("invalid_form_data")
		}
		for k, v := range form {
			a[k] = v[0]
		}
		return a, true, nil
	case "application/json":
		if !m.JSON {
			return nil, false, failed("invalid_post_type")
		}
		var v any = map[string]any{} // Slack's own clients send no body where there are no arguments
		if len(body) > 0 && json.Unmarshal(body, &v) != nil {
			return nil, false, failed("invalid_json")
		}
		o := object(v)
		if o == nil {
			return nil, false, failed("json_not_object")
		}
		for k, v := range o {
			a[k] = v
		}
		return a, false, nil
	}
	return nil, false, failed("missing_post_type")
}

// openMethod is the one method that takes an app-level token, and no other. The
// token goes into the header: as an argument it is an error.
// https://docs.slack.dev/reference/methods/apps.connections.open
const openMethod = "apps.connections.open"

// scopes are those of the token that a method takes.
func (s *Server) scopes(method string) []string {
	if method == openMethod {
		return s.o.AppScopes
	}
	return s.o.Scopes
}

func (s *Server) authorise(name string, m method, a args, r *http.Request) *apiError {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok && name != openMethod {
		token = a.str("token")
	}
	wanted := s.o.Token
	if name == openMethod {
		wanted, m.Scopes = s.o.AppToken, []string{"connections:write"}
	}
	switch {
	case name == openMethod && r.Method != http.MethodPost:
		return failed("insecure_request")
	case token == "":
		return failed("not_authed")
	case token != wanted && (token == s.o.Token || token == s.o.AppToken):
		return failed("not_allowed_token_type")
	case token != wanted:
		return failed("invalid_auth")
	}
	for _, scope := range m.Scopes {
		if slices.Contains(s.scopes(name), scope) {
			return nil
		}
	}
	if len(m.Scopes) > 0 {
		return &apiError{code: "missing_scope", needed: strings.Join(m.Scopes, ",")}
	}
	return nil
}

func (s *Server) refuse(w http.ResponseWriter, name string, f *apiError) {
	if m := s.spec[name]; !slices.Contains(m.Errors, f.code) && !slices.Contains(commonErrors(), f.code) {
		s.o.Logger.Error("slack stand-in gives an error that is not described", slog.String("method", name), slog.String("code", f.code))
	}
	s.o.Logger.Info("slack stand-in refuses a call", slog.String("method", name), slog.String("code", f.code),
		slog.String("messages", strings.Join(f.messages, "; ")))
	body := map[string]any{"ok": false, "error": f.code}
	if len(f.messages) > 0 {
		body["response_metadata"] = map[string]any{"messages": f.messages}
	}
	if f.needed != "" {
		body["needed"], body["provided"] = f.needed, strings.Join(s.scopes(name), ",")
	}
	status := http.StatusOK
	if f.retry > 0 {
		status = http.StatusTooManyRequests
		w.Header().Set("Retry-After", fmt.Sprint(int(max(f.retry.Round(time.Second), time.Second)/time.Second)))
	}
	writeJSON(w, status, body)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the caller may have hung up
}
