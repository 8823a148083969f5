package change

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Known reports whether it is certain what becomes of the ticket: it has its
// number, or there is nothing to give one to.
func (c *process) Known() bool { return c.s.Number != "" || c.s.State.Terminal() }

// Knows reports whether this is an action on a change.
func (c *process) Knows(action string) bool {
	_, ok := UpdateFor(action)
	return ok
}

// Immediate is nothing here: every act on a change waits for its record.
func (c *process) Immediate(string) bool { return false }

// Judge judges an act and applies what was recorded.
func (c *process) Judge(ctx workflow.Context, in compliance.Inbound, came time.Time) (compliance.Reply, error) {
	switch in.Action {
	case rules.ActionApprove, rules.ActionDeny, rules.ActionAbstain:
		return c.decide(ctx, in, came)
	case rules.ActionStart:
		return c.start(ctx, in)
	case rules.ActionGate:
		return c.handOver(ctx, in)
	case rules.ActionBreakGlass, rules.ActionAcknowledge, rules.ActionReview, rules.ActionRemedy:
		return c.emergency(ctx, in, came)
	case rules.ActionFinish:
		if c.s.State == rules.ExecutingUnapproved {
			return c.emergency(ctx, in, came)
		}
		return c.finish(ctx, in)
	case rules.ActionHold, rules.ActionObject:
		return c.hold(ctx, in, came)
	case rules.ActionResume:
		return c.resume(ctx, in, came)
	case rules.ActionProceed:
		return c.proceed(ctx, in)
	default:
		return c.withdraw(ctx, in)
	}
}

// Unreadable puts on record that a message could not be decoded.
func (c *process) Unreadable(ctx workflow.Context) error {
	return c.move(ctx, rules.EventUnreadable, rules.MovedFacts{Detail: "a message could not be decoded"})
}

// Picture is the card. A version refused at the door has none: it is between
// the requester and the ticket.
func (c *process) Picture() (string, compliance.Card, bool) {
	if c.s.Posted == nil && (c.s.Number == "" || c.s.Version.Level == 0 && c.s.Emergency == nil) {
		return "", compliance.Card{}, false
	}
	return c.s.Version.Route.Channel, render(c.s, c.Self), true
}

// Open is nothing: a change comes from its ticket.
func (c *process) Open() (steps.OpenTicketInput, bool) { return steps.OpenTicketInput{}, false }
