package rules

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/rules"
	changes "github.com/lowcodex/countersign/workflows/change"
	"github.com/lowcodex/countersign/workflows/executor"
	"github.com/lowcodex/countersign/workflows/steps"
)

// receiveApprovals takes what the change tells: how the approval stands, and what
// came of a report.
func (p *proposal) receiveApprovals(ctx workflow.Context) {
	told := workflow.GetSignalChannel(ctx, changes.SignalApproval)
	workflow.GoNamed(ctx, "approvals", func(ctx workflow.Context) {
		for {
			var a change.Approval
			if !told.Receive(ctx, &a) {
				return
			}
			p.carrying.Told(a)
			p.s.Number = a.Number
		}
	})
}

// askChange opens the ticket, which is looked for by its key after a crash, and
// submits it as a change, which is routed by the rules in force like any other.
func (p *proposal) askChange(ctx workflow.Context) error {
	opened, err := steps.Persist(ctx, func(repeat bool) (steps.OpenedTicket, error) {
		return steps.OpenTicket(ctx, steps.OpenTicketInput{
			Actor: p.in.Actor, Ticket: compliance.NewTicket{Key: p.self, Site: p.draft.Site, Fields: p.fields(ctx)}, Repeat: repeat,
		})
	}, steps.Waiting(ctx, "It"))
	if err != nil {
		return p.unopened(ctx, err)
	}
	p.s.Ticket, p.s.Link = opened.Ref, opened.Link
	err = executor.Submit(ctx, p.self+"/submitted", opened.Ref, "proposal of the rules "+compliance.ShortDigest(p.s.Rules), func(step func(bool) (steps.Done, error)) error {
		_, err := steps.Persist(ctx, step, steps.Waiting(ctx, "It"))
		return err
	})
	if err != nil {
		return p.unopened(ctx, err)
	}
	if err := p.carrying.Open(ctx, changes.Input{Ticket: opened.Ref, Executor: p.self, Submitter: p.in.Actor}); err != nil {
		return err
	}
	p.s.Change, p.s.Stage = p.carrying.Change, Deciding
	return nil
}

// unopened puts on record that there is no change to decide.
func (p *proposal) unopened(ctx workflow.Context, err error) error {
	p.s.Detail = steps.Explain(err).Text
	calm, _ := workflow.NewDisconnectedContext(ctx)
	return p.end(calm, rules.EventNotAdopted, rules.NotApproved)
}

// fields are the change as its approvers read it. The way back is the rules in force,
// which are kept and were read back when these were compared with them.
func (p *proposal) fields(ctx workflow.Context) map[string]string {
	d := p.draft
	who := p.in.Actor.Provider + ":" + p.in.Actor.ID
	purpose := p.in.Purpose
	if purpose == "" {
		purpose = "Change the organisation's rules"
	}
	return map[string]string{
		"title": "Change the rules to " + compliance.ShortDigest(d.Rules), "purpose": purpose,
		"system": d.System, "environment": d.Environment, "risk": d.Risk, "plan": d.Plan,
		"test_plan":          "The rules were checked as a whole before they were sent, and compared with those in force. After they came into force the record is read: it must name their digest.",
		"rollback":           "Propose the rules " + d.Base + " again, which are kept. They were read back when this was opened.",
		"rollback_tested_on": workflow.Now(ctx).UTC().Format(time.DateOnly),
		"rollback_owner":     who, "implementer": who, "duration": d.Lasts.String(),
	}
}

// carry waits for the approval, and brings the rules into force while the change is
// carried out. Whatever ends the approval ends the proposal.
func (p *proposal) carry(ctx workflow.Context) error {
	for {
		over := func() bool { _, ended := p.ended(); return ended || p.carrying.Approval.Given() }
		if err := workflow.Await(ctx, over); err != nil {
			return p.giveUp(ctx, rules.NotApproved)
		}
		if why, ended := p.ended(); ended {
			return p.giveUp(ctx, why)
		}
		if p.carrying.Approval.Plan != change.PlanDigest(p.draft.Plan) {
			return p.giveUp(ctx, rules.ContentChanged)
		}
		if why := p.stillWanted(ctx); why != rules.OK {
			return p.giveUp(ctx, why)
		}
		begun, err := p.begin(ctx)
		if err != nil {
			return p.giveUp(ctx, rules.NotApproved)
		}
		if begun {
			return p.execute(ctx)
		}
	}
}

// ended says why nothing can come of the change any more.
func (p *proposal) ended() (rules.Reason, bool) {
	a := p.carrying.Approval
	if a.State.Terminal() || a.Review == change.Rejected || a.Review == change.Expired {
		return rules.NotApproved, true
	}
	return rules.OK, false
}

// stillWanted looks whether what is in force is still what was compared with.
func (p *proposal) stillWanted(ctx workflow.Context) rules.Reason {
	s, err := steps.Persist(ctx, func(bool) (rules.Standing, error) { return steps.RecallStanding(ctx) }, steps.Waiting(ctx, "It"))
	if err != nil {
		return rules.NotApproved // an operator ends the run
	}
	return s.JudgeProposal(p.s.Base, p.s.Rules)
}

// begin asks the change to start; false when it may not now.
func (p *proposal) begin(ctx workflow.Context) (bool, error) {
	if p.carrying.Approval.State == change.Executing { // the yes to an earlier request came late
		return true, nil
	}
	ended := func() bool { _, ended := p.ended(); return ended }
	err := p.carrying.Begin(ctx, p.self, "the rules "+compliance.ShortDigest(p.s.Rules)+" come into force.", ended)
	if err != nil || p.carrying.Start.Begun() {
		return err == nil, err
	}
	if p.carrying.Start.Answered {
		p.s.Detail = p.carrying.Start.Reason.Text()
	}
	return false, p.carrying.Rest(ctx, p.draft.System, p.draft.Environment)
}

// execute brings the rules into force, and reports it. A crash in between repeats
// both: the record has its key, and the change takes a report once. The record was
// read after it was written, which is what the change's closing rests on.
func (p *proposal) execute(ctx workflow.Context) error {
	calm, _ := workflow.NewDisconnectedContext(ctx) // it began: it is finished or refused, and said
	why, err := p.adopt(calm, Confirmation{})
	if err != nil {
		return err
	}
	if why != rules.OK {
		p.s.Stage = Ended // AdoptRules put it on record
		return p.report(calm, "failed", change.Failed, why.Text())
	}
	p.s.Detail = ""
	return p.report(calm, "done", change.Verifying, "The rules "+compliance.ShortDigest(p.s.Rules)+" are in force by the record.")
}

// giveUp ends the proposal, and withdraws its change where that still runs.
func (p *proposal) giveUp(ctx workflow.Context, why rules.Reason) error {
	calm, _ := workflow.NewDisconnectedContext(ctx)
	if p.carrying.Approval.Reason != change.OK && why == rules.NotApproved {
		p.s.Detail = p.carrying.Approval.Reason.Text()
	}
	if err := p.end(calm, rules.EventNotAdopted, why); err != nil {
		return err
	}
	if p.carrying.Approval.State.Terminal() {
		return nil
	}
	return p.report(calm, "withdrawn", change.WithdrawnChange, why.Text())
}

// report tells the change what came of the proposal.
func (p *proposal) report(ctx workflow.Context, key string, result change.State, note string) error {
	_, err := p.carrying.Report(ctx, p.self+"/"+key, result, note)
	return err
}
