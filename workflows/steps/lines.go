package steps

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
)

// FindUnderway lists the changes that are being carried out.
func FindUnderway(ctx workflow.Context, in UnderwayInput) (Underway, error) {
	var l *activities.Lines
	return run[UnderwayInput, Underway](ctx, onList(), l.FindUnderway, in)
}

// FindGone says which changes do not run any more.
func FindGone(ctx workflow.Context, in GoneInput) (Gone, error) {
	var l *activities.Lines
	return run[GoneInput, Gone](ctx, onList(), l.FindGone, in)
}

// SpeakToLine says a word to a line, which begins with it where there is none.
func SpeakToLine(ctx workflow.Context, in SpeakInput) error {
	var l *activities.Lines
	_, err := run[SpeakInput, activities.Done](ctx, onRules(), l.SpeakToLine, in)
	return err
}

// What the steps of a line take and give.
type (
	UnderwayInput = activities.UnderwayInput
	Underway      = activities.UnderwayChanges
	GoneInput     = activities.GoneInput
	Gone          = activities.GoneChanges
	SpeakInput    = activities.SpeakInput
)
