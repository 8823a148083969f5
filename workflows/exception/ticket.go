package exception

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Open is the ticket of the matter that the exception excuses.
func (c *process) Open() (steps.OpenTicketInput, bool) {
	e := c.s.Exception
	if c.s.Task == 0 || !c.s.Setup.Tickets || e.State == rules.Refused {
		return steps.OpenTicketInput{}, false
	}
	ticket := compliance.NewTicket{
		Key: fmt.Sprintf("%s/task/%d", c.Owner(), c.s.Task), Site: c.s.Setup.Site, Kind: compliance.TicketException,
		Title: fmt.Sprintf("Exception from %s for %s (%s)", e.Control, c.s.Setup.Title, c.s.Number),
		Text:  taskText(c.s), Subject: c.Self, Due: e.Last.String(),
	}
	return steps.OpenTicketInput{Ticket: ticket, Assignee: e.Owner}, true
}

// openTask begins its ticket with a first comment. Without tickets of its kind
// what is owed to one is dropped by the desk.
func (c *process) openTask(comment []compliance.Fact) {
	c.s.Task++
	c.s.Ticket, c.s.Link, c.s.Expected = compliance.TicketRef{}, "", ""
	c.TicketGone = false
	c.Tell(comment, "requested")
}

// ticketStatus is the ticket's status in a state; empty when it stays what it was.
func ticketStatus(now, was rules.State) string {
	of := func(s rules.State) string {
		switch s {
		case rules.Requested:
			return "requested"
		case rules.InForce:
			return "in_force"
		case rules.Reopened, rules.Overdue:
			return "reopened"
		case rules.Ended:
			return "done"
		default:
			return "cancelled"
		}
	}
	if of(now) == of(was) {
		return ""
	}
	return of(now)
}

// followTicket follows up hints that the ticket was touched. Moving it is no act:
// a ticket that somebody resolves neither grants an exception nor ends one (A16).
func (c *process) followTicket(ctx workflow.Context) error {
	hints := c.Hinted
	c.Hinted = nil
	moved, deleted := false, false
	for _, h := range hints {
		if c.s.Ticket.ID == "" || h.TicketID != c.s.Ticket.ID || h.Site != c.s.Ticket.Site {
			continue // an earlier one, or forged: whoever may edit a ticket may name any subject
		}
		moved, deleted = moved || h.MovedTo != "", deleted || h.Deleted
	}
	switch {
	case !moved && !deleted:
		return nil
	case deleted:
		return c.Locked(ctx, func() error {
			if err := c.note(ctx, rules.EventDrift, "the ticket "+c.s.Ticket.Key+" was deleted"); err != nil {
				return err
			}
			c.TicketGone, c.s.Steps = true, nil
			c.openTask([]compliance.Fact{{Text: "The earlier ticket of " + c.s.Number + " was deleted. The exception is not over, so here is another one."}})
			if status := ticketStatus(c.s.Exception.State, rules.Requested); status != "" {
				c.Tell(movedNote(c.s), status)
			}
			return nil
		})
	}
	asked, idle := c.s.Sequence, len(c.s.Steps) == 0
	r, err := desk.Outlast(ctx, c.Desk, desk.AtTicket, func(bool) (steps.TicketReading, error) {
		return steps.ReadTicket(ctx, steps.ReadTicketInput{Ref: c.s.Ticket, Kind: compliance.TicketException})
	})
	if err != nil {
		return err
	}
	return c.Locked(ctx, func() error {
		// A status read while we were setting another one says nothing about anybody's hand.
		if r.Gone || !idle || c.s.Sequence != asked || r.Status == c.s.Expected {
			return nil
		}
		if err := c.note(ctx, rules.EventDrift, "the ticket "+c.s.Ticket.Key+" was moved by hand to "+r.Status); err != nil {
			return err
		}
		c.Tell([]compliance.Fact{{Text: fmt.Sprintf("This ticket was moved to %s by hand, which decides nothing about %s. Use the buttons of its card or `starter exception`; the status was set back.", r.Status, c.s.Number)}}, c.s.Expected)
		c.s.Steps[len(c.s.Steps)-1].From = r.Status
		return nil
	})
}
