package patch

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance/change"
	rules "github.com/lowcodex/countersign/compliance/patch"
)

// unapproved ends a rollout of which nothing was touched and whose change is
// denied, expired or over: nobody approves it any more, and the ticket is not
// left behind. False while the approval may still come, or targets are touched.
func (p *process) unapproved(ctx workflow.Context) (bool, error) {
	if p.s.touched() || p.s.Change == "" {
		return false, nil
	}
	to, why, ended := judgeEnded(p.s.Approval)
	if !ended {
		return false, nil
	}
	err := p.Locked(ctx, func() error {
		if p.s.touched() || p.over() {
			return nil
		}
		if err := p.close(ctx, to, rules.ApprovalMissing, why.Text()); err != nil {
			return err
		}
		p.call("unapproved", unapprovedNote(p.s, why))
		return p.withdrawChange(ctx)
	})
	return true, err
}

// judgeEnded says how a rollout ends whose change stands like this; false while
// it does not.
func judgeEnded(a change.Approval) (rules.State, change.Reason, bool) {
	switch {
	case a.State == change.WithdrawnChange:
		return rules.Withdrawn, a.Reason, true
	case a.State != "" && a.State.Terminal():
		return rules.Rejected, a.Reason, true
	case a.Review == change.Rejected && (a.Reason == change.OK || a.Request != ""): // the reason of an answer is about the request
		return rules.Rejected, change.DeniedByApprover, true
	case a.Review == change.Rejected:
		return rules.Rejected, a.Reason, true
	case a.Review == change.Expired:
		return rules.Rejected, a.Reason, true
	}
	return "", change.OK, false
}

// withdrawChange withdraws the change that approves this rollout, which has ended
// without touching anything (P27). A crash before this repeats it; the change
// takes one report of this key once, and judges and records it like any other.
// One that is over already needs no word.
func (p *process) withdrawChange(ctx workflow.Context) error {
	calm, _ := workflow.NewDisconnectedContext(ctx)
	if p.s.Asking && p.s.Change == "" {
		// It was interrupted between ticket and change: nobody knows whether there is
		// a ticket, and opening it looks for it first.
		if err := p.askApproval(calm); err != nil {
			return err
		}
	}
	if a := p.s.Approval.State; a != "" && a.Terminal() {
		return nil
	}
	_, err := p.s.Report(calm, p.Owner()+"/withdrawn", change.WithdrawnChange, p.s.Number+" ended before anything was touched.")
	return err
}
