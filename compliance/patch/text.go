package patch

// Reasons lists every reason, OK first, for tables and tests.
func Reasons() []Reason {
	return []Reason{
		OK,
		FeedUnread, FeedStale, FeedOlder, FeedRejected, FeedUnreachable, TooOld, MalformedEntry, DueBeforeAdded, AddedAfterIssued, RepeatedEntry,
		NoEvidence, FutureEvidence, ImplausibleDate, NotCounted, Unchanged, DueNearer, LaterNeedsWord, NotLater,
		SamePerson, ProposalChanged, ForensicsFirst, PlanMisses, PlanRefused,
		ApprovedAnother, ApprovalMissing, ApprovalExpired, ApprovalTimeout,
		NotRolling, Stopped, PayloadBarred, TargetsTaken, InProgress, Soak, TestsFailed, TestsErred, TestsNoData, HealthAlarm, DigestDrift, TargetChanged,
		AllProven, Frozen, WindowClosed, DoesNotFit, NoOpening,
		DeployRefused, DeployUnknown, DeployStuck, PlatformDown, PayloadUndone,
		NoBackup, BackupStale, BackupDated, RestoreUnproved, RestoreFailed, BackupWaived,
		Ordered, NoVerifiedState, RollbackFailed, NotOurs, NothingTouched, AlreadyBack, FreezeOverruled,
		NotAllowed, StaleCard, MissingAnswer, BadRequest, AlreadyOver, AlreadyDone, NotHeld, NotBarred,
	}
}

// Text is one sentence for the person concerned: what happened and what they
// can do next. Details such as dates, targets and names are added by the caller.
func (r Reason) Text() string {
	for _, texts := range []map[Reason]string{feedTexts(), clockTexts(), ringTexts(), calendarTexts(), backTexts(), actTexts()} {
		if t, ok := texts[r]; ok {
			return t
		}
	}
	// A reason from a newer release, read in an older one.
	return "This was refused (" + string(r) + "); ask the owner of the rules what it means."
}

func feedTexts() map[Reason]string {
	return map[Reason]string{
		OK:               "This is allowed.",
		FeedUnread:       "The list of known vulnerabilities has never been read, so the worse is assumed of what it would say; have the feed mended.",
		FeedStale:        "The list of known vulnerabilities was last read longer ago than the rules allow, so this rests on old facts; have the feed mended.",
		FeedOlder:        "The document that arrived is older than the one in use, so it was not taken over; look for a cache between here and the publisher.",
		FeedRejected:     "What the publisher offers cannot be read, so the last good document stays in use and grows old; have the feed mended.",
		FeedUnreachable:  "The publisher could not be reached, so the last good document stays in use and grows old; check the address and the way there.",
		TooOld:           "This was published long before its feed was first read here, so it opens no rollout; ask for one if the product was never mended.",
		MalformedEntry:   "An entry of the list does not have the form its publisher prescribes, so it was set aside; compare it with the publisher's page.",
		DueBeforeAdded:   "An entry of the list was due before it was added, so it was set aside and counts as exploited; compare it with the publisher's page.",
		AddedAfterIssued: "An entry is dated after the list that holds it, so it was set aside and counts as exploited; compare it with the publisher's page.",
		RepeatedEntry:    "The list holds this vulnerability more than once, so only the first entry was used; compare them on the publisher's page.",
	}
}

func clockTexts() map[Reason]string {
	return map[Reason]string{
		NoEvidence:      "Nothing says when this became known, so no deadline can be computed; enter when it was found on the system.",
		FutureEvidence:  "This date lies ahead of now, so it was not used for the deadline; correct it at its source.",
		ImplausibleDate: "This date is missing or older than any such vulnerability, so it was not used for the deadline; correct it at its source.",
		NotCounted:      "The rules leave this kind of date out for this class, so the deadline does not rest on it; ask the owner of the rules if that is wrong.",
		Unchanged:       "The new facts leave the deadline as it was; nothing has to be done.",
		DueNearer:       "New facts brought the deadline nearer, and that holds at once; look at the new date and plan for it.",
		LaterNeedsWord:  "The new facts would allow a later deadline, but the old one holds until somebody accepts that; ask an approver to decide.",
		NotLater:        "No later deadline is waiting to be accepted, so nothing was changed; the card shows the deadline that holds.",
		SamePerson:      "You asked for this yourself, so somebody else has to decide on it.",
		ProposalChanged: "The deadline that was proposed is another one by now, so nothing was changed; look at the present one before you decide.",
		ForensicsFirst:  "Traces of an attack must be secured before this patch goes on, so nothing is deployed yet; confirm it when they are.",
		PlanMisses:      "The rings and their soaks take longer than the time that is left, so the deadline would be missed; shorten the plan or ask for an exception.",
		PlanRefused:     "The policy, the payload or the ring plan does not allow this rollout, so it did not start; mend what is named here and start it anew.",
		ApprovedAnother: "What was approved is not this plan, so no ring starts; have the plan approved as it is now.",
		ApprovalMissing: "This rollout is not approved, so no ring starts; wait for the approvals that the change says are missing.",
		ApprovalExpired: "The approval has become too old, so no further ring starts; have the change approved anew.",
		ApprovalTimeout: "Nobody approved the rest of this rollout in time, so what was patched is taken back; submit it again to take it up.",
	}
}

func ringTexts() map[Reason]string {
	return map[Reason]string{
		NotRolling:    "This rollout is not moving forward now, so that is not possible; the card shows where it stands.",
		Stopped:       "Somebody stopped this rollout, so no further ring starts; resume it when the cause is settled.",
		PayloadBarred: "This payload was rolled back before, so no ring takes it; have the bar lifted, with what has changed since.",
		TargetsTaken:  "Another rollout is under way on the same targets, so no ring starts beside it; this one goes on by itself when the other is over.",
		InProgress:    "A ring is being worked on, so the next one waits; nothing has to be done.",
		Soak:          "The ring has to stay healthy for its whole soak, so the next one waits; the card shows until when.",
		TestsFailed:   "The tests of a ring failed, so every patched target goes back to its last verified state; look at the results.",
		TestsErred:    "The tests could not be run to their end, so nothing is promoted; mend the tests and run them again.",
		TestsNoData:   "The tests ran and measured nothing, so nobody knows whether the ring is healthy; find out why and run them again.",
		HealthAlarm:   "An alarm was raised about a patched target, so every patched target goes back to its last verified state; look at the alarm.",
		DigestDrift:   "A target serves something else than was rolled out, so no further ring starts; find out who changed it.",
		TargetChanged: "Somebody else wrote to a target after its snapshot, so nothing was deployed to it; find out who did, then resume or roll back.",
		DeployRefused: "The platform declined the payload, so this target serves what it did before; read what it says, then resume or roll back.",
		DeployUnknown: "The platform gave no answer and the payload is not seen there, so it may still arrive; look at the target, then resume or roll back.",
		DeployStuck:   "The platform took the payload and does not serve it, so nothing is promoted; look at the target, then resume or roll back.",
		PlatformDown:  "A platform does not answer as it should, so the rollout waits for it; mend it, and the rollout goes on by itself.",
		PayloadUndone: "A target does not serve any more what was rolled out, so its deadlines count again from their old start; find out who changed it, and put it back.",
		AllProven:     "Every ring is proven, so the rollout is complete; nothing has to be done.",
		NoBackup:      "A target of this critical ring has no backup, so the ring does not start; take one and prove that it can be restored.",
		BackupStale:   "The newest backup of a target is too old, so this critical ring does not start; take a new one and prove that it can be restored.",
		BackupDated:   "The newest backup is dated ahead of now, so it is not believed and this critical ring does not start; check the clock of the backup.",
		BackupWaived:  "The backup is not proven, but somebody else waived that for a time, so the ring may start; prove the backup soon.",

		RestoreUnproved: "Nobody has restored the newest backup, so this critical ring does not start; restore it somewhere else and read it back.",
		RestoreFailed:   "Restoring the newest backup did not bring back what was saved, so this critical ring does not start; mend the backup first.",
	}
}

func calendarTexts() map[Reason]string {
	return map[Reason]string{
		Frozen:          "A freeze is in force, so no ring starts; the way back stays open, and the card shows when the freeze ends.",
		WindowClosed:    "No window is open for this system, so the ring waits; the card shows when it may start.",
		DoesNotFit:      "The ring would not be finished before the window closes or a freeze begins, so it waits; the card shows when it may start.",
		NoOpening:       "The calendar has no window in which this ring fits, so it cannot start; shorten the ring or ask for a window.",
		FreezeOverruled: "The way back was taken although a freeze is in force, and that is on record.",
	}
}

func backTexts() map[Reason]string {
	return map[Reason]string{
		Ordered:         "Somebody ordered the way back, so every patched target goes back to its last verified state; the card shows how far it is.",
		NoVerifiedState: "This target was never verified in an earlier state, so there is nothing safe to go back to; decide by hand what it should serve.",
		RollbackFailed:  "The way back failed for this target and is not tried again by itself; restore it by hand, or order one more try.",
		NotOurs:         "This target serves something that this rollout did not put there, a later rollout's or an edit by hand, so it was left alone; take the later one back first, or order one more try to write over it.",
		AlreadyBack:     "This rollout was rolled back before, so there is nothing to take back; the card shows when and why.",
		NothingTouched:  "No target has been touched yet, so there is nothing to take back; stop the rollout, or withdraw its change, instead.",
	}
}

func actTexts() map[Reason]string {
	return map[Reason]string{
		NotAllowed:    "You are not among the people who run this rollout, so nothing was changed; ask who requested it, the owner of its system, or somebody who may approve it.",
		StaleCard:     "The rollout has moved on since you looked at it, so nothing was changed; look where it stands now, and repeat what still applies.",
		MissingAnswer: "An answer is missing or too short to say anything, so nothing was changed; fill in the field that is named and send it again.",
		BadRequest:    "What arrived could not be read, so nothing was changed; check the answer that is named, or look at the rollout again, and repeat it.",
		AlreadyOver:   "This rollout is over, so nothing about it can be changed any more; start a new one if something is left to do.",
		AlreadyDone:   "Somebody asked for this already, and nothing is done twice; there is nothing more to do.",
		NotHeld:       "This rollout is not halted, so there is nothing to resume; the card shows where it stands.",
		NotBarred:     "This payload is not barred, so there is nothing to lift; the card shows where the rollout stands.",
	}
}
