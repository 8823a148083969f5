package jiratest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/integrations/jira"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
)

func severalTypes() jiratest.Options {
	return jiratest.Options{
		Users: []jiratest.User{{AccountID: "acc-alice", Name: "Alice"}, {AccountID: "acc-guest", Name: "Guest", Unassignable: true}},
		Types: []jiratest.IssueType{
			{Name: "Action", Statuses: []string{"To Do", "Done"}, Done: []string{"Done"}},
			{
				Name: "Incident", Project: "SUP", Statuses: []string{"Triggered", "Done"}, Done: []string{"Done"},
				Fields:      []jiratest.Field{{FieldMap: jira.FieldMap{Name: "severity", ID: "customfield_10201", Kind: jira.KindChoice}, Options: []string{"sev1"}, Required: true}},
				Transitions: []jiratest.Transition{{ID: "5", Name: "Close", From: "Triggered", To: "Done", Optional: []string{"resolution"}}},
			},
		},
	}
}

// Each type has its project, fields, statuses and workflow, and nobody else's.
func TestTypesAreKeptApart(t *testing.T) {
	a := start(t, severalTypes())
	issue := func(project, issueType, more string) string {
		return `{"fields":{"project":{"key":"` + project + `"},"issuetype":{"name":"` + issueType + `"},"summary":"S"` + more + `}}`
	}
	const sev = `,"customfield_10201":{"value":"sev1"}`
	for _, body := range []string{issue("OPS", "Change", ""), issue("OPS", "Action", ""), issue("SUP", "Incident", sev)} {
		status, text := a.call("POST", "/rest/api/2/issue", body)
		require.Equal(t, 201, status, text)
	}
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		text               string
	}{
		"a type of another project":   {"POST", "/rest/api/2/issue", issue("OPS", "Incident", sev), 400, "valid issue type"},
		"an unknown type":             {"POST", "/rest/api/2/issue", issue("OPS", "Bug", ""), 400, "valid issue type"},
		"an unknown project":          {"POST", "/rest/api/2/issue", issue("HR", "Change", ""), 400, "valid project"},
		"a required field":            {"POST", "/rest/api/2/issue", issue("SUP", "Incident", ""), 400, "severity is required"},
		"another type's field":        {"POST", "/rest/api/2/issue", issue("OPS", "Action", sev), 400, "not on the appropriate screen"},
		"nobody to be assigned":       {"POST", "/rest/api/2/issue", issue("OPS", "Action", `,"assignee":{"accountId":"acc-guest"}`), 400, "cannot be assigned issues"},
		"another type's transition":   {"POST", "/rest/api/2/issue/OPS-2/transitions", `{"transition":{"id":"5"}}`, 400, "not valid for the current state"},
		"done without its resolution": {"POST", "/rest/api/2/issue/OPS-2/transitions", `{"transition":{"id":"1021"}}`, 400, "resolution is required"},
		"an unknown resolution":       {"POST", "/rest/api/2/issue/OPS-2/transitions", `{"transition":{"id":"1021"},"fields":{"resolution":{"name":"Perhaps"}}}`, 400, "not valid"},
		"a link to nowhere":           {"POST", "/rest/api/2/issueLink", `{"type":{"name":"Relates"},"inwardIssue":{"key":"OPS-2"},"outwardIssue":{"key":"OPS-9"}}`, 404, "does not exist"},
		"an unknown type of link":     {"POST", "/rest/api/2/issueLink", `{"type":{"name":"Likes"},"inwardIssue":{"key":"OPS-2"},"outwardIssue":{"key":"OPS-1"}}`, 404, "No issue link type"},
		"a link without a type":       {"POST", "/rest/api/2/issueLink", `{"inwardIssue":{"key":"OPS-2"},"outwardIssue":{"key":"OPS-1"}}`, 400, "missing"},
	} {
		t.Run(name, func(t *testing.T) {
			status, text := a.call(c.method, c.path, c.body)
			require.Equal(t, c.status, status, text)
			require.Contains(t, text, c.text)
		})
	}
	require.Len(t, a.stand.Issues(), 3)
	status, text := a.call("GET", "/rest/api/2/search/jql?fields=issuetype&jql=project+%3D+SUP", "")
	require.Equal(t, 200, status)
	require.Contains(t, text, `"SUP-1"`)
	require.NotContains(t, text, `"OPS-`)

	for range 2 {
		status, _ = a.call("POST", "/rest/api/2/issueLink", `{"type":{"name":"Relates"},"inwardIssue":{"key":"SUP-1"},"outwardIssue":{"id":"10001"}}`)
		require.Equal(t, 201, status)
	}
	made, _ := a.stand.Issue("SUP-1")
	require.Equal(t, []string{"OPS-1"}, made.Links)
	status, _ = a.call("POST", "/rest/api/2/issue/SUP-1/transitions", `{"transition":{"id":"5"},"fields":{"resolution":{"name":"Won't Do"}}}`)
	require.Equal(t, 204, status)
	made, _ = a.stand.Issue("SUP-1")
	require.Equal(t, []string{"Incident", "Done", "Won't Do", "sev1"}, []string{made.Type, made.Status, made.Resolution, made.Fields["severity"]})
	_, text = a.call("GET", "/rest/api/2/issue/SUP-1?fields=status", "")
	require.Contains(t, text, `"key":"done"`, "the category is that of the type's workflow")
	require.Empty(t, a.stand.Ways("SUP-1"))
	require.Equal(t, []jiratest.Way{{To: "Done", Resolutions: []string{"Done", "Won't Do", "Declined"}}}, a.stand.Ways("OPS-2"))
	require.Contains(t, a.stand.SiteStatuses(), "Triggered")
}

func TestTypesSurviveARestart(t *testing.T) {
	o := severalTypes()
	o.SaveTo = t.TempDir() + "/jira.json"
	stand, err := jiratest.New(o)
	require.NoError(t, err)
	_, err = stand.CreateIssue("alice", map[string]string{"title": "A change"})
	require.NoError(t, err)
	_, err = stand.CreateIssueOf("incident", "alice", map[string]string{"summary": "S", "severity": "sev1", "assignee": "Alice", "duedate": "2026-11-30"})
	require.NoError(t, err)
	require.NoError(t, stand.Close())
	stand, err = jiratest.New(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, stand.Close()) })
	all := stand.Issues()
	require.Equal(t, []string{"Change", "Incident"}, []string{all[0].Type, all[1].Type})
	require.Equal(t, []string{"OPS-1", "SUP-1"}, []string{all[0].Key, all[1].Key})
	require.Equal(t, []string{"acc-alice", "2026-11-30", "sev1"}, []string{all[1].Assignee, all[1].Due, all[1].Fields["severity"]})
	_, err = stand.CreateIssueOf("Bug", "alice", nil)
	require.ErrorContains(t, err, `no issue type "Bug"`)
}

func TestTypesAreChecked(t *testing.T) {
	for name, typ := range map[string]jiratest.IssueType{
		"no name":     {Statuses: []string{"To Do"}},
		"no statuses": {Name: "Action"},
		"done status": {Name: "Action", Statuses: []string{"To Do"}, Done: []string{"Done"}},
		"transition":  {Name: "Action", Statuses: []string{"To Do"}, Transitions: []jiratest.Transition{{ID: "1", To: "Done"}}},
	} {
		_, err := jiratest.New(jiratest.Options{Types: []jiratest.IssueType{typ}})
		require.Error(t, err, name)
	}
}
