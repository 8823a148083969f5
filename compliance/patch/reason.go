package patch

// Reason is why the rules allow or refuse something. It is stored in evidence
// and shown to people through Text, so its values are frozen.
type Reason string

const (
	OK Reason = ""

	// About feeds and advisories.
	FeedUnread       Reason = "feed-unread"        // never read successfully
	FeedStale        Reason = "feed-stale"         // older than 26 hours (P17)
	FeedOlder        Reason = "feed-older"         // an older release than the one already read
	FeedRejected     Reason = "feed-rejected"      // what the publisher offers cannot be believed
	FeedUnreachable  Reason = "feed-unreachable"   // the publisher, or some of what it lists, cannot be reached (P18)
	TooOld           Reason = "too-old"            // there before its feed was first read, and dated too long ago
	MalformedEntry   Reason = "malformed-entry"    // an entry that fails the catalogue's own schema
	DueBeforeAdded   Reason = "due-before-added"   // dueDate < dateAdded (P17)
	AddedAfterIssued Reason = "added-after-issued" // added after the release that holds it
	RepeatedEntry    Reason = "repeated-entry"     // the same vulnerability twice in one release

	// About the clock.
	NoEvidence      Reason = "no-evidence"        // nothing from which a clock could start
	FutureEvidence  Reason = "future-evidence"    // dated after the present
	ImplausibleDate Reason = "implausible-date"   // dated before there were such identifiers, or not at all
	NotCounted      Reason = "not-counted"        // a kind of evidence that the class's rule leaves out
	Unchanged       Reason = "unchanged"          // recomputed, and the deadline is the same
	DueNearer       Reason = "due-nearer"         // the deadline came nearer, automatically (P15)
	LaterNeedsWord  Reason = "later-needs-word"   // the deadline would be later or milder: needs an approval (P15)
	NotLater        Reason = "not-later"          // there is nothing to approve
	SamePerson      Reason = "same-person"        // the approver is the one who asks
	ProposalChanged Reason = "proposal-changed"   // not what was shown to the approver
	ForensicsFirst  Reason = "forensics-first"    // volatile evidence must be secured before the patch (P14)
	PlanMisses      Reason = "plan-misses"        // the plan cannot be over before the deadline
	PlanRefused     Reason = "plan-refused"       // the ring plan has faults
	ApprovedAnother Reason = "approved-another"   // the approval is about another plan or payload
	ApprovalMissing Reason = "approval-missing"   // none, or withdrawn
	ApprovalExpired Reason = "approval-expired"   // aged out
	ApprovalTimeout Reason = "approval-timed-out" // the wait for an approval ended (P6)

	// About the rings.
	NotRolling    Reason = "not-rolling"   // the rollout is not moving forward
	Stopped       Reason = "stopped"       // a person's stop is open
	PayloadBarred Reason = "barred"        // rolled back before, the bar was not lifted (P8)
	TargetsTaken  Reason = "targets-taken" // another rollout is under way on the same targets
	InProgress    Reason = "in-progress"   // a ring is being prepared, deployed or tested
	Soak          Reason = "soaking"       // the soak has not elapsed (P2)
	TestsFailed   Reason = "tests-failed"  // (P4)
	TestsErred    Reason = "tests-erred"   // the tests could not be run; retried with a cap (P4)
	TestsNoData   Reason = "tests-no-data" // the tests said nothing; a person is asked (P4)
	HealthAlarm   Reason = "health-alarm"  // an alarm about a ring of this rollout
	DigestDrift   Reason = "digest-drift"  // a ring serves something else than ring 1 (P1)
	AllProven     Reason = "all-proven"    // nothing is left to do
	Frozen        Reason = "frozen"        // a freeze is active; blocks forward moves only (P9)
	WindowClosed  Reason = "window-closed" // windows are defined and none is open
	DoesNotFit    Reason = "does-not-fit"  // the ring would reach past the end of the window
	NoOpening     Reason = "no-opening"    // nothing fits up to the horizon

	// About a deployment.
	TargetChanged Reason = "target-changed" // somebody else wrote after its snapshot: nothing was deployed
	DeployRefused Reason = "deploy-refused" // the platform declined the payload, and will again
	DeployUnknown Reason = "deploy-unknown" // no answer, and the payload is not seen there: it may still come
	DeployStuck   Reason = "deploy-stuck"   // accepted, and not served in time
	PlatformDown  Reason = "platform-down"  // it does not answer as it should; it is waited for
	PayloadUndone Reason = "payload-undone" // after the close a target serves something else again (P25)

	// About the backup (P23).
	NoBackup        Reason = "no-backup"
	BackupStale     Reason = "backup-stale"     // the newest is too old
	BackupDated     Reason = "backup-dated"     // dated after the present
	RestoreUnproved Reason = "restore-unproved" // nobody restored this very backup
	RestoreFailed   Reason = "restore-failed"   // the probe did not bring back what was saved
	BackupWaived    Reason = "backup-waived"    // an approved exception stands in

	// About the way back.
	Ordered         Reason = "ordered"           // by a person
	NoVerifiedState Reason = "no-verified-state" // there is nothing to go back to (P7)
	RollbackFailed  Reason = "rollback-failed"   // pages, is never repeated by itself (P7)
	NotOurs         Reason = "not-ours"          // the target serves something else by now, and was left alone (P7)
	NothingTouched  Reason = "nothing-touched"   // there is nothing to roll back
	AlreadyBack     Reason = "already-back"      // it was rolled back before
	FreezeOverruled Reason = "freeze-overruled"  // the way back was taken inside a freeze (P9)

	// About what a person asked for.
	NotAllowed    Reason = "not-allowed"    // not among the people who run or approve this rollout
	StaleCard     Reason = "stale-card"     // the rollout moved on since the form was opened
	MissingAnswer Reason = "missing-answer" // a reason or a choice is missing
	BadRequest    Reason = "bad-request"    // the form came back damaged
	AlreadyOver   Reason = "already-over"   // the rollout has ended
	AlreadyDone   Reason = "already-done"   // the same act is already in force: a no-op
	NotHeld       Reason = "not-held"       // there is nothing to resume
	NotBarred     Reason = "not-barred"     // there is no bar to lift
)
