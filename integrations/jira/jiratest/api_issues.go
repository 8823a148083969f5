package jiratest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
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

// show is an issue as the API shows it, with the asked fields.
func (s *Server) show(i *issue, asked []string, standard string) map[string]any {
	if len(asked) == 0 {
		asked = []string{standard}
	}
	var want []string
	for _, list := range asked {
		want = append(want, strings.Split(list, ",")...)
	}
	shown := map[string]any{"id": i.ID}
	if len(want) == 1 && want[0] == "id" {
		return shown
	}
	fields := map[string]any{}
	all := slices.Contains(want, "*all") || slices.Contains(want, "*navigable")
	for id, value := range s.allFields(i) {
		if (all || slices.Contains(want, id)) && !slices.Contains(want, "-"+id) {
			fields[id] = value
		}
	}
	shown["key"], shown["self"], shown["fields"] = i.Key, "https://stand-in.invalid/rest/api/2/issue/"+i.ID, fields
	return shown
}

func (s *Server) allFields(i *issue) map[string]any {
	creator, _ := s.user(i.Creator)
	typ := s.typeOf(i)
	fields := map[string]any{
		"summary": nil, "description": nil, "labels": []string{}, "duedate": nil, "assignee": nil, "resolution": nil,
		"status":    s.showStatus(typ, i.Status),
		"project":   map[string]any{"id": s.projectID(typ.Project), "key": typ.Project, "name": typ.Project},
		"issuetype": map[string]any{"id": s.issueTypeID(typ), "name": typ.Name, "subtask": false}, "issuelinks": s.showLinks(i),
		"attachment": s.showAttachments(i),
		"created":    shown(i.Created), "updated": shown(i.Updated), "creator": s.showUser(creator),
	}
	for _, f := range typ.Fields {
		fields[f.ID] = nil
	}
	for id, value := range i.Values {
		fields[id] = value
	}
	return fields
}

func (s *Server) showStatus(typ IssueType, name string) map[string]any {
	category := map[string]any{"id": 4, "key": "indeterminate", "colorName": "yellow", "name": "In Progress"}
	switch {
	case name == typ.Statuses[0]:
		category = map[string]any{"id": 2, "key": "new", "colorName": "blue-gray", "name": "To Do"}
	case slices.Contains(typ.Done, name):
		category = map[string]any{"id": 3, "key": "done", "colorName": "green", "name": "Done"}
	}
	return map[string]any{"id": s.statusID(name), "name": name, "statusCategory": category}
}

func (s *Server) statusID(name string) string {
	return itoa(10000 + slices.Index(s.statuses(), name))
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
