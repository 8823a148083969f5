package steps

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
)

// What the steps of the emergency path take and give.
type (
	JudgeEmergencyInput = activities.JudgeEmergencyInput
	JudgedEmergency     = activities.JudgedEmergency
	RecordSilenceInput  = activities.RecordSilenceInput
	Way                 = activities.Way
)

// JudgeEmergency checks an act of the emergency path and records what came of it.
func JudgeEmergency(ctx workflow.Context, in activities.JudgeEmergencyInput) (activities.JudgedEmergency, error) {
	var e *activities.Judgement
	return run[activities.JudgeEmergencyInput, activities.JudgedEmergency](ctx, onRecord(), e.JudgeEmergency, in)
}

// RecordSilence puts on record that nobody on call answered in time.
func RecordSilence(ctx workflow.Context, in activities.RecordSilenceInput) (activities.JudgedEmergency, error) {
	var e *activities.Judgement
	return run[activities.RecordSilenceInput, activities.JudgedEmergency](ctx, onRecord(), e.RecordSilence, in)
}
