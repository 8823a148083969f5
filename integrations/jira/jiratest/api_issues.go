package jiratest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
)

type issueUpdate struct {
	Fields     map[string]json.RawMessage   `json:"fields"`
	Update     map[string][]json.RawMessage `json:"update"`
	Transition struct{ ID string }          `json:"transition"`
}

func (s *Server) apiCreate(body []byte) answer {
	var in issueUpdate
	if err := json.Unmarshal(body, &in); err != nil {
		return refuse(http.StatusBadRequest, "Unexpected body: %s", err)
	}
	typ, values, wrong := s.newValues(in.Fields)
	if len(in.Update) > 0 {
		wrong["update"] = "the stand-in creates issues from fields only"
	}
	if len(wrong) > 0 {
		return refuseFields(wrong)
	}
	s.mu.Lock()
	i := s.insert(typ, s.o.Bot.AccountID, values)
	made := map[string]any{"id": i.ID, "key": i.Key, "self": "https://stand-in.invalid/rest/api/2/issue/" + i.ID}
	s.mu.Unlock()
	s.effect("createIssue")
	return answer{http.StatusCreated, made}
}

// newValues checks the fields of a new issue as the create screen does.
func (s *Server) newValues(fields map[string]json.RawMessage) (IssueType, map[string]json.RawMessage, map[string]string) {
	wrong := map[string]string{}
	var project, kind struct{ Name, Key, ID string }
	if json.Unmarshal(fields["project"], &project) != nil || !slices.ContainsFunc(s.projects(), func(key string) bool {
		return project.Key == key || project.ID == s.projectID(key)
	}) {
		wrong["project"] = "Specify a valid project ID or key"
	}
	// A type is valid in its own project only.
	n := -1
	if json.Unmarshal(fields["issuetype"], &kind) == nil {
		n = slices.IndexFunc(s.o.Types, func(t IssueType) bool {
			return (kind.Name == t.Name || kind.ID == s.issueTypeID(t)) && (project.Key == t.Project || project.ID == s.projectID(t.Project))
		})
	}
	if n < 0 {
		if wrong["project"] == "" {
			wrong["issuetype"] = "Specify a valid issue type"
		}
		n = 0
	}
	typ := s.o.Types[n]
	rest := map[string]json.RawMessage{}
	for id, raw := range fields {
		if id != "project" && id != "issuetype" {
			rest[id] = raw
		}
	}
	values := s.checkValues(typ, rest, wrong)
	if _, ok := rest["summary"]; !ok {
		wrong["summary"] = errNoSummary.Error()
	}
	for _, f := range typ.Fields {
		if _, ok := values[f.ID]; f.Required && !ok && wrong[f.ID] == "" {
			wrong[f.ID] = f.Name + " is required."
		}
	}
	return typ, values, wrong
}

// checkValues checks and stores values; what is wrong is added to wrong.
func (s *Server) checkValues(typ IssueType, fields map[string]json.RawMessage, wrong map[string]string) map[string]json.RawMessage {
	values := map[string]json.RawMessage{}
	for id, raw := range fields {
		f, onScreen := typ.field(id)
		if !onScreen || s.hides(id) {
			wrong[id] = "Field '" + id + "' cannot be set. It is not on the appropriate screen, or unknown."
			continue
		}
		stored, err := s.store(f, raw)
		if user, _ := s.user(s.text(stored)); err == nil && id == "assignee" && user.Unassignable {
			err = fmt.Errorf("User '%s' cannot be assigned issues.", user.AccountID)
		}
		if err != nil {
			wrong[id] = err.Error()
			continue
		}
		values[id] = stored
	}
	return values
}

// insert adds an issue and announces it. Called with the lock held.
func (s *Server) insert(typ IssueType, by string, values map[string]json.RawMessage) *issue {
	now := s.o.Now().UTC()
	i := &issue{
		ID: s.number(), Status: typ.Statuses[0], Creator: by, Values: map[string]json.RawMessage{}, Created: now,
		Unseen: s.o.Lag.Searches, Indexed: now.Add(s.o.Lag.For),
	}
	if s.issueTypeID(typ) != s.issueTypeID(s.o.Types[0]) {
		i.Type, i.Project = typ.Name, typ.Project
	}
	before := 0 // deleted ones too: a key is never given twice
	for _, other := range s.st.Issues {
		if s.typeOf(other).Project == typ.Project {
			before++
		}
	}
	i.Key = typ.Project + "-" + itoa(before+1)
	if _, ok := values["reporter"]; !ok {
		user, _ := s.user(by)
		values["reporter"], _ = json.Marshal(s.showUser(user)) // strings only: cannot fail
	}
	s.st.Issues = append(s.st.Issues, i)
	s.edit(i, by, values)
	i.History = nil // creation has no history of its own
	s.announce(issueCreated, i, by, nil, nil)
	s.changed()
	return i
}

func (s *Server) apiGet(target string, query url.Values) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.find(target)
	if i == nil {
		return notFound()
	}
	return answer{http.StatusOK, s.show(i, query["fields"], "*all")}
}

func notFound() answer {
	return refuse(http.StatusNotFound, "Issue does not exist or you do not have permission to see it.")
}

func (s *Server) apiEdit(target string, body []byte) answer {
	var in issueUpdate
	if err := json.Unmarshal(body, &in); err != nil {
		return refuse(http.StatusBadRequest, "Unexpected body: %s", err)
	}
	s.mu.Lock()
	i := s.find(target)
	if i == nil {
		s.mu.Unlock()
		return notFound()
	}
	wrong := map[string]string{}
	values := s.checkValues(s.typeOf(i), in.Fields, wrong)
	if len(in.Update) > 0 {
		wrong["update"] = "the stand-in edits issues by fields only"
	}
	if len(wrong) > 0 {
		s.mu.Unlock()
		return refuseFields(wrong)
	}
	s.editAndAnnounce(i, s.o.Bot.AccountID, values)
	s.mu.Unlock()
	s.effect("editIssue")
	return answer{http.StatusNoContent, nil}
}

// editAndAnnounce is called with the lock held. Without any change nothing is announced.
func (s *Server) editAndAnnounce(i *issue, by string, values map[string]json.RawMessage) {
	if edits := s.edit(i, by, values); len(edits) > 0 {
		s.announce(issueUpdated, i, by, edits, nil)
	}
	s.changed()
}

func (s *Server) apiDelete(target string) answer {
	s.mu.Lock()
	i := s.find(target)
	if i == nil {
		s.mu.Unlock()
		return notFound()
	}
	s.remove(i, s.o.Bot.AccountID)
	s.mu.Unlock()
	s.effect("deleteIssue")
	return answer{http.StatusNoContent, nil}
}

// remove is called with the lock held.
func (s *Server) remove(i *issue, by string) {
	s.announce(issueDeleted, i, by, nil, nil)
	i.Deleted = true
	s.changed()
}
