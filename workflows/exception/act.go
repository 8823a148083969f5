package exception

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// request has the request judged and recorded, and shows what came of it. It is
// waited for without end: somebody was told that it is under way. A crash repeats
// the step, which finds its record.
func (c *process) request(ctx workflow.Context) error {
	in := *c.in.Requested
	in.Subject = c.Self
	c.s.Request, _, _ = rules.ParseRequest(in)
	now := workflow.Now(ctx)
	return c.Locked(ctx, func() error {
		j, err := desk.Outlast(ctx, c.Desk, desk.AtEvidence, func(bool) (steps.JudgedException, error) {
			return steps.RequestException(ctx, steps.JudgeExceptionInput{Head: c.head(), Inbound: in, Now: now})
		})
		if err != nil {
			return err
		}
		c.s.Number, c.s.At = j.Exception.Number, now
		c.taken(j)
		c.s.Refused, c.s.RefusedField = j.Reason, j.Field
		if j.Reason != rules.OK {
			c.Call(c.Owner()+"/not-requested", refusedText(c.s), j.Person)
		} else {
			c.openTask(requestNote(c.s))
			c.Call(c.Owner()+"/requested", askedText(c.s), j.Told...)
		}
		c.stage(ctx)
		return nil
	})
}

// taken applies what a step put on record.
func (c *process) taken(j steps.JudgedException) {
	c.s.Exception, c.s.Setup, c.s.Wake, c.s.Index = j.Exception, j.Setup, j.Wake, j.Index
	c.turn++
	c.Show()
}

// Known reports whether it is certain what becomes of the request.
func (c *process) Known() bool { return c.s.Number != "" }

// Knows reports whether this is an action on an exception.
func (c *process) Knows(action string) bool {
	_, ok := UpdateFor(action)
	return ok
}

// Immediate is nothing here: every act waits for its record.
func (c *process) Immediate(string) bool { return false }

// Judge judges an act with policy and directory as they are now, and applies what
// was recorded. came is when it was durable, which is the instant that it counts
// at: what time had brought by then is put on record first.
func (c *process) Judge(ctx workflow.Context, in compliance.Inbound, came time.Time) (compliance.Reply, error) {
	if came.Before(c.s.At) { // never before what it is an answer to
		came = c.s.At
	}
	if c.due(came) {
		if err := c.look(ctx, came); err != nil {
			return c.unjudged(err), ctx.Err()
		}
	}
	j, err := desk.Insist(ctx, c.Desk, desk.AtEvidence, func(bool) (steps.JudgedException, error) {
		return steps.JudgeExceptionAct(ctx, steps.JudgeExceptionInput{
			Head: c.head(), Inbound: in, Exception: c.s.Exception, Zone: c.s.Setup.Zone, Now: came,
		})
	})
	if err != nil {
		return c.unjudged(err), ctx.Err()
	}
	if j.Reason != rules.OK {
		c.s.Index = j.Index
		c.s.Logged(refusedFact(in.Action, j, workflow.Now(ctx)))
		return declined(j, c.s), nil
	}
	was := c.s.Exception.State
	c.taken(j)
	c.s.At = came
	c.s.Logged(actedFact(c.s, j, workflow.Now(ctx)))
	c.Tell([]compliance.Fact{actedFact(c.s, j, workflow.Now(ctx))}, ticketStatus(c.s.Exception.State, was))
	if text := actedText(c.s, j, was); text != "" {
		c.Call(rules.ActKey(c.Owner(), in.Delivery), text, j.Told...)
	}
	c.stage(ctx)
	return compliance.Reply{Outcome: compliance.Recorded, Text: recordedText(c.s, j)}, nil
}

// Unreadable puts on record that a message could not be decoded.
func (c *process) Unreadable(ctx workflow.Context) error {
	return c.note(ctx, rules.EventUnreadable, "a message could not be decoded")
}

// unjudged is the answer when an act could not be judged at all. Nothing was recorded.
func (c *process) unjudged(err error) compliance.Reply {
	f := steps.Explain(err)
	c.Logger.Error("act not judged", "failure", f.Text)
	return compliance.Reply{Outcome: compliance.NotRecorded, Reason: string(f.Class), Text: "This could not be recorded (" + string(f.Class) + "). Nothing was changed. Please try again, or tell your administrator."}
}

// declined is the answer to an act the rules refused; the refusal is on record.
// Where the rule has a figure, the answer names it.
func declined(j steps.JudgedException, s State) compliance.Reply {
	text := j.Reason.Text()
	switch j.Reason {
	case rules.AddsNothing:
		text += fmt.Sprintf(" It ends on %s.", s.Exception.Last)
	case rules.TooLong:
		text += fmt.Sprintf(" One decision allows at most %s, and all of them together %s from %s.",
			compliance.Count(s.Exception.Terms.MaxDays, "day", "days"),
			compliance.Count(s.Exception.Terms.MaxDays*(1+s.Exception.Terms.MaxRenewals), "day", "days"), s.Exception.First)
	}
	return compliance.Reply{Outcome: compliance.Declined, Reason: string(j.Reason), Text: text, Field: j.Field}
}
