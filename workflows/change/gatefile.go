package change

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/workflows/steps"
)

// GateFileInput is a file for the gate of a change, of at most MaxGateFile bytes.
type GateFileInput struct {
	Data []byte `json:"data"`
}

// GateFileResult names what was stored: "sha256:" and 64 hex digits.
type GateFileResult struct {
	Blob string `json:"blob"`
}

// StoreGateFile stores a file, so that the histories of changes hold its digest
// only. Its id is the content's digest, so storing twice is storing once. Whether it
// counts for anything is for the change to judge.
func StoreGateFile(ctx workflow.Context, in GateFileInput) (GateFileResult, error) {
	return steps.Persist(ctx, func(bool) (GateFileResult, error) {
		stored, err := steps.StoreGateFile(ctx, steps.StoreGateFileInput{Data: in.Data})
		return GateFileResult{Blob: stored.Blob}, err
	}, func(f steps.Failed) { workflow.SetCurrentDetails(ctx, "It has been failing: "+f.Text) })
}
