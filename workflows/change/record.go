package change

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// head is what every record of this change has in common.
func (c *process) head() steps.Head {
	r := c.s.Version.Route
	return c.Head(evidence.Rules{Version: r.RulesVersion, Hash: r.RulesHash, Directory: r.DirectoryVersion}, r.Schedule.ZoneHash)
}

// move records a transition that no act of a person explains by itself.
func (c *process) move(ctx workflow.Context, kind string, facts rules.MovedFacts) error {
	step := kind[len("change."):]
	if facts.Level > 0 {
		step = fmt.Sprintf("l%d/%s", facts.Level, step)
	}
	if !oncePerVersion(kind) {
		c.s.Sequence++
		step = fmt.Sprintf("%s/%d", step, c.s.Sequence)
	}
	ev := c.head().Event(rules.VersionKey(c.Owner(), c.s.Version.N, step), kind, workflow.Now(ctx))
	ev.State, ev.Final = facts.To, rules.State(facts.To).Terminal()
	if rules.VersionState(facts.To) == rules.Expired || rules.VersionState(facts.To) == rules.Rejected {
		ev.State, ev.Final = string(rules.Open), false // the version is over, the change waits for the next
	}
	facts.Version = c.s.Version.N
	ev.Facts = desk.Encoded(facts)
	_, err := c.Record(ctx, steps.RecordEventsInput{Events: []evidence.Event{ev}})
	return err
}

// oncePerVersion reports whether this type of event happens at most once in a
// version, so that its key needs no sequence.
func oncePerVersion(kind string) bool {
	return kind != rules.EventDrift && kind != rules.EventUnreadable && kind != rules.EventNotStarted &&
		kind != rules.EventTurnPassed && kind != rules.EventNotReplaced && kind != rules.EventOvertaken && kind != rules.EventReviewReminded && kind != rules.EventReviewEscalated
}
