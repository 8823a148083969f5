package steps

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
)

// onLook is for reading a target that nobody waits for: one that does not answer
// within two minutes is looked at again the next time.
func onLook() workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:              compliance.QueuePlatforms,
		StartToCloseTimeout:    time.Minute,
		ScheduleToCloseTimeout: 2 * time.Minute,
		HeartbeatTimeout:       platformBeat,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 5 * time.Second, BackoffCoefficient: 2, MaximumInterval: 30 * time.Second},
	}
}

// LookAtTarget reads what a target serves now.
func LookAtTarget(ctx workflow.Context, t compliance.Target) (VerifiedTarget, error) {
	var p *activities.Platforms
	return run[VerifyTargetInput, VerifiedTarget](ctx, onLook(), p.VerifyTarget, VerifyTargetInput{Target: t})
}

// ResolveObserved says which targets are observed, and whom findings concern.
func ResolveObserved(ctx workflow.Context) (ResolvedObserved, error) {
	var r *activities.Rollouts
	return run[activities.ResolveObservedInput, ResolvedObserved](ctx, onRules(), r.ResolveObserved, activities.ResolveObservedInput{})
}

// JudgeSeen holds what targets serve against what is on record.
func JudgeSeen(ctx workflow.Context, in JudgeSeenInput) ([]JudgedTarget, error) {
	var j *activities.Judgement
	return run[JudgeSeenInput, []JudgedTarget](ctx, onRecord(), j.JudgeSeen, in)
}

// JudgeExplanation judges what somebody did about a finding and records what came of it.
func JudgeExplanation(ctx workflow.Context, in JudgeExplanationInput) (JudgedExplanation, error) {
	var j *activities.Judgement
	return run[JudgeExplanationInput, JudgedExplanation](ctx, onRecord(), j.JudgeExplanation, in)
}

// What the steps of observations take and give.
type (
	ResolvedObserved      = activities.ResolvedObserved
	ObservedTarget        = activities.ObservedTarget
	JudgeSeenInput        = activities.JudgeSeenInput
	SeenTarget            = activities.SeenTarget
	JudgedTarget          = activities.JudgedTarget
	JudgeExplanationInput = activities.JudgeExplanationInput
	JudgedExplanation     = activities.JudgedExplanation
)
