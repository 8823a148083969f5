package change

import (
	"go.temporal.io/sdk/workflow"

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
		func(repeat bool) (R, error) { return step(repeat || c.reset) },
		func(f steps.Failed) { c.trouble(ctx, where, f.Text) })
	if err == nil {
		c.recovered(where)
	}
	return r, err
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
