package change

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// resume ends a hold, or takes an objection back: the ticket, the directory and the
// calendar are read again, because the world did not stand still meanwhile (C3).
func (c *process) resume(ctx workflow.Context, in compliance.Inbound, came time.Time) (compliance.Reply, error) {
	was := c.s.Index
	var look lastLook
	j, err := desk.Insist(ctx, c.Desk, desk.AtEvidence, func(bool) (steps.JudgedAct, error) {
		var err error
		if look, err = c.lookHeld(ctx, in, came); err != nil {
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
	now := workflow.Now(ctx)
	if j.Reason != rules.OK {
		c.s.Logged(refusedFact(in.Action, j.Person, j.Reason, now))
		return declined(j.Reason, "", j.Field), nil
	}
	ruling := rules.JudgeResume(c.s.State, c.s.Hold, c.s.Version.Route.Requester, j.Person)
	c.s.Logged(resumedFact(ruling, j.Person, now))
	if ruling.Left != nil {
		c.s.Hold = ruling.Left
		c.Tell(stillHeldNote(c.s, j.Person, now), "")
		c.stage(ctx)
		return recorded(in.Action, c.s), nil
	}
	if err := c.resumed(ctx, ruling, j, look); err != nil {
		return compliance.Reply{}, err
	}
	return recorded(in.Action, c.s), nil
}

// lookHeld reads the ticket once, for somebody who waits for the answer.
func (c *process) lookHeld(ctx workflow.Context, in compliance.Inbound, came time.Time) (lastLook, error) {
	l := lastLook{ask: c.pausing(ctx, in, came)}
	if c.s.State != rules.Held {
		return l, nil
	}
	reading, err := steps.ReadChangeTicket(ctx, steps.ReadChangeTicketInput{Ref: c.s.Ticket})
	switch {
	case err == nil:
		c.named(reading)
		if l.fresh, l.edits, err = c.takenOver(ctx, reading); err != nil {
			return l, err
		}
		l.ask = c.pausing(ctx, in, came)
		l.ask.Changed = voiding(l.edits)
	case ctx.Err() != nil:
		return l, err
	default:
		l.ask.Unread = true
	}
	l.ask.Now, l.ask.Asked = workflow.Now(ctx), c.s.Asked
	l.ask.Schedule = c.calendar(l.ask.Now)
	return l, nil
}

// resumed lets the change go on where it stopped, or sends it back to review: what
// was edited meanwhile, and what an approver objects to, is decided anew.
func (c *process) resumed(ctx workflow.Context, ruling rules.Resumption, j steps.JudgedAct, look lastLook) error {
	v, h := &c.s.Version, *c.s.Hold
	if look.ask.Unread {
		// On record as resumed by an earlier try, and the tracker is away now.
		fresh, gone, err := c.read(ctx)
		if err != nil {
			return err
		}
		if gone { // whether it was deleted, its own event says
			fresh.Snapshot = v.Snapshot
		}
		if look.fresh, look.edits, err = c.takenOver(ctx, fresh); err != nil {
			return err
		}
		look.ask.Changed = voiding(look.edits)
	}
	c.s.Hold, c.s.State, c.s.Reason = nil, h.From, rules.OK
	switch {
	case !v.live():
		c.s.State = rules.Open
		look.fresh.Snapshot.Requester = v.Snapshot.Requester
		return c.submit(ctx, look.fresh)
	case len(look.ask.Changed) > 0:
		return c.replace(ctx, look.fresh, rules.ContentChanged, look.ask.Changed)
	case ruling.Again:
		return c.replace(ctx, look.fresh, rules.Objected, nil)
	case len(c.s.Asked) > v.Resolved:
		if over, err := c.askersDecide(ctx, look.fresh); over || err != nil {
			return err
		}
	}
	return c.goOn(ctx, h, j)
}

// goOn takes the review or the wait up again, with the votes that still count.
func (c *process) goOn(ctx workflow.Context, h rules.Hold, j steps.JudgedAct) error {
	v, now := &c.s.Version, workflow.Now(ctx)
	complete := v.Level - 1
	if v.State == rules.Approved {
		complete = len(v.Route.Levels)
	}
	votes, lost := rules.AfterHold(v.Route, v.Votes, j.Lost, complete)
	if lost != rules.OK {
		return c.expire(ctx, lost)
	}
	v.Votes = votes
	key := fmt.Sprintf("%s/resumed/%d/call", c.s.Number, c.s.Sequence)
	if h.From == rules.Open {
		v.Deadline = now.Add(h.Remaining)
		c.Tell(resumedNote(c.s), statusInReview)
		l, _ := v.level()
		c.Call(key, c.s.Number+" goes on: your decision is asked for.", rules.Tally(v.Level, l, v.Votes).Outstanding...)
		c.stage(ctx)
		return nil
	}
	if !now.Before(v.Expires) {
		return c.expire(ctx, rules.ApprovalExpired)
	}
	if j.Schedule != nil {
		v.Route.Schedule = *j.Schedule
	}
	c.reckon(now)
	status := statusWaiting
	if v.Ready {
		status = statusApproved
	}
	c.Tell(resumedNote(c.s), status)
	if v.Ready && c.s.Executor == "" && c.s.granted() { // else it is called when it is its turn
		c.Call(key, c.s.Number+" goes on and may be started now.", v.Route.Implementer)
	}
	c.stage(ctx)
	return nil
}
