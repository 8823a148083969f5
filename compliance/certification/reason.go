package certification

// Reason is why the rules allow or refuse something. It is stored in evidence
// and shown to people through Text, so its values are frozen.
type Reason string

const (
	OK Reason = ""

	// About the person.
	UnknownPerson Reason = "unknown-person" // no person, or several, for the account
	Inactive      Reason = "inactive"       // the person is not active now
	NotConcerned  Reason = "not-concerned"  // has no role in the artefact
	NotApprover   Reason = "not-approver"   // may not decide on grace
	IsOwner       Reason = "is-owner"       // nobody grants grace to themselves (A8)
	IsActing      Reason = "is-acting"      // acts for the owner (A8)
	IsReceiver    Reason = "is-receiver"    // recorded the document that is to be accepted
	NobodyToTell  Reason = "nobody-to-tell" // no role has anybody who can be told

	// About what the person saw or sent.
	StaleVersion    Reason = "stale-version"    // another version is current by now
	StaleRung       Reason = "stale-rung"       // a nearer rung was sent since (A3)
	StaleDocument   Reason = "stale-document"   // another document is in hand by now
	MissingAnswer   Reason = "missing-answer"   // a mandatory field is empty
	BadRequest      Reason = "bad-request"      // the form came back damaged
	BadDates        Reason = "bad-dates"        // the dates exist and cannot be a coverage
	UnreadableDate  Reason = "unreadable-date"  // a date that does not exist or is written otherwise
	NotResolved     Reason = "not-resolved"     // the calendar was not resolved for this moment (G1)
	AddsNoCoverage  Reason = "adds-no-coverage" // ends no later than the one in force (A4)
	NothingToMend   Reason = "nothing-to-mend"  // a correction where nothing is in force
	GraceTooLong    Reason = "grace-too-long"   // beyond the longest grace of the rules
	GraceOver       Reason = "grace-over"       // the grace would be over already
	GraceTooEarly   Reason = "grace-too-early"  // before the rung that asks for the decision
	GraceNotOpen    Reason = "grace-not-open"   // not expiring or expired
	AlreadyInGrace  Reason = "already-in-grace"
	AlreadyAcked    Reason = "already-acknowledged"
	NothingToAck    Reason = "nothing-to-acknowledge" // no rung was sent yet
	AlreadyAsked    Reason = "already-requested"
	AlreadyReceived Reason = "already-received"
	AlreadyReading  Reason = "already-under-review"
	NothingReceived Reason = "nothing-received"
	NotUnderReview  Reason = "not-under-review" // received, and nobody took up the review
	NothingInForce  Reason = "nothing-in-force" // there is nothing to withdraw

	// About cover, in a Condition.
	CoverEnded   Reason = "cover-ended"
	GraceEnds    Reason = "grace-ends"
	VendorNotice Reason = "vendor-notice" // the vendor took it back
	NotSupplied  Reason = "not-supplied"
	InGap        Reason = "in-gap"      // between two artefacts (A4)
	NotTracked   Reason = "not-tracked" // the policy names it and no tracker runs
)

// Reasons lists every reason, OK first, for tables and tests.
func Reasons() []Reason {
	return []Reason{
		OK,
		UnknownPerson, Inactive, NotConcerned, NotApprover, IsOwner, IsActing, IsReceiver, NobodyToTell,
		StaleVersion, StaleRung, StaleDocument, MissingAnswer, BadRequest, BadDates, UnreadableDate, NotResolved, AddsNoCoverage, NothingToMend,
		GraceTooLong, GraceOver, GraceTooEarly, GraceNotOpen, AlreadyInGrace, AlreadyAcked, NothingToAck,
		AlreadyAsked, AlreadyReceived, AlreadyReading, NothingReceived, NotUnderReview, NothingInForce,
		CoverEnded, GraceEnds, VendorNotice, NotSupplied, InGap, NotTracked,
	}
}
