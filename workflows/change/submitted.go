package change

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// recordSubmission puts the version on record; the first one allocates the
// number in the same append. over reports that this ticket's change is closed.
func (c *process) recordSubmission(ctx workflow.Context, r steps.ChangeReading, reason rules.Reason, missing []string) (over bool, err error) {
	v, now := c.s.Version, workflow.Now(ctx)
	kind, state := rules.EventSubmitted, rules.Open
	if reason != rules.OK {
		kind = rules.EventNotSubmitted
	}
	facts := rules.SubmittedFacts{
		Version: v.N, Hash: v.Snapshot.Hash, System: v.Snapshot.System, Environment: v.Snapshot.Environment,
		Risk: v.Snapshot.Risk, Revision: r.Revision, Requester: v.Route.Requester, Implementer: v.Route.Implementer, AskedBy: v.Route.AskedBy,
		Chain: v.Route.Chain, Rule: v.Route.Rule, Levels: v.Route.Levels, Deadline: v.Deadline,
		PlannedStart: v.Snapshot.PlannedStart, Duration: v.Snapshot.Duration, Warning: c.warning(ctx),
		Problems: r.Problems, Reason: reason, Missing: missing, Conditions: v.Conditions, Gate: submittedGate(c.s), Template: v.Route.Template, Supersedes: v.Snapshot.Supersedes,
		Since: v.Since,
	}
	if reason == rules.OK {
		facts.Missing = nil
	}
	var events []evidence.Event
	key := fmt.Sprintf("%s/%s", c.Self, c.First)
	if c.s.Number == "" {
		received := c.head().Event(key+"/received", rules.EventReceived, now)
		received.Series, received.State = Series, string(rules.Open)
		received.Facts = desk.Encoded(rules.ReceivedFacts{Site: c.s.Ticket.Site, TicketID: c.s.Ticket.ID, Key: c.s.Ticket.Key})
		events = append(events, received)
	} else {
		key = c.Owner()
	}
	ev := c.head().Event(fmt.Sprintf("%s/v%d/submitted", key, v.N), kind, now)
	ev.State, ev.Facts = string(state), desk.Encoded(facts)
	ev.Blobs = []evidence.BlobRef{{Role: "content", Digest: v.Snapshot.Blob}, {Role: "rules", Digest: "sha256:" + v.Route.RulesHash}}
	events = append(events, ev)
	out, err := c.Record(ctx, steps.RecordEventsInput{Events: events, OnlyOpen: c.s.Number == "", Planned: c.planned(reason)})
	if err != nil {
		return false, err
	}
	if out.Over != nil {
		c.s.Number, c.s.State, c.s.Reason = out.Over.Number, rules.State(out.Over.State), rules.AlreadyClosed
		c.Foreign = true
		c.s.Version = Version{N: v.N, State: rules.Withdrawn, Snapshot: v.Snapshot}
		// Only somebody who submitted it again is told. Otherwise a webhook was
		// repeated whose receiver was killed before the tracker had its answer.
		if r.Status == statusSubmitted {
			c.Tell(overNote(*out.Over), "")
		}
		return true, nil
	}
	c.s.Number = out.Receipts[0].Number
	c.s.Version.Collisions = out.Collisions
	if out.Resumed {
		// An operator ended the earlier run: its version 1, its card and its
		// comments exist, and must pass neither for this one's nor for new ones.
		c.s.Life, c.Again = "/"+c.First[:min(8, len(c.First))], true
		return false, c.askedBefore(ctx)
	}
	return false, nil
}
