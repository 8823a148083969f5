package certification

import (
	"fmt"
	"strings"
)

// Diagram draws the machine from its edge table as a mermaid stateDiagram-v2,
// for the process page. Its text depends on the table alone.
func Diagram() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	fmt.Fprintf(&b, "  [*] --> %s\n", Missing)
	for _, e := range Edges() {
		fmt.Fprintf(&b, "  %s --> %s: %s\n", e.From, e.To, e.Cause)
	}
	for _, s := range States() {
		if s.Terminal() {
			fmt.Fprintf(&b, "  %s --> [*]\n", s)
		}
	}
	return b.String()
}
