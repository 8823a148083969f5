package incident

import "github.com/lowcodex/countersign/compliance"

// Diagram draws the machines of alert, incident, rollback and what is to be done from their edge
// tables as one mermaid stateDiagram-v2, for the process page. Its text depends
// on the tables alone.
func Diagram() string {
	return compliance.Diagram(
		compliance.Machine[AlertState]{
			Name: "Alert", Prefix: "a", Edges: AlertEdges(), States: AlertStates(), Initial: []AlertState{Firing},
		}.Box(),
		compliance.Machine[State]{
			Name: "Incident", Prefix: "i", Edges: Edges(), States: States(), Initial: InitialStates(),
		}.Box(),
		compliance.Machine[RollbackState]{
			Name: "Rollback", Prefix: "r", Edges: RollbackEdges(), States: RollbackStates(), Initial: []RollbackState{RollbackAsked},
		}.Box(),
		compliance.Machine[ItemState]{
			Name: "To be done", Prefix: "t", Edges: ItemEdges(), States: ItemStates(), Initial: []ItemState{ItemOpen},
		}.Box(),
	)
}
