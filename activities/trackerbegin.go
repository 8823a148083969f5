package activities

import (
	"context"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/evidence"
)

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

// placed is a schedule that does not fit the tracker it was resolved for: a
// fault of ours.
func placed(err error) error {
	if err == nil {
		return nil
	}
	return &compliance.Failure{Class: compliance.Invalid, Op: "place the schedule", Detail: err.Error()}
}
