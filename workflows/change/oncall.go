package change

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// The question to the people on call, whether a change may go on without approval:
// until one of them answers, time does, or the change moves on by itself (C32).

// calling reports whether people on call are being asked about what the change
// still is.
func (c *process) calling() bool {
	return c.s.Emergency.Calling() && rules.CanMove(c.s.State, rules.ExecutingUnapproved) && c.s.Emergency.Version == c.s.Version.N
}

// awaitAnswer waits for the people on call. Meanwhile edits are not followed up (see
// follows): what is asked about is what the card shows. Silence goes on record as
// silence and lets the change go on.
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
		if err := c.Hear(ctx); err != nil {
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
		Head: c.head(), Key: c.emergencyKey("unanswered"), Emergency: *c.asking(workflow.Now(ctx)), State: c.s.State, Version: v.N, Hash: v.Snapshot.Hash,
		Gate: c.s.question(), Now: workflow.Now(ctx),
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
