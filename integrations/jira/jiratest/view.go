package jiratest

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/lowcodex/countersign/integrations/jira"
)

// Issue is an issue as people see it.
type Issue struct {
	ID       string            `json:"id"`
	Key      string            `json:"key"`
	Type     string            `json:"type"`
	Status   string            `json:"status"`
	Reporter string            `json:"reporter"` // account id
	Fields   map[string]string `json:"fields"`   // by the mapping's names; people as account ids, checkboxes "yes"
	Labels   []string          `json:"labels,omitempty"`
	Comments []Comment         `json:"comments,omitempty"`
	History  []Edit            `json:"history,omitempty"`
	Created  time.Time         `json:"created"`
	Updated  time.Time         `json:"updated"`
	Deleted  bool              `json:"deleted,omitempty"`

	// What every type has; Text is wiki text, PlainText shows it.
	Title      string   `json:"title,omitempty"`
	Text       string   `json:"text,omitempty"`
	Assignee   string   `json:"assignee,omitempty"` // account id
	Due        string   `json:"due,omitempty"`      // 2006-01-02
	Resolution string   `json:"resolution,omitempty"`
	Links      []string `json:"links,omitempty"` // keys of linked issues
	// Attachments are in the order in which they were attached.
	Attachments []Attachment `json:"attachments,omitempty"`
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
		ID: i.ID, Key: i.Key, Type: s.typeOf(i).Name, Status: i.Status, Reporter: s.text(i.Values["reporter"]), Fields: map[string]string{},
		Comments: slices.Clone(i.Comments), History: slices.Clone(i.History), Created: i.Created, Updated: i.Updated, Deleted: i.Deleted,
		Title: s.text(i.Values["summary"]), Text: s.text(i.Values["description"]), Assignee: s.text(i.Values["assignee"]),
		Due: s.text(i.Values["duedate"]), Resolution: s.text(i.Values["resolution"]),
	}
	for _, f := range i.Files {
		v.Attachments = append(v.Attachments, f.Attachment)
	}
	for _, l := range i.Links {
		if other := s.find(l.To); other != nil {
			v.Links = append(v.Links, other.Key)
		}
	}
	_ = json.Unmarshal(i.Values["labels"], &v.Labels)
	for _, f := range s.typeOf(i).Fields {
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

// Fields lists the changes' mapped fields, for forms.
func (s *Server) Fields() []Field { return slices.Clone(s.o.Fields) }

// Statuses lists the statuses that a change may move to from the given one.
func (s *Server) Statuses(from string) []string {
	names := map[string]bool{}
	for _, way := range s.o.Types[0].ways(from) {
		names[way.To] = way.To != from
	}
	return slices.DeleteFunc(slices.Clone(s.o.Statuses), func(name string) bool { return !names[name] })
}

// SiteStatuses lists the statuses of all types, the changes' first, in the
// order of their workflows.
func (s *Server) SiteStatuses() []string { return s.statuses() }

// Way is a status that an issue may move to. Resolutions are what a person may
// choose from on the way, none when the screen does not ask.
type Way struct {
	To          string
	Resolutions []string
}

// Ways lists where an issue may move from where it is now.
func (s *Server) Ways(key string) []Way {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.find(key)
	if i == nil {
		return nil
	}
	typ := s.typeOf(i)
	var ways []Way
	for _, status := range typ.Statuses {
		n := slices.IndexFunc(typ.ways(i.Status), func(w Transition) bool { return w.To == status })
		if n < 0 || status == i.Status {
			continue
		}
		way, t := Way{To: status}, typ.ways(i.Status)[n]
		if slices.Contains(t.Required, "resolution") || slices.Contains(t.Optional, "resolution") {
			f, _ := typ.field("resolution")
			way.Resolutions = f.Options
		}
		ways = append(ways, way)
	}
	return ways
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

func unmarshalAny(raw []byte) (any, error) {
	var v any
	err := json.Unmarshal(raw, &v)
	return v, err
}
