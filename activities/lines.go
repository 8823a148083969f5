package activities

import (
	"context"
	"slices"

	"github.com/lowcodex/countersign/compliance/queue"
)

// Lines is the capability to keep a line of changes (C29).
type Lines struct {
	Runs     Runs
	Underway Underway
}

// Underway is what the engine knows of changes and lines. Errors are *compliance.Failure.
type Underway interface {
	// Begun lists the changes of a system's environment that are being carried out.
	Begun(ctx context.Context, system, environment string) ([]Begun, error)
	// Speak says a word to the line, which begins with it where there is none.
	Speak(ctx context.Context, system, environment string, w queue.Word) error
}

// Begun is a change that is being carried out.
type Begun struct {
	Subject string `json:"subject"`
	Number  string `json:"number,omitempty"`
}

// UnderwayInput names a line.
type UnderwayInput struct {
	System      string `json:"system"`
	Environment string `json:"environment"`
}

// UnderwayChanges are the changes that are being carried out.
type UnderwayChanges struct {
	Changes []Begun `json:"changes,omitempty"`
}

// FindUnderway lists what was begun before the line was.
func (l *Lines) FindUnderway(ctx context.Context, in UnderwayInput) (UnderwayChanges, error) {
	found, err := l.Underway.Begun(ctx, in.System, in.Environment)
	return UnderwayChanges{Changes: found}, translate(err)
}

// GoneInput names changes that said nothing for a while.
type GoneInput struct {
	Subjects []string `json:"subjects"`
}

// GoneChanges are those that do not run.
type GoneChanges struct {
	Subjects []string `json:"subjects,omitempty"`
}

// FindGone says which changes do not run any more: they give no turn back themselves.
func (l *Lines) FindGone(ctx context.Context, in GoneInput) (GoneChanges, error) {
	var out GoneChanges
	for _, s := range slices.Compact(slices.Clone(in.Subjects)) {
		running, err := l.Runs.Running(ctx, s)
		if err != nil {
			return GoneChanges{}, translate(err)
		}
		if !running {
			out.Subjects = append(out.Subjects, s)
		}
	}
	return out, nil
}

// SpeakInput is a word to a line.
type SpeakInput struct {
	UnderwayInput
	Word queue.Word `json:"word"`
}

// SpeakToLine says a word to the line. It may be said twice.
func (l *Lines) SpeakToLine(ctx context.Context, in SpeakInput) (Done, error) {
	return Done{}, translate(l.Underway.Speak(ctx, in.System, in.Environment, in.Word))
}
