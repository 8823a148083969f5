package patch_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/patch"
)

// declared reads constants out of the source, so that a new one cannot be forgotten here.
func declared(t *testing.T, name, prefix string) []string {
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	require.NoError(t, err)
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, prefix) {
			return true
		}
		for _, v := range spec.Values {
			text, err := strconv.Unquote(v.(*ast.BasicLit).Value)
			require.NoError(t, err)
			out = append(out, text)
		}
		return true
	})
	require.Greater(t, len(out), 5)
	return out
}

func TestEveryReasonIsListedOnceAndHasItsOwnSentence(t *testing.T) {
	require.ElementsMatch(t, declared(t, "reason.go", ""), texts(patch.Reasons()))
	seen := map[string]patch.Reason{}
	for _, r := range patch.Reasons() {
		text := r.Text()
		require.NotContains(t, seen, text, "%s and %s share a text", r, seen[text])
		seen[text] = r
		require.NotContains(t, text, "was refused (", "%s has no text of its own", r)
		require.True(t, strings.HasSuffix(text, "."), text)
		require.Equal(t, 1, strings.Count(text, "."), "one sentence: %s", text)
		require.True(t, unicode.IsUpper(rune(text[0])), text)
		require.LessOrEqual(t, len(text), 200, text)
		if r != patch.OK {
			require.True(t, strings.ContainsAny(text, ",;"), "what happened, and the next step: %s", text)
			if strings.Contains(string(r), "-") {
				require.NotContains(t, text, string(r), "codes are not for people")
			}
		}
		for _, word := range []string{"hash", "digest", "workflow", "nonce", "binding", "null", "schema", "invalid"} {
			require.NotContains(t, strings.ToLower(text), word)
		}
	}
	require.Contains(t, patch.Reason("from-the-future").Text(), "from-the-future")
}

func TestEveryEventIsListedAndHasControls(t *testing.T) {
	require.ElementsMatch(t, declared(t, "event.go", "Event"), patch.Events())
	for _, e := range patch.Events() {
		require.True(t, strings.HasPrefix(e, "patch."), e)
		controls := patch.Controls(e)
		frameworks := map[string]bool{}
		for _, c := range controls {
			name, _, ok := strings.Cut(c, ":")
			require.True(t, ok, c)
			frameworks[name] = true
		}
		require.Len(t, frameworks, 3, "%s: %v", e, controls)
	}
}
