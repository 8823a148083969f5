package exception

// Text is one sentence for the person concerned: what happened and what they
// can do next. Details such as dates and names are added by the caller.
func (r Reason) Text() string {
	for _, texts := range []map[Reason]string{personTexts(), requestTexts(), standingTexts()} {
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
		NotConcerned:  "Only the owner of the exception and its approvers end it, so this was not counted; ask one of them, whom its card names.",
		NotApprover:   "You are not among those who decide on exceptions from this control, so this was not counted; somebody of the groups that the policy names has to decide.",
		NotOwner:      "Only the owner of the exception asks for its renewal, so this was not counted; ask the owner, whom its card names.",
		NotVerifier:   "Only the verifier of the exception says whether its compensating control works, so this was not counted; tell the verifier, whom its card names.",
		IsOwner:       "You own this exception, so somebody else has to do this.",
		IsRequester:   "You asked for this exception, so somebody else has to decide on it.",
		IsActing:      "You act for the owner or the requester of this exception, so somebody else has to decide on it.",
	}
}

func requestTexts() map[Reason]string {
	return map[Reason]string{
		NoTerms:         "The policy names nobody who may grant an exception from this control, so nothing was asked; ask the owner of the rules to add it to the file of kind exceptions.",
		UnknownSystem:   "The policy knows no such system, so nothing was asked; give the id of one of its systems.",
		UnknownPlace:    "The system has no such environment, so nothing was asked; give one of its environments, or leave it out for all of them.",
		UnknownOwner:    "The owner is not exactly one active person of the directory, so nothing was asked; give the id, the name or the e-mail address of somebody who is.",
		UnknownVerifier: "The verifier is not exactly one active person of the directory, so nothing was asked; give the id, the name or the e-mail address of somebody who is.",
		SelfVerified:    "The verifier must not be the owner, who would check their own control; name somebody else.",
		NobodyDecides:   "Without owner, requester and those who act for them, too few approvers are left to decide, so nothing was asked; have somebody else ask, or name another owner.",
		TooLong:         "The policy does not allow so long an exception, so nothing was asked; choose an earlier last day.",
		InThePast:       "The last day of the exception is over already, so nothing was asked; choose a later one.",
		BadSince:        "What the exception excuses cannot begin in the future; give the day on which it began, such as that of the finding.",
		UnreadableDate:  "This is not a date from 2000 to 2199, so nothing was counted; write year-month-day, for example 2026-03-31.",
		UnreadableName:  "This is not written as such a thing is, so nothing was counted; controls and systems are lower-case ids such as gate/tests and order-portal, changes are numbers such as CHG-7, and people are ids, names or e-mail addresses on one line.",
		UnknownCheck:    "No gate has a check of that name, so an exception from it would excuse nothing and nothing was asked; name one of the checks that the change's card shows, such as gate/tests or gate/test_data.",
		UnknownChange:   "No change has that number, so the exception would excuse nothing and nothing was asked; give the number that the change's card shows, such as CHG-7, or leave it out for every change of the system.",
		ChangeOver:      "That change is over, so the exception would excuse nothing and nothing was asked; give the number of a change that is under way, or leave it out for every change of the system.",
		MissingAnswer:   "An answer is missing or too short to say anything, so nothing was counted; fill in the field that is named and send it again.",
		BadRequest:      "What arrived could not be read, so nothing was counted; check the answer that is named, or look at the exception again, and repeat it.",
	}
}

func standingTexts() map[Reason]string {
	return map[Reason]string{
		StaleRound:      "Another decision is under way than the one you looked at, so nothing was counted; look at the exception again, and repeat what still applies.",
		StaleCheck:      "The question you answered is over, so nothing was counted; look at the exception again, and answer the present one.",
		NothingToDecide: "Nothing is to be decided about this exception at the moment, so nothing was counted; look at where it stands now.",
		AlreadyApproved: "You have approved this already, and nothing was counted twice; others have to approve as well.",
		NotAsked:        "No answer is owed at the moment, so nothing was recorded; the next question comes by itself, and that a control fails can be said at any time.",
		NotInForce:      "The exception excuses nothing at the moment, so there is nothing to answer for; look at where it stands now.",
		NotRenewable:    "The exception has not been granted, so there is nothing to renew; wait for the decision.",
		NoRenewalLeft:   "The exception has been renewed as often as the policy allows, so it cannot be renewed again; remedy what it excuses.",
		AlreadyRenewing: "A renewal is being decided already, and nothing was counted twice; wait for that decision.",
		ControlFailed:   "The exception ended because its compensating control failed, was not answered for, or because it was revoked, so it cannot be renewed; remedy what it excused, or ask for another exception.",
		AddsNothing:     "The renewal would end no later than the exception does, so nothing was asked; choose a later last day.",
		AlreadyOpen:     "What the exception excused is open again already, so there is nothing to revoke; say that it is remedied once it is.",
		OverAlready:     "This exception is over, so nothing was counted; ask for another one if it is needed.",
	}
}
