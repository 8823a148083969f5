package change

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// unfoundReads bounds how often, once an hour, a submitted ticket is looked for
// that the tracker does not know: a week, in which a permission can be mended.
const unfoundReads = 7 * 24

// unfound is what people are told meanwhile.
const unfound = "the tracker says that there is no such ticket; was our account's permission taken away?"

// admit reads the ticket for the first time and gives the change its number.
// A ticket whose change is over gets no second life: it is told so, and the
// run ends without a record of its own.
func (c *process) admit(ctx workflow.Context) error {
	if c.s.Number != "" {
		return nil // continued as new
	}
	if err := c.Acting.Lock(ctx); err != nil {
		return err
	}
	defer c.Acting.Unlock()
	if err := desk.Yield(ctx); err != nil {
		return err
	}
	c.Hinted = nil // what they are about is read now; a later one is about something newer
	reading, gone, err := c.read(ctx)
	for n := 0; err == nil && gone && !deleted(c.Hinted) && n < unfoundReads; n++ {
		// The tracker answers the same when our account lacks a permission, and
		// nobody submits a ticket twice because we could not see it.
		c.Troubled(ctx, desk.AtTicket, unfound)
		if err = workflow.Sleep(ctx, steps.LongestPause); err == nil {
			reading, gone, err = c.read(ctx)
		}
	}
	switch {
	case temporal.IsCanceledError(err):
		c.s.State, c.s.Reason = rules.WithdrawnChange, rules.WithdrawnByPerson
		return nil // there was never a change, as below
	case err != nil:
		return err
	case gone:
		c.s.State, c.s.Reason = rules.WithdrawnChange, rules.TicketDeleted
		return nil // there was never a change: nothing was submitted that could be read
	}
	// From here on there is something on record, which a cancellation may not leave half done.
	calm, _ := workflow.NewDisconnectedContext(ctx)
	return c.submit(calm, reading)
}

// read reads the truth about the ticket, but for the bytes of the attachments
// known already. gone reports that it no longer exists.
func (c *process) read(ctx workflow.Context, known ...rules.Attached) (reading steps.ChangeReading, gone bool, err error) {
	reading, err = desk.Outlast(ctx, c.Desk, desk.AtTicket, func(bool) (steps.ChangeReading, error) {
		return steps.ReadChangeTicket(ctx, steps.ReadChangeTicketInput{Ref: c.s.Ticket, Known: known})
	})
	if err == nil {
		c.s.Ticket, c.s.Link = reading.Ref, reading.Link
		return reading, false, nil
	}
	if steps.Explain(err).Class == compliance.Gone {
		return reading, true, nil
	}
	return reading, false, err
}

// submit makes the content a new version and either opens its first level or
// refuses it with every reason at once. Both are on record, under one number,
// before anybody is told (C2, C6, C36).
func (c *process) submit(ctx workflow.Context, r steps.ChangeReading) error {
	next := Version{N: c.s.Version.N + 1, State: rules.Draft, Snapshot: r.Snapshot}
	c.s.asked(c.s.Version.Snapshot.Requester, rules.WasRequester)
	if !r.Snapshot.Own {
		c.s.asked(r.Snapshot.Creator, rules.IsCreator)
	}
	var err error
	if next.Older, err = c.findOlder(ctx, &r); err != nil {
		return err
	}
	var missing []string
	var reason rules.Reason
	for _, p := range r.Problems {
		missing, reason = append(missing, p.Text), rules.IncompleteContent
	}
	var asked int // somebody may join while the rules are asked
	resolved, err := desk.Outlast(ctx, c.Desk, desk.AtRules, func(bool) (steps.ResolvedRoute, error) {
		asked = len(c.s.Asked)
		return steps.ResolveRoute(ctx, steps.ResolveRouteInput{Snapshot: r.Snapshot, Chain: c.s.Chain, Asked: c.s.Asked, Given: c.s.Gate.Given})
	})
	if err != nil {
		return err
	}
	next.Route = resolved.Route
	next.Resolved = asked
	if c.s.Version.N > 0 {
		next.Since = sinceText(c.s.Version.Snapshot, r.Snapshot, next.Route.Classes)
	}
	next.asked(ctx, resolved.Conditions)
	c.gated(ctx, &next, resolved.Gate)
	if reason == rules.OK {
		reason = resolved.Reason
	}
	missing = append(missing, resolved.Missing...)
	c.s.retire(c.s.Version)
	c.s.Version = next
	if reason == rules.OK {
		c.open(ctx, 1)
	} else {
		c.s.Version.State, c.s.Version.Reasons = rules.Rejected, missing
		c.s.Version.Lapses = workflow.Now(ctx).Add(lapse(next.Route))
	}
	over, err := c.recordSubmission(ctx, r, reason, missing)
	if err != nil || over {
		return err
	}
	c.s.State, c.s.Reason = rules.Open, reason
	if len(c.s.Steps) == 0 {
		c.s.Expected = r.Status // where whoever submitted it put it, and from where it is moved on
	}
	if reason == rules.OK {
		c.Tell(submittedNote(c.s), statusInReview)
	} else {
		c.Tell(notSubmittedNote(c.s), statusRejected)
	}
	c.stage(ctx)
	return nil
}

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

// open opens a level: its people, its deadline and a new nonce for its buttons.
func (c *process) open(ctx workflow.Context, level int) {
	v := &c.s.Version
	v.State, v.Level = rules.InReview, level
	v.Deadline = workflow.Now(ctx).Add(v.Route.Levels[level-1].Deadline)
	v.begun(workflow.Now(ctx))
	// Derived, not drawn: a replay must get the same one.
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d/%d", c.Self, c.First, v.N, level))
	v.Nonce = hex.EncodeToString(sum[:4])
	c.lookOut(workflow.Now(ctx))
	c.Show()
}

// warning says, at submission, when the change will have to wait for a window
// or has none (C28). It stops nothing: windows are checked again.
func (c *process) warning(ctx workflow.Context) string {
	v := c.s.Version
	ahead := rules.Ahead(v.Route.Schedule, workflow.Now(ctx), v.Snapshot.PlannedStart, v.Snapshot.Duration)
	if ahead.Reason != rules.OK {
		return ahead.Reason.Text()
	}
	return ""
}
