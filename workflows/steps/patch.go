package steps

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
)

// ResolveRollout reads once what a rollout does, and by when.
func ResolveRollout(ctx workflow.Context, in activities.ResolveRolloutInput) (activities.ResolvedRollout, error) {
	var r *activities.Rollouts
	return run[activities.ResolveRolloutInput, activities.ResolvedRollout](ctx, onRules(), r.ResolveRollout, in)
}

// ReckonDeadlines sets the clocks of a rollout again, by the rules it is pinned to.
func ReckonDeadlines(ctx workflow.Context, in activities.ReckonDeadlinesInput) (activities.ReckonedDeadlines, error) {
	var r *activities.Rollouts
	return run[activities.ReckonDeadlinesInput, activities.ReckonedDeadlines](ctx, onRules(), r.ReckonDeadlines, in)
}

// ResolveAudience says who answers for the targets of a rollout now.
func ResolveAudience(ctx workflow.Context, in activities.ResolveAudienceInput) (activities.ResolvedAudience, error) {
	var r *activities.Rollouts
	return run[activities.ResolveAudienceInput, activities.ResolvedAudience](ctx, onRules(), r.ResolveAudience, in)
}

// IdentifyActor says who acts and whether they may, for what does not wait for the log.
func IdentifyActor(ctx workflow.Context, in activities.IdentifyInput) (activities.Identified, error) {
	var r *activities.Rollouts
	return run[activities.IdentifyInput, activities.Identified](ctx, onRules(), r.IdentifyActor, in)
}

// JudgeRolloutAct checks an act on a rollout and records what came of it.
func JudgeRolloutAct(ctx workflow.Context, in activities.JudgeRolloutActInput) (activities.JudgedRolloutAct, error) {
	var j *activities.Judgement
	return run[activities.JudgeRolloutActInput, activities.JudgedRolloutAct](ctx, onRecord(), j.JudgeRolloutAct, in)
}

// ReadBars reads whether a payload is barred, and what else is under way on its targets.
func ReadBars(ctx workflow.Context, in activities.ReadBarsInput) (activities.ReadBarsResult, error) {
	var e *activities.Evidence
	return run[activities.ReadBarsInput, activities.ReadBarsResult](ctx, onRecord(), e.ReadBars, in)
}

// What the steps of a rollout take and give.
type (
	ResolveRolloutInput  = activities.ResolveRolloutInput
	ResolvedRollout      = activities.ResolvedRollout
	ReckonDeadlinesInput = activities.ReckonDeadlinesInput
	ReckonedDeadlines    = activities.ReckonedDeadlines
	ResolveAudienceInput = activities.ResolveAudienceInput
	ResolvedAudience     = activities.ResolvedAudience
	IdentifyInput        = activities.IdentifyInput
	Identified           = activities.Identified
	JudgeRolloutActInput = activities.JudgeRolloutActInput
	JudgedRolloutAct     = activities.JudgedRolloutAct
	Taking               = activities.Taking
	ReadBarsInput        = activities.ReadBarsInput
	ReadBarsResult       = activities.ReadBarsResult
)

// FindKinds finds which kinds of platforms a payload is for.
func FindKinds(ctx workflow.Context, in activities.FindKindsInput) (activities.FoundKinds, error) {
	var r *activities.Rollouts
	return run[activities.FindKindsInput, activities.FoundKinds](ctx, onRules(), r.FindKinds, in)
}

// StorePayload keeps a payload that was given as a file, if nothing is wrong with it
// by itself.
func StorePayload(ctx workflow.Context, in activities.StorePayloadInput) (activities.StoredPayload, error) {
	var p *activities.Platforms
	return run[activities.StorePayloadInput, activities.StoredPayload](ctx, onPlatformRead(), p.StorePayload, in)
}

// FindPlace finds a place of the policy from which payloads are taken.
func FindPlace(ctx workflow.Context, in activities.FindPlaceInput) (activities.FoundPlace, error) {
	var r *activities.Rollouts
	return run[activities.FindPlaceInput, activities.FoundPlace](ctx, onRules(), r.FindPlace, in)
}

// What the steps of a payload take and give.
type (
	FindKindsInput    = activities.FindKindsInput
	FoundKinds        = activities.FoundKinds
	StorePayloadInput = activities.StorePayloadInput
	StoredPayload     = activities.StoredPayload
	FindPlaceInput    = activities.FindPlaceInput
	FoundPlace        = activities.FoundPlace
)
