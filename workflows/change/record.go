package change

import (
	"encoding/json"
	"fmt"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/steps"
)

// head is what every record of this change has in common.
func (c *process) head() steps.Head {
	r := c.s.Version.Route
	owner := c.owner()
	if owner == c.s.Number {
		owner = "" // as it nearly always is; histories are paid for by the byte
	}
	return steps.Head{
		Subject: c.self, Number: c.s.Number, Owner: owner, Run: c.run,
		Rules: evidence.Rules{Version: r.RulesVersion, Hash: r.RulesHash, Directory: r.DirectoryVersion},
		Zones: r.Schedule.ZoneHash,
	}
}

// record puts events on record and waits for it without end: nothing is acted
// upon that is not evidence (C35). A record that can never be accepted is a
// fault of ours; it is shown and tried again rather than passed over.
func (c *process) record(ctx workflow.Context, in steps.RecordEventsInput) (steps.Recorded, error) {
	out, err := outlast(ctx, c, onEvidence, func(bool) (steps.Recorded, error) { return steps.RecordEvents(ctx, in) })
	if err == nil && out.Over == nil {
		c.s.Index = out.Last().Index
	}
	return out, err
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
	ev := c.head().Event(rules.VersionKey(c.owner(), c.s.Version.N, step), kind, workflow.Now(ctx))
	ev.State, ev.Final = facts.To, rules.State(facts.To).Terminal()
	if rules.VersionState(facts.To) == rules.Expired || rules.VersionState(facts.To) == rules.Rejected {
		ev.State, ev.Final = string(rules.Open), false // the version is over, the change waits for the next
	}
	facts.Version = c.s.Version.N
	ev.Facts = encoded(facts)
	_, err := c.record(ctx, steps.RecordEventsInput{Events: []evidence.Event{ev}})
	return err
}

// owner begins the event keys of this run: the number, or workflow id and first
// run id where there is no number or it belongs to an earlier run that is over.
func (c *process) owner() string {
	if c.s.Number == "" || c.s.Reason == rules.AlreadyClosed {
		return c.self + "/" + c.first
	}
	return c.s.Number + c.s.Life
}

// oncePerVersion reports whether this type of event happens at most once in a
// version, so that its key needs no sequence.
func oncePerVersion(kind string) bool {
	return kind != rules.EventDrift && kind != rules.EventUnreadable && kind != rules.EventNotStarted
}

// encoded is facts as JSON; facts are plain structs, so encoding cannot fail
// and gives the same bytes in a replay.
//
//workflowcheck:ignore
func encoded(facts any) json.RawMessage {
	b, err := json.Marshal(facts)
	if err != nil {
		panic(fmt.Sprintf("facts %T cannot be encoded: %v", facts, err))
	}
	return b
}

// tell queues one comment and one status for the ticket. The event key is
// fixed here, once, whatever happens to the step later.
func (c *process) tell(comment []compliance.Fact, status string) {
	c.s.Sequence++
	key := fmt.Sprintf("%s/ticket/%d", c.owner(), c.s.Sequence)
	c.s.Steps = append(c.s.Steps, compliance.TicketStep{
		Key: key, Ref: c.s.Ticket, Comment: comment, Status: status, From: c.s.Expected,
	})
	if status != "" {
		c.s.Expected = status
	}
	c.card = true
}
