package jiratest

import (
	"encoding/json"
	"net/http"
	"slices"
)

const maxLinks = 2000 // of one issue, as Jira Cloud has

// linkTypes are those that a new site has.
func linkTypes() []string { return []string{"Blocks", "Cloners", "Duplicate", "Relates"} }

// link is one end of a link between two issues.
type link struct {
	Type string `json:"type"`
	To   string `json:"to"` // id of the other issue
}

// apiLink links two issues. A link that exists is made again without a trace
// and answered like a new one, as the description says.
func (s *Server) apiLink(body []byte) answer {
	var in struct {
		Type         struct{ Name string }
		InwardIssue  struct{ ID, Key string }
		OutwardIssue struct{ ID, Key string }
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return refuse(http.StatusBadRequest, "Unexpected body: %s", err)
	}
	if !slices.Contains(linkTypes(), in.Type.Name) {
		return refuse(http.StatusNotFound, "No issue link type with name '%s' found.", in.Type.Name)
	}
	s.mu.Lock()
	from, to := s.find(in.OutwardIssue.ID+in.OutwardIssue.Key), s.find(in.InwardIssue.ID+in.InwardIssue.Key)
	if from == nil || to == nil || from == to {
		s.mu.Unlock()
		return notFound()
	}
	if len(from.Links) >= maxLinks || len(to.Links) >= maxLinks {
		s.mu.Unlock()
		return refuse(http.StatusRequestEntityTooLarge, "The per-issue limit for issue links has been breached.")
	}
	for _, end := range []struct{ at, other *issue }{{from, to}, {to, from}} {
		l := link{in.Type.Name, end.other.ID}
		if slices.Contains(end.at.Links, l) {
			continue
		}
		end.at.Links = append(end.at.Links, l)
		edits := []Edit{{At: s.o.Now().UTC(), By: s.o.Bot.AccountID, Field: "Link", To: "This issue " + in.Type.Name + " " + end.other.Key}}
		s.touch(end.at, edits)
		s.announce(issueUpdated, end.at, s.o.Bot.AccountID, edits, nil)
	}
	s.changed()
	s.mu.Unlock()
	s.effect("linkIssues")
	return answer{http.StatusCreated, nil}
}

// showLinks are an issue's links as the API shows them.
func (s *Server) showLinks(i *issue) []map[string]any {
	shown := []map[string]any{}
	for _, l := range i.Links {
		if other := s.find(l.To); other != nil {
			shown = append(shown, map[string]any{
				"id": i.ID + l.To, "type": map[string]any{"name": l.Type, "inward": l.Type, "outward": l.Type},
				"outwardIssue": map[string]any{"id": other.ID, "key": other.Key},
			})
		}
	}
	return shown
}
