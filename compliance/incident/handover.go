package incident

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Handover is an offer of an acknowledged incident to whoever came on call (I6).
// Until it is accepted the incident stays with its owner: ownership never moves
// by clock.
type Handover struct {
	From  compliance.PersonID `json:"from"`
	To    compliance.PersonID `json:"to"`
	Asked time.Time           `json:"asked"`
	Until time.Time           `json:"until"` // after it the handover escalates
	// Accepted is when the newcomer took it, Escalated when the manager was
	// told that they did not; zero until then.
	Accepted  time.Time `json:"accepted,omitzero"`
	Escalated time.Time `json:"escalated,omitzero"`
}

// ShiftChange is what a change of shift asks for.
type ShiftChange struct {
	// Reason is HandoverPages, HandoverAsks or HandoverNone.
	Reason Reason
	// Page is set with HandoverPages: the newcomer is paged for the present
	// step, too. Whoever was paged before stays paged.
	Page compliance.PersonID
	// Offer is set with HandoverAsks.
	Offer *Handover
}

// JudgeShiftChange says what happens when, at the instant now, a shift of a
// rotation that the incident paged goes from one person to another (I6). The
// notices say who was paged. Nothing happens when nobody came on call, when the
// newcomer is at work on the incident already or, unacknowledged, has been
// paged in this escalation.
func JudgeShiftChange(p Policy, s Standing, notices []Notice, from, to compliance.PersonID, now time.Time) ShiftChange {
	none := ShiftChange{Reason: HandoverNone}
	if to == "" || from == to {
		return none
	}
	switch s.State {
	case Triggered, Drill:
		paged := func(n Notice) bool { return n.Person == to && n.Page >= s.First }
		if s.Page == 0 || slices.ContainsFunc(notices, paged) {
			return none
		}
		return ShiftChange{Reason: HandoverPages, Page: to}
	case Acknowledged:
		if s.Owner() != from {
			return none // it belongs to somebody whose shift has not ended
		}
		until := now.Add(stated(p.Handover, DefaultHandover)).UTC()
		return ShiftChange{Reason: HandoverAsks, Offer: &Handover{From: from, To: to, Asked: now.UTC(), Until: until}}
	default:
		return none
	}
}

// NextHandover says what an offer asks for at the instant now: HandoverWaits
// with the instant to come back at, HandoverOverdue once, to tell owner and
// manager that nobody took it, HandoverDone or HandoverNone when nothing is left
// to do. It ends with the acknowledgement it was about: when that has aged out
// the escalation itself pages everybody again.
func NextHandover(s Standing, h Handover, now time.Time) (Reason, time.Time) {
	switch {
	case !h.Accepted.IsZero():
		return HandoverDone, time.Time{}
	case s.Owner() != h.From || !h.Escalated.IsZero():
		return HandoverNone, time.Time{}
	case now.Before(h.Until):
		return HandoverWaits, h.Until
	default:
		return HandoverOverdue, time.Time{}
	}
}

// JudgeAccept says whether this person may take the incident over: only whom
// it was offered to, while its owner still has it. A late accept is as good as
// one in time.
func JudgeAccept(s Standing, h Handover, by Actor) Reason {
	switch {
	case s.State == Closed:
		return AlreadyClosed
	case !s.State.Pages():
		return AlreadyResolved
	case by.judge() != OK:
		return by.judge()
	case by.Person != h.To:
		return NotAsked
	case !h.Accepted.IsZero():
		return HandoverDone
	case s.State != Acknowledged:
		return NotAcknowledged
	case s.Owner() != h.From:
		return NotAsked // it has another owner by now
	}
	return OK
}

// HandTo is the standing after the handover was accepted at the instant at: the
// newcomer owns it, with a fresh term, and the old owner stays as a responder.
func (s Standing) HandTo(to compliance.PersonID, at time.Time) Standing {
	if s.State != Acknowledged {
		return s
	}
	acks := []Ack{{Person: to, At: at.UTC()}}
	for _, a := range s.Acks {
		if a.Person != to {
			acks = append(acks, a)
		}
	}
	s.Acks = acks
	return s
}
