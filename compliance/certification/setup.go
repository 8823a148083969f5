package certification

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Asked is an artefact that somebody had tracked by a command. Where the
// policy names the same artefact, the policy's word counts.
type Asked struct {
	// Name is what the vendor is called; Owner, Sponsor and Systems are as in the
	// policy. All four are left out for a vendor that the policy knows.
	Name    string              `json:"name,omitempty"`
	Owner   compliance.PersonID `json:"owner,omitempty"`
	Sponsor compliance.PersonID `json:"sponsor,omitempty"`
	Systems []string            `json:"systems,omitempty"`
	// Class is one of the policy's classes of artefacts: it says by which ladder
	// the artefact is chased and who decides on grace.
	Class    string `json:"class"`
	Title    string `json:"title,omitempty"` // that of the class when empty
	NeededBy Date   `json:"needed_by,omitzero"`
	// By is the account that asked.
	By compliance.Account `json:"by"`
}

// Setup is what the policy, or else a command, says of an artefact, as it was
// last read. JSON names are frozen.
type Setup struct {
	Vendor   string              `json:"vendor"` // the vendor's name for people
	Title    string              `json:"title"`
	Owner    compliance.PersonID `json:"owner"`
	Sponsor  compliance.PersonID `json:"sponsor,omitempty"`
	Systems  []string            `json:"systems,omitempty"`
	Class    string              `json:"class"`
	Channel  string              `json:"channel"` // logical channel of the card
	Site     string              `json:"site"`    // of the tracker that holds the renewals' tasks
	Zone     string              `json:"zone"`    // the owner's, IANA name
	NeededBy Date                `json:"needed_by,omitzero"`
	// Tasks is set when the tracker of tickets has a kind for renewals.
	Tasks bool `json:"tasks,omitempty"`
	// Unnamed is set while neither the policy nor a command names the artefact:
	// it goes on by what was last known, because a line that disappears from a
	// file must not end a promise in silence.
	Unnamed bool   `json:"unnamed,omitempty"`
	Rules   string `json:"rules"`      // version of the rules
	Hash    string `json:"rules_hash"` // their digest
}

// Differs lists in words what an edit changed for a running tracker, in a fixed
// order; empty when it changed nothing that a reminder depends on.
func (s Setup) Differs(was Setup) []string {
	var out []string
	note := func(differs bool, what string) {
		if differs {
			out = append(out, what)
		}
	}
	note(s.Owner != was.Owner, "owner")
	note(s.Sponsor != was.Sponsor, "sponsor")
	note(s.Zone != was.Zone, "zone")
	note(s.NeededBy != was.NeededBy, "needed by")
	note(!slices.Equal(s.Systems, was.Systems), "systems")
	note(s.Unnamed != was.Unnamed, "named by the policy")
	return out
}

// Refit gives the tracker the ladder and, while its first artefact is awaited,
// the day it is needed by, as an edited policy has them. Another day is another
// version with a ladder of its own, so that its reminders are not taken for
// those already sent. It reports whether anything changed.
func (t Tracker) Refit(l Ladder, neededBy Date, now time.Time) (Tracker, bool) {
	changed := !sameLadder(t.Ladder, l)
	t.Ladder = l
	first := t.Current.State.Gathering() && t.Before.IsZero() && !t.Revoked
	if first && t.Current.NeededBy != neededBy {
		t.Issued++
		t.Current.Version, t.Current.NeededBy = t.Issued, neededBy
		t.Progress, t.Schedule = Progress{Since: now.UTC()}, Schedule{}
		changed = true
	}
	return t, changed
}

func sameLadder(a, b Ladder) bool {
	same := func(x, y Rung) bool {
		return x.Offset == y.Offset && x.Action == y.Action && slices.Equal(x.Audience, y.Audience)
	}
	return slices.EqualFunc(a.Rungs, b.Rungs, same) && same(a.After, b.After) &&
		a.Every == b.Every && a.Hour == b.Hour && a.Late == b.Late && a.Patience == b.Patience && a.MaxGrace == b.MaxGrace
}

// Shortened leaves out of a schedule the reminders after the end, which are
// resolved again before each of them anyway. What is left is all that Bind,
// Conditions and Judge read; Next needs the whole one.
func (s Schedule) Shortened() Schedule {
	s.Rungs = slices.DeleteFunc(slices.Clone(s.Rungs), func(r Scheduled) bool { return r.Offset < 0 })
	return s
}

// Moved reports whether an instant that the tracker waits for is another one
// than in the schedule before, for the same version (G1).
func (s Schedule) Moved(was Schedule) bool {
	return was.Artefact == s.Artefact && was.Last == s.Last && (!was.Ends.Equal(s.Ends) || !was.Starts.Equal(s.Starts))
}

// Untracked is the condition of an artefact that the policy names and nobody
// tracks: what is not known to be covered is not covered.
func Untracked(vendor, artefact string, since time.Time) Condition {
	return Condition{Vendor: vendor, Artefact: artefact, State: Missing, Reason: NotTracked, Since: since.UTC()}
}
