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

// decide judges a vote against the live directory and applies what was
// recorded: the vote, the next level, the approval or the rejection. came is
// when it was durable, which is what the deadline is compared with.
func (c *process) decide(ctx workflow.Context, in compliance.Inbound, came time.Time) (compliance.Reply, error) {
	v, was := &c.s.Version, c.s.Index
	j, err := desk.Insist(ctx, c.Desk, desk.AtEvidence, func(bool) (steps.JudgedDecision, error) {
		return steps.JudgeDecision(ctx, c.judging(ctx, in, came))
	})
	if err != nil {
		return c.unjudged(err), ctx.Err()
	}
	c.s.Index = max(was, j.Index)
	if j.Reason == rules.OK && j.Index <= was {
		return declined(rules.AlreadyRecorded, "", ""), nil // see followed
	}
	c.seen(j.Gate, workflow.Now(ctx))
	if j.Reason != rules.OK {
		c.s.Logged(refusedFact(in.Action, j.Person, j.Reason, workflow.Now(ctx)))
		reply := declined(j.Reason, j.Detail, j.Field)
		reply.Link = j.Link
		return reply, nil
	}
	j.Vote.Note = compliance.Cut(in.Answer("reason")+in.Answer("comment"), 120)
	changed := rules.Changes(v.Votes, *j.Vote)
	v.Votes = rules.Recast(v.Votes, *j.Vote)
	c.s.Logged(votedFact(*j.Vote, changed))
	switch {
	case j.Outcome == rules.Denied:
		v.State, v.Lapses, c.s.Reason = rules.Rejected, workflow.Now(ctx).Add(lapse(v.Route)), rules.DeniedByApprover
		c.Tell(rejectedNote(c.s), statusRejected)
		c.stage(ctx)
	case j.Outcome == rules.Reached && v.Level < len(v.Route.Levels):
		c.open(ctx, v.Level+1)
		c.call(v.Level)
		c.stage(ctx)
	case j.Outcome == rules.Reached:
		v.Collisions = j.Collisions
		c.approved(ctx, j.Schedule)
	}
	return represented(recorded(in.Action, c.s), *j.Vote), nil
}

// judging is everything a vote is judged by. What the person saw is compared
// with earlier versions only when it is not the present one.
func (c *process) judging(ctx workflow.Context, in compliance.Inbound, came time.Time) steps.JudgeDecisionInput {
	v, now := c.s.Version, workflow.Now(ctx)
	level, _ := v.level()
	out := steps.JudgeDecisionInput{
		Head: c.head(), Inbound: in, State: v.State, Version: v.N, Level: v.Level, Nonce: v.Nonce, Hash: v.Snapshot.Hash, Lineage: v.Lineage,
		Open: level, Last: v.Level == len(v.Route.Levels), Deadline: v.Deadline,
		Requester: v.Route.Requester, Implementer: v.Route.Implementer, Asked: c.s.Asked, Came: came, Now: now,
		Schedule: c.calendar(now), Held: c.s.State == rules.Held,
	}
	if out.Last {
		out.Planned = c.planned(rules.OK)
	}
	out.Open.Excluded, out.Open.Delegations = nil, nil // only the submission needs them
	if in.Action == rules.ActionApprove {
		out.Gate = c.s.question()
	}
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
	c.Tell(approvedNote(c.s), status)
	if v.Ready {
		c.callImplementer()
	}
	c.tellOlder(ctx)
	c.stage(ctx)
}

// call asks the people of a level, whom an edited card alone does not notify.
func (c *process) call(level int) {
	v := c.s.Version
	l := v.Route.Levels[level-1]
	c.Call(fmt.Sprintf("%s/v%d/l%d/call", c.s.Number, v.N, level),
		fmt.Sprintf("%s, level %d of %d (%s): your decision is asked for.", c.s.Number, level, len(v.Route.Levels), l.Name), v.asking()...)
}
