package patch

import "github.com/lowcodex/countersign/compliance"

// Voter is the person an act came from, as the live directory says now: Reason
// is why the person may not run (or approve for) this rollout, OK when they may.
type Voter struct {
	Person compliance.PersonID
	Reason Reason
}

// Standing is what an act is judged by.
type Standing struct {
	State   State
	Current Binding // what a card shows now
	Stopped bool
	Touched bool // some target may serve the payload
	// HeldFor is why the rollout is held; OK when it is not.
	HeldFor Reason
	// AskedBy is who asked for what the act would grant: the waiver or the
	// later deadline. Nobody grants what they asked for themselves.
	AskedBy compliance.PersonID
	// Barred is set while the payload is barred.
	Barred bool
	// Lifted is set when the bar that the rollout waits for was lifted, here or
	// through another rollout.
	Lifted bool
	// Taken is set while a rollout that still moves is under way on the same targets.
	Taken bool
	// Pending is set while a later deadline waits for somebody's word.
	Pending bool
}

// JudgeAct says whether an act counts. A stop and the way back are never
// refused because the card was old: what they ask for is to go no further, and
// that is right whatever happened since. Everything that lets a rollout go on
// must be about what the person saw.
func JudgeAct(s Standing, a Act, by Voter) Reason {
	if a.Binding.Number != s.Current.Number {
		return BadRequest
	}
	if by.Reason != OK {
		return by.Reason
	}
	if by.Person == "" {
		return NotAllowed
	}
	switch a.Action {
	case ActionStop:
		return judgeStop(s)
	case ActionRollBack:
		return judgeRollBack(s)
	case ActionResume:
		return judgeResume(s, a)
	case ActionLift:
		return judgeLift(s, a)
	case ActionWaive:
		return judgeGrant(s, a, by, !s.State.Terminal() && s.State != Completed, AlreadyOver)
	case ActionLater:
		return judgeGrant(s, a, by, s.Pending, NotLater)
	}
	return BadRequest
}

// seen refuses an act on a card that the rollout has left behind.
func seen(s Standing, a Act) Reason {
	if a.Binding != s.Current {
		return StaleCard
	}
	return OK
}

func judgeStop(s Standing) Reason {
	switch {
	case s.Stopped:
		return AlreadyDone
	case s.State.Terminal() || s.State == Completed:
		return AlreadyOver
	case s.State == Reverting || s.State == Stranded:
		return NotRolling // the way back is not to be stopped
	}
	return OK
}

func judgeRollBack(s Standing) Reason {
	switch {
	case s.State == Reverting:
		return AlreadyDone // a second request joins the first
	case s.State.Terminal():
		return AlreadyOver
	case !s.Touched:
		return NothingTouched
	case !CanMove(s.State, Reverting):
		return NotRolling
	}
	return OK
}

// judgeLift lets a bar be lifted. One that was lifted through another rollout is
// not lifted twice.
func judgeLift(s Standing, a Act) Reason {
	switch {
	case s.Barred:
		return seen(s, a)
	case s.Lifted:
		return AlreadyDone
	}
	return NotBarred
}

// judgeResume lets a halt end. After missing data or an error only new tests
// can do that: the person's word is no test result (P4).
func judgeResume(s Standing, a Act) Reason {
	switch {
	case s.State.Terminal():
		return AlreadyOver
	case s.State != Held:
		return NotHeld
	case s.HeldFor == PayloadBarred && !s.Lifted:
		return PayloadBarred
	case s.HeldFor == TargetsTaken && s.Taken:
		return TargetsTaken
	case (s.HeldFor == TestsNoData || s.HeldFor == TestsErred) && !a.Retest:
		return s.HeldFor
	}
	return seen(s, a)
}

// judgeGrant judges an act that needs a second person.
func judgeGrant(s Standing, a Act, by Voter, wanted bool, otherwise Reason) Reason {
	switch {
	case !wanted:
		return otherwise
	case s.AskedBy == "" || by.Person == s.AskedBy:
		return SamePerson
	}
	return seen(s, a)
}
