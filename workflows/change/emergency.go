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

// A change that cannot wait goes past its approvals and its calendar, and never
// past the record (C32): it takes an incident and a reason, somebody on call is
// asked, and what they say, or that they say nothing, is on record before anything
// is carried out. Its review afterwards is in retro.go.

// emergency judges an act of the emergency path and applies what was recorded.
func (c *process) emergency(ctx workflow.Context, in compliance.Inbound, came time.Time) (compliance.Reply, error) {
	was := c.s.Index
	j, err := desk.Insist(ctx, c.Desk, desk.AtEvidence, func(bool) (steps.JudgedEmergency, error) {
		return steps.JudgeEmergency(ctx, c.emergencyAct(ctx, in, came))
	})
	if err != nil {
		return c.unjudged(err), ctx.Err()
	}
	c.s.Index = max(was, j.Index)
	switch old := j.Index <= was; { // see followed: what became of it since stands
	case old && j.Reason == rules.OK:
		return declined(rules.AlreadyRecorded, "", ""), nil
	case !old && j.Emergency != nil:
		c.s.Emergency = j.Emergency
	}
	if j.Reason != rules.OK {
		c.s.Logged(refusedFact(in.Action, j.Person, j.Reason, workflow.Now(ctx)))
		return declined(j.Reason, j.Detail, j.Field), nil
	}
	switch in.Action {
	case rules.ActionBreakGlass:
		c.glassBroken(ctx, j)
	case rules.ActionAcknowledge:
		c.answered(ctx, desk.Cut(in.Answer(rules.FieldNote), 120))
	case rules.ActionFinish:
		c.reportedUnapproved(ctx, desk.Cut(in.Answer(rules.FieldNote), 500))
	case rules.ActionReview:
		c.reviewed(ctx, j.To, desk.Cut(in.Answer(rules.FieldNote), 120))
	case rules.ActionRemedy:
		c.remedied(ctx, j.To)
	}
	return compliance.Reply{Outcome: compliance.Recorded, Text: emergencyReply(in.Action, c.s)}, nil
}

// emergencyAct is everything such an act is judged by.
func (c *process) emergencyAct(ctx workflow.Context, in compliance.Inbound, came time.Time) steps.JudgeEmergencyInput {
	v := c.s.Version
	out := steps.JudgeEmergencyInput{
		Head: c.head(), Inbound: in, State: c.s.State, Version: v.N, Snapshot: v.Snapshot, Asked: c.s.Asked,
		Carried: c.s.Executor != "", Emergency: c.asking(workflow.Now(ctx)), Came: came, Now: workflow.Now(ctx),
	}
	out.Route.Requester, out.Route.Implementer = v.Route.Requester, v.Route.Implementer
	if in.Action == rules.ActionBreakGlass {
		out.Route.Levels, out.Votes = v.Route.Levels, v.counting()
	}
	return out
}

// asking is the emergency with the approvals that it bypasses as they stand by now.
func (c *process) asking(now time.Time) *rules.Emergency {
	e, v := c.s.Emergency, c.s.Version
	if !e.Calling() {
		return e
	}
	is := *e
	is.Bypassed = e.Bypassed.By(c.s.State == rules.WaitingWindow && now.Before(v.Expires), v.Route, v.counting())
	return &is
}

// counting are the votes of a version that is not over; those of another approve nothing.
func (v Version) counting() []rules.Vote {
	if !v.live() {
		return nil
	}
	return v.Votes
}

// glassBroken begins the call of the people on call. A version that was refused at
// the door has neither people nor a channel yet; its card is posted now.
func (c *process) glassBroken(ctx workflow.Context, j steps.JudgedEmergency) {
	e, r := c.s.Emergency, &c.s.Version.Route
	r.Requester, r.Implementer = j.Requester, j.Implementer
	if r.Channel == "" {
		r.Channel = e.Rules.Channel
	}
	c.s.Calls = nil
	for _, who := range j.Call {
		call := Call{Person: who.Person}
		for _, w := range who.Ways {
			call.Channels = append(call.Channels, w.Channel)
		}
		c.s.Calls = append(c.s.Calls, call)
	}
	c.s.Logged(compliance.Fact{Text: "Glass broken for " + e.Incident + " by", People: []compliance.PersonID{e.Invoker}, At: e.At})
	c.Tell(brokenNote(c.s), "")
	c.Call(c.emergencyKey("call"), fmt.Sprintf("%s is to be carried out without approval, for %s: may it go ahead? Answer on the card, before %s.",
		c.s.Number, e.Incident, e.AnswerBy.UTC().Format("15:04 UTC")), e.Called...)
	c.stage(ctx)
}

// emergencyKey begins the keys of what this emergency has people told.
func (c *process) emergencyKey(step string) string {
	return fmt.Sprintf("%s/emergency/%d/%s", c.Owner(), c.s.Emergency.At.Unix(), step)
}

// calling reports whether people on call are being asked about what the change
// still is.
func (c *process) calling() bool {
	return c.s.Emergency.Calling() && rules.CanMove(c.s.State, rules.ExecutingUnapproved) && c.s.Emergency.Version == c.s.Version.N
}

// awaitAnswer waits for the people on call. Meanwhile the ticket is not read
// again: what is asked about is what the card shows, and edits are followed up
// when it is answered. Silence goes on record as silence and lets the change go on.
func (c *process) awaitAnswer(ctx workflow.Context) error {
	calm, _ := workflow.NewDisconnectedContext(ctx)
	for i := range c.s.Calls {
		c.page(calm, &c.s.Calls[i])
	}
	asked := c.s.Emergency.At
	calling := func() bool { return c.calling() && c.s.Emergency.At.Equal(asked) } // a no may be followed by another call
	wait := max(time.Millisecond, c.s.Emergency.AnswerBy.Sub(workflow.Now(ctx)))
	settled, err := workflow.AwaitWithTimeout(ctx, wait, func() bool { return !calling() })
	if err != nil {
		return err
	}
	if !settled {
		// Who answered in time comes before the clock.
		if err := desk.Yield(ctx); err != nil {
			return err
		}
		if err := workflow.Await(ctx, func() bool { return c.Quiet() }); err != nil {
			return err
		}
	}
	return c.Locked(ctx, func() error {
		switch {
		case calling():
			return c.unanswered(ctx)
		case c.s.Emergency.Calling() && !c.calling() && !c.s.State.Terminal():
			return c.overtaken(ctx)
		}
		return nil
	})
}

// answered applies what somebody on call said.
func (c *process) answered(ctx workflow.Context, note string) {
	e := c.s.Emergency
	if e.Answer == rules.GoAhead {
		c.s.Logged(compliance.Fact{Text: "Go-ahead from", People: []compliance.PersonID{e.AnsweredBy}, At: e.AnsweredAt})
		c.unapproved(ctx)
		return
	}
	c.s.Logged(compliance.Fact{Text: "No (" + note + ") from", People: []compliance.PersonID{e.AnsweredBy}, At: e.AnsweredAt})
	c.Tell([]compliance.Fact{{Text: c.s.Number + " goes its normal way. " + rules.OnCallSaidNo.Text(), People: []compliance.PersonID{e.AnsweredBy}, At: e.AnsweredAt}}, "")
	c.Call(c.emergencyKey("no"), c.s.Number+" may not go ahead without approval: "+note, e.Invoker)
	c.stage(ctx)
}

// unanswered puts the silence on record and goes on, unless another emergency of
// the invoker began meanwhile.
func (c *process) unanswered(ctx workflow.Context) error {
	v := c.s.Version
	in := steps.RecordSilenceInput{
		Head: c.head(), Key: c.emergencyKey("unanswered"), Emergency: *c.asking(workflow.Now(ctx)), State: c.s.State, Version: v.N, Hash: v.Snapshot.Hash, Now: workflow.Now(ctx),
	}
	j, err := desk.Outlast(ctx, c.Desk, desk.AtEvidence, func(bool) (steps.JudgedEmergency, error) { return steps.RecordSilence(ctx, in) })
	if err != nil {
		return err
	}
	c.s.Index, c.s.Emergency = j.Index, j.Emergency
	if j.Reason != rules.OK {
		c.s.Logged(compliance.Fact{Text: j.Reason.Text() + " " + j.Detail, At: in.Now})
		c.Call(c.emergencyKey("barred"), c.s.Number+": "+j.Reason.Text(), c.s.Emergency.Invoker)
		c.stage(ctx)
		return nil
	}
	c.s.Logged(compliance.Fact{Text: "Nobody on call answered in " + c.s.Emergency.Rules.AnswerWithin.String(), At: in.Now})
	c.unapproved(ctx)
	return nil
}

// overtaken ends the call because the change moved on by itself: it was started in
// its window, was put on hold, or is another version now.
func (c *process) overtaken(ctx workflow.Context) error {
	e := *c.s.Emergency
	e.Answer, e.AnsweredAt = rules.Overtaken, workflow.Now(ctx)
	if err := c.move(ctx, rules.EventOvertaken, rules.MovedFacts{From: string(c.s.State), Emergency: &e}); err != nil {
		return err
	}
	c.s.Emergency = &e
	c.s.Logged(compliance.Fact{Text: "The change moved on before anybody on call answered", At: e.AnsweredAt})
	c.Show()
	return nil
}

// unapproved begins the execution without approval, which is on record with all
// that it bypasses. The votes of the version stay visible; nobody decides on it any more.
func (c *process) unapproved(ctx workflow.Context) {
	v := &c.s.Version
	if v.State == rules.InReview {
		v.State = rules.Withdrawn
	}
	c.s.State, c.s.Reason, v.Ready = rules.ExecutingUnapproved, rules.OK, false
	c.Tell(unapprovedNote(c.s), c.mapped(string(rules.ExecutingUnapproved)))
	c.Call(c.emergencyKey("go"), c.s.Number+" may be carried out now, without approval. Report the outcome on the card when it is done.", v.Route.Implementer)
	c.stage(ctx)
}

// awaitUnapproved waits for the implementer's report. As with any execution only
// they know what happened; but one that is not reported cannot be reviewed, so the
// control owner is called when the review would have been due.
func (c *process) awaitUnapproved(ctx workflow.Context) error {
	until := c.s.Emergency.ReportBy
	if !c.s.Emergency.Chased.IsZero() {
		until = time.Time{}
	}
	moved := func() bool { return c.s.State != rules.ExecutingUnapproved }
	late, err := c.Await(ctx, until, moved)
	if err != nil || moved() {
		return err
	}
	if !late {
		if len(c.Hinted) > 0 {
			return c.reread(ctx, until)
		}
		return nil
	}
	return c.Locked(ctx, func() error {
		if moved() {
			return nil
		}
		e := *c.s.Emergency
		e.Chased = workflow.Now(ctx)
		facts := rules.MovedFacts{From: string(c.s.State), Reason: rules.NotReported, Emergency: &e}
		if err := c.move(ctx, rules.EventReviewEscalated, facts); err != nil {
			return err
		}
		c.s.Emergency = &e
		c.Call(c.emergencyKey("not-reported"), c.s.Number+": "+rules.NotReported.Text(), c.s.Version.Route.Implementer, e.Rules.ControlOwner)
		return nil
	})
}
