package tests

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The table of requirements says what is true: tests it names exist, a row that
// works has one that plays the product as a whole and names the row, and no such
// test is about a row that the table calls missing. Rules by themselves satisfy
// nobody's requirement, so tests of rules may name rows that are still missing.
func TestRequirementsTableIsTrue(t *testing.T) {
	tests := testNames(t)
	rows := table(t, "../docs/requirements.md", "Testable feature")
	require.Len(t, rows, 96)
	states := map[string]int{}
	claimed := map[int][]string{}
	for i, row := range rows {
		require.Equal(t, strconv.Itoa(i+1), row["#"])
		require.Contains(t, []string{"F", "C", "F+C"}, row["Kind"], "row %d", i+1)
		states[row["State"]]++
		named := quoted(row["Tests"])
		claimed[i+1] = named
		for _, name := range named {
			require.NotEmpty(t, tests[name].folder, "row %d: there is no test %s", i+1, name)
		}
		switch row["State"] {
		case "works":
			whole := slices.ContainsFunc(named, func(name string) bool {
				return playsTheProduct(tests[name]) && slices.Contains(requirementsIn(name, tests[name]), i+1)
			})
			require.True(t, whole, "row %d works, but no end-to-end test in its list names it", i+1)
			require.Contains(t, row["Page"], "](", "row %d", i+1)
		case "partly":
			require.NotEmpty(t, named, "row %d", i+1)
			require.NotEmpty(t, row["Remark"], "row %d must say what is missing", i+1)
		case "missing":
			require.Empty(t, named, "row %d is missing", i+1)
		default:
			require.Fail(t, "the state is works, partly or missing", "row %d: %q", i+1, row["State"])
		}
	}
	for name, test := range tests {
		for _, n := range requirementsIn(name, test) {
			if playsTheProduct(test) {
				require.NotEmpty(t, claimed[n], "%s names requirement %d, whose row lists no test", name, n)
			}
		}
	}
	sum := fmt.Sprintf("**%d work, %d partly, %d are missing.**", states["works"], states["partly"], states["missing"])
	require.True(t, strings.Contains(text(t, "../docs/requirements.md"), sum), "above the table should stand %s", sum)
}

// playsTheProduct reports whether a test runs more than rules: the acceptance
// tests over real HTTP and a real engine, or a process on the engine's own test
// environment.
func playsTheProduct(s testSource) bool {
	return s.folder == "tests" || strings.HasPrefix(s.folder, "workflows/")
}

// requirementsIn lists the rows that a test names, in its name, comment or body.
func requirementsIn(name string, s testSource) []int {
	var out []int
	for _, m := range regexp.MustCompile(`Requirement ?(\d+)\b`).FindAllStringSubmatch(strings.ReplaceAll(name, "_", " ")+"\n"+s.text, -1) {
		if n, err := strconv.Atoi(m[1]); err == nil {
			out = append(out, n)
		}
	}
	return out
}
