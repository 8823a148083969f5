package jiratest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/integrations/jira"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
)

// api is a caller without any library, so that the stand-in is tested for
// what it answers and not for what a library makes of it.
type api struct {
	t     *testing.T
	base  string
	stand *jiratest.Server
}

func start(t *testing.T, o jiratest.Options) api {
	t.Helper()
	stand, err := jiratest.New(o)
	require.NoError(t, err)
	server := httptest.NewServer(stand)
	t.Cleanup(func() {
		require.NoError(t, stand.Close())
		server.Close()
	})
	return api{t, server.URL, stand}
}

func (a api) call(method, path, body string) (int, string) {
	a.t.Helper()
	req, err := http.NewRequestWithContext(a.t.Context(), method, a.base+path, bytes.NewBufferString(body))
	require.NoError(a.t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	req.SetBasicAuth("bot@example.com", "jira-token-0123456789")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(a.t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(a.t, err)
	return resp.StatusCode, string(text)
}

func create(fields string) string {
	return `{"fields":{"project":{"key":"OPS"},"issuetype":{"name":"Change"},"summary":"S"` + fields + `}}`
}

func TestRequestsAreHeldAgainstTheDescriptionAndTheRules(t *testing.T) {
	a := start(t, jiratest.Options{Fields: append(jiratest.DefaultFields(), jiratest.Field{
		FieldMap: jira.FieldMap{Name: "hidden", ID: "customfield_10999", Kind: jira.KindText}, NotOnScreen: true,
	})})
	status, _ := a.call("POST", "/rest/api/2/issue", create(""))
	require.Equal(t, 201, status)
	document := `{"type":"doc","version":1,"content":[]}`
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		text               string
	}{
		"unknown path":              {"GET", "/rest/api/2/nonsense", "", 404, "null for uri"},
		"version 3":                 {"GET", "/rest/api/3/myself", "", 404, ""},
		"wrong method":              {"PATCH", "/rest/api/2/issue/OPS-1", "", 405, ""},
		"unknown parameter":         {"GET", "/rest/api/2/myself?colour=red", "", 400, "not described"},
		"parameter of wrong type":   {"GET", "/rest/api/2/issue/OPS-1/comment?startAt=first", "", 400, "wrong value"},
		"parameter outside list":    {"GET", "/rest/api/2/issue/OPS-1/comment?orderBy=author", "", 400, "wrong value"},
		"body against schema":       {"POST", "/rest/api/2/issue", `{"fields":[1]}`, 400, "Invalid request payload"},
		"body not JSON":             {"POST", "/rest/api/2/issue", `{`, 400, ""},
		"no project":                {"POST", "/rest/api/2/issue", `{"fields":{"summary":"S"}}`, 400, "Specify a valid project ID or key"},
		"no type":                   {"POST", "/rest/api/2/issue", `{"fields":{"project":{"key":"OPS"},"summary":"S"}}`, 400, "Specify a valid issue type"},
		"no summary":                {"POST", "/rest/api/2/issue", `{"fields":{"project":{"key":"OPS"},"issuetype":{"name":"Change"}}}`, 400, "You must specify a summary"},
		"summary of two lines":      {"POST", "/rest/api/2/issue", strings.Replace(create(""), `"S"`, `"S\nT"`, 1), 400, "newline"},
		"long summary":              {"POST", "/rest/api/2/issue", strings.Replace(create(""), `"S"`, `"`+strings.Repeat("x", 256)+`"`, 1), 400, "255"},
		"document in version 2":     {"POST", "/rest/api/2/issue", create(`,"description":` + document), 400, "Operation value must be a string"},
		"document in a text field":  {"POST", "/rest/api/2/issue", create(`,"customfield_10104":` + document), 400, "Operation value must be a string"},
		"long text":                 {"POST", "/rest/api/2/issue", create(`,"description":"` + strings.Repeat("x", 32768) + `"`), 400, "32,767"},
		"unknown field":             {"POST", "/rest/api/2/issue", create(`,"customfield_1":"x"`), 400, "not on the appropriate screen, or unknown"},
		"field not on screen":       {"POST", "/rest/api/2/issue", create(`,"customfield_10999":"x"`), 400, "not on the appropriate screen, or unknown"},
		"select as text":            {"POST", "/rest/api/2/issue", create(`,"customfield_10103":"high"`), 400, "Could not find valid 'id' or 'value'"},
		"select by name":            {"POST", "/rest/api/2/issue", create(`,"customfield_10103":{"name":"high"}`), 400, "Could not find valid 'id' or 'value'"},
		"unknown option":            {"POST", "/rest/api/2/issue", create(`,"customfield_10103":{"value":"huge"}`), 400, "not valid"},
		"user as text":              {"POST", "/rest/api/2/issue", create(`,"customfield_10110":"acc-alice"`), 400, "accountId"},
		"user by name":              {"POST", "/rest/api/2/issue", create(`,"customfield_10110":{"name":"alice"}`), 400, "accountId"},
		"unknown user":              {"POST", "/rest/api/2/issue", create(`,"reporter":{"accountId":"nobody"}`), 400, "does not exist"},
		"creator of a new issue":    {"POST", "/rest/api/2/issue", create(`,"creator":{"accountId":"acc-alice"}`), 400, "not on the appropriate screen, or unknown"},
		"creator of an issue":       {"PUT", "/rest/api/2/issue/OPS-1", `{"fields":{"creator":{"accountId":"acc-alice"}}}`, 400, "not on the appropriate screen, or unknown"},
		"RFC 3339 with Z":           {"POST", "/rest/api/2/issue", create(`,"customfield_10111":"2026-11-21T10:00:00Z"`), 400, "must be of format"},
		"RFC 3339 with colon":       {"POST", "/rest/api/2/issue", create(`,"customfield_10111":"2026-11-21T10:00:00.000+00:00"`), 400, "must be of format"},
		"date and time as date":     {"POST", "/rest/api/2/issue", create(`,"customfield_10109":"2026-11-21T10:00:00.000+0000"`), 400, "must be of format"},
		"number as text":            {"POST", "/rest/api/2/issue", create(`,"customfield_10112":"90"`), 400, "must be a number"},
		"checkbox as object":        {"POST", "/rest/api/2/issue", create(`,"customfield_10114":{"value":"Yes"}`), 400, "not an array"},
		"label with a space":        {"POST", "/rest/api/2/issue", create(`,"labels":["a b"]`), 400, "contains spaces"},
		"unknown issue":             {"GET", "/rest/api/2/issue/OPS-99", "", 404, "does not exist"},
		"comment on unknown issue":  {"POST", "/rest/api/2/issue/OPS-99/comment", `{"body":"x"}`, 404, "does not exist"},
		"empty comment":             {"POST", "/rest/api/2/issue/OPS-1/comment", `{"body":"  "}`, 400, "can not be empty"},
		"document as comment":       {"POST", "/rest/api/2/issue/OPS-1/comment", `{"body":` + document + `}`, 400, "not valid"},
		"long comment":              {"POST", "/rest/api/2/issue/OPS-1/comment", `{"body":"` + strings.Repeat("x", 32768) + `"}`, 400, "32,767"},
		"no transition":             {"POST", "/rest/api/2/issue/OPS-1/transitions", `{}`, 400, "Missing 'transition' identifier"},
		"unknown transition":        {"POST", "/rest/api/2/issue/OPS-1/transitions", `{"transition":{"id":"9999"}}`, 400, "not valid for the current state"},
		"field without a screen":    {"POST", "/rest/api/2/issue/OPS-1/transitions", `{"transition":{"id":"21"},"fields":{"resolution":{"name":"Done"}}}`, 400, "not on the appropriate screen"},
		"the dead search":           {"GET", "/rest/api/2/search?jql=project=OPS", "", 410, "has been removed"},
		"search without query":      {"GET", "/rest/api/2/search/jql", "", 400, "Unbounded JQL"},
		"search only ordered":       {"GET", "/rest/api/2/search/jql?jql=ORDER+BY+created", "", 400, "Unbounded JQL"},
		"search we do not know":     {"GET", "/rest/api/2/search/jql?jql=text~x", "", 400, "does not know"},
		"search with a wrong token": {"GET", "/rest/api/2/search/jql?jql=project=OPS&nextPageToken=x", "", 400, "invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			status, text := a.call(c.method, c.path, c.body)
			require.Equal(t, c.status, status, text)
			require.Contains(t, text, c.text)
		})
	}
	require.Len(t, a.stand.Issues(), 1, "a refused request has no effect")
}

func TestAuthenticationIsRequired(t *testing.T) {
	a := start(t, jiratest.Options{})
	for _, header := range []string{"", "Basic Og==", "Bearer jira-token-0123456789"} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", a.base+"/rest/api/2/myself", nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", header)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, 401, resp.StatusCode)
	}
}

func TestSearchLagsPagesAndReconciles(t *testing.T) {
	clock := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	a := start(t, jiratest.Options{Lag: jiratest.Lag{Searches: 1, For: time.Minute}, SearchPage: 2, Now: func() time.Time { return clock }})
	for range 5 {
		status, _ := a.call("POST", "/rest/api/2/issue", create(`,"labels":["cs-1"]`))
		require.Equal(t, 201, status)
	}
	search := func(more string) (ids []string, token string, last bool) {
		t.Helper()
		status, text := a.call("GET", `/rest/api/2/search/jql?jql=project+%3D+%22OPS%22+AND+labels+%3D+%22cs-1%22`+more, "")
		require.Equal(t, 200, status, text)
		var answer struct {
			Issues        []map[string]any
			NextPageToken string
			IsLast        bool
		}
		require.NoError(t, json.Unmarshal([]byte(text), &answer))
		for _, issue := range answer.Issues {
			require.Len(t, issue, 1, "ids only unless fields are asked for")
			ids = append(ids, fmt.Sprint(issue["id"]))
		}
		return ids, answer.NextPageToken, answer.IsLast
	}
	ids, _, last := search("")
	require.Empty(t, ids)
	require.True(t, last)
	ids, _, _ = search("")
	require.Empty(t, ids, "not long enough yet")
	ids, _, _ = search("&reconcileIssues=10003")
	require.Equal(t, []string{"10003"}, ids)
	clock = clock.Add(time.Minute)
	var all []string
	token := ""
	for page := range 3 {
		ids, next, last := search("&nextPageToken=" + token)
		all, token = append(all, ids...), next
		require.Equal(t, page == 2, last)
	}
	require.Equal(t, []string{"10001", "10002", "10003", "10004", "10005"}, all)
}

func TestCommentLimitPerIssue(t *testing.T) {
	a := start(t, jiratest.Options{MaxComments: 1})
	_, _ = a.call("POST", "/rest/api/2/issue", create(""))
	status, _ := a.call("POST", "/rest/api/2/issue/OPS-1/comment", `{"body":"x"}`)
	require.Equal(t, 201, status)
	status, _ = a.call("POST", "/rest/api/2/issue/OPS-1/comment", `{"body":"x"}`)
	require.Equal(t, 413, status)
}

func TestEditAndDeleteThroughTheAPI(t *testing.T) {
	a := start(t, jiratest.Options{})
	_, _ = a.call("POST", "/rest/api/2/issue", create(""))
	status, text := a.call("PUT", "/rest/api/2/issue/OPS-1", `{"fields":{"summary":"New","customfield_10103":{"value":"high"}}}`)
	require.Equal(t, 204, status, text)
	issue, _ := a.stand.Issue("OPS-1")
	require.Equal(t, "New", issue.Fields["title"])
	require.Equal(t, "high", issue.Fields["risk"])
	require.Len(t, issue.History, 2)
	status, _ = a.call("DELETE", "/rest/api/2/issue/OPS-1", "")
	require.Equal(t, 204, status)
	_, ok := a.stand.Issue("OPS-1")
	require.False(t, ok)
	_, _ = a.call("POST", "/rest/api/2/issue", create(""))
	require.Equal(t, "OPS-2", a.stand.Issues()[0].Key, "a key is never given twice")
}

func TestThrottleSaysWhich(t *testing.T) {
	a := start(t, jiratest.Options{})
	a.stand.Throttle("getCurrentUser", 1, 3*time.Second, "jira-per-issue-on-write")
	req, err := http.NewRequestWithContext(t.Context(), "GET", a.base+"/rest/api/2/myself", nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 429, resp.StatusCode)
	require.Equal(t, "3", resp.Header.Get("Retry-After"))
	require.Equal(t, "jira-per-issue-on-write", resp.Header.Get("RateLimit-Reason"))
}
