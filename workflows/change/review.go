package change

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/steps"
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
	v := c.s.Version
	until := v.Deadline
	if v.State != rules.InReview {
		until = v.Lapses
	}
	moved := func() bool {
		now := c.s.Version
		return c.s.State != rules.Open || now.N != v.N || now.State != v.State || now.Level != v.Level
	}
	late, err := c.await(ctx, until, moved)
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

// await waits until something moved, the ticket was touched, the run should
// continue as new, or the instant has come; late says that it was the instant.
func (c *process) await(ctx workflow.Context, until time.Time, moved func() bool) (late bool, err error) {
	if until.IsZero() {
		return false, workflow.Await(ctx, func() bool { return moved() || len(c.hints) > 0 || c.shouldContinue(ctx) })
	}
	wait := until.Sub(workflow.Now(ctx))
	if wait <= 0 {
		return true, nil
	}
	woken, err := workflow.AwaitWithTimeout(ctx, wait, func() bool { return moved() || len(c.hints) > 0 || c.shouldContinue(ctx) })
	return !woken, err
}

// locked runs f while nobody acts.
func (c *process) locked(ctx workflow.Context, f func() error) error {
	if err := c.acting.Lock(ctx); err != nil {
		return err
	}
	defer c.acting.Unlock()
	return f()
}

// decide judges a vote against the live directory and applies what was
// recorded: the vote, the next level, the approval or the rejection.
func (c *process) decide(ctx workflow.Context, in compliance.Inbound) (compliance.Reply, error) {
	v := &c.s.Version
	j, err := insist(ctx, c, onEvidence, func(bool) (steps.JudgedDecision, error) {
		return steps.JudgeDecision(ctx, c.judging(ctx, in))
	})
	if err != nil {
		return c.unjudged(err), ctx.Err()
	}
	c.s.Index = j.Index
	if j.Reason != rules.OK {
		c.s.logged(refusedFact(in.Action, j.Person, j.Reason, workflow.Now(ctx)))
		return declined(j.Reason, j.Detail, j.Field), nil
	}
	j.Vote.Note = cut(in.Answer("reason")+in.Answer("comment"), 120)
	v.Votes = append(v.Votes, *j.Vote)
	c.s.logged(votedFact(*j.Vote))
	switch {
	case j.Outcome == rules.Denied:
		v.State, v.Lapses, c.s.Reason = rules.Rejected, workflow.Now(ctx).Add(lapse(v.Route)), rules.DeniedByApprover
		c.tell(rejectedNote(c.s), statusRejected)
		c.stage(ctx)
	case j.Outcome == rules.Reached && v.Level < len(v.Route.Levels):
		c.open(ctx, v.Level+1)
		c.call(v.Level)
		c.stage(ctx)
	case j.Outcome == rules.Reached:
		c.approved(ctx, j.Schedule)
	}
	return recorded(in.Action, c.s), nil
}

// judging is everything a vote is judged by. What the person saw is compared
// with earlier versions only when it is not the present one.
func (c *process) judging(ctx workflow.Context, in compliance.Inbound) steps.JudgeDecisionInput {
	v, now := c.s.Version, workflow.Now(ctx)
	level, _ := v.level()
	out := steps.JudgeDecisionInput{
		Head: c.head(), Inbound: in, State: v.State, Version: v.N, Level: v.Level, Nonce: v.Nonce, Hash: v.Snapshot.Hash,
		Open: level, Last: v.Level == len(v.Route.Levels), Deadline: v.Deadline,
		Requester: v.Route.Requester, Implementer: v.Route.Implementer, Now: now,
		Schedule: c.calendar(now),
	}
	out.Open.Excluded = nil // only the submission needs it
	for _, vote := range v.Votes {
		if vote.Level == v.Level {
			vote.Note = ""
			out.Votes = append(out.Votes, vote)
		}
	}
	if b, err := rules.ParseBinding(in.Ref); err == nil && b.Version != v.N {
		out.Fields = v.Snapshot.Fields
		for _, p := range c.s.Past {
			out.Earlier = append(out.Earlier, p.Snapshot)
		}
	}
	return out
}

// approved begins the wait for the window. The approval's age and the window
// are computed once, from instants an activity resolved (C25, C31).
func (c *process) approved(ctx workflow.Context, schedule *rules.Schedule) {
	v, now := &c.s.Version, workflow.Now(ctx)
	if schedule != nil {
		v.Route.Schedule = *schedule
	}
	s := v.Snapshot
	v.State, v.Approved, v.Level = rules.Approved, now, len(v.Route.Levels)
	v.Expires = rules.ApprovalExpires(now, v.Route.Validity, v.Route.Schedule, s.PlannedStart)
	c.reckon(now)
	c.s.State = rules.WaitingWindow
	status := statusWaiting
	if v.Ready {
		status = statusApproved
	}
	c.tell(approvedNote(c.s), status)
	if v.Ready {
		c.callImplementer()
	}
	c.stage(ctx)
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
	c.tell(expiredNote(c.s), statusExpired)
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
	c.s.State, c.s.Reason, c.s.Version.Ready = state, reason, false
	if reason != rules.TicketDeleted {
		c.tell(endedNote(c.s), string(state))
	}
	c.stage(ctx)
}

// call asks the people of a level, whom an edited card alone does not notify.
func (c *process) call(level int) {
	v := c.s.Version
	l := v.Route.Levels[level-1]
	c.s.Notes = append(c.s.Notes, compliance.Note{
		Key:    fmt.Sprintf("%s/v%d/l%d/call", c.s.Number, v.N, level),
		Text:   fmt.Sprintf("%s, level %d of %d (%s): your decision is asked for.", c.s.Number, level, len(v.Route.Levels), l.Name),
		People: l.Eligible,
	})
	c.card = true
}
