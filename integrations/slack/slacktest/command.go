package slacktest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// SetCommandURL sets where the app takes slash commands.
func (s *Server) SetCommandURL(u string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands = u
}

// Command has a user write a slash command, such as "/incident", in a channel.
// It returns the form that the app opened; ErrNoForm with the text that the app
// answered, which only the user sees, says that none was opened.
func (s *Server) Command(user, channel, command, text string) (View, error) {
	s.mu.Lock()
	u, c := s.user(user), s.channel(channel)
	if u == nil || u.Deleted || c == nil || !c.has(user) {
		s.mu.Unlock()
		return View{}, fmt.Errorf("slack stand-in: %s cannot write in %s", user, channel)
	}
	trigger, notes, target := s.newTrigger(user), len(s.state.Ephemerals), s.commands
	form := url.Values{
		"token": {"verification-token-is-deprecated"}, "team_id": {s.home(*u)}, "team_domain": {s.o.TeamName}, "channel_id": {c.ID},
		"channel_name": {c.Name}, "user_id": {u.ID}, "user_name": {u.Name}, "command": {command}, "text": {text},
		"api_app_id": {s.o.AppID}, "is_enterprise_install": {"false"}, "trigger_id": {trigger},
		"response_url": {s.base + "/commands/" + trigger},
	}
	s.mu.Unlock()
	answer, err := s.deliverCommand(user, target, form)
	if err != nil {
		return View{}, err
	}
	var said struct {
		Text string `json:"text"`
	}
	if len(answer) > 0 && json.Unmarshal(answer, &said) != nil {
		said.Text = strings.TrimSpace(string(answer))
	}
	if said.Text != "" {
		s.mu.Lock()
		s.state.Ephemerals = append(s.state.Ephemerals, Ephemeral{Channel: channel, User: user, TS: s.nextTS(), Text: said.Text})
		s.touch()
		s.mu.Unlock()
		return View{}, fmt.Errorf("%w: %s", ErrNoForm, said.Text)
	}
	return s.opened(trigger, user, notes)
}

// deliverCommand signs and posts a command, or sends it over a connection.
func (s *Server) deliverCommand(user, target string, form url.Values) ([]byte, error) {
	body := []byte(form.Encode())
	r := SignedRequest{Header: Sign(s.o.SigningSecret, s.o.Now(), body), Body: body}
	s.mu.Lock()
	s.last = r
	s.mu.Unlock()
	if s.bySocket() {
		fields := map[string]string{}
		for name := range form {
			fields[name] = form.Get(name)
		}
		return s.envelop("slash_commands", Delivery{Type: "command", User: user}, fields)
	}
	if target == "" {
		return nil, errors.New("slack stand-in: no command URL is set")
	}
	began := time.Now()
	status, answer, err := s.post(target, r)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%w: the app answered %d %s", ErrTrouble, status, bytes.TrimSpace(answer[:min(len(answer), 200)]))
	}
	s.note(Delivery{Type: "command", User: user, Status: status, Took: time.Since(began)}, err)
	return answer, err
}

// SendCommand sends a command as it is, signed rightly or not.
func (s *Server) SendCommand(r SignedRequest) (status int, body []byte, err error) {
	s.mu.Lock()
	target := s.commands
	s.mu.Unlock()
	return s.post(target, r)
}

// post sends a request to the app and waits as long as Slack does.
func (s *Server) post(target string, r SignedRequest) (status int, body []byte, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), answerTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(r.Body))
	if err != nil {
		return 0, nil, err
	}
	req.Header = r.Header.Clone()
	resp, err := s.http.Do(req)
	if err == nil {
		defer resp.Body.Close()
		body, err = io.ReadAll(io.LimitReader(resp.Body, 1<<20))
		status = resp.StatusCode
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return 0, nil, ErrTimeout
	case err != nil:
		return 0, nil, fmt.Errorf("%w: %w", ErrTrouble, err)
	}
	return status, body, nil
}

// note keeps a delivery for Deliveries.
func (s *Server) note(d Delivery, err error) {
	if err != nil {
		d.Error = err.Error()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sent = append(s.sent, d); len(s.sent) > 1000 {
		s.sent = s.sent[len(s.sent)-1000:]
	}
}
