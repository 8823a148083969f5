package tests

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	rules "github.com/lowcodex/countersign/compliance/patch"
)

// Every type of evidence of a rollout is explained, and every behaviour has a row
// that says whether it is there, with tests that exist.
func TestDocs_ARolloutsPageIsTrue(t *testing.T) {
	var told []string
	for _, row := range table(t, patchPage, "type") {
		told = append(told, strings.Trim(row["type"], codeQuoted))
	}
	require.ElementsMatch(t, rules.Events(), told)
	tests := testNames(t)
	rows := table(t, patchPage, "behaviour")
	require.Len(t, rows, 28)
	for i, row := range rows {
		number := fmt.Sprintf("P%d", i+1)
		require.Equal(t, number, row["#"])
		named := quoted(row["tests"])
		for _, name := range named {
			require.NotEmpty(t, tests[name].folder, "%s: there is no test %s", number, name)
		}
		require.Contains(t, []string{"yes", "partly", "no"}, row["there"], number)
		require.Equal(t, row["there"] == "no", len(named) == 0, number)
		require.Equal(t, row["there"] == "partly", row["lacking"] != "", number)
	}
}
