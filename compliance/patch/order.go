package patch

import "github.com/lowcodex/countersign/compliance"

// JudgeOrder says whether an order of the way back from another process counts
// (I24). It was approved there; what speaks against it here is that it was not
// by a second person, or that there is nothing to take back. The card being old
// and a freeze never do (P9), and neither does a bar: only what was never
// touched, or is back already, cannot be taken back. AlreadyDone means that the
// way back is being taken: the order joins it and is answered by its end.
func JudgeOrder(s Standing, o compliance.RollbackOrder) Reason {
	switch {
	case o.Key == "" || o.Subject == "":
		return BadRequest
	case o.Approver == "":
		return NotAllowed
	case o.Approver == o.Asker || o.Approver == s.AskedBy:
		return SamePerson
	case s.State == RolledBack:
		return AlreadyBack
	}
	return judgeRollBack(s)
}
