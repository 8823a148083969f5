package incident

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/workflows/desk"
)

// receiveFacts takes what other processes tell this one.
func (p *process) receiveFacts(ctx workflow.Context) {
	desk.Receive(ctx, p.Desk, SignalAlerted, func(a Alerted) {
		p.owe("alerted", func(ctx workflow.Context) {
			if workflow.Await(ctx, p.Known) == nil {
				p.alerted(ctx, a)
			}
		})
	})
	desk.Receive(ctx, p.Desk, compliance.SignalRollbackEnded, func(e compliance.RollbackEnded) {
		p.owe("rollback ended", func(ctx workflow.Context) {
			if workflow.Await(ctx, p.Known) == nil {
				p.rollbackEnded(ctx, e)
			}
		})
	})
}

// alerted follows up what the source of the alert reported since.
func (p *process) alerted(ctx workflow.Context, a Alerted) {
	s := &p.s
	if a.Incident != s.Standing.ID {
		return // about an earlier one
	}
	if a.Count > s.Count {
		s.Count = a.Count
	}
	s.Left = max(s.Left, a.Left)
	if a.Severity != "" && a.Severity.WorseThan(s.Standing.Severity) && s.Standing.State.Pages() {
		s.Standing.Severity = a.Severity
		s.Standing = s.Standing.Release(workflow.Now(ctx))
		s.Logged(compliance.Fact{Text: "The source now reports " + severityText(a.Severity), At: a.At})
	}
	if a.Cleared && rules.CanMove(s.Standing.State, rules.Resolved) {
		from := s.Standing.State
		s.Logged(compliance.Fact{Text: "The source reports that it is over", At: a.At})
		p.moveBehind(ctx, rules.EventResolved, rules.MovedFacts{From: from, To: rules.Resolved, Reason: rules.FlapOver, Due: a.At})
		p.over(ctx)
	}
	p.move()
}

// followTickets looks at what happened to the incident's own ticket. It shows
// the incident and decides nothing: moving it by hand changes nothing here, and
// the next step of the mirror writes the state again.
func (p *process) followTickets() {
	for _, h := range p.Hinted {
		if h.Deleted && h.TicketID == p.s.Ticket.ID && h.TicketID != "" && !p.TicketGone {
			p.TicketGone = true
			p.s.Logged(compliance.Fact{Text: "The ticket was deleted; the incident goes on without it", At: h.Received})
			p.Show()
		}
		p.hinted(h)
	}
	p.Hinted = nil
}
