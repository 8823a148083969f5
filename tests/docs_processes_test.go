package tests

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/compliance/observation"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/compliance/rules"
)

// Every type of evidence is explained on its process's page, and none that does
// not exist.
func TestDocs_EveryEventIsExplained(t *testing.T) {
	for page, known := range map[string][]string{
		changePage: changeEvents(t), certificationPage: certification.Events(), incidentPage: incident.Events(), patchPage: patch.Events(),
		exceptionPage: exception.Events(), observationPage: observation.Events(),
	} {
		var told []string
		for _, row := range table(t, page, "type") {
			told = append(told, strings.Trim(row["type"], codeQuoted))
		}
		require.ElementsMatch(t, known, told, page)
	}
	var told []string // no process's: the policy's own page
	for _, row := range table(t, "../docs/operate/policy.md", "record") {
		told = append(told, strings.Trim(row["record"], codeQuoted))
	}
	require.ElementsMatch(t, rules.Events(), told)
}

// changeEvents are read from the source: the change has no list of them.
func changeEvents(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../compliance/change/event.go", nil, 0)
	require.NoError(t, err)
	var known []string
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil && strings.HasPrefix(s, "change.") {
				known = append(known, s)
			}
		}
		return true
	})
	require.Greater(t, len(known), 10)
	return known
}

// Every behaviour has a row that says whether it is there; a row that says so names
// a test, one that says partly what is lacking, and every test named exists.
func TestDocs_EveryBehaviourIsListed(t *testing.T) {
	tests := testNames(t)
	for _, page := range []struct {
		path, letter string
		behaviours   int
		explains     bool // what is not there at all, too
	}{{changePage, "C", 37, true}, {incidentPage, "I", 32, false}, {patchPage, "P", 28, false}} {
		rows := table(t, page.path, "behaviour")
		require.Len(t, rows, page.behaviours, page.path)
		for i, row := range rows {
			number := fmt.Sprintf("%s%d", page.letter, i+1)
			require.Equal(t, number, row["#"])
			named := quoted(row["tests"])
			for _, name := range named {
				require.NotEmpty(t, tests[name].folder, "%s: there is no test %s", number, name)
			}
			require.Contains(t, []string{"yes", "partly", "no"}, row["there"], number)
			require.Equal(t, row["there"] == "no", len(named) == 0, number)
			if row["there"] != "no" || !page.explains {
				require.Equal(t, row["there"] == "partly", row["lacking"] != "", number)
			}
		}
	}
}
