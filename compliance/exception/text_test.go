package exception_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	exc "github.com/lowcodex/countersign/compliance/exception"
)

// declared reads the string constants out of a source file, so that a new one cannot be forgotten here.
func declared(t *testing.T, name string) []string {
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	require.NoError(t, err)
	var values []string
	ast.Inspect(file, func(n ast.Node) bool {
		decl, ok := n.(*ast.GenDecl)
		if !ok || decl.Tok != token.CONST {
			return true
		}
		for _, s := range decl.Specs {
			for _, v := range s.(*ast.ValueSpec).Values {
				text, err := strconv.Unquote(v.(*ast.BasicLit).Value)
				require.NoError(t, err)
				values = append(values, text)
			}
		}
		return true
	})
	return values
}

func TestEveryReasonIsListedOnceAndHasItsOwnSentence(t *testing.T) {
	var listed []string
	seen := map[string]exc.Reason{}
	for _, r := range exc.Reasons() {
		listed = append(listed, string(r))
		text := r.Text()
		require.NotContains(t, seen, text, "%s and %s share a text", r, seen[text])
		seen[text] = r
		require.NotContains(t, text, "was refused (", "%s has no text of its own", r)
		require.True(t, strings.HasSuffix(text, "."), text)
		require.Equal(t, 1, strings.Count(text, "."), "one sentence: %s", text)
		require.True(t, unicode.IsUpper(rune(text[0])), text)
		require.LessOrEqual(t, len(text), 250, text)
		if r != exc.OK {
			require.True(t, strings.ContainsAny(text, ",;"), "what happened, and the next step: %s", text)
			if strings.Contains(string(r), "-") {
				require.NotContains(t, text, string(r), "codes are not for people")
			}
		}
	}
	require.ElementsMatch(t, declared(t, "reason.go"), listed)
	require.Contains(t, exc.Reason("from-the-future").Text(), "from-the-future")
}

func TestEveryEventIsListedAndNamesItsControls(t *testing.T) {
	require.ElementsMatch(t, declared(t, "event.go"), exc.Events())
	ref := regexp.MustCompile(`^(SOC2:CC(3\.2|4\.1|9\.1)|ISO27001:A\.5\.(3|36)|NIST80053:(AC-5|CA-5|CA-7|RA-7))$`)
	for _, e := range exc.Events() {
		require.Regexp(t, `^exception\.[a-z_]+$`, e)
		require.NotEmpty(t, exc.Controls(e))
		for _, c := range exc.Controls(e) {
			require.Regexp(t, ref, c)
		}
	}
	require.Contains(t, exc.Controls(exc.EventGranted), "NIST80053:AC-5", "an exception is a matter of separated duties")
	require.Contains(t, exc.Controls(exc.EventConfirmed), "NIST80053:CA-7", "and its compensating control is monitored")
}
