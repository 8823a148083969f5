package change

// emergencyReasons lists the reasons of the emergency path.
func emergencyReasons() []Reason {
	return []Reason{
		NoEmergencyPath, NotInvoker, EmergencyIncomplete, NoIncident, IncidentOver, ReviewOpen, AlreadyInvoked, NoReviewer,
		NotCalled, NoCall, SeenOnly, OnCallSaidNo, NobodyAnswered, NotReviewer, GaveGoAhead, NotInRetroReview, AlreadyReviewed,
		NotReported, NotReviewedInTime, NotRemediedInTime, WouldNotApprove, NothingToRemedy, NoFollowUp, FollowUpElsewhere,
		FollowUpTooEarly, FollowUpAbandoned,
	}
}

func emergencyTexts() map[Reason]string {
	return map[Reason]string{
		NoEmergencyPath:     "The policy configures no emergency path, so nothing can be carried out without approval; ask the owner of the policy, or the approvers to hurry.",
		NotInvoker:          "Only the requester or the implementer of this change can break the glass for it; ask one of them.",
		EmergencyIncomplete: "Even in an emergency the ticket must name system, environment, plan and an implementer the directory knows; complete it, submit it again and repeat this.",
		NoIncident:          "No incident is on record under that number; declare one, or give its number as it stands on its card.",
		IncidentOver:        "That incident is not going on any more, so the change can take its normal way; name another one, or declare it, if something is wrong now.",
		ReviewOpen:          "An earlier emergency of whoever broke the glass is not reviewed yet, which bars them from this one; have that reviewed, or ask the other of requester and implementer.",
		AlreadyInvoked:      "The glass is broken already and the people on call are being asked; wait for their answer, which the card will show.",
		NoReviewer:          "Nobody independent could review this emergency afterwards, so it cannot begin; ask the owner of the directory to add people to the groups of reviewers.",
		NotCalled:           "You are not one of those who were asked about this emergency, so this was not counted; one of the people named on the card has to answer.",
		NoCall:              "Nobody is being asked about an emergency of this change at the moment, so nothing was counted; the card shows where it stands.",
		SeenOnly:            "It is noted that you saw the page, which is no answer yet; say go ahead or no with the card's button or on the command line.",
		OnCallSaidNo:        "Somebody on call said no, so this change goes its normal way; talk to them, and wait for the approvals.",
		NobodyAnswered:      "Nobody on call answered in time, which is on record as such; the change may be carried out, and the review will ask about it.",
		NotReviewer:         "You are not in a group that reviews emergencies, so this was not counted; one of the reviewers named on the card has to do it.",
		GaveGoAhead:         "You gave the go-ahead for this emergency, so somebody else has to review it.",
		NotInRetroReview:    "There is no emergency of this change to be reviewed at the moment, so nothing was counted; the card shows where it stands.",
		AlreadyReviewed:     "This emergency is reviewed already, and the first review stands; talk to the reviewer named on the card if you see it otherwise.",
		NotReported:         "The outcome of this emergency is not reported long after it began; the implementer has to report it, so that it can be reviewed.",
		NotReviewedInTime:   "This emergency was not reviewed in time, so it ends as a violation; the control owner has to explain it to the auditors.",
		NotRemediedInTime:   "What the review asked for was not done in time, so this emergency ends as a violation; the control owner has to explain it to the auditors.",
		WouldNotApprove:     "The review found that this emergency would not have been approved; it is rolled back, or another change follows it up.",
		NothingToRemedy:     "No review asks for a remedy of this change, so nothing was counted; the card shows where it stands.",
		NoFollowUp:          "No change is on record under that number, so it cannot follow this one up; submit it first, and give its number as it stands on its card.",
		FollowUpElsewhere:   "The change you name is for another system, so it cannot mend this one; name one for the same system.",
		FollowUpTooEarly:    "The change you name was submitted before this emergency was carried out, so it cannot be about it; submit a new one, and name that.",
		FollowUpAbandoned:   "The change you name ended without effect, so it mends nothing; name one that is under way or closed.",
	}
}
