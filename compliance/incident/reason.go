package incident

// Reason is why the rules page, wait, allow or refuse something. It is stored
// in evidence and shown to people through Text, so its values are frozen.
type Reason string

const (
	OK Reason = ""

	// About the person.
	UnknownPerson Reason = "unknown-person" // no person, or several, for the account
	Inactive      Reason = "inactive"       // the person is not active now
	NotPaged      Reason = "not-paged"      // the rules take acknowledgements of paged people only (I11)
	NotApprover   Reason = "not-approver"   // not among the approvers of a rollback; the caller's live check
	IsAuthor      Reason = "is-author"      // separation of duties: author of the change (I24)
	IsAsker       Reason = "is-asker"       // separation of duties: asked for the rollback (I24)
	IsReviewer    Reason = "is-reviewer"    // separation of duties: wrote the review
	NotCloser     Reason = "not-closer"     // not among those who may close an incident; the caller's live check
	NotCarrier    Reason = "not-carrier"    // neither carries the rollback out nor responds to the incident
	NotResponder  Reason = "not-responder"  // has not acknowledged or joined
	NotOwner      Reason = "not-owner"      // neither owns the thing to be done nor may close incidents
	IsOwner       Reason = "is-owner"       // separation of duties: owns the thing that is to be withdrawn
	NotAsked      Reason = "not-asked"      // the handover was offered to somebody else (I6)

	// About what the person saw.
	StaleButton   Reason = "stale-button" // expired, or of an escalation that is over (I12)
	MissingAnswer Reason = "missing-answer"
	BadRequest    Reason = "bad-request" // the form came back damaged

	// About where the incident stands.
	AlreadyResolved     Reason = "already-resolved"     // resolve wins (I9)
	AlreadyAcknowledged Reason = "already-acknowledged" // the same person again: a no-op
	Joined              Reason = "joined"               // somebody else was first; on record as joining (I8)
	NotPaging           Reason = "not-paging"           // held: nothing to acknowledge yet
	NotAcknowledged     Reason = "not-acknowledged"
	NotResolved         Reason = "not-resolved"
	NotReviewed         Reason = "not-reviewed"
	AlreadyClosed       Reason = "already-closed"

	// Why somebody is paged now, or why not yet.
	FirstStep           Reason = "first-step"
	DelayOver           Reason = "delay-over"           // nobody acknowledged within the step's delay (I3)
	NobodyReached       Reason = "nobody-reached"       // the step reached nobody: on to the next at once (I4)
	NextRound           Reason = "next-round"           // all steps again, after the pause (I15)
	NobodyInPolicy      Reason = "nobody-in-policy"     // a whole round reached nobody: the last resort, and a finding (I4)
	Exhausted           Reason = "exhausted"            // every round is over: last step, fallback, manager, a finding (I15)
	StillUnacknowledged Reason = "still-unacknowledged" // exhausted, and again
	AckExpired          Reason = "ack-expired"          // no update in time (I14)
	HoldOver            Reason = "hold-over"            // the hold of a suppressed incident ended
	RollbackHasFailed   Reason = "rollback-failed"      // the next level is paged, acknowledged or not (I24)
	StepWaits           Reason = "step-waits"           // the present step's delay runs
	RoundPause          Reason = "round-pause"          // between two rounds
	AckStands           Reason = "ack-stands"           // somebody is on it
	Held                Reason = "held"                 // suppressed until the hold ends
	NotYetAgain         Reason = "not-yet-again"        // paged as a last resort or after exhaustion; waits before it repeats

	// Why a step reached nobody (I4).
	NobodyThere Reason = "nobody-there" // its targets name nobody now
	AllInactive Reason = "all-inactive" // everybody it names is not active
	NoChannel   Reason = "no-channel"   // nobody it names has a channel
	AllFailed   Reason = "all-failed"   // every send failed for good

	// About one person's channels (I18).
	FirstChannel     Reason = "first-channel"
	Accepted         Reason = "accepted"           // a provider took the page
	InFlight         Reason = "in-flight"          // an attempt is under way
	FailedForGood    Reason = "failed-for-good"    // next channel at once
	OutcomeUnknown   Reason = "outcome-unknown"    // another channel; one duplicate is tolerated
	ThrottledTooLong Reason = "throttled-too-long" // counts as failed
	FailedTooOften   Reason = "failed-too-often"   // the retries of this channel are used up
	Retrying         Reason = "retrying"           // the same channel again, with the same key
	NoLongerWanted   Reason = "no-longer-wanted"   // acknowledged or resolved before the send left (I10)

	// Who is on call, and why (I5).
	ByRotation Reason = "rotation"
	ByOverride Reason = "override"
	ByFallback Reason = "fallback"
	NoShift    Reason = "no-shift" // no shift covers the instant

	// Handover (I6).
	HandoverPages   Reason = "handover-pages"   // not acknowledged: the newcomer is paged, too
	HandoverAsks    Reason = "handover-asks"    // acknowledged: the newcomer is asked to accept
	HandoverWaits   Reason = "handover-waits"   // asked, still time
	HandoverOverdue Reason = "handover-overdue" // not accepted: stays with the old owner, and escalates
	HandoverDone    Reason = "handover-done"
	HandoverNone    Reason = "handover-none" // nothing to hand over

	// Alerts (I1, I2).
	NewIncident  Reason = "new-incident"
	SameIncident Reason = "same-incident" // a duplicate, counted
	Flapped      Reason = "flapped"       // back within the flap window
	StaleClear   Reason = "stale-clear"   // the clearing is about an earlier occurrence
	Cleared      Reason = "cleared"       // the source says it is over; the flap window runs
	FlapOver     Reason = "flap-over"     // the flap window passed in silence
	NoEffect     Reason = "no-effect"     // nothing changes

	// Review (I27).
	NoRootCause     Reason = "no-root-cause"
	NoLinkedChange  Reason = "no-linked-change"
	ChangeUnknown   Reason = "change-unknown"   // the linked number does not exist
	ChangeAbandoned Reason = "change-abandoned" // the linked change ended without effect
	ChangeAndNone   Reason = "change-and-none"  // a change is linked and said not to be needed
	NoActionItems   Reason = "no-action-items"  // the review says nothing that is to be done
	ActionsPending  Reason = "actions-pending"  // a thing to be done has no ticket yet
	RollbackOpen    Reason = "rollback-open"    // a rollback is asked for or runs
	ReviewWaits     Reason = "review-waits"
	ReviewOverdue   Reason = "review-overdue"

	// What is to be done after an incident (I27).
	UnknownOwner  Reason = "unknown-owner"  // a line names somebody the directory does not know, or who is not active
	BadDue        Reason = "bad-due"        // a line names a day that does not exist, or has passed
	TooManyItems  Reason = "too-many-items" // more than one incident is followed for
	NoItem        Reason = "no-item"        // none is there that this could be about
	WhichItem     Reason = "which-item"     // several are open, and none was named
	ItemEnded     Reason = "item-ended"     // done or withdrawn before
	ItemOver      Reason = "item-over"
	ItemWaits     Reason = "item-waits"
	ItemDueSoon   Reason = "item-due-soon"
	ItemOverdue   Reason = "item-overdue"
	ItemEscalated Reason = "item-escalated" // late for days: the manager is told, too
	ItemKept      Reason = "item-kept"      // its ticket ended without its being done: it stays open

	// Rollback (I24).
	AlreadyAsked   Reason = "already-asked"   // one runs or ran for this change: the request joins it
	AlreadyDecided Reason = "already-decided" // approved or denied before
	NoRollback     Reason = "no-rollback"     // none is there in the state that this needs
	WhichRollback  Reason = "which-rollback"  // several are there, and none was named
	NotACandidate  Reason = "not-a-candidate" // another system, or outside the look-back
	NotRollable    Reason = "not-rollable"    // it was never executed, or was taken back already
	NoPlan         Reason = "no-plan"         // approved without a rollback plan
	Covered        Reason = "covered"         // a later rollout is on top of it on the same targets
	NoBackup       Reason = "no-backup"       // no backup was checked before the execution
)
