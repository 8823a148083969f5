// Package incident holds the vocabulary and the rules of incident response:
// the state machines of an alert, an incident and a rollback (I1, I24), whom to
// page next and when (I3, I4, I14, I15, I31), what an acknowledgement does (I8
// to I12), what follows from a failed send (I18), who is on call (I5, I6, I28)
// and what a review must hold (I27). Every rule is a pure function that takes
// the facts and the present instant and returns a typed Reason; workflows and
// activities apply them and decide nothing.
//
// Where a rule has to choose between paging too often and not paging, it pages.
package incident

// State is where an incident stands (I1). Once resolved it never pages again: a
// later trigger opens a new incident.
type State string

const (
	// Triggered: people are being paged. It does not prove that a page arrived.
	Triggered State = "triggered"
	// Acknowledged: a known person said that they are on it, and that word has
	// not aged out. It does not prove that they do anything.
	Acknowledged State = "acknowledged"
	// Resolved: a person, or the source of the alert, said that it is over.
	Resolved State = "resolved"
	// Reviewed: a review with root cause and linked change is on record.
	Reviewed State = "reviewed"
	// Closed: the review was accepted by somebody else, or an exercise ended.
	Closed State = "closed"
	// Suppressed: on record and held by a maintenance window; nobody is paged
	// before the hold ends (I22).
	Suppressed State = "suppressed"
	// Drill: an exercise is paging; nothing outside is touched (I30).
	Drill State = "drill"
)

// AlertState is where the alert of one source and deduplication key stands
// (I2). It says what the source reported, not whether anybody is at work on it.
type AlertState string

const (
	Firing AlertState = "firing" // the source says that it is wrong; an incident is open
	// Settling: the source says that it is over; the incident stays open, and
	// goes on paging, until the flap window has passed without a trigger.
	Settling AlertState = "settling"
	// Watching: its incident is resolved; the flap window runs.
	Watching AlertState = "watching"
	// Reappeared: triggered again within the flap window; becomes a new
	// incident at the window's end unless the source clears it before.
	Reappeared AlertState = "reappeared"
	Over       AlertState = "over" // nothing is left to watch
)

// RollbackState is where the way back of one change stands within an incident (I24).
type RollbackState string

const (
	RollbackAsked    RollbackState = "asked"    // somebody wants it; nothing has been touched
	RollbackApproved RollbackState = "approved" // somebody else agreed
	RollbackDenied   RollbackState = "denied"   // somebody else disagreed; it may be asked for again
	RollbackRunning  RollbackState = "running"  // the platform has been told
	RollbackDone     RollbackState = "done"     // the platform was read back and shows the earlier state
	RollbackFailed   RollbackState = "failed"   // it did not get there; the next level was paged
)
