package steps

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
)

// ResolveIncident asks the rules who handles an incident, and how bad it is.
func ResolveIncident(ctx workflow.Context, in activities.ResolveIncidentInput) (activities.IncidentPlan, error) {
	var r *activities.Rules
	return run[activities.ResolveIncidentInput, activities.IncidentPlan](ctx, onDuty(), r.ResolveIncident, in)
}

// ResolveTargets asks who is on call now.
func ResolveTargets(ctx workflow.Context, in activities.ResolveTargetsInput) (activities.ResolvedTargets, error) {
	var r *activities.Rules
	return run[activities.ResolveTargetsInput, activities.ResolvedTargets](ctx, onDuty(), r.ResolveTargets, in)
}

// ResolveActor asks whose an account is now, and what they may do.
func ResolveActor(ctx workflow.Context, in activities.ResolveActorInput) (activities.ResolvedActor, error) {
	var r *activities.Rules
	return run[activities.ResolveActorInput, activities.ResolvedActor](ctx, onDuty(), r.ResolveActor, in)
}

// ResolveReview asks when a review is due.
func ResolveReview(ctx workflow.Context, in activities.ResolveReviewInput) (activities.ResolvedReview, error) {
	var r *activities.Rules
	return run[activities.ResolveReviewInput, activities.ResolvedReview](ctx, onRules(), r.ResolveReview, in)
}

// LookBack asks the record what was done to a system before an incident.
func LookBack(ctx workflow.Context, in activities.LookBackInput) (activities.LookedBack, error) {
	var j *activities.Judgement
	return run[activities.LookBackInput, activities.LookedBack](ctx, onRecord(), j.LookBack, in)
}

// JudgeIncidentAct checks an act that may wait for its record, and records what came of it.
func JudgeIncidentAct(ctx workflow.Context, in activities.JudgeIncidentActInput) (activities.JudgedIncidentAct, error) {
	var j *activities.Judgement
	return run[activities.JudgeIncidentActInput, activities.JudgedIncidentAct](ctx, onRecord(), j.JudgeIncidentAct, in)
}

// OpenRoom makes a channel for one subject.
func OpenRoom(ctx workflow.Context, in compliance.NewRoom) (compliance.Room, error) {
	var m *activities.Messages
	return run[compliance.NewRoom, compliance.Room](ctx, onVendor(compliance.QueueMessages), m.OpenRoom, in)
}

// InvitePeople adds people to a room.
func InvitePeople(ctx workflow.Context, in activities.InviteInput) error {
	var m *activities.Messages
	_, err := run[activities.InviteInput, activities.Done](ctx, onVendor(compliance.QueueMessages), m.InvitePeople, in)
	return err
}

// onDuty is for reading rules and directory while somebody is to be called or
// waits with a page before them: before everything else, in short tries, and
// without end, because an incident that cannot say whom to call is silence.
func onDuty() workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:           compliance.QueueWorkflows,
		StartToCloseTimeout: 5 * time.Second,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 5 * time.Second},
		Priority:            temporal.Priority{PriorityKey: 1},
	}
}
