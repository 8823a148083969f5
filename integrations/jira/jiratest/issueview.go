package jiratest

import (
	"slices"
	"strings"
)

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
