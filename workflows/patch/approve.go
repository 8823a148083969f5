package patch

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	rules "github.com/lowcodex/countersign/compliance/patch"
	changes "github.com/lowcodex/countersign/workflows/change"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/executor"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Where a lasting failure is shown as coming from, besides the desk's own.
const (
	AtPlatform = "platform"
	AtChange   = "change"
)

// zero is the instant that never comes.
var zero time.Time

// awaitApproval has the plan approved as a change of its own (P27), and waits.
// The change lives on by itself: it closes last.
func (p *process) awaitApproval(ctx workflow.Context) error {
	if p.s.Change == "" {
		if err := p.askApproval(ctx); err != nil {
			return err
		}
	}
	moved := func() bool {
		_, _, ended := judgeEnded(p.s.Approval)
		return p.s.Approval.Given() || ended
	}
	if _, err := p.Await(ctx, zero, moved); err != nil {
		return err
	}
	if over, err := p.unapproved(ctx); over || err != nil {
		return err
	}
	return p.Locked(ctx, func() error {
		a := p.s.Approval
		if !a.Given() {
			return nil
		}
		err := p.record(ctx, p.sequence("approved"), rules.EventPlanned, rules.Rolling, rules.PlannedFacts{
			Plan: p.s.Route.Plan, Hash: p.s.Hash, Triggers: rules.Triggers(), Change: a.Number,
		})
		if err != nil {
			return err
		}
		p.s.State = rules.Rolling
		p.s.Turn++
		p.stage(ctx)
		return nil
	})
}

// askApproval opens the ticket, which is looked for by its key after a crash, and
// submits it.
func (p *process) askApproval(ctx workflow.Context) error {
	p.s.Asking = true
	if p.s.Ticket.ID == "" {
		opened, err := desk.Outlast(ctx, p.Desk, desk.AtTicket, func(repeat bool) (steps.OpenedTicket, error) {
			in, err := p.ticket(ctx)
			if err != nil {
				return steps.OpenedTicket{}, err
			}
			in.Repeat = repeat
			return steps.OpenTicket(ctx, in)
		})
		if err != nil {
			return err
		}
		p.s.Ticket, p.s.Link = opened.Ref, opened.Link
		p.Show()
	}
	err := executor.Submit(ctx, p.Owner()+"/ticket/submitted", p.s.Ticket, "rollout "+p.s.Number, func(step func(bool) (steps.Done, error)) error {
		_, err := desk.Outlast(ctx, p.Desk, desk.AtTicket, step)
		return err
	})
	if err != nil {
		return err
	}
	return p.s.Carrying.Open(ctx, changes.Input{Ticket: p.s.Ticket, Executor: p.Self, Chain: p.s.Route.Chain, Submitter: p.s.Asked.Actor})
}

// ticket is the change as its approvers read it: the plan with its hash, how it is
// tested, and the way back.
func (p *process) ticket(ctx workflow.Context) (steps.OpenTicketInput, error) {
	r := p.s.Route
	text, _, err := fixed(r.Plan)
	if err != nil {
		return steps.OpenTicketInput{}, temporal.NewNonRetryableApplicationError(err.Error(), string(compliance.Invalid), err)
	}
	actor := p.s.Asked.Actor
	if actor.IsZero() {
		actor = r.OwnerAccount
	}
	who := actor.Provider + ":" + actor.ID
	fields := map[string]string{
		"title": p.title(), "purpose": p.purpose(), "system": r.System, "environment": r.Environment, "risk": p.risk(),
		"plan": text, "test_plan": testPlan(r.Plan), "rollback": wayBackText(r.Plan), "rollback_owner": who, "implementer": who,
		"duration": r.Plan.Rings[0].Duration.String(), "vendor_version": r.Plan.Payload.Version,
	}
	if tested := p.tested(ctx); tested != "" {
		fields["rollback_tested_on"] = tested
	}
	return steps.OpenTicketInput{Actor: actor, Ticket: compliance.NewTicket{Key: p.Owner() + "/change", Site: r.Site, Fields: fields}}, nil
}

// tested is the day on which the way back was last tried, which a change must say:
// a backup of the first target is restored where nothing runs. Without such a
// place, or when that fails, nobody says it was tried.
func (p *process) tested(ctx workflow.Context) string {
	b, err := p.proveOne(ctx, p.s.Route.Targets[0], "tried")
	if err != nil || b.Probe == nil || b.Probe.Of != b.Probe.Read {
		return ""
	}
	return b.Probe.At.UTC().Format("2006-01-02")
}

func (p *process) risk() string {
	if p.s.Asked.Risk != "" {
		return p.s.Asked.Risk
	}
	return "medium"
}

// receiveApprovals takes what the change tells: how the approval stands, and what
// came of a report.
func (p *process) receiveApprovals(ctx workflow.Context) {
	desk.Receive(ctx, p.Desk, changes.SignalApproval, func(a change.Approval) {
		lost := p.s.Told(a)
		if lost && p.s.touched() && !a.State.Terminal() {
			p.s.ApprovalBy = workflow.Now(ctx).Add(p.s.Route.Wait)
		}
		p.Show()
	})
}

// startChange asks the change to begin. False when it may not begin now; what then
// follows is the next decision's.
func (p *process) startChange(ctx workflow.Context) (bool, error) {
	if p.s.Approval.State == change.Executing {
		return true, nil
	}
	err := p.s.Begin(ctx, p.Owner(), p.s.Number+" begins with its first ring.", func() bool { return false })
	if err != nil {
		return false, err
	}
	switch {
	case p.s.Start.Begun():
		p.Recovered(AtChange)
		return true, nil
	case p.s.Start.Answered:
		p.Troubled(ctx, AtChange, p.s.Start.Reason.Text())
	default:
		p.Troubled(ctx, AtChange, "it does not answer")
	}
	return false, p.s.Rest(ctx, p.s.Route.System, p.s.Route.Environment)
}
