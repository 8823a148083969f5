package change

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance/certification"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/desk"
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
	c.Show()
}

// awaitStart waits, durably, for the window, and while it is open for the
// implementer; an approval that ages out meanwhile expires by itself (C31).
func (c *process) awaitStart(ctx workflow.Context) error {
	if c.calling() {
		return c.awaitAnswer(ctx)
	}
	v := c.s.Version
	moved := func() bool { return c.s.State != rules.WaitingWindow || c.s.Version.N != v.N || c.calling() }
	// A refused start and an edit that keeps the votes reckon anew: what is waited for is then another instant.
	reckoned := func() bool {
		now := c.s.Version
		return moved() || now.Ready != v.Ready || now.Opening != v.Opening || !now.Expires.Equal(v.Expires) || now.Snapshot.Duration != v.Snapshot.Duration
	}
	late, err := c.Await(ctx, c.wake(workflow.Now(ctx)), func() bool { return reckoned() || c.caughtUp() || c.s.Look })
	if err != nil || reckoned() {
		return err
	}
	if c.caughtUp() {
		c.callAgain()
		return nil
	}
	if !late && !c.s.Look {
		return nil
	}
	if workflow.Now(ctx).Before(v.Expires) {
		return c.wokeUp(ctx, moved)
	}
	return c.Locked(ctx, func() error {
		if moved() {
			return nil
		}
		return c.expire(ctx, rules.ApprovalExpired)
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
		if c.IsTroubled(desk.AtRules) {
			edge = now.Add(steps.LongestPause) // somebody is mending them
		}
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
// Nobody is kept from acting meanwhile. Calendars that cannot be resolved, for
// example because the policy lost the system, open no window and end nothing.
func (c *process) wokeUp(ctx workflow.Context, moved func() bool) error {
	c.s.Look = false // who is told meanwhile reads them once more
	r, err := desk.Insist(ctx, c.Desk, desk.AtRules, func(bool) (steps.ResolvedSchedule, error) {
		ask := c.calendar(workflow.Now(ctx))
		ask.Conditions = true
		return steps.ResolveSchedule(ctx, ask)
	})
	if temporal.IsCanceledError(err) || ctx.Err() != nil {
		return err
	}
	return c.Locked(ctx, func() error {
		if moved() {
			return nil
		}
		v := &c.s.Version
		was, told := v.Ready && c.s.granted(), false
		if err == nil {
			var failed error
			if told, failed = c.retime(ctx, r.Schedule); failed != nil {
				return failed
			}
			v.Route.Schedule = r.Schedule
			v.asked(ctx, r.Conditions)
			c.reckon(workflow.Now(ctx))
		} else {
			c.Troubled(ctx, desk.AtRules, steps.Explain(err).Text)
			v.Ready, v.Opening = false, rules.Opening{Reason: rules.NoOpening}
		}
		if v.Ready && !was && !told {
			c.callImplementer()
		}
		c.stage(ctx)
		return nil
	})
}

// callImplementer tells the implementer that the window is open.
func (c *process) callImplementer() {
	if c.s.Executor != "" || !c.s.granted() {
		return // it is told by itself, or when it is its turn
	}
	v := c.s.Version
	c.Call(fmt.Sprintf("%s/v%d/open/%d", c.s.Number, v.N, v.Opening.At.Unix()), c.s.Number+" may be started now.", v.Route.Implementer)
}

// asked keeps what the documents of the system's vendors ask of the change now.
func (v *Version) asked(ctx workflow.Context, conditions []certification.Condition) {
	v.Conditions, v.ConditionsAt = conditions, time.Time{}
	if len(conditions) > 0 {
		v.ConditionsAt = workflow.Now(ctx)
	}
}
