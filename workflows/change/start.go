package change

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/steps"
)

// start reads the ticket once more, has everything judged with the directory
// and the calendars as they are now, and starts the execution in the same
// workflow task that checks the window a last time (C5, C13, C28).
func (c *process) start(ctx workflow.Context, in compliance.Inbound) (compliance.Reply, error) {
	v := &c.s.Version
	ask := c.acted(ctx, in)
	var fresh steps.ChangeReading
	if c.s.State == rules.WaitingWindow {
		// One try: somebody waits for the answer, and others for their turn.
		reading, err := steps.ReadChangeTicket(ctx, steps.ReadChangeTicketInput{Ref: c.s.Ticket})
		switch {
		case err == nil:
			fresh = reading
			ask.Changed = rules.Compare(v.Snapshot, fresh.Snapshot)
		case ctx.Err() != nil:
			return compliance.Reply{}, err
		case steps.Explain(err).Class == compliance.Gone:
			return declined(rules.TicketDeleted, "", ""), c.vanished(ctx)
		default:
			ask.Unread = true
		}
		ask.Now = workflow.Now(ctx)
		ask.Route, ask.Votes, ask.Expires = v.Route, v.Votes, v.Expires
		ask.Route.Schedule = rules.Schedule{}
		ask.Schedule, ask.Planned, ask.Duration = c.calendar(ask.Now), v.Snapshot.PlannedStart, v.Snapshot.Duration
	}
	j, err := c.judge(ctx, ask)
	if err != nil {
		return c.unjudged(err), ctx.Err()
	}
	if j.Schedule != nil {
		v.Route.Schedule = *j.Schedule
	}
	reason := j.Reason
	if reason == rules.OK && j.Schedule != nil {
		// The record took time: the window may have closed between.
		reason = rules.MayStart(*j.Schedule, workflow.Now(ctx), v.Snapshot.PlannedStart, v.Snapshot.Duration)
	}
	if reason != rules.OK {
		return c.notStarted(ctx, in, j, reason, fresh)
	}
	c.s.State, v.Ready = rules.Executing, false
	c.s.logged(compliance.Fact{Text: "Started by", People: []compliance.PersonID{j.Person}, At: workflow.Now(ctx)})
	c.tell(startedNote(c.s, j.Person, workflow.Now(ctx)), statusExecuting)
	c.stage(ctx)
	return recorded(in.Action, c.s), nil
}

// notStarted follows up a refused start: an edited ticket and lost approvals go
// back to review, an aged approval expires, a closed window is waited for.
func (c *process) notStarted(ctx workflow.Context, in compliance.Inbound, j steps.JudgedAct, reason rules.Reason, fresh steps.ChangeReading) (compliance.Reply, error) {
	if j.Reason == rules.OK {
		// On record as started, but the window closed in that instant: put the refusal beside it.
		err := c.move(ctx, rules.EventNotStarted, rules.MovedFacts{From: string(rules.Executing), To: string(rules.WaitingWindow), Reason: reason})
		if err != nil {
			return compliance.Reply{}, err
		}
	}
	c.s.logged(refusedFact(in.Action, j.Person, reason, workflow.Now(ctx)))
	detail := ""
	var err error
	switch reason {
	case rules.ContentChanged:
		changed := rules.Compare(c.s.Version.Snapshot, fresh.Snapshot)
		detail = rules.Describe(changed)
		err = c.replace(ctx, fresh, changed)
	case rules.EligibilityLost:
		err = c.expire(ctx, reason)
	case rules.ApprovalExpired:
		err = c.expire(ctx, reason)
	case rules.TooEarly, rules.Frozen, rules.WindowClosed, rules.DoesNotFit, rules.NoOpening:
		c.reckon(workflow.Now(ctx))
		detail = openingText(c.s.Version)
	}
	return declined(reason, detail, j.Field), err
}
