package change

import (
	"fmt"
	"strings"
)

// Diagram draws both machines from their edge tables as one mermaid
// stateDiagram-v2, for the process page. Its text depends on the tables alone.
func Diagram() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")

	b.WriteString("  state \"Change\" as Change {\n")
	for _, s := range States() {
		fmt.Fprintf(&b, "    state \"%s\" as c_%s\n", s, s)
	}
	fmt.Fprintf(&b, "    [*] --> c_%s\n", Open)
	for _, e := range Edges() {
		fmt.Fprintf(&b, "    c_%s --> c_%s: %s\n", e.From, e.To, e.Cause)
	}
	for _, s := range States() {
		if s.Terminal() {
			fmt.Fprintf(&b, "    c_%s --> [*]\n", s)
		}
	}
	b.WriteString("  }\n")

	b.WriteString("  state \"Version\" as Version {\n")
	for _, s := range VersionStates() {
		fmt.Fprintf(&b, "    state \"%s\" as v_%s\n", s, s)
	}
	fmt.Fprintf(&b, "    [*] --> v_%s\n", Draft)
	for _, e := range VersionEdges() {
		fmt.Fprintf(&b, "    v_%s --> v_%s: %s\n", e.From, e.To, e.Cause)
	}
	for _, s := range VersionStates() {
		if s.Terminal() {
			fmt.Fprintf(&b, "    v_%s --> [*]\n", s)
		}
	}
	b.WriteString("  }\n")
	return b.String()
}
