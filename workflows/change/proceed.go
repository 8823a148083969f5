package change

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// An execution ends by its implementer's word alone. The calendar is watched all the
// same: they are told once when it runs out, and what stopped at a safe point is told
// when it may go on (C30). A process that carries a change out watches for itself.

// watch sets when the calendar is looked at next: at the end of the stretch in which
// the work goes on, or at the opening for which it waits.
func (c *process) watch(now time.Time) {
	s, h := c.s.Version.Route.Schedule, c.s.Halt
	c.s.Watch = time.Time{}
	switch {
	case c.s.State != rules.Executing || c.s.Executor != "":
	case h != nil && !h.May:
		// Without an opening in sight the calendars are read again every day.
		if c.s.Watch = h.Opening.At; !c.s.Watch.After(now) {
			c.s.Watch = now.Add(24 * time.Hour)
		}
	case h != nil || c.s.Overran.IsZero():
		c.s.Watch = rules.RunsUntil(s, now)
	}
}

// lookAhead reads the calendars again while the change is carried out, and says what
// follows from them. What it says is on record before anybody hears it; a crash
// before the record repeats it under its key.
func (c *process) lookAhead(ctx workflow.Context) error {
	c.s.Look = false
	r, err := desk.Insist(ctx, c.Desk, desk.AtRules, func(bool) (steps.ResolvedSchedule, error) {
		return steps.ResolveSchedule(ctx, c.calendar(workflow.Now(ctx)))
	})
	if temporal.IsCanceledError(err) || ctx.Err() != nil {
		return err
	}
	return c.Locked(ctx, func() error {
		if c.s.State != rules.Executing {
			return nil // reported meanwhile
		}
		now := workflow.Now(ctx)
		if err != nil {
			c.Troubled(ctx, desk.AtRules, steps.Explain(err).Text)
			c.s.Watch = now.Add(steps.LongestPause) // somebody is mending them
			return nil
		}
		was := c.s.Version.Route.Schedule
		c.s.Version.Route.Schedule = r.Schedule
		if c.s.Executor == "" {
			if c.s.Halt != nil {
				c.mayGoOn(now)
			} else if err := c.overran(ctx, was, now); err != nil {
				return err
			}
		}
		c.watch(now)
		c.Show()
		return nil
	})
}

// mayGoOn calls the implementer when the work that waits at a safe point may go on.
func (c *process) mayGoOn(now time.Time) {
	s, h := c.s.Version.Route.Schedule, *c.s.Halt
	was := h.May
	h.May = rules.MayStart(s, now, time.Time{}, h.Remaining) == rules.OK
	h.Opening, _ = rules.NextOpening(s, now, time.Time{}, h.Remaining)
	c.s.Halt = &h
	if h.May && !was {
		c.Call(fmt.Sprintf("%s/v%d/halt/%d/%d", c.s.Number, c.s.Version.N, h.At.Unix(), now.Unix()),
			fmt.Sprintf("%s waits at safe point %d and may go on now. Ask once more before you do, or take the way back and report it.", c.s.Number, h.Point),
			c.s.Version.Route.Implementer)
	}
}

// overran puts on record that a freeze began or the window closed while the work went
// on, and calls the implementer, once: to stop at the next safe point, or go back.
func (c *process) overran(ctx workflow.Context, was rules.Schedule, now time.Time) error {
	v := &c.s.Version
	facts, out := rules.Overran(v.Route.Schedule, was, now)
	switch {
	case !out:
		c.s.Overran = time.Time{} // a freeze was lifted: what comes next is said again
		return nil
	case !c.s.Overran.IsZero():
		return nil
	}
	facts.Version, facts.Passed, facts.Points = v.N, c.s.Passed, len(v.Snapshot.SafePoints)
	c.s.Sequence++
	ev := c.head().Event(rules.VersionKey(c.Owner(), v.N, fmt.Sprintf("overrun/%d", c.s.Sequence)), rules.EventOverrun, now)
	ev.Facts, ev.ZoneHash = desk.Encoded(facts), v.Route.Schedule.ZoneHash
	if _, err := c.Record(ctx, steps.RecordEventsInput{Events: []evidence.Event{ev}}); err != nil {
		return err
	}
	c.s.Overran = facts.Since
	c.s.Logged(compliance.Fact{Text: overrunText(facts), At: facts.Since})
	c.Tell([]compliance.Fact{{Text: c.s.Number + ": " + overrunText(facts), At: facts.Since}}, "")
	c.Call(fmt.Sprintf("%s/v%d/overrun/%d", c.s.Number, v.N, c.s.Sequence),
		fmt.Sprintf("%s: %s %s. %s", c.s.Number, overrunText(facts), spokenInstant(facts.Since), stopText(v.Snapshot.SafePoints, c.s.Passed)), v.Route.Implementer)
	return nil
}

// proceed answers the implementer's question at a safe point. A refusal by the
// calendar halts the work there; the way back is open all the time.
func (c *process) proceed(ctx workflow.Context, in compliance.Inbound) (compliance.Reply, error) {
	ask := c.acted(ctx, in)
	ask.Schedule, ask.Points = c.calendar(ask.Now), c.s.Version.Snapshot.SafePoints
	was := c.s.Index
	j, err := c.judge(ctx, ask)
	if err != nil {
		return c.unjudged(err), ctx.Err()
	}
	if j.Index <= was { // see followed: an old answer neither halts the work nor lets it go on
		if j.Reason == rules.OK {
			j.Reason = rules.AlreadyRecorded
		}
		return declined(j.Reason, "", ""), nil
	}
	now := workflow.Now(ctx)
	if j.Schedule != nil {
		c.s.Version.Route.Schedule = *j.Schedule
	}
	switch {
	case j.Reason == rules.OK:
		c.s.Passed, c.s.Halt, c.s.Overran = j.Point, nil, time.Time{}
		c.s.Logged(compliance.Fact{Text: fmt.Sprintf("May go on from safe point %d:", j.Point), People: []compliance.PersonID{j.Person}, At: now})
		c.Tell([]compliance.Fact{{Text: fmt.Sprintf("%s goes on from safe point %d.", c.s.Number, j.Point), At: now}}, "")
	case rules.Halts(j.Reason) && j.Point > 0:
		opening, _ := rules.NextOpening(c.s.Version.Route.Schedule, now, time.Time{}, j.Remaining)
		c.s.Halt = &rules.Halt{Point: j.Point, Reason: j.Reason, At: now, Remaining: j.Remaining, Opening: opening}
		c.s.Logged(refusedFact(in.Action, j.Person, j.Reason, now))
		c.Tell(haltedNote(c.s), "")
		c.watch(now)
		c.Show()
		return declined(j.Reason, haltedText(*c.s.Halt), ""), nil
	default:
		c.s.Logged(refusedFact(in.Action, j.Person, j.Reason, now))
		return declined(j.Reason, "", j.Field), nil
	}
	c.watch(now)
	c.Show()
	return recorded(in.Action, c.s), nil
}

// halted is the safe point at which the work waits, 0 while it goes on.
func (s *State) halted() int {
	if s.Halt == nil {
		return 0
	}
	return s.Halt.Point
}
