package change

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// A status that somebody moved by hand is a claim, never a decision (C22).

// setBack puts a ticket back that was moved by hand, where that claims something.
func (c *process) setBack(ctx workflow.Context, status string, live, settled bool, by compliance.Account) error {
	switch {
	case !settled || status == c.s.Expected:
		return nil
	case live, claims(status): // nobody's denial becomes an approval by moving the ticket
		return c.drifted(ctx, status, by)
	}
	return nil
}

// claims reports whether a status says something about the change that only
// its process can say. Where a requester keeps a ticket that was denied, in a
// backlog for example, is their own business, and submitted asks for a new version.
func claims(status string) bool {
	switch status {
	case statusInReview, statusApproved, statusWaiting, statusExecuting, string(rules.Verifying), statusRejected, statusExpired,
		statusWithdrawn, statusHeld, statusSuperseded, string(rules.Closed), string(rules.Failed), string(rules.RolledBack),
		string(rules.ExecutingUnapproved), string(rules.RetroReview), string(rules.Violation):
		return true
	}
	return false
}

// drifted puts a status moved by hand back: it is a claim, never a vote. Who made it
// is on record where the tracker said so.
func (c *process) drifted(ctx workflow.Context, status string, by compliance.Account) error {
	note := driftNote(c.s, status)
	if by.IsZero() {
		if err := c.move(ctx, rules.EventDrift, rules.MovedFacts{From: c.s.Expected, Detail: "the ticket was moved by hand to " + status}); err != nil {
			return err
		}
	} else {
		told, err := c.claimed(ctx, status, by)
		if err != nil {
			return err
		}
		note = append(note, told...)
	}
	c.Tell(note, c.s.Expected)
	c.s.Steps[len(c.s.Steps)-1].From = status
	return nil
}

// movedBy reports whether one of the events was this account moving the ticket
// into the status. That somebody touched it while another moved it is not enough.
func movedBy(hints []compliance.TicketEvent, a compliance.Account, status string) bool {
	for _, h := range hints {
		if !a.IsZero() && h.Actor == a && h.MovedTo == status {
			return true
		}
	}
	return false
}
