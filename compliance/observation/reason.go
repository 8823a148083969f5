package observation

// Reason is why the rules allow or refuse something. It is stored in evidence and
// shown to people through Text, so its values are frozen.
type Reason string

const (
	OK Reason = ""

	UnknownPerson Reason = "unknown-person" // no person, or several, for the account
	Inactive      Reason = "inactive"       // the person is not active now
	NotApprover   Reason = "not-approver"   // not among those who decide on changes there
	NotOnRecord   Reason = "not-on-record"  // nothing has the number that was named
	OtherKind     Reason = "other-kind"     // it is neither a change nor an incident
	OtherSystem   Reason = "other-system"   // it is about another system
	NotExecuted   Reason = "not-executed"   // a change that was never begun
	StaleFinding  Reason = "stale-finding"  // the person looked at another finding
	MissingAnswer Reason = "missing-answer"
	BadRequest    Reason = "bad-request" // the form came back damaged
	OverAlready   Reason = "over"
)

// Reasons lists every reason, OK first, for tables and tests.
func Reasons() []Reason {
	return []Reason{
		OK, UnknownPerson, Inactive, NotApprover, NotOnRecord, OtherKind, OtherSystem, NotExecuted, StaleFinding, MissingAnswer, BadRequest, OverAlready,
	}
}

// Text is one sentence for the person concerned: what happened and what they can
// do next.
func (r Reason) Text() string {
	if t, ok := map[Reason]string{
		OK:            "This is allowed.",
		UnknownPerson: "Your account does not belong to exactly one person in the directory, so nothing was recorded as yours; ask the owner of the directory to add it.",
		Inactive:      "You are not active in the directory at the moment, so this was not counted; ask the owner of the directory if that is wrong.",
		NotApprover:   "You are not among those who decide on changes to this target, so this was not counted; one of the approvers of its class has to explain it.",
		NotOnRecord:   "Nothing is on record under this number, so it explains nothing; give the number of a change or an incident, such as CHG-7.",
		OtherKind:     "This is neither a change nor an incident, so it explains nothing; give the number of one of these.",
		OtherSystem:   "This is about another system, so it does not explain what was found here; name a change or an incident of the target's own system.",
		NotExecuted:   "This change was never begun, so it cannot have put there what was found; name the one that did, or declare an incident.",
		StaleFinding:  "You looked at another finding than this one, so nothing was counted; look at it again, and repeat what still applies.",
		MissingAnswer: "An answer is missing, so nothing was counted; fill in the field that is named and send it again.",
		BadRequest:    "What arrived could not be read, so nothing was counted; look at the finding again, and repeat it.",
		OverAlready:   "This finding is over already, so nothing was counted; look at how it was explained.",
	}[r]; ok {
		return t
	}
	// A reason from a newer release, read in an older one.
	return "This was refused (" + string(r) + "); ask the owner of the rules what it means."
}
