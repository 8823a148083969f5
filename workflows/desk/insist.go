package desk

import (
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Where a lasting failure is shown as coming from. A process may add its own.
const (
	AtTicket   = "ticket"
	AtCard     = "card"
	AtEvidence = "evidence"
	AtRules    = "rules"
)

// Insist repeats a step until it succeeds or repeating cannot help, and tells
// the people waiting, once per outage, that it keeps failing.
func Insist[R any](ctx workflow.Context, d *Desk, where string, step func(repeat bool) (R, error)) (R, error) {
	return insist(ctx, d, where, d.Again || d.Continued, step)
}

// insist is Insist for a step that may have been begun before, or not.
func insist[R any](ctx workflow.Context, d *Desk, where string, again bool, step func(repeat bool) (R, error)) (R, error) {
	r, err := steps.Persist(ctx,
		func(repeat bool) (R, error) { return step(repeat || again) },
		func(f steps.Failed) { d.Troubled(ctx, where, f.Text) })
	if err == nil {
		d.Recovered(where)
	}
	return r, err
}

// Outlast is Insist for what the process cannot go on without. What repeating
// does not mend a person has to, in the policy or at the vendor: it is shown
// and tried again every hour, because ending the run would lose what people
// decided. A thing that is gone is an answer, and is returned.
func Outlast[R any](ctx workflow.Context, d *Desk, where string, step func(repeat bool) (R, error)) (R, error) {
	for {
		r, err := Insist(ctx, d, where, step)
		if err == nil || temporal.IsCanceledError(err) || ctx.Err() != nil {
			return r, err
		}
		f := steps.Explain(err)
		if f.Class == compliance.Gone {
			return r, err
		}
		d.Troubled(ctx, where, f.Text)
		if err := workflow.Sleep(ctx, steps.LongestPause); err != nil {
			return r, err
		}
	}
}

// Troubled notes a failure that lasts and makes it visible on the other
// surfaces: on the card for the tracker, in the ticket for the card.
func (d *Desk) Troubled(ctx workflow.Context, where, text string) {
	for i := range d.Trouble {
		if d.Trouble[i].Surface == where {
			d.Trouble[i].Text = text
			return
		}
	}
	t := Trouble{Surface: where, Since: workflow.Now(ctx), Text: text}
	d.Trouble = append(d.Trouble, t)
	d.Logger.Warn("step keeps failing", "surface", where, "failure", text)
	if where != AtCard {
		d.behind = true
	}
	if where != AtTicket && (d.Number != "" || d.Early) {
		d.Tell(troubleNote(t), "")
	}
}

// Recovered takes the note back.
func (d *Desk) Recovered(where string) {
	for i := range d.Trouble {
		if d.Trouble[i].Surface == where {
			d.Trouble = append(d.Trouble[:i:i], d.Trouble[i+1:]...)
			d.behind = true
			return
		}
	}
}

// IsTroubled reports whether a failure of this kind lasts.
func (d *Desk) IsTroubled(where string) bool {
	for _, t := range d.Trouble {
		if t.Surface == where {
			return true
		}
	}
	return false
}

func troubleNote(t Trouble) []compliance.Fact {
	return []compliance.Fact{{Text: fmt.Sprintf("The %s has been failing (%s). Nothing is lost; it is tried again. Since", t.Surface, compliance.Cut(t.Text, 200)), At: t.Since}}
}
