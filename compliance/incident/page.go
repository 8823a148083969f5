package incident

import (
	"slices"
	"time"
)

// Do is what a Decision asks for.
type Do string

const (
	Page Do = "page" // page the targets now
	Wait Do = "wait" // nothing now; ask again at At, or as soon as anything happens
	Rest Do = "rest" // nothing, for good: nobody is to be paged any more
)

// Decision is whom to page now, or until when to wait.
type Decision struct {
	Do     Do     `json:"do"`
	Reason Reason `json:"reason"`
	// At is, with Page, when the page was due; with Wait, when to ask again,
	// always after the instant asked about. UTC.
	At time.Time `json:"at,omitzero"`
	// Late is, with Page, how long after At the decision was taken: nothing in
	// good order, the length of the outage after one (I31).
	Late time.Duration `json:"late,omitempty"`
	Place
	// Targets are, with Page, whom to page, as the rules name them; who that is
	// is read when the step fires, and recorded (I5).
	Targets []Target `json:"targets,omitempty"`
	// Finding is set when this page is itself a finding: NobodyInPolicy (I4),
	// Exhausted (I15) or RollbackHasFailed (I24).
	Finding Reason `json:"finding,omitempty"`
}

// NextPage says whom to page at the instant now, or how long to wait. It asks
// for one page at most; the caller enters it (Standing.Enter) and asks again.
// While an incident is open the answer is a page or a wait that ends: there is
// no standing in which nobody is paged and nothing is due (I15).
//
// Whatever the policy lacks, and whatever state it does not know, it pages.
func NextPage(p Policy, s Standing, now time.Time) Decision {
	now = now.UTC()
	switch {
	case !s.State.Pages():
		if s.State == Closed {
			return Decision{Do: Rest, Reason: AlreadyClosed}
		}
		return Decision{Do: Rest, Reason: AlreadyResolved}
	case !s.Pushed.IsZero():
		return pushed(p, s, now)
	case s.State == Suppressed:
		if now.Before(s.HeldUntil) {
			return waitFor(s.HeldUntil, Held)
		}
		due := s.HeldUntil
		if due.IsZero() {
			due = s.Opened
		}
		return p.page(p.opening(1), due, now, HoldOver)
	case s.State == Acknowledged:
		expires := AckExpires(p, s)
		if now.Before(expires) {
			return waitFor(expires, AckStands)
		}
		return restart(p, s, expires, now)
	default:
		return escalate(p, s, now)
	}
}

// restart pages from step 1 again, with whoever let their acknowledgement age out.
func restart(p Policy, s Standing, expired, now time.Time) Decision {
	d := p.page(p.opening(1), expired, now, AckExpired)
	if owner := s.Owner(); owner != "" {
		d.Targets = distinct(append(d.Targets, PersonTarget(owner)))
	}
	return d
}

// pushed pages the next level because a rollback failed. Should the
// acknowledgement have aged out by then as well, one page says both.
func pushed(p Policy, s Standing, now time.Time) Decision {
	next := p.nextLevel(s)
	d := p.page(next, s.Pushed, now, RollbackHasFailed)
	if s.State == Acknowledged {
		if expires := AckExpires(p, s); !now.Before(expires) {
			d = restart(p, s, expires, now)
			d.Targets = distinct(append(d.Targets, p.targets(next)...))
		}
	}
	d.Finding = RollbackHasFailed
	return d
}

// escalate goes through steps and rounds for an incident that nobody has
// acknowledged.
func escalate(p Policy, s Standing, now time.Time) Decision {
	if s.Phase == PhaseNone {
		if now.Before(s.Opened) {
			return waitFor(s.Opened, StepWaits)
		}
		return p.page(p.opening(1), s.Opened, now, FirstStep)
	}
	due, waits := p.due(s)
	if now.Before(due) {
		return waitFor(due, waits)
	}
	if s.Phase == PhaseExhausted {
		return p.page(Place{PhaseExhausted, s.Round, s.Step}, due, now, StillUnacknowledged)
	}
	if s.Phase == PhaseStep {
		if s.Step < len(p.Steps) {
			why := DelayOver
			if s.Reach == ReachNobody {
				why = NobodyReached
			}
			return p.page(Place{PhaseStep, s.Round, s.Step + 1}, due, now, why)
		}
		if !s.RoundReached {
			return p.page(Place{PhaseLastResort, s.Round, s.Step}, due, now, NobodyInPolicy)
		}
	}
	if s.Round >= p.rounds() {
		return p.page(Place{PhaseExhausted, s.Round, len(p.Steps)}, due, now, Exhausted)
	}
	if s.Phase == PhaseStep { // a last resort has waited for the pause already
		if due = due.Add(stated(p.Pause, DefaultPause)); now.Before(due) {
			return waitFor(due, RoundPause)
		}
	}
	return p.page(p.opening(s.Round+1), due, now, NextRound)
}

// due says when the present place is over if nobody acknowledges, and what the
// wait is for until then.
func (p Policy) due(s Standing) (time.Time, Reason) {
	var wait time.Duration
	switch s.Phase {
	case PhaseLastResort:
		wait = stated(p.Pause, DefaultPause)
	case PhaseExhausted:
		wait = stated(p.Again, DefaultAgain)
	default:
		if s.Reach == ReachNobody {
			return s.Settled, StepWaits // on to the next at once (I4)
		}
		return s.Entered.Add(p.delay(s.Step)), StepWaits // I3
	}
	if s.Reach == ReachNobody {
		wait = min(wait, RetryUnreached)
	}
	return s.Entered.Add(wait), NotYetAgain
}

// opening is the first place of a round: a last resort when there are no steps.
func (p Policy) opening(round int) Place {
	if len(p.Steps) == 0 {
		return Place{PhaseLastResort, round, 0}
	}
	return Place{PhaseStep, round, 1}
}

// nextLevel is the level above the present one, whatever the delays say; above
// the last step is what exhaustion pages.
func (p Policy) nextLevel(s Standing) Place {
	switch {
	case s.Phase == PhaseNone:
		return p.opening(1)
	case s.Phase == PhaseStep && s.Step < len(p.Steps):
		return Place{PhaseStep, s.Round, s.Step + 1}
	default:
		return Place{PhaseExhausted, s.Round, len(p.Steps)}
	}
}

func (p Policy) page(at Place, due, now time.Time, why Reason) Decision {
	d := Decision{Do: Page, Reason: why, At: due.UTC(), Late: max(0, now.Sub(due)), Place: at, Targets: p.targets(at)}
	switch {
	case at.Phase == PhaseLastResort:
		d.Finding = NobodyInPolicy
	case why == Exhausted:
		d.Finding = Exhausted
	}
	return d
}

// targets lists whom the rules name for a place.
func (p Policy) targets(at Place) []Target {
	var out []Target
	switch at.Phase {
	case PhaseStep:
		return distinct(p.Steps[at.Step-1].Targets)
	case PhaseExhausted:
		if n := len(p.Steps); n > 0 {
			out = append(out, p.Steps[n-1].Targets...)
		}
		out = append(out, Target{Kind: TargetManager})
	}
	if p.Fallback.Kind == "" {
		// Refused by Check; the manager of whoever was last is better than silence.
		return distinct(append(out, Target{Kind: TargetManager}))
	}
	return distinct(append(out, p.Fallback))
}

func distinct(in []Target) []Target {
	var out []Target
	for _, t := range in {
		if !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

func waitFor(at time.Time, why Reason) Decision { return Decision{Do: Wait, Reason: why, At: at.UTC()} }
