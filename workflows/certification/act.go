package certification

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Known reports whether the tracker has its number.
func (c *process) Known() bool { return c.s.Number != "" }

// Knows reports whether this is an action on an artefact.
func (c *process) Knows(action string) bool {
	_, ok := UpdateFor(action)
	return ok
}

// Immediate is nothing here: every act waits for its record.
func (c *process) Immediate(string) bool { return false }

// Judge judges an act with policy, directory and calendar as they are now, and
// applies what was recorded. came is when it was durable, which is the instant
// that it counts at.
func (c *process) Judge(ctx workflow.Context, in compliance.Inbound, came time.Time) (compliance.Reply, error) {
	j, err := desk.Insist(ctx, c.Desk, desk.AtEvidence, func(bool) (steps.JudgedTrackerAct, error) {
		t := c.s.Tracker
		t.Schedule.Rungs = nil // resolved again by the step
		at := came
		for _, earlier := range []time.Time{t.Progress.Since, t.Progress.Sent} {
			if at.Before(earlier) { // never before what it is an answer to
				at = earlier
			}
		}
		return steps.JudgeTrackerAct(ctx, steps.JudgeTrackerActInput{
			Head: c.head(), Inbound: in, Vendor: c.in.Vendor, Artefact: c.in.Artefact, Asked: c.in.Asked,
			Tracker: t, Setup: c.s.Setup, Now: at,
		})
	})
	if err != nil {
		return c.unjudged(err), ctx.Err()
	}
	c.s.Index = j.Index
	if j.Reason != rules.OK || j.Tracker == nil {
		c.s.Logged(refusedFact(in.Action, j, workflow.Now(ctx)))
		return declined(j, c.s.Tracker), nil
	}
	was := c.s.Tracker
	c.s.Tracker, c.s.Wake = *j.Tracker, j.Wake
	c.s.Look = !j.Wake.IsZero() && !j.Wake.After(workflow.Now(ctx))
	c.turn++
	if c.s.Shown == 0 {
		c.s.Shown = was.Current.Version
	}
	c.s.Logged(actedFact(in.Action, c.s, j, workflow.Now(ctx)))
	c.follow(ctx, in, j, was)
	if was.Current.State != c.s.Tracker.Current.State || was.Current.Version != c.s.Tracker.Current.Version || c.s.Tracker.Next != nil {
		c.stage(ctx)
	}
	return compliance.Reply{Outcome: compliance.Recorded, Text: recordedText(in.Action, c.s)}, nil
}

// follow mirrors what an act brought about to the renewal's ticket, and calls
// the people whom a gap or a withdrawal concerns.
func (c *process) follow(ctx workflow.Context, in compliance.Inbound, j steps.JudgedTrackerAct, was rules.Tracker) {
	comment := actNote(in.Action, c.s, j, workflow.Now(ctx))
	switch in.Action {
	case rules.ActionAcknowledge:
		return
	case rules.ActionAccept:
		c.s.Gap = j.Effect.Gap
		c.task(comment, "done")
		c.s.TaskDone, c.renewed = true, true
		if c.s.Gap != nil {
			// A finding of its own: told at once, since changes may have to wait for it (A4).
			c.Call(rules.GapKey(c.Owner(), c.s.Tracker.Current.Version), gapText(c.s), j.Concerned...)
		}
	case rules.ActionGrace:
		if c.s.openTask() {
			c.Tell(comment, "")
		}
	case rules.ActionWithdraw:
		c.s.Gap = nil
		if c.s.openTask() {
			c.Tell(comment, "requested")
		}
		c.Call(fmt.Sprintf("%s/v%d/withdrawn", c.Owner(), was.Current.Version), withdrawnText(c.s), j.Concerned...)
	default:
		c.task(comment, taskStatus(in.Action))
	}
}

// task writes to the ticket of the renewal, which is opened where there is none.
func (c *process) task(comment []compliance.Fact, status string) {
	switch {
	case !c.s.Setup.Tasks:
	case c.s.openTask():
		c.Tell(comment, status)
	default:
		c.openTask(comment, status)
	}
}

// Unreadable puts on record that a message could not be decoded.
func (c *process) Unreadable(ctx workflow.Context) error {
	return c.note(ctx, rules.EventUnreadable, rules.MovedFacts{Detail: "a message could not be decoded"})
}

// Open is the ticket of the renewal under way.
func (c *process) Open() (steps.OpenTicketInput, bool) {
	if c.s.Task == 0 || !c.s.Setup.Tasks {
		return steps.OpenTicketInput{}, false
	}
	t := c.s.Tracker
	ticket := compliance.NewTicket{
		Key: fmt.Sprintf("%s/task/%d", c.s.Number, c.s.Task), Site: c.s.Setup.Site, Kind: compliance.TicketRenewal,
		Title: fmt.Sprintf("Renew the %s of %s (%s)", c.s.Setup.Title, c.s.Setup.Vendor, c.s.Number),
		Text:  taskText(c.s), Subject: c.Self, Due: t.Schedule.Last.String(),
	}
	return steps.OpenTicketInput{Ticket: ticket, Assignee: c.s.Setup.Owner}, true
}

// unjudged is the answer when an act could not be judged at all. Nothing was recorded.
func (c *process) unjudged(err error) compliance.Reply {
	f := steps.Explain(err)
	c.Logger.Error("act not judged", "failure", f.Text)
	return compliance.Reply{Outcome: compliance.NotRecorded, Reason: string(f.Class), Text: "This could not be recorded (" + string(f.Class) + "). Nothing was changed. Please try again, or tell your administrator."}
}

// declined is the answer to an act the rules refused; the refusal is on record.
// Where the rule has a figure, the answer names it.
func declined(j steps.JudgedTrackerAct, t rules.Tracker) compliance.Reply {
	text := j.Reason.Text()
	switch j.Reason {
	case rules.GraceTooLong:
		text += fmt.Sprintf(" The longest one ends %s after the last covered day, %s.", compliance.Count(t.Ladder.MaxGrace, "day", "days"), t.Current.Coverage.To)
	case rules.AddsNoCoverage:
		text += fmt.Sprintf(" The one in force ends on %s.", t.Current.Coverage.To)
	}
	return compliance.Reply{Outcome: compliance.Declined, Reason: string(j.Reason), Text: text, Field: j.Field}
}
