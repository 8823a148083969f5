package rules

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/rules"
	changes "github.com/lowcodex/countersign/workflows/change"
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
			if a.Request != "" {
				p.answers = append(p.answers, a)
			}
			p.approval = a
			p.s.Number = a.Number
		}
	})
}

// askChange opens the ticket and starts the change, which is routed by the rules in
// force like any other. A crash in between repeats both: the ticket is looked for by
// its key, and the change has its id.
func (p *proposal) askChange(ctx workflow.Context) error {
	opened, err := steps.Persist(ctx, func(repeat bool) (steps.OpenedTicket, error) {
		return steps.OpenTicket(ctx, steps.OpenTicketInput{
			Actor: p.in.Actor, Ticket: compliance.NewTicket{Key: p.self, Site: p.draft.Site, Fields: p.fields(ctx)}, Repeat: repeat,
		})
	}, waiting(ctx))
	if err != nil {
		return p.unopened(ctx, err)
	}
	p.s.Ticket, p.s.Link = opened.Ref, opened.Link
	submitted := compliance.TicketStep{
		Key: p.self + "/submitted", Ref: opened.Ref, Status: "submitted",
		Comment: []compliance.Fact{{Text: "Submitted by the proposal of the rules " + short(p.s.Rules) + "."}},
	}
	_, err = steps.Persist(ctx, func(repeat bool) (steps.Done, error) {
		return steps.Done{}, steps.AdvanceTicket(ctx, steps.AdvanceTicketInput{Step: submitted, Repeat: repeat})
	}, waiting(ctx))
	if err != nil {
		return p.unopened(ctx, err)
	}
	id := changes.WorkflowID(opened.Ref.Site, opened.Ref.ID)
	// The change outlives whatever becomes of this run: see ended.
	calm, _ := workflow.NewDisconnectedContext(ctx)
	child := workflow.WithChildOptions(calm, workflow.ChildWorkflowOptions{
		WorkflowID: id, TaskQueue: compliance.QueueWorkflows,
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
	})
	in := changes.Input{Ticket: opened.Ref, Executor: p.self, Submitter: p.in.Actor}
	err = workflow.ExecuteChildWorkflow(child, changes.Type, in).GetChildWorkflowExecution().Get(calm, nil)
	var running *temporal.ChildWorkflowExecutionAlreadyStartedError
	if err != nil && !errors.As(err, &running) {
		return err
	}
	p.s.Change, p.s.Stage = id, Deciding
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
		"title": "Change the rules to " + short(d.Rules), "purpose": purpose,
		"system": d.System, "environment": d.Environment, "risk": d.Risk, "plan": d.Plan,
		"test_plan":          "The rules were checked as a whole before they were sent, and compared with those in force. After they came into force the record is read: it must name their digest.",
		"rollback":           "Propose the rules " + d.Base + " again, which are kept. They were read back when this was opened.",
		"rollback_tested_on": workflow.Now(ctx).UTC().Format(time.DateOnly),
		"rollback_owner":     who, "implementer": who, "duration": d.Lasts.String(),
	}
}

// short is a digest as people compare it.
func short(digest string) string { return digest[:min(len(digest), 12)] }

// carry waits for the approval, and brings the rules into force while the change is
// carried out. Whatever ends the approval ends the proposal.
func (p *proposal) carry(ctx workflow.Context) error {
	for n := 1; ; n++ {
		over := func() bool { _, ended := p.ended(); return ended || p.approval.Given() }
		if err := workflow.Await(ctx, over); err != nil {
			return p.giveUp(ctx, rules.NotApproved)
		}
		if why, ended := p.ended(); ended {
			return p.giveUp(ctx, why)
		}
		if p.approval.Plan != change.PlanDigest(p.draft.Plan) {
			return p.giveUp(ctx, rules.ContentChanged)
		}
		if why := p.stillWanted(ctx); why != rules.OK {
			return p.giveUp(ctx, why)
		}
		begun, err := p.begin(ctx, n)
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
	a := p.approval
	if a.State.Terminal() || a.Review == change.Rejected || a.Review == change.Expired {
		return rules.NotApproved, true
	}
	return rules.OK, false
}

// stillWanted looks whether what is in force is still what was compared with.
func (p *proposal) stillWanted(ctx workflow.Context) rules.Reason {
	s, err := steps.Persist(ctx, func(bool) (rules.Standing, error) { return steps.RecallStanding(ctx) }, waiting(ctx))
	if err != nil {
		return rules.NotApproved // an operator ends the run
	}
	return s.JudgeProposal(p.s.Base, p.s.Rules)
}

// begin asks the change to start; false when it may not now. It is judged like a
// person's start: ticket unchanged, approvals and eligibility good, window open.
func (p *proposal) begin(ctx workflow.Context, n int) (bool, error) {
	key := fmt.Sprintf("start/%d", n)
	p.granted = false
	if err := p.report(ctx, key, change.Executing, "the rules "+short(p.s.Rules)+" come into force."); err != nil {
		return false, err
	}
	answer := func() *change.Approval {
		for i := range p.answers {
			if p.answers[i].Request == p.self+"/"+key {
				return &p.answers[i]
			}
		}
		return nil
	}
	moved := func() bool { _, ended := p.ended(); return ended || answer() != nil }
	if _, err := workflow.AwaitWithTimeout(ctx, 15*time.Minute, moved); err != nil {
		return false, err
	}
	if a := answer(); a != nil && a.Reason == change.OK {
		return true, nil
	} else if a != nil {
		p.s.Detail = a.Reason.Text()
		p.hearOfTurn(ctx, a.Reason)
	}
	// It is asked again less and less often, and at once when the approval moves or it is its turn.
	_, err := workflow.AwaitWithTimeout(ctx, min(time.Minute<<min(n-1, 6), steps.LongestPause), func() bool { return !p.approval.Given() || p.granted })
	return false, err
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
	return p.report(calm, "done", change.Verifying, "The rules "+short(p.s.Rules)+" are in force by the record.")
}

// giveUp ends the proposal, and withdraws its change where that still runs.
func (p *proposal) giveUp(ctx workflow.Context, why rules.Reason) error {
	calm, _ := workflow.NewDisconnectedContext(ctx)
	if p.approval.Reason != change.OK && why == rules.NotApproved {
		p.s.Detail = p.approval.Reason.Text()
	}
	if err := p.end(calm, rules.EventNotAdopted, why); err != nil {
		return err
	}
	if p.approval.State.Terminal() {
		return nil
	}
	return p.report(calm, "withdrawn", change.WithdrawnChange, why.Text())
}

// report tells the change; one that is gone needs no word.
func (p *proposal) report(ctx workflow.Context, key string, result change.State, note string) error {
	r := change.Report{Key: p.self + "/" + key, Result: result, At: workflow.Now(ctx), Note: note}
	err := workflow.SignalExternalWorkflow(ctx, p.s.Change, "", changes.SignalReported, r).Get(ctx, nil)
	if temporal.IsCanceledError(err) {
		return err
	}
	if err != nil {
		workflow.GetLogger(ctx).Warn("the change was not told", "change", p.s.Change, "key", key, "error", err)
	}
	return nil
}
