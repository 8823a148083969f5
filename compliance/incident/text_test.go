package incident_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/incident"
)

// declared reads the reasons out of the source, so that a new one cannot be forgotten here.
func declared(t *testing.T) []incident.Reason {
	file, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, 0)
	require.NoError(t, err)
	var reasons []incident.Reason
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for _, v := range spec.Values {
			text, err := strconv.Unquote(v.(*ast.BasicLit).Value)
			require.NoError(t, err)
			reasons = append(reasons, incident.Reason(text))
		}
		return true
	})
	require.Greater(t, len(reasons), 30)
	return reasons
}

func TestEveryReasonIsListedOnceAndHasItsOwnSentence(t *testing.T) {
	require.ElementsMatch(t, declared(t), incident.Reasons())
	seen := map[string]incident.Reason{}
	for _, r := range incident.Reasons() {
		text := r.Text()
		require.NotContains(t, seen, text, "%s and %s share a text", r, seen[text])
		seen[text] = r
		require.NotContains(t, text, "No text is known", "%s has no text of its own", r)
		require.True(t, strings.HasSuffix(text, "."), text)
		require.Equal(t, 1, strings.Count(text, "."), "one sentence: %s", text)
		require.True(t, unicode.IsUpper(rune(text[0])), text)
		require.LessOrEqual(t, len(text), 200, text)
		if r != incident.OK {
			require.True(t, strings.ContainsAny(text, ",;"), "what happened, and the next step: %s", text)
			if strings.Contains(string(r), "-") {
				require.NotContains(t, text, string(r), "codes are not for people")
			}
		}
		for _, word := range []string{"hash", "workflow", "nonce", "binding", "null", "error", "invalid"} {
			require.NotContains(t, strings.ToLower(text), word)
		}
	}
	require.Contains(t, incident.Reason("from-the-future").Text(), "from-the-future")
}
