package incident

import (
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
)

// offerForms answers compliance.QueryForm: the forms whose choices are the runs
// that can be taken back now, or the rollbacks that can be decided on.
func (p *process) offerForms(ctx workflow.Context) error {
	return workflow.SetQueryHandlerWithOptions(ctx, compliance.QueryForm, p.offerForm, workflow.QueryHandlerOptions{Description: "what can be filled in now"})
}

func (p *process) offerForm(action string) (compliance.Offer, error) {
	s := &p.s
	var options []compliance.Option
	none := rules.NoRollback
	switch action {
	case rules.ActionRollback:
		none = rules.NotACandidate
		for _, c := range s.Runs {
			if c.Reason == rules.OK {
				options = append(options, compliance.Option{Value: c.Number, Label: strings.TrimSpace(c.Number + " " + c.Title + ", " + compliance.SpokenDay(c.Executed))})
			}
		}
	case rules.ActionApprove, rules.ActionDeny:
		options = s.rollbacks(rules.RollbackAsked)
	case rules.ActionReport:
		options = s.rollbacks(rules.RollbackRunning)
	case rules.ActionFinish, rules.ActionWithdraw:
		none = rules.NoItem
		options = s.openItems()
	case rules.ActionClose:
		var form compliance.Form
		if s.Review != nil {
			form = rules.FormOfClosing(*s.Review)
		} else {
			form, _ = rules.FormFor(action)
		}
		return compliance.Offer{Form: &form}, nil
	}
	form, known := rules.FormFor(action, options...)
	if !known || len(options) == 0 {
		return compliance.Offer{Reason: string(none), Text: none.Text()}, nil
	}
	if action == rules.ActionApprove {
		form.Intro += p.planText()
	}
	return compliance.Offer{Form: &form}, nil
}

// rollbacks are those in a state, to choose from.
func (s *State) rollbacks(in rules.RollbackState) []compliance.Option {
	var out []compliance.Option
	for _, r := range s.Rollbacks {
		if r.State == in {
			out = append(out, compliance.Option{Value: r.Run.Number, Label: strings.TrimSpace(r.Run.Number + " " + r.Run.Title)})
		}
	}
	return out
}

// planText names, for whoever approves, the plan and the check of its backup.
func (p *process) planText() string {
	var b strings.Builder
	for _, r := range p.s.Rollbacks {
		if r.State == rules.RollbackAsked {
			b.WriteString("\n" + r.Run.Number + ": approved plan " + compliance.Cut(r.Run.Plan, 60) + "; backup checked, " + compliance.Cut(r.Run.Backup, 80) + ".")
		}
	}
	return b.String()
}
