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
		c.answered(ctx, compliance.Cut(in.Answer(rules.FieldNote), 120))
	case rules.ActionFinish:
		c.reportedUnapproved(ctx, compliance.Cut(in.Answer(rules.FieldNote), 500))
	case rules.ActionReview:
		c.reviewed(ctx, j.To, compliance.Cut(in.Answer(rules.FieldNote), 120))
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
	if in.Action == rules.ActionBreakGlass || in.Action == rules.ActionAcknowledge {
		out.Gate = c.s.question()
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
