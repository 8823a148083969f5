package tests

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	rules "github.com/lowcodex/countersign/compliance/incident"
)

const (
	incidentPage      = "../docs/processes/incident.md"
	incidentDrawnFrom = "<!-- diagram: drawn from compliance/incident.Diagram() by `make diagrams` -->\n```mermaid\n"
)

// The picture on the incident's page is the edge tables.
func TestDocs_DiagramOfAnIncident(t *testing.T) {
	page := text(t, incidentPage)
	before, rest, ok := strings.Cut(page, incidentDrawnFrom)
	require.True(t, ok, "%s lost the marker %q", incidentPage, incidentDrawnFrom)
	drawn, after, ok := strings.Cut(rest, drawnUntil)
	require.True(t, ok, "%s lost the marker %q", incidentPage, drawnUntil)
	if os.Getenv(drawAgain) != "" {
		require.NoError(t, os.WriteFile(incidentPage, []byte(before+incidentDrawnFrom+rules.Diagram()+drawnUntil+after), 0o644))
		return
	}
	require.Equal(t, rules.Diagram(), drawn, "the states changed: run `make diagrams`")
}

// Every type of evidence of alerts and incidents is explained, and every
// behaviour has a row that says whether it is there, with tests that exist.
func TestDocs_AnIncidentsPageIsTrue(t *testing.T) {
	var told []string
	for _, row := range table(t, incidentPage, "type") {
		told = append(told, strings.Trim(row["type"], codeQuoted))
	}
	require.ElementsMatch(t, rules.Events(), told)
	tests := testNames(t)
	rows := table(t, incidentPage, "behaviour")
	require.Len(t, rows, 32)
	for i, row := range rows {
		number := fmt.Sprintf("I%d", i+1)
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
