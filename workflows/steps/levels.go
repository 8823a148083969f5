package steps

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
)

// ReassignLevels looks up the people of levels in the directory as it is now.
func ReassignLevels(ctx workflow.Context, in activities.ReassignLevelsInput) (activities.ReassignedLevels, error) {
	var r *activities.Rules
	return run[activities.ReassignLevelsInput, activities.ReassignedLevels](ctx, onRules(), r.ReassignLevels, in)
}

// JudgeClaim puts on record who moved a ticket by hand, and whether they may decide.
func JudgeClaim(ctx workflow.Context, in activities.JudgeClaimInput) (activities.JudgedClaim, error) {
	var j *activities.Judgement
	return run[activities.JudgeClaimInput, activities.JudgedClaim](ctx, onRecord(), j.JudgeClaim, in)
}

// LinkCard asks once where people open a card: whoever asks can do without.
func LinkCard(ctx workflow.Context, at compliance.Posted) (activities.CardLink, error) {
	var m *activities.Messages
	opts := onVendor(compliance.QueueMessages)
	opts.ScheduleToCloseTimeout = 15 * time.Second
	opts.RetryPolicy = &temporal.RetryPolicy{MaximumAttempts: 1}
	return run[compliance.Posted, activities.CardLink](ctx, opts, m.LinkCard, at)
}

// What these steps take and give.
type (
	ReassignLevelsInput = activities.ReassignLevelsInput
	ReassignedLevels    = activities.ReassignedLevels
	JudgeClaimInput     = activities.JudgeClaimInput
	JudgedClaim         = activities.JudgedClaim
	CardLink            = activities.CardLink
)
