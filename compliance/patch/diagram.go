package patch

import (
	"fmt"
	"strings"
)

// Diagram draws both machines from their edge tables as one mermaid
// stateDiagram-v2, for the process page. Its text depends on the tables alone.
func Diagram() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")

	b.WriteString("  state \"Rollout\" as Rollout {\n")
	for _, s := range States() {
		fmt.Fprintf(&b, "    state \"%s\" as p_%s\n", s, s)
	}
	fmt.Fprintf(&b, "    [*] --> p_%s\n", Assessing)
	for _, e := range Edges() {
		fmt.Fprintf(&b, "    p_%s --> p_%s: %s\n", e.From, e.To, e.Cause)
	}
	for _, s := range append([]State{Completed}, terminals()...) {
		fmt.Fprintf(&b, "    p_%s --> [*]\n", s)
	}
	b.WriteString("  }\n")

	b.WriteString("  state \"Ring\" as Ring {\n")
	for _, s := range RingStates() {
		fmt.Fprintf(&b, "    state \"%s\" as r_%s\n", s, s)
	}
	fmt.Fprintf(&b, "    [*] --> r_%s\n", Waiting)
	for _, e := range RingEdges() {
		fmt.Fprintf(&b, "    r_%s --> r_%s: %s\n", e.From, e.To, e.Cause)
	}
	// A ring ends with its rollout: proven, restored, or never touched.
	for _, s := range []RingState{Waiting, Proven, Restored} {
		fmt.Fprintf(&b, "    r_%s --> [*]\n", s)
	}
	b.WriteString("  }\n")
	return b.String()
}

func terminals() []State {
	var out []State
	for _, s := range States() {
		if s.Terminal() {
			out = append(out, s)
		}
	}
	return out
}
