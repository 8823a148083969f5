package rules

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance/rules"
	"github.com/lowcodex/countersign/workflows/executor"
	"github.com/lowcodex/countersign/workflows/steps"
)

// proposal is one run of ProposeRules.
type proposal struct {
	in       Proposal
	self     string // workflow id
	run      string
	s        Proposed
	draft    steps.DraftedRules
	carrying executor.Carrying // the change
}

// ProposeRules carries rules through a change (C37): it stores and compares them,
// has them approved by the rules in force as a change that names their digest, and
// brings exactly those into force while the change is carried out. Rules may be
// proposed beside each other; the first that is adopted makes the others stale.
func ProposeRules(ctx workflow.Context, in Proposal) (Proposed, error) {
	info := workflow.GetInfo(ctx)
	p := &proposal{in: in, self: info.WorkflowExecution.ID, run: info.FirstRunID, s: Proposed{Stage: Drafted}}
	if err := workflow.SetQueryHandler(ctx, QueryProposal, func() (Proposed, error) { return p.s, nil }); err != nil {
		return p.s, err
	}
	p.receiveApprovals(ctx)
	p.receiveTurns(ctx)
	if ok, err := p.drafted(ctx); err != nil || !ok {
		return p.s, err
	}
	if in.Override {
		return p.s, p.override(ctx)
	}
	if err := p.askChange(ctx); err != nil {
		return p.s, err
	}
	return p.s, p.carry(ctx)
}

// drafted stores the rules and puts on record what was asked for; false when it
// cannot be asked for.
func (p *proposal) drafted(ctx workflow.Context) (bool, error) {
	standing, err := steps.Persist(ctx, func(bool) (rules.Standing, error) { return steps.RecallStanding(ctx) }, steps.Waiting(ctx, "It"))
	if err != nil {
		return false, err
	}
	p.draft, err = steps.Persist(ctx, func(bool) (steps.DraftedRules, error) {
		return steps.DraftRules(ctx, steps.DraftRulesInput{Content: p.in.Content, Standing: standing, Base: p.in.Base, Override: p.in.Override})
	}, steps.Waiting(ctx, "It"))
	if err != nil {
		return false, err
	}
	d := p.draft
	p.s.Rules, p.s.Base, p.s.Differences = d.Rules, d.Base, d.Differences
	if d.Reason != rules.OK {
		p.s.Detail = d.Detail
		return false, p.end(ctx, rules.EventNotProposed, d.Reason)
	}
	kind := rules.EventProposed
	if p.in.Override {
		kind = rules.EventOverrideAsked
	}
	return true, p.record(ctx, kind, "proposed", rules.OK)
}

// adopt brings the rules into force; the reason says why it did not. Both are on
// record before anybody acts by them.
func (p *proposal) adopt(ctx workflow.Context, by Confirmation) (rules.Reason, error) {
	adopted, err := steps.Persist(ctx, func(bool) (steps.AdoptedRules, error) {
		return steps.AdoptRules(ctx, steps.AdoptRulesInput{Proposed: p.proposed(ctx), Confirmed: by.By})
	}, steps.Waiting(ctx, "It"))
	if err != nil || adopted.Reason != rules.OK {
		p.s.Reason = adopted.Reason
		return adopted.Reason, err
	}
	p.s.Stage, p.s.Reason = Adopted, rules.OK
	// A keeper that is gone reads the record when a process begins it again.
	if err := workflow.SignalExternalWorkflow(ctx, KeeperID, "", SignalMoved, nil).Get(ctx, nil); temporal.IsCanceledError(err) {
		return rules.OK, err
	} else if err != nil {
		workflow.GetLogger(ctx).Warn("the keeper of the rules was not told", "error", err)
	}
	return rules.OK, nil
}

// end puts on record that nothing came into force, and why.
func (p *proposal) end(ctx workflow.Context, kind string, why rules.Reason) error {
	p.s.Stage, p.s.Reason = Ended, why
	return p.record(ctx, kind, "ended", why)
}

func (p *proposal) record(ctx workflow.Context, kind, step string, why rules.Reason) error {
	in := steps.RecordProposalInput{Proposed: p.proposed(ctx), Type: kind, Step: step, Reason: why}
	if step == "proposed" {
		in.Text = p.in.Purpose
	}
	_, err := steps.Persist(ctx, func(bool) (steps.Done, error) { return steps.Done{}, steps.RecordProposal(ctx, in) }, steps.Waiting(ctx, "It"))
	return err
}

// proposed names the rules as the record does.
func (p *proposal) proposed(ctx workflow.Context) steps.Proposed {
	return steps.Proposed{
		Proposal: p.self, RunID: p.run, Rules: p.s.Rules, Base: p.s.Base, Change: p.s.Change, Number: p.s.Number,
		Actor: p.in.Actor, At: workflow.Now(ctx),
	}
}

// override waits for another person, and brings the rules into force without a
// change. What it does is on record, and what in force sends to nobody can be mended.
func (p *proposal) override(ctx workflow.Context) error {
	p.s.Stage = Unconfirmed
	words := workflow.GetSignalChannel(ctx, SignalConfirm)
	until := workflow.Now(ctx).Add(ConfirmWithin)
	for {
		var word Confirmation
		came, _ := words.ReceiveWithTimeout(ctx, until.Sub(workflow.Now(ctx)), &word)
		if ctx.Err() != nil || !came {
			calm, _ := workflow.NewDisconnectedContext(ctx)
			return p.end(calm, rules.EventNotOverridden, rules.NotConfirmed)
		}
		refused, err := p.refused(ctx, word)
		if err != nil {
			return err
		}
		if p.s.Refused, p.s.Judged = refused, p.s.Judged+1; refused != rules.OK {
			continue
		}
		why, err := p.adopt(ctx, word)
		if err == nil && why != rules.OK {
			p.s.Stage = Ended // AdoptRules put it on record
		}
		return err
	}
}

// refused says why somebody's word for an override does not count.
func (p *proposal) refused(ctx workflow.Context, word Confirmation) (rules.Reason, error) {
	judged, err := steps.Persist(ctx, func(bool) (steps.ConfirmedOverride, error) {
		return steps.ConfirmOverride(ctx, steps.ConfirmOverrideInput{Proposed: p.proposed(ctx), By: word.By, Word: word.Rules, N: p.s.Judged + 1})
	}, steps.Waiting(ctx, "It"))
	return judged.Reason, err
}
