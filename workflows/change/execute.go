package change

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/steps"
)

// calendar asks for the windows of this change for as long as an approval stands.
func (c *process) calendar(now time.Time) steps.ResolveScheduleInput {
	s := c.s.Version.Snapshot
	return steps.ResolveScheduleInput{
		System: s.System, Environment: s.Environment, From: now, Until: now.Add(c.s.Version.Route.Validity),
	}
}

// reckon decides from the instants at hand whether the change may start now
// and, if not, when.
func (c *process) reckon(now time.Time) {
	v := &c.s.Version
	s := v.Snapshot
	v.Ready = rules.MayStart(v.Route.Schedule, now, s.PlannedStart, s.Duration) == rules.OK
	v.Opening, _ = rules.NextOpening(v.Route.Schedule, now, s.PlannedStart, s.Duration)
	c.card = true
}

// awaitStart waits, durably, for the window, and while it is open for the
// implementer; an approval that ages out meanwhile expires by itself (C31).
func (c *process) awaitStart(ctx workflow.Context) error {
	v := c.s.Version
	moved := func() bool { return c.s.State != rules.WaitingWindow || c.s.Version.N != v.N }
	late, err := c.await(ctx, c.wake(workflow.Now(ctx)), moved)
	if err != nil || moved() {
		return err
	}
	if len(c.hints) > 0 {
		return c.reread(ctx)
	}
	if !late {
		return nil
	}
	return c.locked(ctx, func() error {
		if moved() {
			return nil
		}
		now := workflow.Now(ctx)
		if !now.Before(c.s.Version.Expires) {
			return c.expire(ctx, rules.ApprovalExpired)
		}
		return c.wokeUp(ctx, now)
	})
}

// wake is the next instant at which something changes by itself: the window
// opens, the estimate no longer fits the open window, or the approval expires.
// Without an opening in sight the calendars are read again every day.
func (c *process) wake(now time.Time) time.Time {
	v := c.s.Version
	edge := v.Opening.At
	switch {
	case v.Ready && v.Opening.Until.IsZero():
		return v.Expires
	case v.Ready:
		edge = v.Opening.Until.Add(time.Second - v.Snapshot.Duration)
	case edge.IsZero():
		edge = now.Add(24 * time.Hour)
	}
	// An instant that is already over would spin: instants and clock can
	// disagree only by a fault, which is not made worse by waiting a minute.
	if !edge.After(now) {
		edge = now.Add(time.Minute)
	}
	if edge.Before(v.Expires) {
		return edge
	}
	return v.Expires
}

// wokeUp reads the calendars again, because a freeze may have been added since
// the instants were computed, and tells the implementer when they may start.
func (c *process) wokeUp(ctx workflow.Context, now time.Time) error {
	r, err := insist(ctx, c, onRules, func(bool) (steps.ResolvedSchedule, error) {
		return steps.ResolveSchedule(ctx, c.calendar(now))
	})
	if err != nil {
		return err
	}
	v := &c.s.Version
	was := v.Ready
	v.Route.Schedule = r.Schedule
	c.reckon(workflow.Now(ctx))
	if v.Ready && !was {
		c.callImplementer()
	}
	c.stage(ctx)
	return nil
}

// callImplementer tells the implementer that the window is open.
func (c *process) callImplementer() {
	v := c.s.Version
	c.s.Notes = append(c.s.Notes, compliance.Note{
		Key:    fmt.Sprintf("%s/v%d/open/%d", c.s.Number, v.N, v.Opening.At.Unix()),
		Text:   c.s.Number + " may be started now.",
		People: []compliance.PersonID{v.Route.Implementer},
	})
	c.card = true
}

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

// awaitFinish waits for the implementer's report; nothing ends an execution by
// silence, because only a person knows whether it happened.
func (c *process) awaitFinish(ctx workflow.Context) error {
	_, err := c.await(ctx, time.Time{}, func() bool { return c.s.State != rules.Executing })
	if err != nil || len(c.hints) == 0 {
		return err
	}
	for _, h := range c.hints {
		if h.Deleted {
			return c.reread(ctx)
		}
	}
	c.hints = nil // edits are compared when it is finished
	return nil
}

// finish records the implementer's report.
func (c *process) finish(ctx workflow.Context, in compliance.Inbound) (compliance.Reply, error) {
	j, err := c.judge(ctx, c.acted(ctx, in))
	if err != nil {
		return c.unjudged(err), ctx.Err()
	}
	if j.Reason != rules.OK {
		c.s.logged(refusedFact(in.Action, j.Person, j.Reason, workflow.Now(ctx)))
		return declined(j.Reason, "", j.Field), nil
	}
	c.s.Result = cut(in.Answer("note"), 500)
	c.s.logged(compliance.Fact{Text: finishedText(j.To), People: []compliance.PersonID{j.Person}, At: workflow.Now(ctx)})
	if j.To.Terminal() {
		c.ended(ctx, j.To, rules.OK)
	} else {
		c.s.State = j.To
		c.card = true
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
		c.s.logged(refusedFact(in.Action, j.Person, j.Reason, workflow.Now(ctx)))
		return declined(j.Reason, "", j.Field), nil
	}
	c.s.logged(compliance.Fact{Text: "Withdrawn by", People: []compliance.PersonID{j.Person}, At: workflow.Now(ctx)})
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
	return c.locked(ctx, func() error {
		v := c.s.Version
		facts := rules.MovedFacts{Version: v.N, From: string(rules.Verifying), To: string(rules.Closed), Hash: v.Snapshot.Hash, Approved: v.Approved}
		if gone {
			facts.Reason, facts.Detail = rules.TicketDeleted, "the ticket was gone after execution"
		} else if changed := rules.Compare(v.Snapshot, r.Snapshot); len(changed) > 0 {
			facts.Reason, facts.Changes = rules.ContentChanged, changed
		}
		ev := c.head().Event(c.s.Number+"/closed", rules.EventClosed, workflow.Now(ctx))
		ev.State, ev.Final, ev.Facts = string(rules.Closed), true, encoded(facts)
		if _, err := c.record(ctx, steps.RecordEventsInput{Events: []evidence.Event{ev}}); err != nil {
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
		Requester: v.Route.Requester, Implementer: v.Route.Implementer, Now: workflow.Now(ctx),
	}
}

func (c *process) judge(ctx workflow.Context, in steps.JudgeActInput) (steps.JudgedAct, error) {
	j, err := insist(ctx, c, onEvidence, func(bool) (steps.JudgedAct, error) { return steps.JudgeAct(ctx, in) })
	if err == nil {
		c.s.Index = j.Index
	}
	return j, err
}
