package tests

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// `make history` plays every story that records one: a story that its pattern
// forgets would be replayed from an old history for ever.
func TestSource_EveryRecordedStoryIsPlayedByMakeHistory(t *testing.T) {
	found := regexp.MustCompile(`COUNTERSIGN_HISTORIES=.* -run '([^']+)'`).FindStringSubmatch(text(t, "../Makefile"))
	require.NotNil(t, found)
	pattern, stories := regexp.MustCompile(found[1]), 0
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range parsed.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || !strings.HasPrefix(f.Name.Name, "Test") || !records(f) {
				continue
			}
			stories++
			require.Regexp(t, pattern, f.Name.Name, "%s records a history; name it in the Makefile's history target", file)
		}
	}
	require.Greater(t, stories, 20)
}

// records reports whether a function has a history recorded.
func records(f *ast.FuncDecl) (does bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.SelectorExpr)
		does = does || ok && call.Sel.Name == "RecordHistory"
		return !does
	})
	return does
}
