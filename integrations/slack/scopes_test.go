package slack

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// callsInSource lists the calls of Slack's Web API in the package's source.
func callsInSource(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var calls []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			if at, ok := n.(*ast.SelectorExpr); ok {
				if api, ok := at.X.(*ast.SelectorExpr); ok && api.Sel.Name == "api" {
					calls = append(calls, at.Sel.Name)
				}
			}
			return true
		})
	}
	slices.Sort(calls)
	return slices.Compact(calls)
}

// What the manifest asks for is what the code calls: a call that is added or
// removed fails here until its scopes are right.
func TestScopesAreThoseOfTheCallsInTheSource(t *testing.T) {
	var listed []string
	for _, m := range methods() {
		listed = append(listed, m.call)
	}
	require.ElementsMatch(t, callsInSource(t), listed)
}

// Each scope is one that Slack lists for the method, in the copy of its own
// description that the stand-in enforces.
func TestScopesAreOnesThatSlackTakes(t *testing.T) {
	raw, err := os.ReadFile("slacktest/methods.json")
	require.NoError(t, err)
	var described map[string]struct{ Scopes []string }
	require.NoError(t, json.Unmarshal(raw, &described))
	for _, m := range methods() {
		d, ok := described[m.name]
		require.True(t, ok, "the stand-in does not know %s", m.name)
		require.Equal(t, len(d.Scopes) == 0, len(m.scopes) == 0, m.name)
		require.Subset(t, d.Scopes, m.scopes, m.name)
	}
}

func TestManifestHoldsWhatIsUsedAndNothingElse(t *testing.T) {
	raw, err := Manifest("https://gate.example/", map[string]Command{
		"/incident": {Description: "Declare an incident", Hint: "what is wrong"}, "/about": {Description: "Say what this is"},
	})
	require.NoError(t, err)
	var m manifest
	require.NoError(t, json.Unmarshal(raw, &m))
	require.Equal(t, Scopes(), m.OAuth.Scopes.Bot)
	require.Equal(t, []manifestCommand{
		{"/about", "https://gate.example/slack/commands", "Say what this is", "", false},
		{"/incident", "https://gate.example/slack/commands", "Declare an incident", "what is wrong", false},
	}, m.Features.Commands)
	require.True(t, m.Settings.Interactivity.Enabled)
	require.Equal(t, "https://gate.example/slack/interactions", m.Settings.Interactivity.URL)
	require.True(t, m.Features.Home.Messages, "without the tab Slack refuses direct messages, by which people are paged")
	require.NotContains(t, string(raw), "event_subscriptions", "no event is used")
	require.LessOrEqual(t, len(m.Display.Name), 35)
	require.LessOrEqual(t, len(m.Display.Description), 140)
}
