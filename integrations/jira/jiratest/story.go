package jiratest

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/lowcodex/countersign/integrations/jira"
)

// CreateIssue creates an issue as that user (account id, name or e-mail), in
// the workflow's first status. Fields have the mapping's names (or Jira's ids)
// and their texts: people as account id, name or "jira:<id>", date-times as
// RFC 3339, checkboxes as "yes" or "no".
func (s *Server) CreateIssue(user string, fields map[string]string) (Issue, error) {
	return s.CreateIssueOf(s.o.IssueType, user, fields)
}

// CreateIssueOf creates an issue of the named type, as CreateIssue does.
func (s *Server) CreateIssueOf(typeName, user string, fields map[string]string) (Issue, error) {
	typ, err := s.typeNamed(typeName)
	if err != nil {
		return Issue{}, err
	}
	by, values, err := s.byUser(typ, user, fields)
	if err != nil {
		return Issue{}, err
	}
	if _, ok := values["summary"]; !ok {
		return Issue{}, FieldErrors{typ.nameOf("summary"): errNoSummary.Error()}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view(s.insert(typ, by.AccountID, values)), nil
}

// EditIssue sets fields as that user; an empty text unsets a field.
func (s *Server) EditIssue(user, key string, fields map[string]string) error {
	return s.onIssue(key, func(i *issue) error {
		by, values, err := s.byUser(s.typeOf(i), user, fields)
		if err != nil {
			return err
		}
		s.editAndAnnounce(i, by.AccountID, values)
		return nil
	})
}

// Transition moves an issue into the named status as that user, by the first
// transition that leads there. A person in front of the screen is taken to
// fill in the required fields: with the issue's values, else the first option.
func (s *Server) Transition(user, key, status string) error {
	return s.TransitionWith(user, key, status, nil)
}

// TransitionWith is Transition with some fields of the screen filled in.
func (s *Server) TransitionWith(user, key, status string, fields map[string]string) error {
	return s.onIssue(key, func(i *issue) error {
		typ := s.typeOf(i)
		by, given, err := s.byUser(typ, user, fields)
		if err != nil {
			return err
		}
		for _, way := range typ.ways(i.Status) {
			if !equalFold(way.To, status) {
				continue
			}
			in := issueUpdate{Fields: map[string]json.RawMessage{}}
			in.Transition.ID = way.ID
			for _, id := range way.Required {
				in.Fields[id] = i.Values[id]
				if f, _ := typ.field(id); len(in.Fields[id]) == 0 && len(f.Options) > 0 {
					in.Fields[id], _ = json.Marshal(map[string]string{"name": f.Options[0], "value": f.Options[0]})
				}
			}
			maps.Copy(in.Fields, given)
			if refused, bad := s.move(i, by.AccountID, in); bad {
				return refused.reason()
			}
			return nil
		}
		return fmt.Errorf("jiratest: %s is in %q; the workflow has no transition from there to %q", i.Key, i.Status, status)
	})
}

// Comment comments as that user; body is wiki text.
func (s *Server) Comment(user, key, body string) error {
	by, _, err := s.byUser(s.o.Types[0], user, nil)
	if err != nil {
		return err
	}
	if a, bad := commentRefused(body); bad {
		return a.reason()
	}
	return s.onIssue(key, func(i *issue) error {
		s.addComment(i, by.AccountID, body)
		return nil
	})
}

// DeleteIssue deletes an issue as that user.
func (s *Server) DeleteIssue(user, key string) error {
	by, _, err := s.byUser(s.o.Types[0], user, nil)
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

func (s *Server) byUser(typ IssueType, user string, fields map[string]string) (User, map[string]json.RawMessage, error) {
	by, ok := s.user(user)
	if !ok {
		return User{}, nil, fmt.Errorf("jiratest: there is no user %q", user)
	}
	values, wrong := map[string]json.RawMessage{}, FieldErrors{}
	for name, text := range fields {
		f, ok := typ.named(name)
		if !ok {
			wrong[name] = "There is no such field."
			continue
		}
		raw, err := s.typed(f, text)
		if err == nil {
			raw, err = s.store(f, raw)
		}
		if err != nil {
			wrong[name] = err.Error()
			continue
		}
		values[f.ID] = raw
	}
	if len(wrong) > 0 {
		return User{}, nil, wrong
	}
	return by, values, nil
}

// FieldErrors is what the tracker says beside the fields of a form, by the names they
// were given under.
type FieldErrors map[string]string

// Error implements error.
func (e FieldErrors) Error() string {
	var parts []string
	for _, name := range sortedKeys(e) {
		parts = append(parts, fmt.Sprintf("field %q: %s", name, e[name]))
	}
	return "jiratest: " + strings.Join(parts, " ")
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
