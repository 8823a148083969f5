package compliance

import (
	"fmt"
	"strings"
)

// Machine is a state machine as a process's page draws it. Its text depends on what is
// here alone.
type Machine[S ~string] struct {
	Edges   []Edge[S]
	States  []S // in the order of a life
	Initial []S
	// Final are the states in which it may end; those that nothing follows when nil.
	Final []S
	// Name and Prefix are its own where a page draws several; prefixes are one letter.
	Name, Prefix string
}

// Diagram draws the machine alone, as a mermaid stateDiagram-v2.
func (m Machine[S]) Diagram() string { return Diagram(m.arrows("  ", "")) }

// Box draws the machine as one of several of a diagram.
func (m Machine[S]) Box() string {
	var b strings.Builder
	fmt.Fprintf(&b, "  state \"%s\" as %s {\n", m.Name, strings.ReplaceAll(m.Name, " ", ""))
	for _, s := range m.States {
		fmt.Fprintf(&b, "    state \"%s\" as %s_%s\n", s, m.Prefix, s)
	}
	return b.String() + m.arrows("    ", m.Prefix+"_") + "  }\n"
}

// Diagram puts boxes into one mermaid stateDiagram-v2.
func Diagram(boxes ...string) string { return "stateDiagram-v2\n" + strings.Join(boxes, "") }

func (m Machine[S]) arrows(indent, prefix string) string {
	var b strings.Builder
	for _, s := range m.Initial {
		fmt.Fprintf(&b, "%s[*] --> %s%s\n", indent, prefix, s)
	}
	for _, e := range m.Edges {
		fmt.Fprintf(&b, "%s%s%s --> %s%s: %s\n", indent, prefix, e.From, prefix, e.To, e.Cause)
	}
	for _, s := range m.final() {
		fmt.Fprintf(&b, "%s%s%s --> [*]\n", indent, prefix, s)
	}
	return b.String()
}

func (m Machine[S]) final() []S {
	if m.Final != nil {
		return m.Final
	}
	var out []S
	for _, s := range m.States {
		if len(Next(m.Edges, s)) == 0 {
			out = append(out, s)
		}
	}
	return out
}
