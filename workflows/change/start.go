package change

import (
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/gate"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// start reads the ticket once more, has everything judged with the directory
// and the calendars as they are now, and starts the execution in the same
// workflow task that checks all of it a last time (C5, C13, C28).
func (c *process) start(ctx workflow.Context, in compliance.Inbound) (compliance.Reply, error) {
	v, was := &c.s.Version, c.s.Index
	var look lastLook
	// Each try looks anew: the log may be down for hours, in which tickets are edited.
	j, err := desk.Insist(ctx, c.Desk, desk.AtEvidence, func(bool) (steps.JudgedAct, error) {
		var err error
		if look, err = c.look(ctx, in); err != nil {
			return steps.JudgedAct{}, err
		}
		return steps.JudgeAct(ctx, look.ask)
	})
	if err != nil {
		return c.unjudged(err), ctx.Err()
	}
	if c.followed(j, was) {
		return declined(rules.AlreadyRecorded, "", ""), nil
	}
	c.seen(j.Gate, workflow.Now(ctx))
	if j.Schedule != nil {
		v.Route.Schedule = *j.Schedule
	}
	if j.Schedule != nil || len(j.Conditions) > 0 {
		v.asked(ctx, j.Conditions)
	}
	reason := j.Reason
	if reason == rules.OK {
		// The record took time, or is an earlier try's: what it says must still hold.
		reason = rules.JudgeStart(rules.Execution{
			State: c.s.State, Implementer: v.Route.Implementer, Expires: v.Expires, Unread: look.ask.Unread, Changed: look.ask.Changed,
			Schedule: v.Route.Schedule, Planned: v.Snapshot.PlannedStart, Duration: v.Snapshot.Duration, Gated: len(gate.Open(j.Gate)) > 0,
			Granted: c.s.granted(),
		}, j.Person, workflow.Now(ctx))
	}
	if reason != rules.OK {
		return c.notStarted(ctx, in, j, reason, look)
	}
	c.s.State, v.Ready = rules.Executing, false
	c.watch(workflow.Now(ctx))
	c.s.Logged(compliance.Fact{Text: "Started by", People: []compliance.PersonID{j.Person}, At: workflow.Now(ctx)})
	c.Tell(startedNote(c.s, j.Person, workflow.Now(ctx)), statusExecuting)
	c.stage(ctx)
	return recorded(in.Action, c.s), nil
}

// lastLook is what a start is judged by: the ticket as it is now, unless it
// could not be read, and the question put to the judgement.
type lastLook struct {
	ask   steps.JudgeActInput
	fresh steps.ChangeReading
	edits []rules.FieldChange // of the ticket since it was read last
}

// look reads the ticket where a start could follow. One try: somebody waits for
// the answer, and others for their turn. An approved newer change that waits for that
// reading takes the place of this one first: otherwise both were carried out.
func (c *process) look(ctx workflow.Context, in compliance.Inbound) (lastLook, error) {
	v := c.s.Version
	l := lastLook{ask: c.acted(ctx, in)}
	if c.s.State != rules.WaitingWindow {
		return l, nil
	}
	reading, err := steps.ReadChangeTicket(ctx, steps.ReadChangeTicketInput{Ref: c.s.Ticket})
	switch {
	case err == nil:
		c.named(reading)
		c.s.Place = reading.Snapshot.Place()
		for len(c.s.Newcomers) > 0 && c.s.State == rules.WaitingWindow {
			if err := c.giveWay(ctx); err != nil {
				return l, err
			}
		}
		if c.s.State != rules.WaitingWindow {
			l.ask = c.acted(ctx, in)
			return l, nil
		}
		if l.fresh, l.edits, err = c.takenOver(ctx, reading); err != nil {
			return l, err
		}
		l.ask = c.acted(ctx, in)
		l.ask.Changed = voiding(l.edits)
	case ctx.Err() != nil:
		return l, err
	default:
		l.ask.Unread = true
	}
	l.ask.Now, l.ask.Behind = workflow.Now(ctx), c.lagging()
	l.ask.Route, l.ask.Votes, l.ask.Expires, l.ask.Asked = v.Route, v.Votes, v.Expires, c.s.Asked
	l.ask.Route.Schedule = rules.Schedule{}
	l.ask.Gate = c.s.question()
	l.ask.Granted, l.ask.Before = c.s.granted(), c.s.before()
	l.ask.Schedule, l.ask.Planned, l.ask.Duration = c.calendar(l.ask.Now), v.Snapshot.PlannedStart, v.Snapshot.Duration
	return l, nil
}

// notStarted follows up a refused start: an edited ticket and lost approvals go
// back to review, an aged approval expires, a closed window is waited for.
func (c *process) notStarted(ctx workflow.Context, in compliance.Inbound, j steps.JudgedAct, reason rules.Reason, look lastLook) (compliance.Reply, error) {
	if j.Reason == rules.OK {
		// On record as started, and overtaken in that instant: put the refusal beside it.
		err := c.move(ctx, rules.EventNotStarted, rules.MovedFacts{From: string(rules.Executing), To: string(rules.WaitingWindow), Reason: reason})
		if err != nil {
			return compliance.Reply{}, err
		}
	}
	c.s.Logged(refusedFact(in.Action, j.Person, reason, workflow.Now(ctx)))
	detail := ""
	var err error
	switch reason {
	case rules.ContentChanged:
		detail = rules.Describe(look.ask.Changed)
		err = c.replace(ctx, look.fresh, reason, look.ask.Changed)
	case rules.StaleContent:
		detail = rules.Describe(look.edits)
	case rules.EligibilityLost, rules.ApprovalExpired:
		err = c.expire(ctx, reason)
	case rules.GateOpen:
		detail = gate.Mend(j.Gate)
	case rules.MirrorBehind:
		v := &c.s.Version
		v.Behind = true
		detail = sentence(look.ask.Behind)
	case rules.VendorUncovered:
		for _, f := range vendorFacts(c.s.Version) {
			detail += " " + f.Text
		}
		detail = strings.TrimSpace(detail)
		c.Show()
	case rules.NotYourTurn:
		c.reckon(workflow.Now(ctx))
		c.askAgain()
		detail = lineText(c.s)
	case rules.TooEarly, rules.Frozen, rules.WindowClosed, rules.DoesNotFit, rules.NoOpening:
		c.reckon(workflow.Now(ctx))
		detail = nextText(c.s.Version)
	}
	return declined(reason, detail, j.Field), err
}
