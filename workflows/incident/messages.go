package incident

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Known reports whether the rules were asked: until then nothing can be judged.
func (p *process) Known() bool { return p.s.Plan != nil }

// Knows reports whether this is an action on an incident.
func (p *process) Knows(action string) bool {
	_, ok := UpdateFor(action)
	return ok
}

// Immediate reports whether an act waits neither for the log nor for another
// act (G3). That a rollback failed pages somebody, so its report is one of them;
// who a page was given to is asked for at night, too.
func (p *process) Immediate(action string) bool {
	switch action {
	case rules.ActionAcknowledge, rules.ActionResolve, rules.ActionApprove, rules.ActionReport, rules.ActionReassign:
		return true
	}
	return false
}

// Judge judges an act and applies it.
func (p *process) Judge(ctx workflow.Context, in compliance.Inbound, came time.Time) (compliance.Reply, error) {
	switch in.Action {
	case rules.ActionAcknowledge:
		return p.acknowledge(ctx, in, came)
	case rules.ActionResolve:
		return p.resolve(ctx, in, came)
	case rules.ActionApprove:
		return p.approve(ctx, in, came)
	case rules.ActionReport:
		return p.report(ctx, in, came)
	case rules.ActionReassign:
		return p.reassign(ctx, in, came)
	default:
		return p.judged(ctx, in)
	}
}

// Unreadable puts on record that a message could not be decoded.
func (p *process) Unreadable(ctx workflow.Context) error {
	p.moveBehind(ctx, rules.EventUnreadable, rules.MovedFacts{From: p.s.Standing.State, Detail: "a message could not be decoded"})
	return nil
}

// Picture is the card. It waits for the channel it belongs to.
func (p *process) Picture() (string, compliance.Card, bool) {
	if p.s.Room == nil || p.s.Plan == nil {
		return "", compliance.Card{}, false
	}
	return p.s.Room.Channel, p.render(), true
}

// Open is the ticket that shows the incident to those who do not read its
// channel; nothing where the rules have none.
func (p *process) Open() (steps.OpenTicketInput, bool) {
	s := &p.s
	if s.Plan == nil || !s.Plan.Ticket {
		return steps.OpenTicketInput{}, false
	}
	return steps.OpenTicketInput{Ticket: compliance.NewTicket{
		Key: p.Owner() + "/ticket", Site: s.Plan.Site, Kind: compliance.TicketIncident, Title: s.Title, Text: s.Text, Subject: p.Self,
		Fields: map[string]string{"severity": string(s.Standing.Severity), "system": s.Plan.Named},
	}}, true
}
