package activities

import (
	"context"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/evidence"
)

// AdvanceTrackerInput is a tracker that woke up, or one that begins: that has no number.
type AdvanceTrackerInput struct {
	Head     Head                  `json:"head"`
	Vendor   string                `json:"vendor"`
	Artefact string                `json:"artefact"`
	Series   string                `json:"series,omitempty"` // to begin with
	Asked    *certification.Asked  `json:"asked,omitempty"`
	Tracker  certification.Tracker `json:"tracker"`
	Setup    certification.Setup   `json:"setup"`
	Now      time.Time             `json:"now"`
	// First is when this step was tried first, when it is not Now: what that try
	// put on record is its answer, whatever has become due since.
	First time.Time `json:"first,omitzero"`
}

// AdvancedTracker is the tracker with everything applied that was due, and whom
// that concerns. All of it is on record.
type AdvancedTracker struct {
	Tracker certification.Tracker `json:"tracker"`
	Setup   certification.Setup   `json:"setup"`
	Moves   []certification.Move  `json:"moves,omitempty"`
	Told    []Telling             `json:"told,omitempty"`
	// Changed says in words what an edit of policy or directory changed.
	Changed []string `json:"changed,omitempty"`
	// Wake is the next instant at which something is due by itself; zero: never.
	Wake time.Time `json:"wake,omitzero"`
	// Resumed is set when the subject was on record before this run began it; the
	// tracker stands then as the record says.
	Resumed bool `json:"resumed,omitempty"`
	// Tasks are the renewals' tickets of the runs before, with Resumed.
	Tasks certification.Tasks `json:"tasks,omitzero"`
	Index uint64              `json:"index"`
}

// AdvanceTracker resolves the artefact's calendar with the policy and the
// directory as they are now, puts on record what has become due, each part
// under its own key, and returns the tracker with all of it applied (A1 to A3,
// A8, G1). A crash after the append repeats the call: the parts found by their
// keys are the answer, with whom they name.
func (j *Judgement) AdvanceTracker(ctx context.Context, in AdvanceTrackerInput) (AdvancedTracker, error) {
	now, err := j.answered(ctx, in)
	a := advance{j: j, in: in, out: AdvancedTracker{Tracker: in.Tracker}}
	a.in.Now = now
	if err == nil {
		err = a.run(ctx)
	}
	if err == nil {
		err = a.record(ctx)
	}
	if err != nil {
		return AdvancedTracker{}, translate(err)
	}
	a.out.Tracker.Schedule = a.out.Tracker.Schedule.Shortened()
	return a.out, nil
}

// advance is one go at a tracker: what is due becomes events first, and is
// handed back once they are in the log.
type advance struct {
	j      *Judgement
	in     AdvanceTrackerInput
	out    AdvancedTracker
	owed   owed
	events []evidence.Event
	// begun counts the events that were appended to get a number.
	begun bool
}

func (a *advance) run(ctx context.Context) (err error) {
	in, now := a.in, a.in.Now
	if a.owed, err = readOwed(ctx, a.j.Source, in.Vendor, in.Artefact, in.Asked, in.Setup, in.Tracker.Ladder, now); err != nil {
		return err
	}
	a.in.Head.Rules = evidence.Rules{Version: a.owed.setup.Rules, Hash: a.owed.setup.Hash, Directory: a.owed.dir.Version}
	a.in.Head.Zones = a.owed.local.Hash
	a.out.Setup = a.owed.setup
	if in.Tracker.Number == "" {
		if err := a.begin(ctx); err != nil {
			return err
		}
	} else if err := a.refit(); err != nil {
		return err
	}
	for range mostParts {
		due, err := certification.Next(a.out.Tracker, now)
		if err != nil {
			return &compliance.Failure{Class: compliance.Invalid, Op: "ask what is due of " + a.in.Head.Number, Detail: err.Error()}
		}
		if due.None() {
			a.out.Wake = due.Wake
			return nil
		}
		if err := a.apply(due); err != nil {
			return err
		}
	}
	return &compliance.Failure{Class: compliance.Invalid, Op: "ask what is due of " + a.in.Head.Number, Detail: "there is always something due"}
}
