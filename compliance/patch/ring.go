package patch

import (
	"time"

	"github.com/lowcodex/countersign/compliance/change"
)

// Next decides the next move of a rollout (P1, P4, P6, P8, P9, P23). The order
// of the checks is part of the rule: what demands the way back comes before
// what demands a halt, which comes before what only waits. A ring starts only
// when every earlier one is proven by a pass, has soaked without interruption
// and serves what ring 1 serves, no stop is open, the approval is about this
// very plan, and the window is open.
func Next(s Situation, now time.Time) Decision {
	if d, ok := s.backwards(now); ok {
		return d
	}
	switch {
	case s.State == Held && s.Stopped:
		return Decision{Move: Await, Reason: Stopped}
	case s.State != Rolling:
		return Decision{Move: Await, Reason: NotRolling}
	case len(s.Rings) != len(s.Plan.Rings) || len(s.Rings) == 0:
		return Decision{Move: Hold, Reason: PlanRefused}
	}
	if _, barred := Barred(s.Bars, s.Plan.Payload.Digest); barred {
		return Decision{Move: Hold, Reason: PayloadBarred}
	}
	if s.Stopped {
		return Decision{Move: Hold, Reason: Stopped}
	}
	for i := range s.Rings {
		if d, ready := s.ringReady(i, now); !ready {
			return d
		}
	}
	return Decision{Move: Finish, Ring: len(s.Rings) - 1, Reason: AllProven}
}

// backwards looks for a reason to take the way back in the rings that are
// touched. Only a rollout that moves or is held can begin it.
func (s Situation) backwards(now time.Time) (Decision, bool) {
	if s.State != Rolling && s.State != Held {
		return Decision{}, false
	}
	for i, r := range s.Rings {
		if r.State.Touched() && r.Outcome == Fail {
			return Decision{Move: RollBack, Ring: i, Reason: TestsFailed}, true
		}
	}
	for _, a := range s.Alarms {
		if a.Ring >= 0 && a.Ring < len(s.Rings) && s.Rings[a.Ring].State.Touched() {
			return Decision{Move: RollBack, Ring: a.Ring, Reason: HealthAlarm}, true
		}
	}
	if !s.ApprovalBy.IsZero() && !now.Before(s.ApprovalBy) && s.approved(now) != OK {
		for i, r := range s.Rings {
			if r.State.Touched() {
				return Decision{Move: RollBack, Ring: i, Reason: ApprovalTimeout}, true
			}
		}
	}
	return Decision{}, false
}

// approved says whether the approval is about this very plan and still good.
func (s Situation) approved(now time.Time) Reason {
	switch a := s.Approval; {
	case !a.Given:
		return ApprovalMissing
	case s.PlanHash == "" || a.PlanHash != s.PlanHash:
		return ApprovedAnother
	case !a.Expires.IsZero() && !now.Before(a.Expires):
		return ApprovalExpired
	}
	return OK
}

// ringReady reports whether ring i is proven and the next may be looked at; if
// not, it gives what to do about it.
func (s Situation) ringReady(i int, now time.Time) (Decision, bool) {
	ring, r := s.Plan.Rings[i], s.Rings[i]
	switch r.State {
	case Waiting:
		return s.mayStart(i, now), false
	case Preparing, Deploying:
		return Decision{Move: Await, Ring: i, Reason: InProgress}, false
	case Testing, Soaking, Proven:
	default:
		return Decision{Move: Hold, Ring: i, Reason: NotRolling}, false
	}
	switch differs := r.Digest != s.Plan.Payload.Digest || r.Digest != s.Rings[0].Digest; {
	case differs && r.Digest != "":
		return Decision{Move: Hold, Ring: i, Reason: DigestDrift}, false
	case r.Outcome == "":
		return Decision{Move: Await, Ring: i, Reason: InProgress}, false
	case differs: // tested, and nobody can say what it was
		return Decision{Move: Hold, Ring: i, Reason: DigestDrift}, false
	}
	if move, why := JudgeTests(r.Outcome, r.Attempts, ring.Attempts); move != Proceed {
		return Decision{Move: move, Ring: i, Reason: why}, false
	}
	return s.soaked(i, now)
}

// soaked judges the soak of ring i, whose latest check passed. A pass from
// before the soak's end proves nothing about its end: the write probe passes
// once more before the ring counts as proven.
func (s Situation) soaked(i int, now time.Time) (Decision, bool) {
	r := s.Rings[i]
	ends, healthy := r.SoakEnds(s.Plan.Rings[i].Soak)
	switch {
	case !healthy:
		return Decision{Move: Await, Ring: i, Reason: InProgress}, false
	case r.State == Testing:
		return Decision{Move: Proceed, Ring: i, At: ends}, false
	case now.Before(ends):
		return Decision{Move: Await, Ring: i, Reason: Soak, At: ends}, false
	case r.Probed.Before(ends):
		return Decision{Move: Probe, Ring: i, Reason: Soak}, false
	case r.State != Proven:
		return Decision{Move: Prove, Ring: i}, false
	}
	return Decision{}, true
}

// mayStart judges the start of ring i, every earlier one being proven.
func (s Situation) mayStart(i int, now time.Time) Decision {
	ring := s.Plan.Rings[i]
	hold := func(r Reason) Decision { return Decision{Move: Hold, Ring: i, Reason: r} }
	if why := s.approved(now); why != OK {
		return hold(why)
	}
	if s.ForensicsOpen {
		return hold(ForensicsFirst)
	}
	if ring.Critical {
		for _, t := range ring.Targets {
			b, found := s.Backups[t]
			if ruling := JudgeBackup(b, found, s.Plan.BackupMaxAge, s.Waiver, now); ruling.Blocks {
				d := hold(ruling.Reason)
				d.Target = t
				return d
			}
		}
	}
	why := forward(change.MayStart(s.Schedule, now, time.Time{}, ring.Duration))
	if why == OK && len(s.Others) > 0 {
		return hold(TargetsTaken)
	}
	if why == OK {
		return Decision{Move: StartRing, Ring: i}
	}
	d := Decision{Move: Await, Ring: i, Reason: why}
	if opening, ok := change.NextOpening(s.Schedule, now, time.Time{}, ring.Duration); ok {
		d.At = opening.At
	}
	return d
}

// forward translates the calendar's answer.
func forward(r change.Reason) Reason {
	switch r {
	case change.OK:
		return OK
	case change.Frozen:
		return Frozen
	case change.WindowClosed:
		return WindowClosed
	case change.DoesNotFit:
		return DoesNotFit
	}
	return NoOpening
}
