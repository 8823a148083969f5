package incident

// Reasons lists every reason, OK first, for tables and tests.
func Reasons() []Reason {
	return []Reason{
		OK,
		UnknownPerson, Inactive, NotPaged, NotApprover, IsAuthor, IsAsker, IsReviewer, NotCloser, NotCarrier, NotResponder, NotOwner, IsOwner, NotAsked,
		StaleButton, MissingAnswer, BadRequest,
		AlreadyResolved, AlreadyAcknowledged, Joined, NotPaging, NotAcknowledged, NotResolved, NotReviewed, AlreadyClosed,
		FirstStep, DelayOver, NobodyReached, NextRound, NobodyInPolicy, Exhausted, StillUnacknowledged, AckExpired, HoldOver,
		RollbackHasFailed, StepWaits, RoundPause, AckStands, Held, NotYetAgain,
		NobodyThere, AllInactive, NoChannel, AllFailed,
		FirstChannel, Accepted, InFlight, FailedForGood, OutcomeUnknown, ThrottledTooLong, FailedTooOften, Retrying, NoLongerWanted,
		ByRotation, ByOverride, ByFallback, NoShift,
		HandoverPages, HandoverAsks, HandoverWaits, HandoverOverdue, HandoverDone, HandoverNone,
		NewIncident, SameIncident, Flapped, StaleClear, Cleared, FlapOver, NoEffect,
		NoRootCause, NoLinkedChange, ChangeUnknown, ChangeAbandoned, ChangeAndNone, NoActionItems, ActionsPending, RollbackOpen, ReviewWaits, ReviewOverdue,
		UnknownOwner, BadDue, TooManyItems, NoItem, WhichItem, ItemEnded, ItemOver, ItemWaits, ItemDueSoon, ItemOverdue, ItemEscalated, ItemKept,
		AlreadyAsked, AlreadyDecided, NoRollback, WhichRollback, NotACandidate, NotRollable, Covered, NoPlan, NoBackup,
	}
}

// Text is one sentence for the person concerned: what happened and what follows
// from it, or what they can do next. Details such as times and names are added
// by the caller.
func (r Reason) Text() string {
	for _, texts := range []map[Reason]string{
		personTexts(), standingTexts(), pagingTexts(), sendTexts(), dutyTexts(), alertTexts(), reviewTexts(), itemTexts(), rollbackTexts(),
	} {
		if t, ok := texts[r]; ok {
			return t
		}
	}
	// A reason from a newer release, read in an older one.
	return "No text is known for this (" + string(r) + "); ask the owner of the rules what it means."
}

func personTexts() map[Reason]string {
	return map[Reason]string{
		OK:            "This is allowed.",
		UnknownPerson: "Your account does not belong to exactly one person in the directory, so this did not count and paging goes on; have the account linked, then repeat it.",
		Inactive:      "You are not active in the directory at the moment, so this did not count and paging goes on; ask the owner of the directory if that is wrong.",
		NotPaged:      "The rules take this only from people who were paged, so it did not count; ask one of those whom the incident shows as paged.",
		NotApprover:   "You are not among those who may approve a rollback, so this did not count; somebody of the groups that the policy names for it has to decide.",
		IsAuthor:      "You requested or carried out what this would take back, so somebody else has to decide on it.",
		IsAsker:       "You asked for this rollback, so somebody else has to decide on it.",
		IsReviewer:    "You wrote the review, so somebody else has to close the incident.",
		NotCloser:     "You are not among those who may close an incident, so this did not count; somebody of the groups that the policy names for it has to do it.",
		NotCarrier:    "Whoever carries the rollback out, or responds to the incident, reports what became of it, so yours did not count; tell them what you saw.",
		NotResponder:  "Your update is on record, but the acknowledgement was not renewed, because you have not acknowledged this incident.",
		NotOwner:      "This is neither yours to do nor from your review, so your word did not count; ask its owner or somebody who may close incidents.",
		IsOwner:       "This is yours to do, so somebody else who may close incidents has to agree that it is withdrawn.",
		NotAsked:      "This was not offered to you, or has another owner by now; the card shows whose it is.",
		StaleButton:   "This came from a page or a card that is too old, so nothing was done; look at the incident as it stands now, and act from there.",
		MissingAnswer: "An answer is missing, so nothing was recorded; fill in the field that is named and send it again.",
		BadRequest:    "What arrived could not be read, so nothing was done; check the answer that is named, or look at the incident again, and repeat it.",
	}
}

func standingTexts() map[Reason]string {
	return map[Reason]string{
		AlreadyResolved:     "This incident is already resolved, so nobody is paged any more; if it is back, declare a new one.",
		AlreadyAcknowledged: "Your acknowledgement is already on record, and nothing was counted twice; there is nothing more to do.",
		Joined:              "Somebody else acknowledged first, and you are on record as joining them; talk in the incident's channel.",
		NotPaging:           "Nobody is being paged for this at the moment, so there is nothing to do yet; the card shows until when.",
		NotAcknowledged:     "Nobody has acknowledged this incident, so there is nothing to renew or hand over; acknowledge it first.",
		NotResolved:         "This incident is not resolved yet, so it cannot be reviewed or closed; resolve it first.",
		NotReviewed:         "This incident has no review yet, so it cannot be closed; record root cause and linked change first.",
		AlreadyClosed:       "This incident is closed, so nothing about it can be changed any more; declare a new one if something is left to do.",
	}
}

func pagingTexts() map[Reason]string {
	return map[Reason]string{
		FirstStep:           "A new incident, and you are first in line for it.",
		DelayOver:           "Nobody acknowledged in time, so the next level is paged.",
		NobodyReached:       "The level before reached nobody, so the next one is paged at once.",
		NextRound:           "Nobody acknowledged in the whole round, so all levels are paged again.",
		NobodyInPolicy:      "Not one level reached anybody, so the last resort is paged; have the escalation rules and the directory mended.",
		Exhausted:           "Every round is over and nobody acknowledged, so the last level, its manager and the last resort are paged.",
		StillUnacknowledged: "Nobody has acknowledged yet, so the last level, its manager and the last resort are paged again.",
		AckExpired:          "Whoever acknowledged gave no word in time, so paging starts anew with them and whoever is on call.",
		HoldOver:            "The hold has ended and the incident is still open, so paging starts.",
		RollbackHasFailed:   "A rollback failed, so the next level is paged whether or not somebody has acknowledged.",
		StepWaits:           "The level that was paged still has time to acknowledge, so nobody else is paged yet.",
		RoundPause:          "A round is over without acknowledgement, and after a pause all levels are paged again.",
		AckStands:           "Somebody has acknowledged, so nobody is paged unless they give no word in time.",
		Held:                "A maintenance window holds this back, so nobody is paged before it ends.",
		NotYetAgain:         "Everybody there is has been paged, and after a pause they are paged again.",
	}
}

func sendTexts() map[Reason]string {
	return map[Reason]string{
		NobodyThere:      "The rules name nobody here at the moment, so nobody was paged; have the escalation rules mended.",
		AllInactive:      "Nobody named here is active in the directory, so nobody was paged; have the rotation or the directory mended.",
		NoChannel:        "Nobody named here has a channel for pages, so nobody was paged; have their contact data completed.",
		AllFailed:        "Every channel failed, so nobody was reached; have the channels and the contact data checked.",
		FirstChannel:     "This is the first channel on the person's list, so it is tried first.",
		Accepted:         "The provider took the page, which does not prove that anybody saw it.",
		InFlight:         "A page is under way, and its outcome is awaited for a few seconds.",
		FailedForGood:    "The channel refused for good, so the next one is used at once.",
		OutcomeUnknown:   "Nobody knows whether the page arrived, so another channel is used and one duplicate is accepted.",
		ThrottledTooLong: "The provider holds pages back for too long, so the next channel is used at once.",
		FailedTooOften:   "The channel did not answer several times, so the next one is used.",
		Retrying:         "The channel did not take the page, so it is tried again shortly.",
		NoLongerWanted:   "Somebody acknowledged or resolved before this page left, so it was not sent.",
	}
}

func dutyTexts() map[Reason]string {
	return map[Reason]string{
		ByRotation:      "It is this person's turn in the rotation, so they are on call.",
		ByOverride:      "An override puts this person on call, whatever the rotation says.",
		ByFallback:      "The rotation names nobody who is active now, so the fallback is on call.",
		NoShift:         "No shift covers this time, so nobody is on call by the rotation; have its versions mended.",
		HandoverPages:   "The shift changed and nobody has acknowledged, so the newcomer is paged, too.",
		HandoverAsks:    "The shift changed, and the newcomer is asked to take the incident over.",
		HandoverWaits:   "The newcomer still has time to accept, and until then the owner keeps the incident.",
		HandoverOverdue: "The newcomer did not accept in time, so the owner keeps the incident and their manager is told.",
		HandoverDone:    "The handover has been accepted, so there is nothing more to do.",
		HandoverNone:    "There is nothing to hand over here, so everything stays as it is.",
	}
}

func alertTexts() map[Reason]string {
	return map[Reason]string{
		NewIncident:  "No incident is open for this alert, so a new one was opened.",
		SameIncident: "An incident is open for this alert, so it was counted there.",
		Flapped:      "The alert came back within its flap window, so no other incident was opened for now.",
		StaleClear:   "The source cleared an earlier occurrence, so the present one stays open.",
		Cleared:      "The source says that it is over, and it counts as such after the flap window.",
		FlapOver:     "The flap window passed without the alert coming back, so it is over.",
		NoEffect:     "This changes nothing, because the alert stands that way already.",
	}
}

func reviewTexts() map[Reason]string {
	return map[Reason]string{
		NoRootCause:     "The review names no root cause, so it was not recorded; say what made the incident possible.",
		NoLinkedChange:  "The review links no change, so it was not recorded; name the one that mends the cause, or say why none is needed.",
		ChangeAndNone:   "The review links a change and says that none is needed, so it was not recorded; leave one of the two empty.",
		ChangeUnknown:   "The linked change does not exist, so this was not accepted; check its number, or submit the change first.",
		ChangeAbandoned: "The linked change ended without effect, so this was not accepted; link one that mends the cause.",
		NoActionItems:   "The review names nothing that is to be done, so it was not recorded; name at least one thing.",
		ActionsPending:  "The tickets of what is to be done do not all exist yet, so the incident cannot be closed; the card shows what holds them up.",
		RollbackOpen:    "A rollback is still open, so the incident cannot be closed; decide on it or wait for its end.",
		ReviewWaits:     "The review is not due yet, so nobody is reminded.",
		ReviewOverdue:   "The review is overdue, so its owner is reminded; record root cause and linked change.",
	}
}

func itemTexts() map[Reason]string {
	return map[Reason]string{
		UnknownOwner:  "A line names an owner whom the directory does not know or who is not active, so nothing was recorded; write their id after an @ sign, or leave it out.",
		BadDue:        "A line names a due day that does not exist or has passed, so nothing was recorded; write a day to come as year-month-day, or leave it out.",
		TooManyItems:  "The reviews of this incident ask for too many things, so this one was not recorded; put several into one.",
		NoItem:        "There is nothing here that is still to be done and that this could be about, so nothing was changed; the card shows how each thing stands.",
		WhichItem:     "Several things are still to be done and you named none, so nothing was changed; say which one by its ordinal on the card.",
		ItemEnded:     "This was done or withdrawn before, so nothing was changed; the card shows by whom.",
		ItemOver:      "This was done or withdrawn, so nobody is reminded of it any more.",
		ItemWaits:     "There is still time for this, so nobody is reminded yet.",
		ItemDueSoon:   "This is due soon, so its owner is reminded.",
		ItemOverdue:   "This is overdue, so its owner is reminded; do it, or have it withdrawn by somebody who may close incidents.",
		ItemEscalated: "This has been overdue for days, so its owner and their manager are told.",
		ItemKept:      "Its ticket ended without this having been done, so it stays open; reopen the ticket, or have this withdrawn by somebody who may close incidents.",
	}
}

func rollbackTexts() map[Reason]string {
	return map[Reason]string{
		AlreadyAsked:   "This rollback has been asked for already and runs once, so you are on record as joining the request.",
		AlreadyDecided: "This rollback has been decided on already, so your decision was not needed; the card shows how.",
		NoRollback:     "There is no rollback here that this could be about, so nothing was done; the card shows how they stand.",
		WhichRollback:  "There are several rollbacks here and you named none, so nothing was done; say which one by its number.",
		NotACandidate:  "This is not among the recent runs on the same system, so it cannot be taken back from here; submit a change instead.",
		NotRollable:    "This is not in effect any more, so there is nothing to take back; look at the other runs.",
		Covered:        "A later rollout is on top of this one on some of its targets, so this one is not taken back yet; take the later one back first.",
		NoPlan:         "This was approved without a rollback plan, so it cannot be taken back from here; submit an emergency change.",
		NoBackup:       "No backup was checked before this was carried out, so it cannot be taken back from here; submit an emergency change.",
	}
}
