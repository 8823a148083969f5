package change

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// An emergency is over when somebody independent has reviewed it (C33). Until then
// the change is not closed; late, it ends as a violation, for good.

// reportedUnapproved begins the wait for the review. The outcome is kept for how
// the change ends.
func (c *process) reportedUnapproved(ctx workflow.Context, note string) {
	e := c.s.Emergency
	c.s.Result, c.s.State = note, rules.RetroReview
	c.s.Logged(compliance.Fact{Text: finishedText(e.Outcome), People: []compliance.PersonID{c.s.Version.Route.Implementer}, At: e.FinishedAt})
	c.Tell(retroNote(c.s), c.mapped(string(rules.RetroReview)))
	text := fmt.Sprintf("%s was carried out without approval, for %s: your review is asked for.", c.s.Number, e.Incident)
	if past := e.Bypassed.GateText(); past != "" {
		text += " It went past an open gate, " + past + "."
	}
	c.Call(c.emergencyKey("review"), text, e.Retro.Reviewers...)
	c.stage(ctx)
}

// awaitRetro waits for the review and, where that asks for one, for the remedy.
// Those who are to act are called at half time and a day before, the control owner
// when it is late; after that it is a violation.
func (c *process) awaitRetro(ctx workflow.Context) error {
	e := c.s.Emergency
	if e.Retro.Over() {
		return c.verify(ctx) // compared with its ticket, like every change
	}
	step, passed, at := rules.NextRetro(e, workflow.Now(ctx))
	moved := func() bool { return c.s.State != rules.RetroReview || c.s.Emergency != e }
	if step == rules.RetroWait {
		_, err := c.Await(ctx, at, moved)
		return err
	}
	// Who acted in time comes before the clock.
	if err := c.Hear(ctx); err != nil {
		return err
	}
	return c.Locked(ctx, func() error {
		if moved() {
			return nil
		}
		now, r := *e, *e.Retro
		now.Retro, r.Reminded = &r, passed
		return c.chase(ctx, step, &now)
	})
}

// chase puts on record that a review or a remedy is owed or late, then has people
// called, or ends the change as a violation.
func (c *process) chase(ctx workflow.Context, step rules.RetroStep, e *rules.Emergency) error {
	r := e.Retro
	what, reason, people, due := "the review of "+c.s.Number, rules.NotReviewedInTime, r.Reviewers, r.Due
	if r.Outstanding() {
		what, reason, people, due = "what the review of "+c.s.Number+" asks for", rules.NotRemediedInTime, []compliance.PersonID{c.s.Version.Route.Implementer}, r.RemedyDue
	}
	facts := rules.MovedFacts{From: string(c.s.State), Emergency: e}
	kind, text := rules.EventReviewReminded, fmt.Sprintf("Still owed: %s, before %s.", what, due.UTC().Format("2 January, 15:04 UTC"))
	switch step {
	case rules.RetroEscalate:
		r.Escalated = workflow.Now(ctx)
		kind, people = rules.EventReviewEscalated, append([]compliance.PersonID{e.Rules.ControlOwner}, people...)
		text = fmt.Sprintf("Late: %s was due %s. It becomes a violation %s.", what, due.UTC().Format("2 January, 15:04 UTC"), due.Add(e.Rules.EscalateFor).UTC().Format("2 January, 15:04 UTC"))
	case rules.RetroViolate:
		kind, facts.To, facts.Reason, people = rules.EventViolation, string(rules.Violation), reason, []compliance.PersonID{e.Rules.ControlOwner, e.Invoker}
		text = c.s.Number + ": " + reason.Text()
	}
	if err := c.move(ctx, kind, facts); err != nil {
		return err
	}
	c.s.Emergency = e
	c.Call(c.emergencyKey(fmt.Sprintf("%s/%d", step, c.s.Sequence)), text, people...)
	if step == rules.RetroViolate {
		c.ended(ctx, rules.Violation, reason)
	}
	c.Show()
	return nil
}

// reviewed applies the review: the change goes on to its end, or waits for a remedy.
func (c *process) reviewed(ctx workflow.Context, to rules.State, note string) {
	e := c.s.Emergency
	text := "Reviewed, would have been approved, by"
	if e.Retro.Verdict == rules.WouldNot {
		text = "Reviewed, would not have been approved (" + note + "), by"
	}
	c.s.Logged(compliance.Fact{Text: text, People: []compliance.PersonID{e.Retro.By}, At: e.Retro.At})
	if to.Terminal() && to != rules.Closed {
		c.ended(ctx, to, c.retroDeviation())
		return
	}
	if e.Retro.Outstanding() {
		c.Tell(remedyNote(c.s), "")
		c.Call(c.emergencyKey("remedy"), c.s.Number+": "+rules.WouldNotApprove.Text(), c.s.Version.Route.Implementer, e.Invoker)
	}
	c.stage(ctx)
}

// remedied applies the remedy.
func (c *process) remedied(ctx workflow.Context, to rules.State) {
	r := c.s.Emergency.Retro
	text := "Rolled back, as reported by"
	if r.Remedy == rules.RemedyFollowUp {
		text = "Followed up by " + r.FollowUp + ", as reported by"
	}
	c.s.Logged(compliance.Fact{Text: text, People: []compliance.PersonID{c.s.Version.Route.Implementer}, At: workflow.Now(ctx)})
	if to == rules.RolledBack {
		c.ended(ctx, to, c.retroDeviation())
	}
	c.Show()
}

// retroDeviation is why an emergency does not end as an approved change would, OK
// when it does.
func (c *process) retroDeviation() rules.Reason {
	if e := c.s.Emergency; e != nil && e.Retro != nil && e.Retro.Verdict == rules.WouldNot {
		return rules.WouldNotApprove
	}
	return rules.OK
}
