package change

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Where a lasting failure is shown as coming from.
const (
	onTicket   = "ticket"
	onCard     = "card"
	onEvidence = "evidence"
	onRules    = "rules"
)

// insist repeats a step until it succeeds or repeating cannot help, and tells
// the people waiting, once per outage, that it keeps failing.
func insist[R any](ctx workflow.Context, c *process, where string, step func(repeat bool) (R, error)) (R, error) {
	r, err := steps.Persist(ctx,
		func(repeat bool) (R, error) { return step(repeat || c.again) },
		func(f steps.Failed) { c.trouble(ctx, where, f.Text) })
	if err == nil {
		c.recovered(where)
	}
	return r, err
}

// outlast is insist for what the process cannot go on without. What repeating
// does not mend a person has to, in the policy or at the vendor: it is shown
// and tried again every hour, because ending the run would lose its votes. A
// thing that is gone is an answer, and is returned.
func outlast[R any](ctx workflow.Context, c *process, where string, step func(repeat bool) (R, error)) (R, error) {
	for {
		r, err := insist(ctx, c, where, step)
		if err == nil || temporal.IsCanceledError(err) || ctx.Err() != nil {
			return r, err
		}
		f := steps.Explain(err)
		if f.Class == compliance.Gone {
			return r, err
		}
		c.trouble(ctx, where, f.Text)
		if err := workflow.Sleep(ctx, steps.LongestPause); err != nil {
			return r, err
		}
	}
}

// trouble notes a failure that lasts and makes it visible on the other
// surfaces: on the card for the tracker, in the ticket for the card.
func (c *process) trouble(ctx workflow.Context, where, text string) {
	for i := range c.s.Trouble {
		if c.s.Trouble[i].Surface == where {
			c.s.Trouble[i].Text = text
			return
		}
	}
	t := Trouble{Surface: where, Since: workflow.Now(ctx), Text: text}
	c.s.Trouble = append(c.s.Trouble, t)
	c.log.Warn("step keeps failing", "surface", where, "failure", text)
	if where != onCard {
		c.card = true
	}
	if where != onTicket && c.s.Number != "" {
		c.tell(troubleNote(t), "")
	}
}

// recovered takes the note back.
func (c *process) recovered(where string) {
	for i := range c.s.Trouble {
		if c.s.Trouble[i].Surface == where {
			c.s.Trouble = append(c.s.Trouble[:i:i], c.s.Trouble[i+1:]...)
			c.card = true
			return
		}
	}
}

// troubled reports whether a failure of this kind lasts.
func (c *process) troubled(where string) bool {
	for _, t := range c.s.Trouble {
		if t.Surface == where {
			return true
		}
	}
	return false
}
