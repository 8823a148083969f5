package change

import (
	"time"

	"go.temporal.io/sdk/workflow"

	rules "github.com/lowcodex/countersign/compliance/change"
)

// defaultLapse is how long a refused version waits for the next one when the
// policy could not be asked.
const defaultLapse = 30 * 24 * time.Hour

func lapse(r rules.Route) time.Duration {
	if r.Resubmit > 0 {
		return r.Resubmit
	}
	return defaultLapse
}

// review waits while a version is under review, or for the next version after
// a rejection or expiry. Votes arrive through decide; here only time passes and
// the ticket changes.
func (c *process) review(ctx workflow.Context) error {
	if c.calling() {
		return c.awaitAnswer(ctx)
	}
	v := c.s.Version
	until := v.Lapses
	if v.State == rules.InReview {
		until = v.nextCall(workflow.Now(ctx))
	}
	moved := func() bool {
		now := c.s.Version
		return c.s.State != rules.Open || now.N != v.N || now.State != v.State || now.Level != v.Level || c.calling()
	}
	late, err := c.Await(ctx, until, func() bool { return moved() || c.peopleMoved() || c.s.Look })
	if err != nil || moved() {
		return err
	}
	if c.s.Look && !late {
		return c.foresee(ctx, moved)
	}
	switch {
	case c.peopleMoved():
		return c.reassign(ctx, moved)
	case !late:
		return nil
	case v.State == rules.InReview && workflow.Now(ctx).Before(v.Deadline):
		return c.prompt(ctx, moved)
	}
	// Who decided in time comes before the clock, even when nobody was there to
	// take the decision up until the deadline was over.
	if err := c.Hear(ctx); err != nil {
		return err
	}
	return c.Locked(ctx, func() error {
		switch {
		case moved():
			return nil // somebody decided while the lock was waited for
		case v.State == rules.InReview:
			return c.expire(ctx, rules.DeadlinePassed)
		default:
			return c.withdrawn(ctx, rules.NotResubmitted, "no new version was submitted in time")
		}
	})
}

// expire ends a version by age or silence: never an approval (C10, C31).
func (c *process) expire(ctx workflow.Context, reason rules.Reason) error {
	v := &c.s.Version
	facts := rules.MovedFacts{From: string(v.State), To: string(rules.Expired), Reason: reason, Hash: v.Snapshot.Hash, Approved: v.Approved, Expires: v.Expires}
	if v.State == rules.InReview {
		facts.Level = v.Level
	}
	if err := c.move(ctx, rules.EventExpired, facts); err != nil {
		return err
	}
	v.State, v.Ready, v.Lapses = rules.Expired, false, workflow.Now(ctx).Add(lapse(v.Route))
	c.s.State, c.s.Reason = rules.Open, reason
	c.Tell(expiredNote(c.s), statusExpired)
	c.stage(ctx)
	return nil
}

// withdrawn ends the change before execution.
func (c *process) withdrawn(ctx workflow.Context, reason rules.Reason, detail string) error {
	facts := rules.MovedFacts{From: string(c.s.State), To: string(rules.WithdrawnChange), Reason: reason, Detail: detail}
	if err := c.move(ctx, rules.EventWithdrawn, facts); err != nil {
		return err
	}
	c.ended(ctx, rules.WithdrawnChange, reason)
	return nil
}

// ended takes over a final state that is on record.
func (c *process) ended(ctx workflow.Context, state rules.State, reason rules.Reason) {
	if c.s.Version.State == rules.InReview {
		c.s.Version.State = rules.Withdrawn
	}
	c.s.State, c.s.Reason, c.s.Version.Ready, c.s.Hold = state, reason, false, nil
	c.TicketGone = reason == rules.TicketDeleted
	if !c.TicketGone {
		c.Tell(endedNote(c.s), c.mapped(string(state)))
	}
	c.stage(ctx)
}
