package tests

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Each import rule is able to fail: one planted violation per row, in data that
// looks like go list's.
func TestPlantedImportsAreFound(t *testing.T) {
	ours := func(folder string) string { return module + "/" + folder }
	for _, c := range []struct{ from, imported, says string }{
		{"compliance", "go.temporal.io/sdk/workflow", "nothing in"},
		{"compliance/change", "os", "nothing in"},
		{"compliance", ours("evidence"), "does not allow"},
		{"evidence", ours("compliance"), "does not allow"},
		{"evidence", "go.temporal.io/sdk/client", "nothing in"},
		{"policy", ours("integrations/httpcall"), "does not allow"},
		{"policy", "net/http", "nothing in"},
		{"integrations/httpcall", ours("policy"), "does not allow"},
		{"integrations/integrationtest", ours("integrations/slack"), "does not allow"},
		{"integrations/slack", ours("integrations/jira"), "does not allow"},
		{"integrations/slack", ours("activities"), "does not allow"},
		{"integrations/slack", ours("integrations/slack/slacktest"), "stand-ins are for tests"},
		{"integrations/jira", "github.com/slack-go/slack", "only integrations/slack"},
		{"integrations/slack", ours("integrations/integrationtest/faults"), "stand-ins are for tests"},
		{"integrations/jira", "testing", "test support"},
		{"activities", ours("integrations/jira"), "does not allow"},
		{"activities", ours("workflows/steps"), "does not allow"},
		{"activities", "github.com/andygrunwald/go-jira", "only integrations/jira"},
		{"activities", "github.com/wneessen/go-mail", "only integrations/mail"},
		{"integrations/mail", "github.com/emersion/go-smtp", "only integrations/mail/mailtest"},
		{"integrations/slack", "github.com/PagerDuty/go-pagerduty", "only integrations/pagerduty"},
		{"workflows/steps", ours("policy"), "does not allow"},
		{"workflows", ours("activities"), "does not allow"},
		{"workflows/change", ours("activities"), "does not allow"},
		{"workflows/change", "net/http", "nothing in"},
		{"workflows/change", "github.com/google/uuid", "nothing in"},
		{"gateway", ours("integrations/slack"), "does not allow"},
		{"gateway", ours("evidence"), "does not allow"},
		{"gateway", ours("workflows/steps"), "nothing in"},
		{"connect", ours("policy"), "does not allow"},
		{"starter/commands", ours("activities"), "does not allow"},
		{"starter/commands", ours("app"), "does not allow"},
		{"sandbox/engine", ours("connect"), "does not allow"},
		{"sandbox/demo", ours("gateway"), "does not allow"},
		{"app", ours("starter/commands"), "does not allow"},
		{"app", ours("sandbox/engine"), "only cmd/sandbox"},
		{"app", ours("integrations/jira/jiratest"), "stand-ins are for tests"},
		{"app", "go.temporal.io/server/temporal", "only sandbox/engine"},
		{"worker", ours("gateway"), "does not allow"},
		{"cmd/gateway", ours("sandbox/engine"), "does not allow"},
		{"cmd/sandbox", ours("gateway"), "does not allow"},
		{"novelty", "fmt", "has no import rule"},
	} {
		t.Run(c.from+" imports "+c.imported, func(t *testing.T) {
			found := violations([]listed{{ImportPath: ours(c.from), Imports: []string{c.imported}}})
			require.NotEmpty(t, found)
			require.Contains(t, found[0], c.from)
			var texts string
			for _, f := range found {
				texts += f + "\n"
			}
			require.Contains(t, texts, c.says)
		})
	}
}

func TestAllowedImportsPass(t *testing.T) {
	for from, imported := range map[string]string{
		"compliance/change":            "compliance",
		"integrations/slack/slacktest": "integrations/slack",
		"integrations/jira":            "integrations/httpcall",
		"integrations/jira/jiratest":   "integrations/integrationtest/faults",
		"workflows/change":             "workflows/steps",
		"gateway":                      "workflows/record",
		"sandbox/demo":                 "integrations/jira/jiratest",
		"tests/harness":                "sandbox/engine",
	} {
		require.Empty(t, violations([]listed{{ImportPath: module + "/" + from, Imports: []string{module + "/" + imported}}}), from)
	}
	require.Len(t, linked([]listed{{ImportPath: "fmt"}, {ImportPath: "go.temporal.io/server/temporal"}, {ImportPath: module + "/sandbox"}}, "worker"), 2)
}
