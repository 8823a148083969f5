package observation

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/observation"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Known reports whether the finding is on record.
func (c *process) Known() bool { return c.s.Number != "" }

// Knows reports whether this is an action on a finding.
func (c *process) Knows(action string) bool {
	_, ok := UpdateFor(action)
	return ok
}

// Immediate is nothing here: every act waits for its record.
func (c *process) Immediate(string) bool { return false }

// Open wants no ticket: what is to be done stands in the change or incident that
// explains the finding.
func (c *process) Open() (steps.OpenTicketInput, bool) { return steps.OpenTicketInput{}, false }

// Judge judges an explanation with policy, directory and record as they are now, and
// applies what was recorded.
func (c *process) Judge(ctx workflow.Context, in compliance.Inbound, _ time.Time) (compliance.Reply, error) {
	j, err := desk.Insist(ctx, c.Desk, desk.AtEvidence, func(bool) (steps.JudgedExplanation, error) {
		return steps.JudgeExplanation(ctx, steps.JudgeExplanationInput{
			Head: c.head(), Inbound: in, Found: c.in.Found, State: c.s.State, Approvers: c.in.Setup.Approvers,
		})
	})
	if err != nil {
		f := steps.Explain(err)
		c.Logger.Error("act not judged", "failure", f.Text)
		return compliance.Reply{
			Outcome: compliance.NotRecorded, Reason: string(f.Class),
			Text: "This could not be recorded (" + string(f.Class) + "). Nothing was changed. Please try again, or tell your administrator.",
		}, ctx.Err()
	}
	c.s.Index = j.Index
	if j.Reason != rules.OK {
		fact := compliance.Fact{Text: "Refused to explain it (" + spaced(string(j.Reason)) + ")", At: workflow.Now(ctx)}
		if j.Person != "" {
			fact.Text, fact.People = fact.Text+":", []compliance.PersonID{j.Person}
		}
		c.s.Logged(fact)
		c.Show()
		return compliance.Reply{Outcome: compliance.Declined, Reason: string(j.Reason), Text: j.Reason.Text(), Field: j.Field}, nil
	}
	c.s.State, c.s.By, c.s.Who = rules.Explained, j.By, j.Person
	c.s.Logged(compliance.Fact{Text: "Explained by " + j.By + ":", People: []compliance.PersonID{j.Person}, At: workflow.Now(ctx)})
	if c.in.Setup.Owner != "" {
		c.Call(rules.ActKey(c.Owner(), in.Delivery), c.s.Number+": "+c.status()+".", c.in.Setup.Owner)
	}
	c.stage(ctx)
	return compliance.Reply{Outcome: compliance.Recorded, Text: c.s.Number + ": recorded. " + c.status() + "."}, nil
}

// Unreadable puts on record that a message could not be decoded.
func (c *process) Unreadable(ctx workflow.Context) error {
	return c.note(ctx, rules.EventUnreadable, "a message could not be decoded")
}
