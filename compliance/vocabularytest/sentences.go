// Package vocabularytest is what must hold of the vocabulary of every process: of its
// reasons, which people read when something is refused, and of its tables of edges.
package vocabularytest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

// Reason is a typed reason of some process.
type Reason interface {
	~string
	Text() string
}

// Wording is what the sentences of a process keep to.
type Wording struct {
	// Longest is how many bytes a sentence may have; 200 when zero.
	Longest int
	// Unknown is in the text of a reason that has no sentence.
	Unknown string
	// Never are words of the program that people do not know.
	Never []string
}

// Sentences checks that all are the reasons that reason.go declares, each once, and
// that each has a sentence of its own that says what happened and what to do next; ok,
// which refuses nothing, needs no next step.
func Sentences[R Reason](t *testing.T, all []R, ok R, w Wording) {
	t.Helper()
	longest := 200
	if w.Longest > 0 {
		longest = w.Longest
	}
	listed := make([]string, 0, len(all))
	seen := map[string]R{}
	for _, r := range all {
		listed = append(listed, string(r))
		text := r.Text()
		require.NotContains(t, seen, text, "%s and %s share a text", r, seen[text])
		seen[text] = r
		require.NotContains(t, text, w.Unknown, "%s has no text of its own", r)
		require.True(t, strings.HasSuffix(text, "."), text)
		require.Equal(t, 1, strings.Count(text, "."), "one sentence: %s", text)
		require.True(t, unicode.IsUpper(rune(text[0])), text)
		require.LessOrEqual(t, len(text), longest, text)
		if r != ok {
			require.True(t, strings.ContainsAny(text, ",;"), "what happened, and the next step: %s", text)
			if strings.Contains(string(r), "-") {
				require.NotContains(t, text, string(r), "codes are not for people")
			}
		}
		for _, word := range w.Never {
			require.NotContains(t, strings.ToLower(text), word)
		}
	}
	require.ElementsMatch(t, Declared(t, "reason.go", ""), listed)
	unknown := R("from-the-future").Text()
	require.Contains(t, unknown, "from-the-future")
	require.Contains(t, unknown, w.Unknown)
}

// Declared reads the string constants whose names begin with prefix out of a source
// file of the package under test, so that no list can forget a new one.
func Declared(t *testing.T, file, prefix string) []string {
	t.Helper()
	source, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	require.NoError(t, err)
	var values []string
	ast.Inspect(source, func(n ast.Node) bool {
		decl, ok := n.(*ast.GenDecl)
		if !ok || decl.Tok != token.CONST {
			return true
		}
		for _, s := range decl.Specs {
			spec := s.(*ast.ValueSpec)
			if !strings.HasPrefix(spec.Names[0].Name, prefix) {
				continue
			}
			for _, v := range spec.Values {
				text, err := strconv.Unquote(v.(*ast.BasicLit).Value)
				require.NoError(t, err)
				values = append(values, text)
			}
		}
		return true
	})
	require.Greater(t, len(values), 5)
	return values
}
