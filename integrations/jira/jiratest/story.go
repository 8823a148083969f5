package jiratest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
	"github.com/lowcodex/countersign/integrations/jira"
)

// Issue is an issue as people see it.
type Issue struct {
	ID       string            `json:"id"`
	Key      string            `json:"key"`
	Status   string            `json:"status"`
	Reporter string            `json:"reporter"` // account id
	Fields   map[string]string `json:"fields"`   // by the mapping's names; people as account ids, checkboxes "yes"
	Labels   []string          `json:"labels,omitempty"`
	Comments []Comment         `json:"comments,omitempty"`
	History  []Edit            `json:"history,omitempty"`
	Created  time.Time         `json:"created"`
	Updated  time.Time         `json:"updated"`
	Deleted  bool              `json:"deleted,omitempty"`
}

// Comment is a comment on an issue. Body is wiki text; PlainText shows it.
type Comment struct {
	ID      string    `json:"id"`
	Author  string    `json:"author"` // account id
	Body    string    `json:"body"`
	Created time.Time `json:"created"`
}

// Edit is one entry of an issue's history. Field is Jira's field id, or "status".
type Edit struct {
	At    time.Time `json:"at"`
	By    string    `json:"by"` // account id
	Field string    `json:"field"`
	From  string    `json:"from"`
	To    string    `json:"to"`
}

// Delivery is one webhook and what became of it.
type Delivery struct {
	ID       string `json:"id"` // X-Atlassian-Webhook-Identifier
	Event    string `json:"event"`
	Key      string `json:"key"` // of the issue
	Attempts int    `json:"attempts"`
	Status   int    `json:"status"` // of the last attempt; 0 when there was no answer
	Done     bool   `json:"done"`   // accepted, refused for good, or given up
}

// Snapshot is what a condition of WaitFor sees.
type Snapshot struct {
	Issues     []Issue
	Deliveries []Delivery
}

// CreateIssue creates an issue as that user (account id, name or e-mail), in
// the workflow's first status. Fields have the mapping's names (or Jira's ids)
// and their texts: people as account id, name or "jira:<id>", date-times as
// RFC 3339, checkboxes as "yes" or "no".
func (s *Server) CreateIssue(user string, fields map[string]string) (Issue, error) {
	by, values, err := s.byUser(user, fields)
	if err != nil {
		return Issue{}, err
	}
	if _, ok := values["summary"]; !ok {
		return Issue{}, fmt.Errorf("jiratest: You must specify a summary of the issue")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view(s.insert(by.AccountID, values)), nil
}

// EditIssue sets fields as that user; an empty text unsets a field.
func (s *Server) EditIssue(user, key string, fields map[string]string) error {
	by, values, err := s.byUser(user, fields)
	if err != nil {
		return err
	}
	return s.onIssue(key, func(i *issue) error {
		s.editAndAnnounce(i, by.AccountID, values)
		return nil
	})
}

// Transition moves an issue into the named status as that user, by the first
// transition that leads there. A person in front of the screen is taken to
// fill in the required fields: with the issue's values, else the first option.
func (s *Server) Transition(user, key, status string) error {
	by, _, err := s.byUser(user, nil)
	if err != nil {
		return err
	}
	return s.onIssue(key, func(i *issue) error {
		for _, way := range s.ways(i.Status) {
			if !equalFold(way.To, status) {
				continue
			}
			in := issueUpdate{Fields: map[string]json.RawMessage{}}
			in.Transition.ID = way.ID
			for _, id := range way.Required {
				in.Fields[id] = i.Values[id]
				if f, _ := s.field(id); len(in.Fields[id]) == 0 && len(f.Options) > 0 {
					in.Fields[id], _ = json.Marshal(map[string]string{"name": f.Options[0], "value": f.Options[0]})
				}
			}
			if refused, bad := s.move(i, by.AccountID, in); bad {
				return fmt.Errorf("jiratest: %v", refused.value)
			}
			return nil
		}
		return fmt.Errorf("jiratest: %s is in %q; the workflow has no transition from there to %q", i.Key, i.Status, status)
	})
}

// Comment comments as that user; body is wiki text.
func (s *Server) Comment(user, key, body string) error {
	by, _, err := s.byUser(user, nil)
	if err != nil {
		return err
	}
	if a, bad := commentRefused(body); bad {
		return fmt.Errorf("jiratest: %v", a.value)
	}
	return s.onIssue(key, func(i *issue) error {
		s.addComment(i, by.AccountID, body)
		return nil
	})
}

// DeleteIssue deletes an issue as that user.
func (s *Server) DeleteIssue(user, key string) error {
	by, _, err := s.byUser(user, nil)
	if err != nil {
		return err
	}
	return s.onIssue(key, func(i *issue) error {
		s.remove(i, by.AccountID)
		return nil
	})
}

func (s *Server) onIssue(key string, do func(*issue) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.find(key)
	if i == nil {
		return fmt.Errorf("jiratest: there is no issue %s", key)
	}
	return do(i)
}

func (s *Server) byUser(user string, fields map[string]string) (User, map[string]json.RawMessage, error) {
	by, ok := s.user(user)
	if !ok {
		return User{}, nil, fmt.Errorf("jiratest: there is no user %q", user)
	}
	values := map[string]json.RawMessage{}
	for name, text := range fields {
		f, ok := s.named(name)
		if !ok {
			return User{}, nil, fmt.Errorf("jiratest: there is no field %q", name)
		}
		raw, err := s.typed(f, text)
		if err == nil {
			raw, err = s.store(f, raw)
		}
		if err != nil {
			return User{}, nil, fmt.Errorf("jiratest: field %q: %w", name, err)
		}
		values[f.ID] = raw
	}
	return by, values, nil
}

func (s *Server) named(name string) (Field, bool) {
	for _, f := range s.o.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return s.field(name)
}

// typed turns what a person types into what the API takes.
func (s *Server) typed(f Field, text string) (json.RawMessage, error) {
	if text == "" {
		return json.RawMessage("null"), nil
	}
	switch f.Kind {
	case jira.KindChoice:
		return json.Marshal(map[string]string{"value": text, "name": text})
	case jira.KindUser:
		user, ok := s.user(strings.TrimPrefix(text, jira.Provider+":"))
		if !ok {
			return nil, fmt.Errorf("there is no user %q", text)
		}
		return json.Marshal(map[string]string{"accountId": user.AccountID})
	case jira.KindDatetime:
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return nil, err
		}
		return json.Marshal(shown(t))
	case jira.KindNumber:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, err
		}
		return json.Marshal(n)
	case jira.KindCheckbox:
		if text == "no" || text == "false" {
			return json.RawMessage("[]"), nil
		}
		return json.RawMessage(`[{"value":"Yes"}]`), nil
	case kindLabels:
		return json.Marshal(strings.Fields(text))
	}
	return json.Marshal(text)
}

// Issues lists all issues that were not deleted, oldest first.
func (s *Server) Issues() []Issue {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []Issue{}
	for _, i := range s.st.Issues {
		if !i.Deleted {
			all = append(all, s.view(i))
		}
	}
	return all
}

// Issue returns an issue by key or id.
func (s *Server) Issue(key string) (Issue, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.find(key); i != nil {
		return s.view(i), true
	}
	return Issue{}, false
}

func (s *Server) view(i *issue) Issue {
	v := Issue{
		ID: i.ID, Key: i.Key, Status: i.Status, Reporter: s.text(i.Values["reporter"]), Fields: map[string]string{},
		Comments: slices.Clone(i.Comments), History: slices.Clone(i.History), Created: i.Created, Updated: i.Updated, Deleted: i.Deleted,
	}
	_ = json.Unmarshal(i.Values["labels"], &v.Labels)
	for _, f := range s.o.Fields {
		text := s.text(i.Values[f.ID])
		if f.Kind == jira.KindCheckbox && text != "" {
			text = "yes"
		}
		if t, err := time.Parse(timeFormat, text); err == nil && f.Kind == jira.KindDatetime {
			text = t.UTC().Format(time.RFC3339)
		}
		if text != "" {
			v.Fields[f.Name] = text
		}
	}
	return v
}

// Users lists the people of the site, without the bot.
func (s *Server) Users() []User { return slices.Clone(s.o.Users) }

// Fields lists the mapped fields, for forms.
func (s *Server) Fields() []Field { return slices.Clone(s.o.Fields) }

// Statuses lists the statuses that an issue may move to from the given one.
func (s *Server) Statuses(from string) []string {
	names := map[string]bool{}
	for _, way := range s.ways(from) {
		names[way.To] = way.To != from
	}
	return slices.DeleteFunc(slices.Clone(s.o.Statuses), func(name string) bool { return !names[name] })
}

// Deliveries lists the webhooks sent, oldest first.
func (s *Server) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Delivery, 0, len(s.st.Deliveries))
	for _, d := range s.st.Deliveries {
		all = append(all, d.Delivery)
	}
	return all
}

// Requests lists the API calls that arrived, oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// SetWebhook registers the webhook, as an administrator does; an empty
// address removes it. Pauses and time-out stay as they are.
func (s *Server) SetWebhook(url, secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.webhook.URL, s.webhook.Secret = url, secret
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
// operation id: createIssue, editIssue, deleteIssue, addComment, doTransition.
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

func unmarshalAny(raw []byte) (any, error) {
	var v any
	err := json.Unmarshal(raw, &v)
	return v, err
}
