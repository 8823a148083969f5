package steps

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
)

// InspectGate runs the checks of a gate on what is handed over and what was before.
func InspectGate(ctx workflow.Context, in activities.InspectGateInput) (activities.InspectedGate, error) {
	var r *activities.Rules
	return run[activities.InspectGateInput, activities.InspectedGate](ctx, onRules(), r.InspectGate, in)
}

// JudgeGate checks who hands evidence over and puts it on record with what the checks came to.
func JudgeGate(ctx workflow.Context, in activities.JudgeGateInput) (activities.JudgedGate, error) {
	var j *activities.Judgement
	return run[activities.JudgeGateInput, activities.JudgedGate](ctx, onRecord(), j.JudgeGate, in)
}

// StoreGateFile keeps a file for a gate as a blob.
func StoreGateFile(ctx workflow.Context, in activities.StoreGateFileInput) (activities.StoredGateFile, error) {
	var r *activities.Rules
	return run[activities.StoreGateFileInput, activities.StoredGateFile](ctx, onRules(), r.StoreGateFile, in)
}
