package tests

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/tests/harness"
)

// Buttons that pages for newcomers name in quotes or in bold are buttons of the cards or
// of the sandbox's pages, word for word.
func TestTutorial_NamedButtonsExist(t *testing.T) {
	var source strings.Builder
	for _, pattern := range []string{"../workflows/*/*.go", "../sandbox/stage/troubles.go", "../sandbox/pages/templates/*.html"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				source.WriteString(text(t, file))
			}
		}
	}
	exists := func(label string) bool {
		return strings.Contains(source.String(), `"`+label+`"`) || strings.Contains(source.String(), ">"+label+"</button>")
	}
	named := regexp.MustCompile(`(?:“|\*\*)((?:[A-Z][^“”*]*…)|Take \w+ down|Kill the worker|Freeze now|Fire)(?:”|\*\*)`)
	checked := 0
	for _, page := range []string{"../README.md", tutorialPage, "../sandbox/pages/stories.go", "../sandbox/pages/templates/platforms.html"} {
		for _, m := range named.FindAllStringSubmatch(text(t, page), -1) {
			require.True(t, exists(m[1]), "%s names the button %q, which is on no page", page, m[1])
			checked++
		}
	}
	require.Greater(t, checked, 12)
	require.False(t, exists("Received…"))
}

// What a newcomer is told to type is understood by the program as it is.
func TestTutorial_CommandsAreUnderstood(t *testing.T) {
	command := regexp.MustCompile("go run \\./cmd/sandbox((?: --[a-z]+(?:=[a-z,]+)?)*)")
	seen := map[string]bool{}
	for _, page := range []string{"../README.md", tutorialPage, "../sandbox/pages/stories.go"} {
		for _, m := range command.FindAllStringSubmatch(text(t, page), -1) {
			seen[m[1]] = true
		}
	}
	require.True(t, seen[""], "everything is started by one command")
	for flags := range seen {
		cmd := harness.SandboxCommand(t, append(strings.Fields(flags), "--help")...)
		out, errs, err := output(cmd, time.Minute)
		require.NoError(t, err, "%s: %s%s", flags, out, errs)
	}
	require.Contains(t, text(t, "../README.md"), "docs/tutorial.md")
}
