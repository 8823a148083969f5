package patch

import "github.com/lowcodex/countersign/compliance"

// Diagram draws both machines from their edge tables as one mermaid
// stateDiagram-v2, for the process page. Its text depends on the tables alone.
func Diagram() string {
	return compliance.Diagram(
		compliance.Machine[State]{
			Name: "Rollout", Prefix: "p", Edges: Edges(), States: States(), Initial: []State{Assessing},
			Final: append([]State{Completed}, terminals()...),
		}.Box(),
		compliance.Machine[RingState]{
			Name: "Ring", Prefix: "r", Edges: RingEdges(), States: RingStates(), Initial: []RingState{Waiting},
			// A ring ends with its rollout: proven, restored, or never touched.
			Final: []RingState{Waiting, Proven, Restored},
		}.Box(),
	)
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
