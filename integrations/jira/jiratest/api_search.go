package jiratest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// clause is one restriction of a query: a field and the values it may have.
type clause struct {
	field  string
	values []string
}

var (
	orderBy   = regexp.MustCompile(`(?i)\s*\border\s+by\b.*$`)
	andWord   = regexp.MustCompile(`(?i)\s+and\s+`)
	condition = regexp.MustCompile(`(?i)^(project|issuetype|labels|key|issuekey|id|status)\s*(?:=\s*(.+)|in\s*\((.+)\))$`)
)

// parseJQL reads the part of JQL that the stand-in knows: equality and lists,
// joined by AND. Anything else is refused rather than guessed.
func parseJQL(jql string) ([]clause, error) {
	jql = strings.TrimSpace(orderBy.ReplaceAllString(jql, ""))
	if jql == "" {
		return nil, fmt.Errorf("Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
	}
	var clauses []clause
	for _, part := range andWord.Split(jql, -1) {
		m := condition.FindStringSubmatch(strings.TrimSpace(part))
		if m == nil {
			return nil, fmt.Errorf("Error in the JQL Query: the stand-in does not know '%s'", part)
		}
		values := []string{m[2]}
		if m[3] != "" {
			values = strings.Split(m[3], ",")
		}
		for n, value := range values {
			if values[n] = strings.Trim(strings.TrimSpace(value), `"'`); values[n] == "" {
				return nil, fmt.Errorf("Error in the JQL Query: a value is missing in '%s'", part)
			}
		}
		clauses = append(clauses, clause{strings.ToLower(m[1]), values})
	}
	return clauses, nil
}

func (s *Server) matches(i *issue, clauses []clause) bool {
	for _, c := range clauses {
		var have []string
		switch c.field {
		case "project":
			have = []string{s.typeOf(i).Project, s.projectID(s.typeOf(i).Project)}
		case "issuetype":
			have = []string{s.typeOf(i).Name, s.issueTypeID(s.typeOf(i))}
		case "labels":
			_ = json.Unmarshal(i.Values["labels"], &have)
		case "key", "issuekey":
			have = []string{i.Key}
		case "id":
			have = []string{i.ID}
		case "status":
			have = []string{i.Status}
		}
		if !slices.ContainsFunc(have, func(v string) bool {
			return slices.ContainsFunc(c.values, func(want string) bool { return strings.EqualFold(want, v) })
		}) {
			return false
		}
	}
	return true
}

// apiSearch searches the index, which lags behind: an issue is found after it
// has been missed often and long enough, or when it is named in reconcileIssues.
func (s *Server) apiSearch(query url.Values) answer {
	clauses, err := parseJQL(query.Get("jql"))
	if err != nil {
		return refuse(http.StatusBadRequest, "%s", err)
	}
	reconcile := split(query["reconcileIssues"])
	if len(reconcile) > 50 {
		return refuse(http.StatusBadRequest, "At most 50 issues can be reconciled.")
	}
	size := s.o.SearchPage
	if n, err := strconv.Atoi(query.Get("maxResults")); err == nil && n > 0 {
		size = min(size, n, 5000)
	}
	from := 0
	if token := query.Get("nextPageToken"); token != "" {
		if from, err = strconv.Atoi(strings.TrimPrefix(token, "page-")); err != nil || from < 0 {
			return refuse(http.StatusBadRequest, "The nextPageToken is invalid.")
		}
	}
	if s.o.ShortPages && query.Get("nextPageToken") == "" {
		return answer{http.StatusOK, map[string]any{"issues": []any{}, "isLast": false, "nextPageToken": "page-0"}}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []map[string]any{}
	for _, i := range s.st.Issues {
		if !i.Deleted && s.matches(i, clauses) && s.indexed(i, reconcile) {
			found = append(found, s.show(i, query["fields"], "id"))
		}
	}
	from = min(from, len(found))
	to := min(from+size, len(found))
	result := map[string]any{"issues": found[from:to], "isLast": to == len(found)}
	if to < len(found) {
		result["nextPageToken"] = "page-" + itoa(to)
	}
	return answer{http.StatusOK, result}
}

func (s *Server) indexed(i *issue, reconcile []string) bool {
	if slices.Contains(reconcile, i.ID) {
		return true
	}
	if i.Unseen > 0 {
		i.Unseen--
		return false
	}
	return !s.o.Now().Before(i.Indexed)
}

func split(lists []string) []string {
	var all []string
	for _, list := range lists {
		for _, item := range strings.Split(list, ",") {
			if item != "" {
				all = append(all, item)
			}
		}
	}
	return all
}

func itoa(n int) string { return strconv.Itoa(n) }
