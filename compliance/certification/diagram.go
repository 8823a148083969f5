package certification

import "github.com/lowcodex/countersign/compliance"

// Diagram draws the machine from its edge table as a mermaid stateDiagram-v2,
// for the process page. Its text depends on the table alone.
func Diagram() string {
	return compliance.Machine[State]{Edges: Edges(), States: States(), Initial: []State{Missing}}.Diagram()
}
