package incident

import (
	"fmt"
	"strings"
)

// Diagram draws the machines of alert, incident, rollback and what is to be done from their edge
// tables as one mermaid stateDiagram-v2, for the process page. Its text depends
// on the tables alone.
func Diagram() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")

	var edges []arrow
	for _, e := range AlertEdges() {
		edges = append(edges, arrow{string(e.From), string(e.To), e.Cause})
	}
	draw(&b, "Alert", "a", AlertStates(), []AlertState{Firing}, edges)

	edges = nil
	for _, e := range Edges() {
		edges = append(edges, arrow{string(e.From), string(e.To), e.Cause})
	}
	draw(&b, "Incident", "i", States(), InitialStates(), edges)

	edges = nil
	for _, e := range RollbackEdges() {
		edges = append(edges, arrow{string(e.From), string(e.To), e.Cause})
	}
	draw(&b, "Rollback", "r", RollbackStates(), []RollbackState{RollbackAsked}, edges)

	edges = nil
	for _, e := range ItemEdges() {
		edges = append(edges, arrow{string(e.From), string(e.To), e.Cause})
	}
	draw(&b, "To be done", "t", ItemStates(), []ItemState{ItemOpen}, edges)
	return b.String()
}

type arrow struct{ from, to, cause string }

// machineState is any of the typed states.
type machineState interface {
	~string
	Terminal() bool
}

func draw[S machineState](b *strings.Builder, name, prefix string, states, initial []S, edges []arrow) {
	fmt.Fprintf(b, "  state \"%s\" as %s {\n", name, strings.ReplaceAll(name, " ", ""))
	for _, s := range states {
		fmt.Fprintf(b, "    state \"%s\" as %s_%s\n", s, prefix, s)
	}
	for _, s := range initial {
		fmt.Fprintf(b, "    [*] --> %s_%s\n", prefix, s)
	}
	for _, e := range edges {
		fmt.Fprintf(b, "    %s_%s --> %s_%s: %s\n", prefix, e.from, prefix, e.to, e.cause)
	}
	for _, s := range states {
		if s.Terminal() {
			fmt.Fprintf(b, "    %s_%s --> [*]\n", prefix, s)
		}
	}
	b.WriteString("  }\n")
}
