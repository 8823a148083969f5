package steps

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance/rules"
)

// RecallStanding reads what of the policy is in force by the record.
func RecallStanding(ctx workflow.Context) (rules.Standing, error) {
	var b *activities.Rulebook
	return run[activities.RecallStandingInput, rules.Standing](ctx, onRecord(), b.RecallStanding, activities.RecallStandingInput{})
}

// RecordSighting puts on record what a process saw in the policy's files.
func RecordSighting(ctx workflow.Context, seen rules.Sighting) (rules.Standing, error) {
	var b *activities.Rulebook
	return run[rules.Sighting, rules.Standing](ctx, onRecord(), b.RecordSighting, seen)
}

// DraftRules stores rules that somebody asks for and says what they come to.
func DraftRules(ctx workflow.Context, in activities.DraftRulesInput) (activities.DraftedRules, error) {
	var p *activities.Proposals
	return run[activities.DraftRulesInput, activities.DraftedRules](ctx, onRules(), p.DraftRules, in)
}

// ReadRules reads rules that are kept.
func ReadRules(ctx workflow.Context, in activities.ReadRulesInput) (activities.RulesContent, error) {
	var p *activities.Proposals
	return run[activities.ReadRulesInput, activities.RulesContent](ctx, onRules(), p.ReadRules, in)
}

// RecordProposal puts on record how a proposal goes.
func RecordProposal(ctx workflow.Context, in activities.RecordProposalInput) error {
	var b *activities.Rulebook
	_, err := run[activities.RecordProposalInput, activities.Done](ctx, onRecord(), b.RecordProposal, in)
	return err
}

// ConfirmOverride judges somebody's word for an override.
func ConfirmOverride(ctx workflow.Context, in activities.ConfirmOverrideInput) (activities.ConfirmedOverride, error) {
	var b *activities.Rulebook
	return run[activities.ConfirmOverrideInput, activities.ConfirmedOverride](ctx, onRecord(), b.ConfirmOverride, in)
}

// AdoptRules brings rules into force, or says why not.
func AdoptRules(ctx workflow.Context, in activities.AdoptRulesInput) (activities.AdoptedRules, error) {
	var b *activities.Rulebook
	return run[activities.AdoptRulesInput, activities.AdoptedRules](ctx, onRecord(), b.AdoptRules, in)
}

// What the steps of the rules take and give.
type (
	Proposed             = activities.Proposed
	DraftRulesInput      = activities.DraftRulesInput
	DraftedRules         = activities.DraftedRules
	ReadRulesInput       = activities.ReadRulesInput
	RulesContent         = activities.RulesContent
	RecordProposalInput  = activities.RecordProposalInput
	ConfirmOverrideInput = activities.ConfirmOverrideInput
	ConfirmedOverride    = activities.ConfirmedOverride
	AdoptRulesInput      = activities.AdoptRulesInput
	AdoptedRules         = activities.AdoptedRules
)
