// Package observation holds the vocabulary and the rules of what is seen on
// targets: whether the content that a target serves is explained by what is on
// record, and who may explain what is not. Every rule is a pure function that
// takes the facts and the present moment; workflows and activities apply them and
// decide nothing.
package observation

import (
	"slices"

	"github.com/lowcodex/countersign/compliance"
)

// State is where a finding stands: that a target serves what nothing on record
// put there.
type State string

const (
	Open      State = "open"      // nobody has explained it
	Explained State = "explained" // an approver named the change or incident that explains it
	Stopped   State = "stopped"   // an operator of the engine ended the run
)

// Edge is one allowed step, with its cause.
type Edge = compliance.Edge[State]

// States lists every state.
func States() []State { return []State{Open, Explained, Stopped} }

// Edges is the whole machine. Nothing that is seen later closes a finding: that it
// was there stays to be explained, also when the target serves the old content again.
func Edges() []Edge {
	return []Edge{
		{From: Open, To: Explained, Cause: "explained by an approver"},
		{From: Open, To: Stopped, Cause: "run ended by an operator"},
	}
}

// Terminal reports whether the state is final; an unknown one is not.
func (s State) Terminal() bool {
	return slices.Contains(States(), s) && len(compliance.Next(Edges(), s)) == 0
}

// Diagram draws the machine as a mermaid stateDiagram-v2, for the process page.
func Diagram() string {
	return compliance.Machine[State]{Edges: Edges(), States: States(), Initial: []State{Open}}.Diagram()
}
