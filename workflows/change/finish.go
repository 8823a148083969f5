package change

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// awaitFinish waits for the implementer's report, and meanwhile for what the calendar
// brings; nothing ends an execution by
// silence, because only a person knows whether it happened.
func (c *process) awaitFinish(ctx workflow.Context) error {
	until := c.s.Watch
	late, err := c.Await(ctx, until, func() bool { return c.s.State != rules.Executing || c.s.Look || !c.s.Watch.Equal(until) })
	switch {
	case err != nil || c.s.State != rules.Executing:
		return err
	case late || c.s.Look:
		return c.lookAhead(ctx)
	}
	return nil
}

// finish records the implementer's report.
func (c *process) finish(ctx workflow.Context, in compliance.Inbound) (compliance.Reply, error) {
	was := c.s.Index
	j, err := c.judge(ctx, c.acted(ctx, in))
	if err != nil {
		return c.unjudged(err), ctx.Err()
	}
	if c.followed(j, was) {
		return declined(rules.AlreadyRecorded, "", ""), nil
	}
	if j.Reason != rules.OK {
		c.s.Logged(refusedFact(in.Action, j.Person, j.Reason, workflow.Now(ctx)))
		return declined(j.Reason, "", j.Field), nil
	}
	c.s.Result, c.s.Halt, c.s.Watch = compliance.Cut(in.Answer("note"), 500), nil, time.Time{}
	c.s.Logged(compliance.Fact{Text: finishedText(j.To), People: []compliance.PersonID{j.Person}, At: workflow.Now(ctx)})
	if j.To.Terminal() {
		c.ended(ctx, j.To, rules.OK)
	} else {
		c.s.State = j.To
		c.Show()
	}
	return recorded(in.Action, c.s), nil
}

// withdraw takes the change back for its requester.
func (c *process) withdraw(ctx workflow.Context, in compliance.Inbound) (compliance.Reply, error) {
	j, err := c.judge(ctx, c.acted(ctx, in))
	if err != nil {
		return c.unjudged(err), ctx.Err()
	}
	if j.Reason != rules.OK {
		c.s.Logged(refusedFact(in.Action, j.Person, j.Reason, workflow.Now(ctx)))
		return declined(j.Reason, "", j.Field), nil
	}
	c.s.Logged(compliance.Fact{Text: "Withdrawn by", People: []compliance.PersonID{j.Person}, At: workflow.Now(ctx)})
	c.ended(ctx, rules.WithdrawnChange, rules.WithdrawnByPerson)
	return recorded(in.Action, c.s), nil
}

// verify compares the ticket after the work with what was approved and closes
// the change; a difference is a deviation on record, never a silent closure.
func (c *process) verify(ctx workflow.Context) error {
	r, gone, err := c.read(ctx)
	if err != nil {
		return err
	}
	return c.Locked(ctx, func() error {
		v := c.s.Version
		facts := rules.MovedFacts{Version: v.N, From: string(c.s.State), To: string(rules.Closed), Hash: v.Snapshot.Hash, Approved: v.Approved}
		facts.Reason = c.retroDeviation()
		if c.s.Emergency.Granted() {
			facts.Emergency = c.s.Emergency
		}
		if gone {
			facts.Reason, facts.Detail = rules.TicketDeleted, "the ticket was gone after execution"
		} else if facts.Changes = c.edits(r); rules.Void(facts.Changes) {
			facts.Reason = rules.ContentChanged
		}
		ev := c.head().Event(c.s.Number+"/closed", rules.EventClosed, workflow.Now(ctx))
		ev.State, ev.Final, ev.Facts = string(rules.Closed), true, desk.Encoded(facts)
		if _, err := c.Record(ctx, steps.RecordEventsInput{Events: []evidence.Event{ev}}); err != nil {
			return err
		}
		c.ended(ctx, rules.Closed, facts.Reason)
		return nil
	})
}

func (c *process) acted(ctx workflow.Context, in compliance.Inbound) steps.JudgeActInput {
	v := c.s.Version
	return steps.JudgeActInput{
		Head: c.head(), Inbound: in, State: c.s.State, Version: v.N, Hash: v.Snapshot.Hash,
		Requester: v.Route.Requester, Implementer: v.Route.Implementer, Carried: c.s.Executor != "", Now: workflow.Now(ctx),
		Halted: c.s.halted(),
	}
}

func (c *process) judge(ctx workflow.Context, in steps.JudgeActInput) (steps.JudgedAct, error) {
	j, err := desk.Insist(ctx, c.Desk, desk.AtEvidence, func(bool) (steps.JudgedAct, error) { return steps.JudgeAct(ctx, in) })
	if err == nil {
		c.s.Index = max(c.s.Index, j.Index)
	}
	return j, err
}
