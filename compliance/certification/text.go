package certification

// Text is one sentence for the person concerned: what happened and what they
// can do next. Details such as dates and names are added by the caller.
func (r Reason) Text() string {
	for _, texts := range []map[Reason]string{personTexts(), sentTexts(), standingTexts(), coverTexts()} {
		if t, ok := texts[r]; ok {
			return t
		}
	}
	// A reason from a newer release, read in an older one.
	return "This was refused (" + string(r) + "); ask the owner of the rules what it means."
}

func personTexts() map[Reason]string {
	return map[Reason]string{
		OK:            "This is allowed.",
		UnknownPerson: "Your account does not belong to exactly one person in the directory, so nothing was recorded as yours; ask the owner of the directory to add it.",
		Inactive:      "You are not active in the directory at the moment, so this was not counted; ask the owner of the directory if that is wrong.",
		NotConcerned:  "You have no part in this artefact, so this was not counted; ask its owner, whom its card and its standing name, to do it.",
		NotApprover:   "You are not among those who decide on grace, so this was not counted; somebody of the groups that the policy names for it has to decide.",
		IsOwner:       "You own this artefact, so somebody else has to decide whether it may lack cover.",
		IsActing:      "You act for the owner of this artefact, so somebody else has to decide whether it may lack cover.",
		IsReceiver:    "You recorded the receipt of this document, so somebody else has to accept it.",
		NobodyToTell:  "Nobody who should be told can be reached, so this reminder has no reader; name an owner, a sponsor or a fallback who is active.",
	}
}

func sentTexts() map[Reason]string {
	return map[Reason]string{
		StaleVersion:   "Another version of the artefact has become current since you looked at it, so nothing was counted; look at that one, and repeat what still applies.",
		StaleRung:      "A later reminder was sent since you looked at it, so nothing was counted; acknowledge the latest one instead.",
		StaleDocument:  "Another document is in hand than the one you looked at, so nothing was counted; read the present one and repeat it.",
		MissingAnswer:  "An answer is missing or too short to say anything, so nothing was counted; fill in the field that is named and send it again.",
		BadRequest:     "What arrived could not be read, so nothing was counted; check the answer that is named, or look at the artefact again, and repeat it.",
		BadDates:       "These dates cannot be a coverage, so nothing was counted; the last day must not be before the first, nor more than ten years after it.",
		UnreadableDate: "This is not a date from 2000 to 2199, so nothing was counted; write year-month-day, for example 2026-03-31.",
		NotResolved:    "The owner's calendar could not be read just now, and without it nothing may be decided; try again in a few minutes.",
		AddsNoCoverage: "This document ends no later than the one in force, so it renews nothing; check its dates, or send it as a correction.",
		NothingToMend:  "No accepted document is in force, so there is nothing to correct; send it as a new document.",
		GraceTooLong:   "The rules do not allow so long a grace, so nothing was granted; choose fewer days, at most the longest grace of its class in the policy.",
		GraceOver:      "A grace of so few days after the end of the coverage would be over already, so nothing was granted; choose more days.",
	}
}

func standingTexts() map[Reason]string {
	return map[Reason]string{
		GraceTooEarly:   "It is too early to decide on grace, so nothing was recorded; press the vendor for the renewal until the reminder that asks for the decision.",
		GraceNotOpen:    "Nothing here has expired or is about to, so there is nothing to grant a grace for; wait for the reminder that asks for the decision.",
		AlreadyInGrace:  "A grace is already in force, so nothing was added; wait for its end or for the renewal.",
		AlreadyAcked:    "This reminder is already acknowledged, and nothing was counted twice; there is nothing more to do.",
		NothingToAck:    "No reminder has been sent yet, so there is nothing to acknowledge; the next one says when it wants you.",
		AlreadyAsked:    "The vendor has already been asked, and nothing was counted twice; record the document when it comes.",
		AlreadyReceived: "A document is already in hand, so this was not recorded; finish its review or return it first.",
		AlreadyReading:  "The review has already been taken up, and nothing was counted twice; accept the document or return it.",
		NothingReceived: "No document has been received, so there is nothing to review; record its receipt first.",
		NotUnderReview:  "Nobody has taken up the review of this document, so it cannot be decided yet; take it up first.",
		NothingInForce:  "No document is in force or in hand, so there is nothing to withdraw; look at where the artefact stands now.",
	}
}

func coverTexts() map[Reason]string {
	return map[Reason]string{
		CoverEnded:   "The vendor's coverage is over, so changes that touch the vendor wait; have a renewal accepted or a grace granted.",
		GraceEnds:    "The vendor lacks coverage and is tolerated only until the grace ends, when changes that touch it have to wait; have a renewal accepted before that.",
		VendorNotice: "The vendor took its document back, so changes that touch the vendor wait; have another document accepted.",
		NotSupplied:  "The vendor has not supplied the document by the day it was needed, so changes that touch the vendor wait; have one accepted.",
		NotTracked:   "The policy wants this document of the vendor and nothing tracks it yet, so changes that touch the vendor wait; tracking begins by itself within a day, or have it begun at once.",
		InGap:        "Two documents of the vendor leave days between them uncovered, and changes that touch it wait on those days; ask it for a bridge letter.",
	}
}
