package incident

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Phase says where in its escalation an incident is.
type Phase string

const (
	PhaseNone       Phase = ""            // nobody has been paged in this escalation
	PhaseStep       Phase = "step"        // at a step of a round
	PhaseLastResort Phase = "last_resort" // a whole round reached nobody: the fallback was paged (I4)
	PhaseExhausted  Phase = "exhausted"   // every round is over (I15)
)

// Place is a place in an escalation. Round and Step count from 1; Step is 0 in
// a last resort of a policy without steps.
type Place struct {
	Phase Phase `json:"phase,omitempty"`
	Round int   `json:"round,omitempty"`
	Step  int   `json:"step,omitempty"`
}

// Reach is what became of a page, over all the people it was for.
type Reach string

const (
	ReachPending Reach = "pending" // sends are under way
	Reached      Reach = "reached" // a provider accepted a page for at least one person; nobody need have seen it
	// ReachMaybe: nothing was accepted, but something may have arrived. It is
	// no failure: the step's delay runs.
	ReachMaybe  Reach = "maybe"
	ReachNobody Reach = "nobody" // certainly nobody; the escalation moves on at once (I4)
)

// Ack is one acknowledgement. The first that stands makes its person the owner.
type Ack struct {
	Person  compliance.PersonID `json:"person"`
	At      time.Time           `json:"at"` // when it took effect, UTC
	Surface string              `json:"surface,omitempty"`
	Page    int                 `json:"page,omitempty"` // the page it answers; 0 when it names none
}

// Standing is where an incident stands: everything NextPage judges by besides
// the policy. Its methods return the standing after an event and change nothing
// themselves. JSON names are frozen: it is carried from run to run.
type Standing struct {
	// ID is the incident's token: it has one from the start, and a number as soon
	// as the evidence log has allocated it.
	ID       Token    `json:"id"`
	State    State    `json:"state"`
	Severity Severity `json:"severity"`
	// Opened is when the present escalation became due, UTC: the trigger, the
	// end of a hold or the expiry of an acknowledgement.
	Opened time.Time `json:"opened"`
	Place
	// Page is the ordinal of the page entered last, from 1 over the whole
	// life of the incident; First is the first page of the present escalation.
	Page    int       `json:"page,omitempty"`
	First   int       `json:"first,omitempty"`
	Entered time.Time `json:"entered,omitzero"` // when Page was entered, UTC
	Reach   Reach     `json:"reach,omitempty"`  // of Page
	Why     Reason    `json:"why,omitempty"`    // with ReachNobody
	Settled time.Time `json:"settled,omitzero"` // when Reach became known
	// RoundReached is set when any page of this round, whose first is
	// RoundFirst, reached or may have reached somebody.
	RoundFirst   int  `json:"round_first,omitempty"`
	RoundReached bool `json:"round_reached,omitempty"`
	// Acks stand while acknowledged, the owner's first.
	Acks []Ack `json:"acks,omitempty"`
	// Updated is the last update of a responder, QuietUntil the end of the
	// silence they announced with it (I14).
	Updated    time.Time `json:"updated,omitzero"`
	QuietUntil time.Time `json:"quiet_until,omitzero"`
	HeldUntil  time.Time `json:"held_until,omitzero"` // of a suppressed incident
	// Pushed is since when the next level is to be paged whatever else holds,
	// because a rollback failed (I24).
	Pushed time.Time `json:"pushed,omitzero"`
	// Forced is the page that was entered for it and that nobody has answered
	// yet; it is sent although the incident is acknowledged.
	Forced int `json:"forced,omitempty"`
}

// Open is the standing of an incident triggered at this instant.
func Open(id Token, s Severity, at time.Time) Standing {
	return Standing{ID: id, State: Triggered, Severity: s, Opened: at.UTC()}
}

// Hold is the standing of an incident that is suppressed until an instant. A
// zero until holds nothing: a hold without an end would be silence for ever.
func Hold(id Token, s Severity, at, until time.Time) Standing {
	h := Open(id, s, at)
	h.State, h.HeldUntil = Suppressed, until.UTC()
	return h
}

// Exercise is the standing of a drill that pages from this instant on.
func Exercise(id Token, s Severity, at time.Time) Standing {
	d := Open(id, s, at)
	d.State = Drill
	return d
}

// Enter is the standing after a Decision to page was taken at the instant now,
// before anything is sent. It is recorded first, so that a crash between the
// two leaves a pending page that is sent again with the same key, and never a
// step that nobody knows of.
//
// The step's delay runs from now and not from when the page was due: after an
// outage late steps fire once, in order, each with its own delay (I31).
func (s Standing) Enter(d Decision, now time.Time) Standing {
	if d.Do != Page {
		return s
	}
	s.Acks = slices.Clone(s.Acks)
	if d.Reason == AckExpired || d.Reason == HoldOver {
		s.State, s.Acks = Triggered, nil
		s.Updated, s.QuietUntil, s.HeldUntil = time.Time{}, time.Time{}, time.Time{}
		s.Opened = d.At
		s.First = s.Page + 1
	}
	if s.First == 0 {
		s.First = 1
	}
	if d.Round != s.Round || s.Phase == PhaseNone || s.First == s.Page+1 {
		s.RoundFirst, s.RoundReached = s.Page+1, false
	}
	s.Place = d.Place
	s.Page++
	s.Entered, s.Reach, s.Why, s.Settled = now.UTC(), ReachPending, OK, time.Time{}
	s.Pushed, s.Forced = time.Time{}, 0
	if d.Reason == RollbackHasFailed {
		s.Forced = s.Page
	}
	return s
}

// Settle is the standing after it became known, at the instant at, what became
// of a page. News of an earlier page cannot move the escalation, but that
// somebody was reached still counts for its round.
func (s Standing) Settle(page int, r Reach, why Reason, at time.Time) Standing {
	if page < max(1, s.RoundFirst) || page > s.Page {
		return s
	}
	if r == Reached || r == ReachMaybe {
		s.RoundReached = true
	}
	if page != s.Page {
		return s
	}
	s.Reach, s.Why, s.Settled = r, OK, at.UTC()
	if r == ReachNobody {
		s.Why = why
	}
	return s
}

// Acknowledge is the standing after an acknowledgement that JudgeAcknowledge
// let count or join, at the instant it took effect. A drill is over with it.
func (s Standing) Acknowledge(a Ack) Standing {
	a.At, s.Forced = a.At.UTC(), 0
	switch s.State {
	case Triggered:
		s.State, s.Acks = Acknowledged, []Ack{a}
		s.Updated, s.QuietUntil = time.Time{}, time.Time{}
	case Acknowledged:
		s.Acks = append(slices.Clone(s.Acks), a)
	case Drill:
		s.State, s.Acks = Closed, []Ack{a}
	}
	return s
}

// Renew is the standing after somebody acknowledged anew what had aged out
// before its timer fired: they own it now.
func (s Standing) Renew(a Ack) Standing {
	if s.State == Acknowledged {
		s.State = Triggered
	}
	return s.Acknowledge(a)
}

// Update is the standing after a responder gave an update at the instant at
// and announced silence until quiet, zero for none (see QuietUntil).
func (s Standing) Update(at, quiet time.Time) Standing {
	if s.State == Acknowledged {
		s.Updated, s.QuietUntil = at.UTC(), quiet.UTC()
	}
	return s
}

// Resolve is the standing after somebody, or the source, resolved it. Nothing
// is paged from then on (I9).
func (s Standing) Resolve() Standing {
	if CanMove(s.State, Resolved) {
		s.State = Resolved
	}
	return s
}

// Push is the standing after a rollback failed at the instant at: the next
// level is paged, whether or not somebody has acknowledged (I24). It ends a hold.
func (s Standing) Push(at time.Time) Standing {
	if s.State == Suppressed {
		return s.Release(at)
	}
	if s.State.Pages() {
		s.Pushed = at.UTC()
	}
	return s
}

// Release is the standing after the hold of a suppressed incident ended early,
// at the instant at, because its severity rose: it is due at once (I22).
func (s Standing) Release(at time.Time) Standing {
	if s.State == Suppressed && at.Before(s.HeldUntil) {
		s.HeldUntil = at.UTC()
	}
	return s
}

// Owner is whose acknowledgement stands; empty when nobody's does.
func (s Standing) Owner() compliance.PersonID {
	if s.State != Acknowledged || len(s.Acks) == 0 {
		return ""
	}
	return s.Acks[0].Person
}
