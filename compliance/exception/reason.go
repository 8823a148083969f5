package exception

// Reason is why the rules allow or refuse something. It is stored in evidence
// and shown to people through Text, so its values are frozen.
type Reason string

const (
	OK Reason = ""

	// About the person.
	UnknownPerson Reason = "unknown-person" // no person, or several, for the account
	Inactive      Reason = "inactive"       // the person is not active now
	NotConcerned  Reason = "not-concerned"  // has no part in the exception that allows the act
	NotApprover   Reason = "not-approver"   // is in none of the groups that decide
	NotOwner      Reason = "not-owner"      // only the owner asks for a renewal
	NotVerifier   Reason = "not-verifier"   // only the verifier answers for the control
	IsOwner       Reason = "is-owner"       // nobody decides on, or checks, their own exception (A16)
	IsRequester   Reason = "is-requester"   // nobody decides on what they asked for (A16)
	IsActing      Reason = "is-acting"      // acts for the owner or the requester

	// About the request (A16).
	NoTerms         Reason = "no-terms"       // the policy has no rule for the control
	UnknownSystem   Reason = "unknown-system" // the policy knows no such system
	UnknownPlace    Reason = "unknown-environment"
	UnknownOwner    Reason = "unknown-owner"    // the owner is not an active person
	UnknownVerifier Reason = "unknown-verifier" // the verifier is not an active person
	SelfVerified    Reason = "self-verified"    // the verifier owns the exception
	NobodyDecides   Reason = "nobody-decides"   // too few approvers would be left
	TooLong         Reason = "too-long"         // beyond the longest that the policy allows
	InThePast       Reason = "in-the-past"      // its last day is over already
	BadSince        Reason = "bad-since"        // what it excuses would begin in the future
	UnreadableDate  Reason = "unreadable-date"
	UnreadableName  Reason = "unreadable-name" // a control, system, change or person is written in no way that they are
	UnknownCheck    Reason = "unknown-check"   // a control of a gate that no gate has
	UnknownChange   Reason = "unknown-change"  // no change has the number
	ChangeOver      Reason = "change-over"     // the change that it would be for has ended
	MissingAnswer   Reason = "missing-answer"
	BadRequest      Reason = "bad-request" // the form came back damaged

	// About what the person saw or when they acted.
	StaleRound      Reason = "stale-round" // another decision is under way by now
	StaleCheck      Reason = "stale-check" // another question was asked since
	NothingToDecide Reason = "nothing-to-decide"
	AlreadyApproved Reason = "already-approved"
	NotAsked        Reason = "not-asked"    // no answer is owed
	NotInForce      Reason = "not-in-force" // it excuses nothing at the moment
	NotRenewable    Reason = "not-renewable"
	NoRenewalLeft   Reason = "no-renewal-left" // as often renewed as the policy allows
	AlreadyRenewing Reason = "already-renewing"
	ControlFailed   Reason = "control-failed" // what failed or was revoked is not renewed
	AddsNothing     Reason = "adds-nothing"   // a renewal that ends no later
	AlreadyOpen     Reason = "already-open"   // what it excused is open again already
	OverAlready     Reason = "over"
)

// Reasons lists every reason, OK first, for tables and tests.
func Reasons() []Reason {
	return []Reason{
		OK, UnknownPerson, Inactive, NotConcerned, NotApprover, NotOwner, NotVerifier, IsOwner, IsRequester, IsActing,
		NoTerms, UnknownSystem, UnknownPlace, UnknownOwner, UnknownVerifier, SelfVerified, NobodyDecides, TooLong, InThePast,
		BadSince, UnreadableDate, UnreadableName, UnknownCheck, UnknownChange, ChangeOver, MissingAnswer, BadRequest,
		StaleRound, StaleCheck, NothingToDecide, AlreadyApproved, NotAsked, NotInForce, NotRenewable, NoRenewalLeft,
		AlreadyRenewing, ControlFailed, AddsNothing, AlreadyOpen, OverAlready,
	}
}
