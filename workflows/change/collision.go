package change

import (
	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// planned is when the version is to be carried out, where that is to be held against
// the other open changes: not for one that was refused, and not for one that says
// nothing of it.
func (c *process) planned(reason rules.Reason) *rules.Planned {
	v := c.s.Version
	plan, ok := rules.Plan(c.Self, c.s.Number, v.Snapshot, v.Route.Implementer)
	if !ok || reason != rules.OK {
		return nil
	}
	return &plan
}

// collisionFacts name what else is planned for the same time. It is a warning: those
// who decide may know that the changes go together.
func collisionFacts(v Version) []compliance.Fact {
	var facts []compliance.Fact
	for _, c := range v.Collisions {
		facts = append(facts, compliance.Fact{Label: "Same time", Text: c.Number + ", " + c.Text() + ", planned from", At: c.Start})
	}
	return facts
}
