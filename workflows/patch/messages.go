package patch

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Known reports whether it is certain what becomes of the rollout: it has its number.
func (p *process) Known() bool { return p.s.Number != "" }

// Knows reports whether this is an action on a rollout.
func (p *process) Knows(action string) bool {
	_, ok := UpdateFor(action)
	return ok
}

// Immediate is the order of the way back: it waits neither for the log nor for
// another act (G3).
func (p *process) Immediate(action string) bool { return action == rules.ActionRollBack }

// Judge judges an act and applies it.
func (p *process) Judge(ctx workflow.Context, in compliance.Inbound, _ time.Time) (compliance.Reply, error) {
	if in.Action == rules.ActionRollBack {
		return p.order(ctx, in)
	}
	return p.act(ctx, in)
}

// Unreadable puts on record that a message could not be decoded.
func (p *process) Unreadable(ctx workflow.Context) error {
	p.s.Sequence++
	return p.record(ctx, p.sequence("unreadable"), rules.EventUnreadable, "", rules.MovedFacts{To: p.s.State, Detail: "a message could not be decoded"})
}

// Picture is the card. It waits for the channel it belongs to.
func (p *process) Picture() (string, compliance.Card, bool) {
	if p.s.Number == "" || p.s.Route == nil || p.s.Route.Channel == "" {
		return "", compliance.Card{}, false
	}
	return p.s.Route.Channel, render(p.s, p.Self), true
}

// Open is the ticket of the change by which the rollout is approved. It is opened
// by the approval; until then nothing is owed to it.
func (p *process) Open() (steps.OpenTicketInput, bool) { return steps.OpenTicketInput{}, false }
