package rules

// Reason is why rules did not come into force. It is stored in evidence and shown to
// people through Text, so its values are frozen.
type Reason string

const (
	OK             Reason = ""
	Broken         Reason = "broken"           // the files have problems
	ChangeRequired Reason = "change-required"  // the rules in force change only by a change
	NoChangeNeeded Reason = "no-change-needed" // an edit of the files comes into force by itself
	NothingInForce Reason = "nothing-in-force" // nothing is on record yet
	InForce        Reason = "in-force"         // these rules are in force already
	Moved          Reason = "moved"            // other rules came into force since these were compared
	Unreadable     Reason = "unreadable"       // what was sent is no set of rules
	NoRoute        Reason = "no-route"         // the rules in force route no such change
	NotApproved    Reason = "not-approved"     // denied, expired or withdrawn
	ContentChanged Reason = "content-changed"  // the ticket no longer names what was proposed
	NotExecuting   Reason = "not-executing"    // the change is not on record as being carried out
	UnknownPerson  Reason = "unknown-person"   // no person, or several, for the account, or not active
	SamePerson     Reason = "same-person"      // an override needs somebody else
	OtherRules     Reason = "other-rules"      // the word is about other rules than were asked for
	NotConfirmed   Reason = "not-confirmed"    // nobody else confirmed in time
)

// Reasons lists every reason, OK first, for tables and tests.
func Reasons() []Reason {
	return []Reason{
		OK, Broken, ChangeRequired, NoChangeNeeded, NothingInForce, InForce, Moved, Unreadable, NoRoute, NotApproved, ContentChanged, NotExecuting,
		UnknownPerson, SamePerson, OtherRules, NotConfirmed,
	}
}

// Text is one sentence for the person concerned: what happened and what they can do.
func (r Reason) Text() string {
	if t, ok := texts()[r]; ok {
		return t
	}
	// A reason from a newer release, read in an older one.
	return "The rules did not come into force (" + string(r) + "); ask the owner of the rules what it means."
}

func texts() map[Reason]string {
	return map[Reason]string{
		OK:             "The rules are in force.",
		Broken:         "The files have problems, so what was in force stays in force; run starter policy check and mend what it says.",
		ChangeRequired: "The rules in force change only by an approved change, so the edit is not in force; ask for it with starter policy propose, or take the edit back.",
		NoChangeNeeded: "The rules in force let an edit of the files come into force by itself, so there is nothing to propose; edit the files.",
		NothingInForce: "Nothing is on record as in force yet; start the processes, look with starter doctor, and try again.",
		InForce:        "These rules are in force already, so there is nothing to do; look whether the directory is the edited one.",
		Moved:          "Other rules came into force since these were compared with them, so the approvers would have read another difference; look at what is in force now and propose again.",
		Unreadable:     "What was sent cannot be read as rules; use a command line of the same version as the workers and propose again.",
		NoRoute:        "The rules in force send a change of the rules to nobody, so nobody can decide on it; starter policy override is the way out.",
		NotApproved:    "The change was not approved or was withdrawn, so what was in force stays in force; read the reasons in the ticket and propose again.",
		ContentChanged: "The ticket no longer names the rules that were proposed, so they did not come into force; propose again and leave the plan in the ticket as it is.",
		NotExecuting:   "The change is not on record as being carried out, so nothing came into force; look at the change.",
		UnknownPerson:  "The account does not belong to exactly one active person of the directory, so this does not count; ask the owner of the directory to link it.",
		SamePerson:     "Whoever asked for an override cannot confirm it; somebody else of the directory has to.",
		OtherRules:     "The digest is not that of the rules that were asked for, so this does not count; look at the same directory as whoever asked, and confirm the digest that it has.",
		NotConfirmed:   "Nobody else confirmed the override in time, so what was in force stays in force; ask again and have somebody at hand.",
	}
}
