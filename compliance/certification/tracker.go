package certification

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Schema is the version of the Tracker's JSON form. A run that continues as new
// carries one (A15); fields are only ever added to it.
const Schema = 1

// Artefact is one version of the document a vendor owes. Its coverage never
// changes: other dates are another version, with a ladder of its own.
type Artefact struct {
	Version int   `json:"version"` // from 1, one series per tracker
	State   State `json:"state"`
	// NeededBy is the last day on which a first artefact, or the one after a
	// withdrawal, may still be missing. The ladder counts to it until there is coverage.
	NeededBy Date     `json:"needed_by,omitzero"`
	Coverage Coverage `json:"coverage,omitzero"`
	// Mark identifies the document that was received: see MarkOf.
	Mark string `json:"mark,omitempty"`
	// Receiver recorded the receipt; somebody else has to accept it.
	Receiver compliance.PersonID `json:"receiver,omitempty"`
	// Corrects is set when it is to replace the one in force because that one's
	// dates or document were wrong, whatever either covers.
	Corrects bool         `json:"corrects,omitempty"`
	Grace    *GracePeriod `json:"grace,omitempty"` // set exactly in the state Grace
}

// last is the day the ladder counts to: the last covered day, or else the last
// day the artefact may be missing; none when there is neither.
func (a Artefact) last() Date {
	if a.State.Accepted() {
		return a.Coverage.To
	}
	return a.NeededBy
}

// GracePeriod is the permission to be without cover until the end of a day.
type GracePeriod struct {
	Until    Date                `json:"until"` // the last tolerated day
	Approver compliance.PersonID `json:"approver"`
	Granted  time.Time           `json:"granted"`
	Index    uint64              `json:"index,omitempty"` // of the record that grants it
}

// Tracker is everything a run carries about one artefact of one vendor (A15):
// its state, its last rung and its schedule.
type Tracker struct {
	Schema   int    `json:"schema"`
	Number   string `json:"number"` // CER-7
	Vendor   string `json:"vendor"` // id in the rules, never a person's
	Artefact string `json:"artefact"`
	Ladder   Ladder `json:"ladder"`
	// Current is the version in force, or the one that is awaited when none is.
	// Next is the renewal being gathered beside it; nil when none is.
	Current Artefact  `json:"current"`
	Next    *Artefact `json:"next,omitempty"`
	// Issued is the highest version there ever was; versions are not used twice.
	Issued   int      `json:"issued"`
	Progress Progress `json:"progress"`
	// Revoked is set from a withdrawal until something is accepted again.
	Revoked bool `json:"revoked,omitempty"`
	// Before is the coverage that the current version took over from.
	Before Coverage `json:"before,omitzero"`
	// Earlier holds the cover of superseded versions that has still to run.
	Earlier  []compliance.Interval `json:"earlier,omitempty"`
	Schedule Schedule              `json:"schedule"`
}

// Progress is how far the current version is on its ladder. Rungs are passed in
// falling order, so the last one says which have been (A2).
type Progress struct {
	// Since is when this version became the tracker's current one.
	Since time.Time `json:"since"`
	// Begun is set once a rung was sent; Last is then its offset, Sent when.
	Begun bool      `json:"begun,omitempty"`
	Last  int       `json:"last,omitempty"`
	Sent  time.Time `json:"sent,omitzero"`
	// Acknowledged is set when somebody acknowledged the rung Last (A3).
	Acknowledged bool `json:"acknowledged,omitempty"`
	// Escalated is set when the next role was told of the rung Last.
	Escalated bool `json:"escalated,omitempty"`
}

// NewTracker begins to track an artefact that is missing. NeededBy may be none:
// it is then asked for by people only. The ladder must have passed Check.
func NewTracker(number, vendor, artefact string, l Ladder, neededBy Date, now time.Time) Tracker {
	return Tracker{
		Schema: Schema, Number: number, Vendor: vendor, Artefact: artefact, Ladder: l, Issued: 1,
		Current:  Artefact{Version: 1, State: Missing, NeededBy: neededBy},
		Progress: Progress{Since: now.UTC()},
	}
}

// awaited reports whether the current version is one that nobody has accepted
// yet: its ladder counts to the day it is needed by.
func (t Tracker) awaited() bool { return t.Current.State.Gathering() }

// Pending gives the version that is being gathered or reviewed: the renewal, or
// the current version itself when nothing was accepted yet; nil when neither is.
func (t Tracker) Pending() *Artefact {
	switch {
	case t.Next != nil:
		next := *t.Next
		return &next
	case t.Current.State.Gathering():
		current := t.Current
		return &current
	}
	return nil
}

// cover says whether accepted cover exists at the instant now, by the current
// version or by what is left of superseded ones, and when this cover ends as
// far as is known. A grace is no cover.
func (t Tracker) cover(now time.Time) (time.Time, bool) {
	all := slices.Clone(t.Earlier)
	if t.Current.State.Accepted() {
		all = append(all, compliance.Interval{Start: t.Schedule.Starts, End: t.Schedule.Ends})
	}
	until := now
	// Each pass goes further or is the last; no interval helps twice.
	for range len(all) {
		before := until
		for _, i := range all {
			if i.Contains(until) && i.End.After(until) {
				until = i.End
			}
		}
		if until.Equal(before) {
			break
		}
	}
	return until, until.After(now)
}
