package change

// Reasons lists every reason, OK first, for tables and tests.
func Reasons() []Reason {
	return append(emergencyReasons(), []Reason{
		OK,
		UnknownPerson, Inactive, NotEligible, IsRequester, IsCreator, IsSubmitter, WasRequester, IsImplementer, IsActing, NotImplementer, NotRequester, CarriedByOther,
		AlreadyRecorded, AlreadyVoted, Represented, SeatTaken, NotDeputy,
		StepUpNeeded, StepUpStale, StepUpWeak, StepUpOtherPerson, StepUpUnproven,
		StaleContent, StaleLevel, NotInReview, MissingAnswer, BadRequest,
		TooEarly, Frozen, WindowClosed, DoesNotFit, NoOpening, DeadlinePassed, ApprovalExpired, NotYourTurn, TurnPassed, CalendarChanged, ZonesChanged, TooLong, FrozenThroughout,
		NoSafePoints, UnknownPoint, UnreadableTime,
		NotApproved, NotExecuting, AlreadyExecuting, AlreadyClosed, ContentChanged, AskerDecides, EligibilityLost,
		UnreachableQuorum, IncompleteContent, DeniedByApprover, WithdrawnByPerson, WithdrawnByProcess, NotResubmitted, TicketDeleted, TicketUnreadable, NoRoute,
		VendorUncovered,
		GateOpen, NoGate, NotSender, FileMissing, UnreadableReview, UnreadableFile,
		TemplateUnknown, TemplateEnded, TemplateElsewhere, DiffersFromTemplate,
		MirrorBehind,
		OnHold, AlreadyHeld, NotHeld, NotInvolved, NotHolder, ObjectionStands, NotApprover, LevelOpen, HeldTooLong, VoteChanged, Objected, SupersededByNewer, OtherPlace,
	}...)
}

// Text is one sentence for the person concerned: what happened and what they
// can do next. Details such as dates, fields and names are added by the caller.
func (r Reason) Text() string {
	for _, texts := range []map[Reason]string{personTexts(), signInTexts(), seenTexts(), timeTexts(), stateTexts(), gateTexts(), templateTexts(), holdTexts(), emergencyTexts()} {
		if t, ok := texts[r]; ok {
			return t
		}
	}
	// A reason from a newer release, read in an older one.
	return "This was refused (" + string(r) + "); ask the owner of the rules what it means."
}

func personTexts() map[Reason]string {
	return map[Reason]string{
		OK:              "This is allowed.",
		UnknownPerson:   "Your account does not belong to exactly one person in the directory, so this was not counted; ask the owner of the directory to add it.",
		Inactive:        "You are not active in the directory at the moment, so this was not counted; ask the owner of the directory if that is wrong.",
		NotEligible:     "You are not in a group that decides this level, so this was not counted; one of the approvers named on the card has to decide.",
		IsRequester:     "You requested this change, so somebody else has to decide on it.",
		IsCreator:       "You created the ticket of this change, so somebody else has to decide on it.",
		IsSubmitter:     "You submitted this change, so somebody else has to decide on it.",
		WasRequester:    "You requested an earlier version of this change, so somebody else has to decide on it.",
		IsImplementer:   "You carry out this change, so somebody else has to decide on it.",
		IsActing:        "You act for somebody who asked for this change or carries it out, so somebody else has to decide on it.",
		NotImplementer:  "Only the person named as the implementer can do this; to change who that is, edit the ticket and have it approved again.",
		CarriedByOther:  "A process carries this change out and reports its outcome by itself; a rollout is stopped or rolled back on its own card, a proposal of rules ends when the change is withdrawn.",
		NotRequester:    "Only the person who requested this change can withdraw it; ask them to do it.",
		AlreadyRecorded: "Your decision is already recorded, and nothing was counted twice; there is nothing more to do.",
		AlreadyVoted:    "You have already decided differently at this level, and the first decision stands; talk to the requester if you see it otherwise now.",
		Represented:     "Your deputy has already decided in your place at this level, so this was not counted; if they approved and you do not stand by it, object to the change, and it is put on hold.",
		SeatTaken:       "Whomever you act for at this level has a decision on record already, their own or another deputy's, so this was not counted; the card shows who has decided.",
		NotDeputy:       "You act for somebody who decides this level, but are in no group that may stand in there, so this was not counted; another approver named on the card has to decide.",
	}
}

func signInTexts() map[Reason]string {
	return map[Reason]string{
		StepUpNeeded:      "This level needs a fresh sign-in with a second factor, so this was not counted; sign in through the link, which the card's button gives as well, and decide there.",
		StepUpStale:       "Your sign-in is too old to decide with, so this was not counted; sign in again through a new link, which the card's button gives.",
		StepUpWeak:        "Your sign-in does not prove a second factor, so this was not counted; sign in again with your security key, app or code, or ask your administrator to set one up.",
		StepUpOtherPerson: "You signed in as somebody else than the link was made for, so this was not counted; sign in as yourself, with a link from your own card.",
		StepUpUnproven:    "The sign-in that came with this is not from this installation's own pages, so this was not counted; open a new link from the card and sign in there.",
	}
}

func seenTexts() map[Reason]string {
	return map[Reason]string{
		StaleContent:  "The change was edited since you opened this, so nothing was counted; open the card again and look at the present version.",
		StaleLevel:    "The level you opened this for is over, so nothing was counted; open the card again to see where the change stands.",
		NotInReview:   "This change is not being reviewed at the moment, so nothing was counted; the card shows where it stands.",
		MissingAnswer: "An answer is missing or too short to say anything, so nothing was counted; fill in the marked field and send it again.",
		BadRequest:    "What arrived could not be read, so nothing was counted; open the card again and repeat it.",
	}
}

func timeTexts() map[Reason]string {
	return map[Reason]string{
		TooEarly:         "The planned start has not come yet; start the change when the card says that it may start.",
		Frozen:           "A freeze is in force, so the change cannot start now; the card shows when it may start.",
		WindowClosed:     "No window is open for this system, so the change cannot start now; the card shows when it may start.",
		DoesNotFit:       "The change would not be finished in time before the window closes or a freeze begins; start it in the next window, or submit a shorter one.",
		NoOpening:        "The calendar has no window in which this change fits; shorten it or change the planned start, then submit it again.",
		DeadlinePassed:   "The deadline for this decision has passed, so nothing was counted; the requester can submit the change again.",
		ApprovalExpired:  "The approval has become too old to be used; submit the change again to have it approved anew.",
		CalendarChanged:  "A window or a freeze of this system's calendar was changed, so the change may start at another time; the card shows when.",
		ZonesChanged:     "The clocks of a time zone are to change otherwise than was known, so the change may start at another time; the card shows when.",
		TooLong:          "The change is longer than every opening while an approval would stand, so it could not start; shorten it or split it, or have a window made longer.",
		FrozenThroughout: "Freezes cover every opening in which this change fits while an approval would stand, so it could not start; plan it for after them.",
		NotYourTurn:      "Only so many changes may be carried out here at once and it is not this one's turn, so it cannot start now; you are called when it is.",
		TurnPassed:       "It was this change's turn and it was not started in time, so the next one's came; you are called when its turn comes again.",
		NoSafePoints:     "The approved plan names no place to stop at, so there is nothing to ask about; finish the change, or take the way back and report it.",
		UnknownPoint:     "The approved plan has no such safe point, so nothing was decided; give the number that the card shows beside it.",
		UnreadableTime:   "The time that is left cannot be read, so nothing was decided; write minutes such as 45, or 1h30m.",
	}
}

func templateTexts() map[Reason]string {
	return map[Reason]string{
		TemplateUnknown:     "The rules have no template of the name that the ticket gives, so the change was not submitted; correct the name, or leave it out and have the change approved as any other.",
		TemplateEnded:       "The template is no longer valid, so the change was not submitted; leave it out and have the change approved as any other, or ask for the template to be renewed.",
		TemplateElsewhere:   "The template is for other systems or environments, so the change was not submitted; correct the ticket, or leave the template out.",
		DiffersFromTemplate: "The ticket does not say what was approved as a template, so the change was not submitted; take the texts of the template, or leave it out and have the change approved as any other.",
	}
}

func stateTexts() map[Reason]string {
	return map[Reason]string{
		NotApproved:        "This change is not approved, so it cannot start; wait for the approvals that the card says are missing.",
		NotExecuting:       "This change has not been started, so there is nothing to report or to ask about yet; start it first.",
		AlreadyExecuting:   "This change has already been started, so this is no longer possible; report its outcome when it is over.",
		AlreadyClosed:      "This change is over, so nothing about it can be decided any more; submit a new change if something is left to do.",
		ContentChanged:     "The ticket no longer says what was approved, so the change goes back to review; approvers have to look at the new content.",
		AskerDecides:       "Somebody who was to decide on this change turned out to have asked for it, so it goes back to review without them; the others have to decide anew.",
		EligibilityLost:    "Somebody who approved this change may no longer do so and the approvals left are too few, so the change goes back to review.",
		UnreachableQuorum:  "Too few independent people may approve this change, so it was not submitted; have approvers added or ask for the agreed external approver.",
		IncompleteContent:  "Some of what a change must state is missing or cannot be read, so it was not submitted; complete the fields named here and submit it again.",
		DeniedByApprover:   "The change was denied by its approvers; read their reasons, change the ticket and submit it again.",
		WithdrawnByPerson:  "The change was withdrawn by its requester; submit a new change to take it up again.",
		WithdrawnByProcess: "The rollout or proposal that was to carry this change out has ended, so the change was withdrawn with it; its card or its record says why.",
		NotResubmitted:     "The change was not submitted again in time, so it counts as withdrawn; submit a new change to take it up again.",
		TicketDeleted:      "The ticket was deleted, so the change ended; submit a new change if it is still wanted.",
		TicketUnreadable:   "The ticket could not be read just now, and without knowing what it says nothing may be started; try again in a few minutes.",
		VendorUncovered:    "A vendor that this system rests on lacks a document it must keep current, so the change waits; the card names it, and the start is possible once it is renewed or a grace is granted.",
		MirrorBehind:       "The ticket or the card does not show yet what is on record, and the rules want that before a start; you are called once it does.",
		NoRoute:            "No rule says who approves a change like this one, so it was not submitted; check system, environment and risk, or ask the owner of the rules to add one.",
	}
}

func holdTexts() map[Reason]string {
	return map[Reason]string{
		OnHold:            "This change is on hold, so nothing about it is decided or started now; the card says who stopped it and what lets it go on.",
		AlreadyHeld:       "This change is on hold already, so there is nothing more to stop; the card says who stopped it and why.",
		NotHeld:           "This change is not on hold, so there is nothing to resume; the card shows where it stands.",
		NotInvolved:       "Only the requester, the implementer and those who decide on this change can put it on hold; tell one of them why it has to wait.",
		NotHolder:         "Only whoever put this change on hold, or its requester, can resume it; ask one of them.",
		ObjectionStands:   "An approver objects to this change, so you cannot resume it; ask them to take it back, or the requester to have it decided anew.",
		NotApprover:       "None of your approvals of this version counts, so there is nothing you could object to; tell the requester what you know, or hold the change if you decide on it.",
		LevelOpen:         "The level you approved is still open, so there is no need to object; change your vote instead.",
		HeldTooLong:       "Nobody resumed the change in time, so it counts as withdrawn; submit a new change to take it up again.",
		VoteChanged:       "The voter decided otherwise before the level was complete, so this vote no longer counts; their last one does.",
		Objected:          "An approver objected to this version, so it was sent back to review; everybody decides anew.",
		OtherPlace:        "Only a change of the same system and environment can be replaced, and these two are not any more, so each goes its own way; withdraw the older one if it is not wanted any more.",
		SupersededByNewer: "An approved newer change takes the place of this one, so it is not carried out; look at the newer change.",
	}
}
