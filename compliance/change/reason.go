package change

// Reason is why the rules allow or refuse something. It is stored in evidence
// and shown to people through Text, so its values are frozen.
type Reason string

const (
	OK Reason = ""

	// About the person.
	UnknownPerson   Reason = "unknown-person"   // no person, or several, for the account
	Inactive        Reason = "inactive"         // the person is not active now
	NotEligible     Reason = "not-eligible"     // not in a group that decides this level
	IsRequester     Reason = "is-requester"     // separation of duties (C5)
	IsCreator       Reason = "is-creator"       // created the ticket, which nobody can edit (C5)
	IsSubmitter     Reason = "is-submitter"     // moved the ticket to be submitted, or ran the submission (C5)
	WasRequester    Reason = "was-requester"    // requested an earlier version (C5)
	IsImplementer   Reason = "is-implementer"   // separation of duties (C5)
	IsActing        Reason = "is-acting"        // acts for somebody who asked or for the implementer (C5)
	NotImplementer  Reason = "not-implementer"  // only the implementer starts and finishes
	NotRequester    Reason = "not-requester"    // only the requester withdraws
	CarriedByOther  Reason = "carried-by-other" // a process carries it out and reports it, no person does
	AlreadyRecorded Reason = "already-recorded" // same verdict again: a no-op (C16)
	AlreadyVoted    Reason = "already-voted"    // a different verdict after the first one; in earlier records only (C24)
	Represented     Reason = "represented"      // a deputy has decided in their place (C9)
	SeatTaken       Reason = "seat-taken"       // whom they act for has decided, or another deputy has for them (C9)
	NotDeputy       Reason = "not-deputy"       // acts for somebody of the level, and in no group that may stand in there (C9)

	// About how the person proved who they are (C18).
	StepUpNeeded      Reason = "step-up-needed"       // the level needs a sign-in and none came with the act
	StepUpStale       Reason = "step-up-stale"        // the sign-in is too old, or from the future
	StepUpWeak        Reason = "step-up-weak"         // the sign-in does not prove more than one factor
	StepUpOtherPerson Reason = "step-up-other-person" // somebody else signed in than the link was made for
	StepUpUnproven    Reason = "step-up-unproven"     // the sign-in does not come from the product's own pages

	// About what the person saw.
	StaleContent  Reason = "stale-content" // another hash: the change was edited since (C11)
	StaleLevel    Reason = "stale-level"   // that level is over
	NotInReview   Reason = "not-in-review"
	MissingAnswer Reason = "missing-answer" // an attestation or a reason is missing
	BadRequest    Reason = "bad-request"    // the form came back damaged

	// About time.
	TooEarly        Reason = "too-early"        // before the window or the planned start
	Frozen          Reason = "frozen"           // a freeze is active
	WindowClosed    Reason = "window-closed"    // windows are defined and none is open
	DoesNotFit      Reason = "does-not-fit"     // the estimate reaches past the end of the window
	NoOpening       Reason = "no-opening"       // nothing fits up to the horizon
	DeadlinePassed  Reason = "deadline-passed"  // the level's deadline is over (C10: expired, never approved)
	ApprovalExpired Reason = "approval-expired" // the approval aged out (C31)
	NotYourTurn     Reason = "not-your-turn"    // others are before it in the line of its environment (C29)
	TurnPassed      Reason = "turn-passed"      // its turn was not used in time, and the next one's came (C29)

	// Why nothing fits, said before anybody decides.
	TooLong          Reason = "too-long"          // a shorter change would find an opening
	FrozenThroughout Reason = "frozen-throughout" // only freezes stand in the way
	CalendarChanged  Reason = "calendar-changed"  // an opening moved, because a window or freeze did (C29)
	ZonesChanged     Reason = "zones-changed"     // an opening moved, because the zone data did (C25)

	// About stopping on the way (C30).
	NoSafePoints   Reason = "no-safe-points"  // the plan names none
	UnknownPoint   Reason = "unknown-point"   // not one that the plan names
	UnreadableTime Reason = "unreadable-time" // what is left was given in no way that can be read

	// About the state of the change.
	NotApproved        Reason = "not-approved"
	NotExecuting       Reason = "not-executing"
	AlreadyExecuting   Reason = "already-executing"
	AlreadyClosed      Reason = "already-closed"
	ContentChanged     Reason = "content-changed"      // the ticket no longer says what was approved (C13)
	AskerDecides       Reason = "asker-decides"        // somebody who was to decide asked for it (C5)
	EligibilityLost    Reason = "eligibility-lost"     // a counted voter may no longer decide, and the quorum fails without them
	UnreachableQuorum  Reason = "unreachable-quorum"   // required > eligible (C6)
	IncompleteContent  Reason = "incomplete-content"   // a mandatory field is missing
	DeniedByApprover   Reason = "denied"               // more denials than the level survives (C8)
	WithdrawnByProcess Reason = "withdrawn-by-process" // the process that was to carry it out ended
	WithdrawnByPerson  Reason = "withdrawn"
	NotResubmitted     Reason = "not-resubmitted"
	TicketDeleted      Reason = "ticket-deleted"
	TicketUnreadable   Reason = "ticket-unreadable" // the tracker did not answer, so nobody knows what the ticket says now
	NoRoute            Reason = "no-route"          // no routing rule matches
	VendorUncovered    Reason = "vendor-uncovered"  // a vendor that the system rests on lacks a document (A9)
	MirrorBehind       Reason = "mirror-behind"     // ticket or card do not show yet what is on record (C23)

	// About the pre-deployment gate.
	GateOpen    Reason = "gate-open"    // a check has not passed and no exception excuses it
	NoGate      Reason = "no-gate"      // the change has none
	NotSender   Reason = "not-sender"   // only some may hand evidence over
	FileMissing Reason = "file-missing" // a digest came whose file is not in the store

	UnreadableReview Reason = "unreadable-review" // link, author or reviewer of a code review is written in no way that can be kept
	UnreadableFile   Reason = "unreadable-file"   // a file is named in no way that can be kept

	// About the template that it is submitted by.
	TemplateUnknown     Reason = "template-unknown"      // the rules have no template of that name
	TemplateEnded       Reason = "template-ended"        // its last day is over
	TemplateElsewhere   Reason = "template-elsewhere"    // it is for other systems or environments
	DiffersFromTemplate Reason = "differs-from-template" // the ticket does not say what was approved as a template

	// About holds, objections and newer changes (C3, C4, C24).
	OnHold            Reason = "on-hold"          // stopped by a person
	AlreadyHeld       Reason = "already-held"     // there is nothing to stop any more
	NotHeld           Reason = "not-held"         // there is nothing to resume
	NotInvolved       Reason = "not-involved"     // neither requester, implementer nor anybody who decides
	NotHolder         Reason = "not-holder"       // only who held it, or the requester, resumes
	ObjectionStands   Reason = "objection-stands" // an approver objects besides
	NotApprover       Reason = "not-approver"     // no approval of theirs counts
	LevelOpen         Reason = "level-open"       // there is a vote to change instead
	HeldTooLong       Reason = "held-too-long"    // nobody ended the hold in time
	VoteChanged       Reason = "vote-changed"     // the voter decided otherwise before the level completed
	Objected          Reason = "objected"         // an approver no longer stands by their approval
	SupersededByNewer Reason = "superseded"       // an approved newer change takes its place
	OtherPlace        Reason = "other-place"      // the newer change is of another system or environment than the older one by now

	// About the emergency path (C32, C33).
	NoEmergencyPath     Reason = "no-emergency-path"       // the policy has none
	NotInvoker          Reason = "not-invoker"             // only requester or implementer break the glass
	EmergencyIncomplete Reason = "emergency-incomplete"    // system, environment, plan or implementer is missing
	NoIncident          Reason = "no-incident"             // nothing is on record under the incident's number
	IncidentOver        Reason = "incident-over"           // the incident is resolved
	ReviewOpen          Reason = "review-open"             // an earlier emergency of the invoker is not reviewed
	AlreadyInvoked      Reason = "already-invoked"         // the people on call are being asked
	NoReviewer          Reason = "no-reviewer"             // nobody independent could review it
	NotCalled           Reason = "not-called"              // not one of those on call who were asked
	NoCall              Reason = "no-call"                 // nobody is being asked now
	SeenOnly            Reason = "seen-only"               // the page was acknowledged, which answers nothing
	OnCallSaidNo        Reason = "on-call-said-no"         // back to normal review
	NobodyAnswered      Reason = "nobody-answered"         // in the time that the policy gives
	NotReviewer         Reason = "not-reviewer"            // in no group of reviewers
	GaveGoAhead         Reason = "gave-go-ahead"           // would review their own word
	NotInRetroReview    Reason = "not-in-retro-review"     // nothing to be reviewed
	AlreadyReviewed     Reason = "already-reviewed"        // the first review stands
	NotReported         Reason = "not-reported"            // no outcome long after it began
	NotReviewedInTime   Reason = "not-reviewed-in-time"    // a violation
	NotRemediedInTime   Reason = "not-remedied-in-time"    // a violation
	WouldNotApprove     Reason = "would-not-have-approved" // the review's verdict
	NothingToRemedy     Reason = "nothing-to-remedy"
	NoFollowUp          Reason = "no-follow-up"        // nothing is on record under the change's number
	FollowUpElsewhere   Reason = "follow-up-elsewhere" // it is for another system
	FollowUpTooEarly    Reason = "follow-up-too-early" // it was submitted before
	FollowUpAbandoned   Reason = "follow-up-abandoned" // it ended without effect
)
