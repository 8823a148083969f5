package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

// begin gives the tracker its number and its first schedule. The record that
// allocates the number is in the log before anything else of it: a crash
// repeats it under the run's own key and finds the number. What an earlier run
// left on record is where this one goes on from.
func (a *advance) begin(ctx context.Context) error {
	in, setup := a.in, a.owed.setup
	if setup.Unnamed {
		return &compliance.Failure{
			Class: compliance.Invalid, Op: "track " + in.Artefact + " of " + in.Vendor,
			Detail: "neither the policy nor a command names it; add it to the policy's artefacts, or begin it with `starter vendor add`",
		}
	}
	if len(a.owed.problems) > 0 {
		return &compliance.Failure{
			Class: compliance.Invalid, Op: "track " + in.Artefact + " of " + in.Vendor, Detail: a.owed.problems.Error(),
		}
	}
	ev := in.Head.Event(in.Head.owner()+"/tracked", certification.EventTracked, in.Now)
	ev.Series, ev.State = in.Series, string(certification.Missing)
	ev.Facts = encoded(certification.TrackedFacts{
		Vendor: in.Vendor, Artefact: in.Artefact, NeededBy: setup.NeededBy, Ladder: a.owed.ladder,
		Owner: setup.Owner, Sponsor: setup.Sponsor, Systems: setup.Systems, Zone: setup.Zone, Asked: a.owed.asked,
	})
	if in.Asked != nil && !in.Asked.By.IsZero() {
		person, _ := theOne(a.owed.dir, in.Asked.By)
		who, err := actor(ctx, a.j.Blobs, person, in.Asked.By)
		if err != nil {
			return err
		}
		ev.Actor = who
	}
	earlier, err := (&Evidence{Log: a.j.Log}).earlier(ctx, ev)
	if err != nil {
		return err
	}
	t := certification.NewTracker("", in.Vendor, in.Artefact, a.owed.ladder, setup.NeededBy, in.Now)
	if earlier != nil {
		if t, a.out.Tasks, err = a.remembered(ctx, t); err != nil {
			return err
		}
		ev.State = string(t.Current.State)
	}
	receipts, err := a.j.Log.Append(ctx, []evidence.Event{ev})
	if err != nil {
		return recordFailure(err)
	}
	a.begun, a.out.Resumed, a.out.Index = true, earlier != nil, receipts[0].Index
	a.in.Head.Number = receipts[0].Number
	if !a.out.Resumed {
		a.in.Head.Owner = "" // from now on the number begins the keys
	}
	t.Number = receipts[0].Number
	a.out.Tracker, err = t.Placed(certification.Resolve(t, a.owed.local, in.Now), in.Now)
	return placed(err)
}

// answered is the instant that the step answers for: its own, or that of an
// earlier try whose parts are on record and whose answer was lost. What has
// become due since is the next step's.
func (j *Judgement) answered(ctx context.Context, in AdvanceTrackerInput) (time.Time, error) {
	if in.First.IsZero() || !in.First.Before(in.Now) {
		return in.Now, nil
	}
	entries, err := j.Log.Records(ctx, in.Head.Subject)
	if err != nil && !errors.Is(err, evidence.ErrNotFound) {
		return in.Now, recordFailure(err)
	}
	for _, e := range entries {
		at := e.Record.At
		if e.Record.RunID != in.Head.Run || at.Before(in.First) || !at.Before(in.Now) {
			continue
		}
		switch e.Record.Type {
		case certification.EventReminded, certification.EventEscalated, certification.EventUntold,
			certification.EventExpiring, certification.EventExpired, certification.EventRescheduled:
			return at, nil // a try appends all its parts at its own instant
		}
	}
	return in.Now, nil
}

// record appends the events. What an earlier attempt had recorded already is
// told to whom it names.
func (a *advance) record(ctx context.Context) error {
	if len(a.events) == 0 {
		return nil
	}
	receipts, err := a.j.Log.Append(ctx, a.events)
	if err != nil {
		return recordFailure(err)
	}
	a.out.Index = receipts[len(receipts)-1].Index
	for i, r := range receipts {
		if !r.Existing {
			continue
		}
		for n := range a.out.Told {
			if a.out.Told[n].Key != a.events[i].Key {
				continue
			}
			entry, err := a.j.Log.Lookup(ctx, a.events[i].Key)
			if err != nil {
				return recordFailure(err)
			}
			facts, err := recall[certification.ReminderFacts](entry)
			if err != nil {
				return err
			}
			a.out.Told[n].Told = facts.Told
		}
	}
	done(ctx, "tracker advanced", "number", a.in.Head.Number, "parts", len(a.events), "index", a.out.Index)
	return nil
}

// placed is a schedule that does not fit the tracker it was resolved for: a
// fault of ours.
func placed(err error) error {
	if err == nil {
		return nil
	}
	return &compliance.Failure{Class: compliance.Invalid, Op: "place the schedule", Detail: err.Error()}
}

// encoded is facts as JSON: plain structs, whose encoding cannot fail.
func encoded(facts any) json.RawMessage {
	b, err := json.Marshal(facts)
	if err != nil {
		panic(fmt.Sprintf("facts %T cannot be encoded: %v", facts, err))
	}
	return b
}
