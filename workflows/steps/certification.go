package steps

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
)

// AdvanceTracker resolves an artefact's calendar, puts on record what is due and applies it.
func AdvanceTracker(ctx workflow.Context, in activities.AdvanceTrackerInput) (activities.AdvancedTracker, error) {
	var j *activities.Judgement
	return run[activities.AdvanceTrackerInput, activities.AdvancedTracker](ctx, onRecord(), j.AdvanceTracker, in)
}

// JudgeTrackerAct judges what somebody did with an artefact and records what came of it.
func JudgeTrackerAct(ctx workflow.Context, in activities.JudgeTrackerActInput) (activities.JudgedTrackerAct, error) {
	var j *activities.Judgement
	return run[activities.JudgeTrackerActInput, activities.JudgedTrackerAct](ctx, onRecord(), j.JudgeTrackerAct, in)
}

// ListMissingTrackers compares the policy's artefacts with the trackers that run.
func ListMissingTrackers(ctx workflow.Context, in activities.MissingTrackersInput) (activities.MissingTrackers, error) {
	var r *activities.Rules
	return run[activities.MissingTrackersInput, activities.MissingTrackers](ctx, onList(), r.ListMissingTrackers, in)
}
