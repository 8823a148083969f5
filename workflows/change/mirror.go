package change

import (
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/steps"
)

// mirror starts one coroutine per surface and returns what stops them. They
// show what is already on record; no surface ever blocks the process.
func (c *process) mirror(ctx workflow.Context) (stop func()) {
	ctx, cancel := workflow.WithCancel(ctx)
	c.busy += 2
	workflow.GoNamed(ctx, "card", func(ctx workflow.Context) {
		defer func() { c.busy-- }()
		for c.pendingCard(ctx) {
			c.showCard(ctx)
		}
	})
	workflow.GoNamed(ctx, "ticket", func(ctx workflow.Context) {
		defer func() { c.busy-- }()
		for c.pendingStep(ctx) {
			c.advanceTicket(ctx)
		}
	})
	return cancel
}

// pendingCard waits until the card is behind the state; false when there is
// nothing more to show. A version that was refused at the door has no card.
func (c *process) pendingCard(ctx workflow.Context) bool {
	due := func() bool { return (c.card && c.shown()) || len(c.s.Notes) > 0 }
	err := workflow.Await(ctx, func() bool { return due() || c.closing })
	return err == nil && ctx.Err() == nil && due() // a wait whose condition holds does not see that it was cancelled
}

// shown reports whether this change belongs on a card: there is one, or a level
// was opened. A version refused at the door is between requester and ticket.
func (c *process) shown() bool {
	return c.s.Posted != nil || c.s.Number != "" && c.s.Version.Level > 0
}

// showCard shows the latest state, whatever happened since the last time, and
// adds the oldest note that is still to be written.
func (c *process) showCard(ctx workflow.Context) {
	c.card = false
	var note *compliance.Note
	if len(c.s.Notes) > 0 {
		n := c.s.Notes[0]
		note = &n
	}
	if !c.shown() {
		c.s.Notes = nil
		return
	}
	posted, err := insist(ctx, c, onCard, func(repeat bool) (compliance.Posted, error) {
		return steps.ShowCard(ctx, steps.ShowCardInput{
			Channel: c.s.Version.Route.Channel, At: c.s.Posted, Card: render(c.s, c.self), Note: note, Repeat: repeat,
		})
	})
	switch {
	case err == nil:
		c.s.Posted = &posted
	case ctx.Err() != nil:
		c.card = true // the next run shows it
		return
	default:
		// Refused for good: this picture is given up, the next state gets another try.
		c.trouble(ctx, onCard, steps.Explain(err).Text)
	}
	if note != nil {
		c.s.Notes = c.s.Notes[1:]
	}
}

// pendingStep waits for a step to write; false when there is nothing more.
func (c *process) pendingStep(ctx workflow.Context) bool {
	err := workflow.Await(ctx, func() bool { return len(c.s.Steps) > 0 || c.closing })
	return err == nil && ctx.Err() == nil && len(c.s.Steps) > 0
}

// advanceTicket writes the oldest step; comments keep their order.
func (c *process) advanceTicket(ctx workflow.Context) {
	step := c.s.Steps[0]
	_, err := insist(ctx, c, onTicket, func(repeat bool) (steps.Done, error) {
		return steps.Done{}, steps.AdvanceTicket(ctx, steps.AdvanceTicketInput{Step: step, Repeat: repeat})
	})
	if err != nil && ctx.Err() != nil {
		return // carried over to the next run
	}
	if err != nil {
		f := steps.Explain(err)
		c.trouble(ctx, onTicket, f.Text)
		if f.Class == compliance.Gone && !c.closing && c.s.Reason != rules.TicketDeleted {
			// Not known to be deleted: a permission may come back, and the comment is still owed.
			_ = workflow.Sleep(ctx, steps.LongestPause) // a cancellation shows at the next wait
			return
		}
	}
	c.s.Steps = c.s.Steps[1:]
}

// stage upserts every search attribute at once; called on stage changes only,
// because each upsert costs the engine as much as an activity's start.
func (c *process) stage(ctx workflow.Context) {
	v := c.s.Version
	awaiting, due := c.awaiting()
	names := make([]string, len(awaiting))
	for i, p := range awaiting {
		names[i] = string(p)
	}
	stage := string(c.s.State)
	if c.s.State == rules.Open {
		stage = string(v.State)
	}
	updates := []temporal.SearchAttributeUpdate{
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeProcess).ValueSet("change"),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeStage).ValueSet(stage),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeNumber).ValueSet(c.s.Number),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeSystem).ValueSet(v.Snapshot.System),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeEnvironment).ValueSet(v.Snapshot.Environment),
		temporal.NewSearchAttributeKeyKeywordList(compliance.AttributeAwaiting).ValueSet(names),
	}
	dueKey := temporal.NewSearchAttributeKeyTime(compliance.AttributeDue)
	if due.IsZero() {
		updates = append(updates, dueKey.ValueUnset())
	} else {
		updates = append(updates, dueKey.ValueSet(due))
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, updates...); err != nil {
		// Lists are a convenience; the evidence index is the truth.
		c.log.Error("search attributes not set", "error", err)
	}
	workflow.SetCurrentDetails(ctx, details(c.s))
	c.card = true
}

// details is what the engine's own page shows a visitor.
func details(s State) string {
	text := fmt.Sprintf("**%s** %s\n\n%s", s.Number, s.Version.Snapshot.Title, status(s))
	for _, t := range s.Trouble {
		text += fmt.Sprintf("\n\nTrouble with the %s since %s: %s", t.Surface, t.Since.UTC().Format("2006-01-02 15:04 UTC"), t.Text)
	}
	return text
}
