// Package change holds the vocabulary and the rules of change approval: the
// two state machines (C1), who may decide (C5 to C8), what an approval is
// bound to (C11) and when a change may execute (C26 to C28, C31). Every rule
// is a pure function that takes the facts and the present instant and returns
// a typed Reason; workflows and activities apply them and decide nothing.
package change

// VersionState is where one version of a change's content stands (C1). A
// version proves what was approved; it never says that anything was executed.
type VersionState string

const (
	Draft     VersionState = "draft"     // read, not yet admitted
	Submitted VersionState = "submitted" // admitted: complete, routed, its quorum reachable
	InReview  VersionState = "in_review" // a level is open; nothing is approved
	Approved  VersionState = "approved"  // every level reached its quorum on this content
	Rejected  VersionState = "rejected"  // a level was denied; votes stay visible (C2)
	Expired   VersionState = "expired"   // silence or age; never an approval (C10, C31)
	Withdrawn VersionState = "withdrawn" // taken back, or replaced by an edit
)

// State is where the change itself stands (C1).
type State string

const (
	Open                State = "open"                 // a version is in preparation or review
	WaitingWindow       State = "waiting_window"       // approved; execution not yet started
	Executing           State = "executing"            // the implementer said they started
	Verifying           State = "verifying"            // finished; the ticket is compared with what was approved
	Closed              State = "closed"               // executed, verified and on record
	Held                State = "held"                 // stopped by a person, resumable
	Failed              State = "failed"               // execution failed and was not rolled back
	RolledBack          State = "rolled_back"          // execution failed and the way back was taken
	Superseded          State = "superseded"           // replaced by a newer change (C4)
	WithdrawnChange     State = "withdrawn"            // ended before execution
	ExecutingUnapproved State = "executing_unapproved" // emergency (C32)
	RetroReview         State = "retro_review"         // emergency, executed, under review (C33)
	Violation           State = "violation"            // emergency, not reviewed in time
)
