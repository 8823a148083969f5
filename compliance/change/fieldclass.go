package change

import (
	"slices"
	"time"
)

// Class is what an edit of a field does to approvals already given (C12). JSON
// names are frozen.
type Class string

// The classes, weightiest first.
const (
	Material Class = "material" // voids the votes of every level
	Notable  Class = "notable"  // keeps votes; approvers are told
	Cosmetic Class = "cosmetic" // is put on record and on the card's log only
)

// Classes are the classes of the fields whose class is not the usual one. The
// usual one is material for every field that approvals are bound to, and
// notable for all others. A window field that is material here is not even
// notable when it is narrowed.
type Classes map[string]Class

// Lowerable lists the fields that approvals are bound to and whose edits an
// organisation may let pass without voiding votes. All others say what is
// executed, where, when, by whom or under which risk, and stay material.
func Lowerable() []string {
	return []string{"test_plan", "test_results", "rollback_owner", "rollback_tested_on"}
}

// WindowFields lists the fields that say when a change is carried out. An edit
// of them that leaves only a part of the approved interval is notable.
func WindowFields() []string { return []string{"planned_start", "duration"} }

// Of is the class of a field. What may not be lowered stays material whatever
// the classes say, so that no file and no old state can open a hole.
func (c Classes) Of(field string) Class {
	own, given := c[field]
	switch {
	case bound(field) && (!given || !slices.Contains(Lowerable(), field)):
		return Material
	case given:
		return own
	}
	return Notable
}

// bound reports whether approvals are bound to a field. What Compare can name no
// field for is bound, too.
func bound(field string) bool {
	return field == wholeContent || slices.Contains(MaterialFields(), field)
}

// Edits says what differs between the content under review or approved and
// what the ticket says now, each with its class. Unlike Compare it also finds
// what approvals are not bound to: title, purpose and the organisation's own fields.
func Edits(was, is Snapshot, classes Classes) []FieldChange {
	edits := Compare(was, is)
	if len(was.Others) > 0 { // a snapshot of before they were kept says nothing about them
		edits = append(edits, differ(was.Others, is.Others, names(was.Others, is.Others))...)
	}
	narrowed := Narrows(was, is)
	for i, e := range edits {
		edits[i].Class = classes.Of(e.Name)
		if narrowed && slices.Contains(WindowFields(), e.Name) && classes[e.Name] != Material {
			edits[i].Class = Notable
		}
	}
	return edits
}

// Narrows reports whether the time in which a change may be carried out is a part
// of what it was: the interval from the planned start over the estimate lies
// within the former one; or, without a planned start then and now, the estimate is no longer.
func Narrows(was, is Snapshot) bool {
	switch {
	case is.Duration <= 0:
		return false
	case was.PlannedStart.IsZero() || is.PlannedStart.IsZero():
		return was.PlannedStart.Equal(is.PlannedStart) && is.Duration <= was.Duration
	}
	return !is.PlannedStart.Before(was.PlannedStart) &&
		!is.PlannedStart.Add(is.Duration).After(was.PlannedStart.Add(was.Duration))
}

// Void reports whether edits void the votes: one that is material is enough.
func Void(edits []FieldChange) bool { return Weightiest(edits) == Material }

// Weightiest is the weightiest class of some edits; empty when there are none.
func Weightiest(edits []FieldChange) Class {
	for _, class := range []Class{Material, Notable, Cosmetic} {
		if slices.ContainsFunc(edits, func(e FieldChange) bool { return e.Class == class }) {
			return class
		}
	}
	return ""
}

// Unreviewable makes edits material that leave a ticket with something missing or
// unreadable: nobody keeps a vote for what could not be submitted.
func Unreviewable(edits []FieldChange) []FieldChange {
	out := slices.Clone(edits)
	for i := range out {
		out[i].Class = Material
	}
	return out
}

// Narrowed is when an approval ends after its window was narrowed: never later than before.
func Narrowed(expires, approvedAt time.Time, validity time.Duration, s Schedule, plannedStart time.Time) time.Time {
	if again := ApprovalExpires(approvedAt, validity, s, plannedStart); again.Before(expires) {
		return again
	}
	return expires
}

// EditedFacts: an edit that left the version and its votes standing. JSON names
// are frozen. Where the edit touched what votes are bound to, Was is the hash
// before it and Hash the one from then on.
type EditedFacts struct {
	Version int           `json:"version"`
	Class   Class         `json:"class"` // the weightiest
	Hash    string        `json:"hash"`
	Was     string        `json:"was,omitempty"`
	Changes []FieldChange `json:"changes"`
}
