package jiratest

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// webhooksPath is the interface of administrators' webhooks, which the official
// description leaves out.
// https://developer.atlassian.com/cloud/jira/platform/webhooks/#registering-a-webhook-via-the-rest-api-for-webhooks
const webhooksPath = "/rest/webhooks/1.0/webhook"

// permissionKeys are those of a project that the stand-in knows; Jira refuses a key
// that it does not know.
func permissionKeys() []string {
	return []string{
		"ADD_COMMENTS", "ADMINISTER", "ASSIGN_ISSUES", "ASSIGNABLE_USER", "BROWSE_PROJECTS", "CREATE_ISSUES", "DELETE_ISSUES", "EDIT_ISSUES",
		"LINK_ISSUES", "MODIFY_REPORTER", "RESOLVE_ISSUES", "SCHEDULE_ISSUES", "TRANSITION_ISSUES",
	}
}

func (s *Server) may(key string) bool {
	if key == "ADMINISTER" {
		return s.o.Administrator
	}
	return !slices.Contains(s.o.Denied, key)
}

// denies gives the answer to an operation that the bot may not perform; false where it may.
func (s *Server) denies(op string) (answer, bool) {
	need := map[string]string{
		"getIssue": "BROWSE_PROJECTS", "createIssue": "CREATE_ISSUES", "editIssue": "EDIT_ISSUES", "addComment": "ADD_COMMENTS", "linkIssues": "LINK_ISSUES",
		"doTransition": "TRANSITION_ISSUES",
	}[op]
	switch {
	case need == "" || s.may(need):
		return answer{}, false
	case op == "getIssue":
		return notFound(), true
	case op == "doTransition":
		return refuse(http.StatusBadRequest, "It seems that you have tried to perform a workflow operation that is not valid for the current state of this issue."), true
	}
	return refuse(http.StatusForbidden, "You do not have the permission %s in this project.", need), true
}

// hides reports whether a field is left off the bot's screens.
func (s *Server) hides(field string) bool {
	return field == "reporter" && !s.may("MODIFY_REPORTER") || field == "assignee" && !s.may("ASSIGN_ISSUES")
}

// apiPermissions answers for the bot in one project, or on the site without one.
func (s *Server) apiPermissions(query url.Values) answer {
	if key := query.Get("projectKey"); key != "" && (!slices.Contains(s.projects(), key) || !s.may("BROWSE_PROJECTS")) {
		return refuse(http.StatusNotFound, "No project could be found with key '%s'.", key)
	}
	asked := split(query["permissions"])
	if len(asked) == 0 {
		return refuse(http.StatusBadRequest, "The 'permissions' query parameter is required.")
	}
	out := map[string]any{}
	for _, key := range asked {
		if !slices.Contains(permissionKeys(), key) {
			return refuse(http.StatusBadRequest, "Unrecognized permission: %s", key)
		}
		out[key] = map[string]any{"id": "1", "key": key, "name": key, "type": "PROJECT", "description": "", "havePermission": s.may(key)}
	}
	return answer{http.StatusOK, map[string]any{"permissions": out}}
}

// apiStatuses lists the types of a project with the statuses of their workflows. A
// project that may not be browsed is as one that does not exist.
func (s *Server) apiStatuses(project string) answer {
	if !slices.Contains(s.projects(), project) || !s.may("BROWSE_PROJECTS") {
		return refuse(http.StatusNotFound, "No project could be found with key '%s'.", project)
	}
	types := []map[string]any{}
	for _, t := range s.o.Types {
		if t.Project != project {
			continue
		}
		statuses := []map[string]any{}
		for _, name := range t.Statuses {
			statuses = append(statuses, map[string]any{"id": s.statusID(name), "name": name, "self": "https://stand-in.invalid/rest/api/2/status/" + s.statusID(name)})
		}
		types = append(types, map[string]any{
			"id": s.issueTypeID(t), "name": t.Name, "subtask": false, "statuses": statuses,
			"self": "https://stand-in.invalid/rest/api/2/issuetype/" + s.issueTypeID(t),
		})
	}
	return answer{http.StatusOK, types}
}

// createPage is the most fields of one page here; Jira answers 50 by default.
const createPage = 5

// apiCreateFields lists what is on the create screen of a type, in pages.
func (s *Server) apiCreateFields(target string, query url.Values) answer {
	project, id, _ := strings.Cut(target, "/")
	at := slices.IndexFunc(s.o.Types, func(t IssueType) bool { return t.Project == project && s.issueTypeID(t) == id })
	if at < 0 || !s.may("CREATE_ISSUES") {
		return refuse(http.StatusNotFound, "The project or the issue type does not exist, or you do not have permission to create issues in it.")
	}
	t, ids := s.o.Types[at], []string{"summary", "description", "reporter", "assignee", "duedate", "labels"}
	for _, f := range t.Fields {
		if !slices.Contains(ids, f.ID) {
			ids = append(ids, f.ID)
		}
	}
	all := []map[string]any{}
	for _, id := range ids {
		f, shown := t.field(id)
		if !shown || s.hides(id) {
			continue
		}
		meta := fieldMeta(t, id, f.Required || id == "summary")
		meta["fieldId"] = id
		all = append(all, meta)
	}
	from, _ := strconv.Atoi(query.Get("startAt"))
	from = min(max(from, 0), len(all))
	to := min(from+createPage, len(all))
	return answer{http.StatusOK, map[string]any{"fields": all[from:to], "startAt": from, "maxResults": createPage, "total": len(all)}}
}

// apiWebhooks lists the webhooks that administrators registered.
func (s *Server) apiWebhooks() answer {
	if !s.o.Administrator {
		return refuse(http.StatusForbidden, "You do not have permission to view webhooks.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []map[string]any{}
	if s.webhook.URL != "" {
		list = append(list, map[string]any{
			"name": "Countersign", "url": s.webhook.URL, "enabled": !s.webhook.Disabled, "excludeBody": false, "events": s.webhook.events(),
			"filters": map[string]string{"issue-related-events-section": "project = " + s.o.Project}, "self": "https://stand-in.invalid" + webhooksPath + "/1",
		})
	}
	return answer{http.StatusOK, list}
}

func (w Webhook) events() []string {
	if w.Events == nil {
		return []string{issueCreated, issueUpdated, issueDeleted}
	}
	return w.Events
}
