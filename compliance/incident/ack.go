package incident

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Actor is the person an act came from, as the live directory says now: Reason
// is UnknownPerson or Inactive when they may not act at all. An account that
// belongs to nobody never counts as an acknowledgement; escalation goes on (I11).
type Actor struct {
	Person compliance.PersonID
	Reason Reason
}

func (a Actor) judge() Reason {
	switch {
	case a.Reason != OK:
		return a.Reason
	case a.Person == "":
		return UnknownPerson
	}
	return OK
}

// AckRuling is what becomes of an acknowledgement.
type AckRuling struct {
	// Reason is OK for the first one, Joined for a later one by somebody else,
	// and otherwise why it was not counted.
	Reason Reason
	// Counts is set when it goes into the standing: as the first or as joining.
	Counts bool
	// Renews is set when it is the first of a new term: the acknowledgement
	// before it had aged out, though its timer has not fired yet.
	Renews bool
	// First is the acknowledgement that was there before: its person and time
	// are the answer to Joined and AlreadyAcknowledged (I8).
	First *Ack
}

// JudgeAcknowledge decides what an acknowledgement does, in the order in which
// the process sees it: the first wins, the second joins (I8), a resolution
// beats both (I9). Paged says whether the person was paged for this incident.
//
// What happened before it in history has happened: if the next step left just
// before, its targets are told to stand down (StandDown), not forgotten (I10).
func JudgeAcknowledge(p Policy, s Standing, b Binding, by Actor, paged bool, now time.Time) AckRuling {
	switch {
	case s.State == Closed:
		return AckRuling{Reason: AlreadyClosed}
	case !s.State.Pages():
		return AckRuling{Reason: AlreadyResolved}
	case s.State == Suppressed:
		return AckRuling{Reason: NotPaging}
	}
	if r := b.judge(s, now); r != OK {
		return AckRuling{Reason: r}
	}
	if r := by.judge(); r != OK {
		return AckRuling{Reason: r}
	}
	if p.OnlyPaged && !paged {
		return AckRuling{Reason: NotPaged}
	}
	if s.State != Acknowledged || len(s.Acks) == 0 {
		return AckRuling{Counts: true}
	}
	if !now.Before(AckExpires(p, s)) {
		return AckRuling{Counts: true, Renews: true}
	}
	if i := slices.IndexFunc(s.Acks, func(a Ack) bool { return a.Person == by.Person }); i >= 0 {
		return AckRuling{Reason: AlreadyAcknowledged, First: &s.Acks[i]}
	}
	return AckRuling{Reason: Joined, Counts: true, First: &s.Acks[0]}
}

// JudgeResolve says whether this person may resolve the incident. It is allowed
// without an acknowledgement before it: what is over is over.
func JudgeResolve(s Standing, b Binding, by Actor, now time.Time) Reason {
	switch {
	case s.State == Closed:
		return AlreadyClosed
	case !s.State.Pages():
		return AlreadyResolved
	case !CanMove(s.State, Resolved):
		return NotPaging // a drill is acknowledged, not resolved
	}
	if r := b.judge(s, now); r != OK {
		return r
	}
	return by.judge()
}

// JudgeReassign says whether a word that somebody gave a page to somebody else,
// where it rang, goes on record. It never counts as an acknowledgement.
func JudgeReassign(s Standing, b Binding, by Actor, now time.Time) Reason {
	switch {
	case s.State == Closed:
		return AlreadyClosed
	case !s.State.Pages():
		return AlreadyResolved
	}
	if r := b.judge(s, now); r != OK {
		return r
	}
	return by.judge()
}

// JudgeUpdate says whether an update extends the acknowledgement. Anybody known
// may add to the record; OK is for a responder's update, which extends, and
// NotResponder means that it is on record without extending anything.
func JudgeUpdate(s Standing, by Actor) Reason {
	switch {
	case s.State == Closed:
		return AlreadyClosed
	case by.judge() != OK:
		return by.judge()
	case s.State != Acknowledged:
		return NotAcknowledged
	case !slices.ContainsFunc(s.Acks, func(a Ack) bool { return a.Person == by.Person }):
		return NotResponder
	}
	return OK
}

// Wanted says whether a send for this page is still to leave: OK, or
// NoLongerWanted once somebody acknowledged or resolved. It is asked right
// before every attempt; what a provider holds already cannot be called back,
// and its target is told to stand down when the attempt ends (I10).
func Wanted(s Standing, page int) Reason {
	if !s.State.Pages() || s.State == Suppressed || page < max(1, s.First) || page > s.Page {
		return NoLongerWanted
	}
	if s.State == Acknowledged && page != s.Forced {
		return NoLongerWanted
	}
	return OK
}

// Notice is that a person may have a page of this incident before them.
type Notice struct {
	Person compliance.PersonID `json:"person"`
	Page   int                 `json:"page"`
	// Told is set when they were told to stand down after it.
	Told bool `json:"told,omitempty"`
}

// StandDown lists, sorted, whom to tell that they are no longer needed (I10):
// everybody whose page left, or may have left, and who has not been told since,
// except those who acknowledged, for they are at work. While the incident still
// pages it is empty.
func StandDown(s Standing, notices []Notice) []compliance.PersonID {
	if s.State == Triggered || s.State == Suppressed || s.State == Drill {
		return nil
	}
	var out []compliance.PersonID
	for _, n := range notices {
		responds := slices.ContainsFunc(s.Acks, func(a Ack) bool { return a.Person == n.Person })
		if n.Person != "" && !n.Told && !responds {
			out = append(out, n.Person)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
