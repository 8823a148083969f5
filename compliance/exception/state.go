// Package exception holds the vocabulary and the rules of exceptions: the
// permission, for a time, that one control does not hold for one system (A16 to
// A18). Every rule is a pure function that takes the facts and the present
// moment and returns a typed result; workflows and activities apply them and
// decide nothing. Zones are the caller's: see certification.Local.
package exception

import "github.com/lowcodex/countersign/compliance/certification"

// Date and Local are those of certifications: a day of the calendar, and the
// zone in which the owner counts days.
type (
	Date  = certification.Date
	Local = certification.Local
)

// State is where an exception stands.
type State string

const (
	Requested State = "requested" // asked for; nobody has decided, so it excuses nothing
	InForce   State = "in_force"  // approved; the only state in which it excuses anything
	Reopened  State = "reopened"  // over; what it excused has a new, short deadline (A17)
	Overdue   State = "overdue"   // that deadline passed as well
	Ended     State = "ended"     // what it excused is remedied
	Refused   State = "refused"   // the rules did not take the request
	Denied    State = "denied"    // an approver said no
	Lapsed    State = "lapsed"    // nobody said yes in time
	Withdrawn State = "withdrawn" // whoever asked took the request back
	Stopped   State = "stopped"   // an operator of the engine ended the run
)

// Cause is why an exception no longer excuses; empty while it does.
type Cause string

const (
	Expired    Cause = "expired"    // its last day is over
	Failed     Cause = "failed"     // the verifier found that the compensating control does not work (A18)
	Unanswered Cause = "unanswered" // the verifier did not answer in time (A18)
	Revoked    Cause = "revoked"    // its owner or an approver ended it, and nothing is remedied
)
