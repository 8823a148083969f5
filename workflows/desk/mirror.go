package desk

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/workflows/steps"
)

// begun is what the run before may have begun: it alone is looked for before it
// is written. To look for whatever a run writes after it continued would have it
// read whole conversations for the rest of its life.
type begun struct {
	card         bool // no card is known, and one may be there
	notes, steps int  // the oldest of those that are owed
}

// Mirror starts one coroutine per surface, and one for the records that did not
// wait, and returns what stops them. They show what is already on record; no
// surface ever blocks the process.
func (d *Desk) Mirror(ctx workflow.Context) (stop func()) {
	ctx, cancel := workflow.WithCancel(ctx)
	d.Background(ctx, "card", func(ctx workflow.Context) {
		for d.pendingCard(ctx) {
			d.showCard(ctx)
		}
	})
	d.Background(ctx, "ticket", func(ctx workflow.Context) {
		for d.pendingStep(ctx) {
			d.advanceTicket(ctx)
		}
	})
	d.Background(ctx, "behind", func(ctx workflow.Context) {
		for d.pendingRecord(ctx) {
			d.appendBehind(ctx)
		}
	})
	return cancel
}

// pendingCard waits until the card is behind the state; false when there is
// nothing more to show.
func (d *Desk) pendingCard(ctx workflow.Context) bool {
	due := func() bool { return (d.behind && d.pictured()) || len(d.Notes) > 0 }
	err := workflow.Await(ctx, func() bool { return due() || d.closing })
	return err == nil && ctx.Err() == nil && due() // a wait whose condition holds does not see that it was cancelled
}

func (d *Desk) pictured() bool {
	_, _, ok := d.process.Picture()
	return ok
}

// showCard shows the latest state, whatever happened since the last time, and
// adds the oldest note that is still to be written.
func (d *Desk) showCard(ctx workflow.Context) {
	d.behind = false
	var note *compliance.Note
	if len(d.Notes) > 0 {
		n := d.Notes[0]
		note = &n
	}
	if !d.pictured() {
		d.Notes, d.begun.notes = nil, 0
		return
	}
	again := d.Again || d.begun.card || note != nil && d.begun.notes > 0
	posted, err := insist(ctx, d, AtCard, again, func(repeat bool) (compliance.Posted, error) {
		channel, card, _ := d.process.Picture() // of now: the wait may have been long
		return steps.ShowCard(ctx, steps.ShowCardInput{Channel: channel, At: d.Posted, Card: card, Note: note, Repeat: repeat})
	})
	switch {
	case err == nil:
		d.Posted = &posted
	case ctx.Err() != nil:
		d.behind = true // the next run shows it
		return
	default:
		// Refused for good: this picture is given up, the next state gets another try.
		d.Troubled(ctx, AtCard, steps.Explain(err).Text)
	}
	d.begun.card = false
	if note != nil {
		d.Notes, d.begun.notes = d.Notes[1:], max(d.begun.notes-1, 0)
	}
}

// Call adds a note to the card's thread, which notifies its people; an edited
// card alone does not. The key is written once.
func (d *Desk) Call(key, text string, people ...compliance.PersonID) {
	d.Notes = append(d.Notes, compliance.Note{Key: key, Text: text, People: people})
	d.behind = true
}

// Tell queues one comment and one status for the ticket. The event key is
// fixed here, once, whatever happens to the step later.
func (d *Desk) Tell(comment []compliance.Fact, status string) {
	d.Sequence++
	key := fmt.Sprintf("%s/ticket/%d", d.Owner(), d.Sequence)
	d.Steps = append(d.Steps, compliance.TicketStep{
		Key: key, Ref: d.Ticket, Comment: comment, Status: status, From: d.Expected,
	})
	if status != "" {
		d.Expected = status
	}
	d.behind = true
}

// pendingStep waits for a step to write; false when there is nothing more.
func (d *Desk) pendingStep(ctx workflow.Context) bool {
	err := workflow.Await(ctx, func() bool { return len(d.Steps) > 0 || d.closing })
	return err == nil && ctx.Err() == nil && len(d.Steps) > 0
}

// advanceTicket opens the ticket where there is none yet, and writes the oldest
// step; comments keep their order.
func (d *Desk) advanceTicket(ctx workflow.Context) {
	if d.Ticket.ID == "" && !d.openTicket(ctx) {
		return
	}
	step := d.Steps[0]
	if step.Ref.ID == "" {
		step.Ref = d.Ticket
	}
	step.Kind = d.TicketKind
	_, err := insist(ctx, d, AtTicket, d.Again || d.begun.steps > 0, func(repeat bool) (steps.Done, error) {
		return steps.Done{}, steps.AdvanceTicket(ctx, steps.AdvanceTicketInput{Step: step, Repeat: repeat})
	})
	if err != nil && ctx.Err() != nil {
		return // carried over to the next run
	}
	if err != nil {
		f := steps.Explain(err)
		d.Troubled(ctx, AtTicket, f.Text)
		if f.Class == compliance.Gone && !d.closing && !d.TicketGone {
			// Not known to be deleted: a permission may come back, and the comment is still owed.
			_ = workflow.Sleep(ctx, steps.LongestPause) // a cancellation shows at the next wait
			return
		}
	}
	d.stepDone()
}

// stepDone takes the oldest step off.
func (d *Desk) stepDone() {
	d.Steps, d.begun.steps = d.Steps[1:], max(d.begun.steps-1, 0)
}

// openTicket opens the ticket that the process wants. False when there is none
// yet: what is owed to it stays owed, unless none is wanted.
func (d *Desk) openTicket(ctx workflow.Context) bool {
	if _, wanted := d.process.Open(); !wanted {
		d.stepDone()
		return false
	}
	var kind compliance.TicketKind
	opened, err := Insist(ctx, d, AtTicket, func(repeat bool) (steps.OpenedTicket, error) {
		in, _ := d.process.Open()
		in.Repeat = in.Repeat || repeat
		in.Ticket.Subject = d.Self // what happens to the ticket reaches this process
		kind = in.Ticket.Kind
		return steps.OpenTicket(ctx, in)
	})
	switch {
	case err == nil:
		d.Ticket, d.TicketKind, d.Link, d.behind = opened.Ref, kind, opened.Link, true
		return true
	case ctx.Err() != nil:
		return false
	}
	// A person has to mend the policy or a permission; the tracker must not
	// keep the run from ending meanwhile.
	d.Troubled(ctx, AtTicket, steps.Explain(err).Text)
	if d.closing {
		d.Steps, d.begun.steps = nil, 0
		return false
	}
	_ = workflow.Sleep(ctx, steps.LongestPause)
	return false
}
