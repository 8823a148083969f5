package change

import (
	"fmt"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
)

// The comments a ticket gets, one per state. They name people by id; the step
// that writes them looks the names up.

func submittedNote(s State) []compliance.Fact {
	v := s.Version
	facts := []compliance.Fact{{Text: fmt.Sprintf("%s, version %d (content %s) is in review.", s.Number, v.N, v.hash12())}}
	for i, l := range v.Route.Levels {
		facts = append(facts, compliance.Fact{
			Label: fmt.Sprintf("Level %d, %s", i+1, l.Name), Text: fmt.Sprintf("%d of these must approve:", l.Required), People: l.Eligible,
		})
	}
	if f, some := askedFact(v); some {
		facts = append(facts, f)
	}
	facts = append(facts, deputyFacts(v)...)
	facts = append(facts, vendorFacts(v)...)
	facts = append(facts, collisionFacts(v)...)
	facts = append(facts, gateMend(s)...)
	facts = append(facts, compliance.Fact{Label: "Decide before", At: v.Deadline})
	return append(facts, aheadFacts(v)...)
}

// vendorFacts say what the documents of the system's vendors ask of the change,
// as seen when they were asked last (A9).
func vendorFacts(v Version) []compliance.Fact {
	var facts []compliance.Fact
	for _, c := range v.Conditions {
		facts = append(facts, compliance.Fact{Label: "Vendor", Text: c.Text(v.ConditionsAt)})
	}
	return facts
}

func notSubmittedNote(s State) []compliance.Fact {
	facts := []compliance.Fact{{Text: s.Number + " was not submitted. Mend the following and submit the ticket again:"}}
	for i, r := range s.Version.Reasons {
		facts = append(facts, compliance.Fact{Label: fmt.Sprint(i + 1), Text: r})
	}
	return facts
}

func approvedNote(s State) []compliance.Fact {
	v := s.Version
	facts := []compliance.Fact{{Text: fmt.Sprintf("%s, version %d (content %s) is approved.", s.Number, v.N, v.hash12())}}
	for _, vote := range v.Votes {
		if vote.Verdict == rules.Approve && vote.Void == rules.OK {
			facts = append(facts, compliance.Fact{Label: fmt.Sprintf("Level %d", vote.Level), Text: "approved by", People: []compliance.PersonID{vote.Person}, For: vote.For, At: vote.At})
		}
	}
	if !v.Ready {
		facts = append(facts, compliance.Fact{Label: "Window", Text: openingText(v), At: v.Opening.At})
	}
	facts = append(facts, collisionFacts(v)...)
	return append(facts, compliance.Fact{Label: "Approval valid until", At: v.Expires})
}

func rejectedNote(s State) []compliance.Fact {
	facts := []compliance.Fact{{Text: fmt.Sprintf("%s, version %d is denied. To try again, edit the ticket and submit it: a new version under the same number.", s.Number, s.Version.N)}}
	for _, vote := range s.Version.Votes {
		if vote.Verdict == rules.Deny && vote.Void == rules.OK {
			facts = append(facts, compliance.Fact{Label: "Denied by", Text: vote.Note, People: []compliance.PersonID{vote.Person}, For: vote.For, At: vote.At})
		}
	}
	return facts
}

func expiredNote(s State) []compliance.Fact {
	return []compliance.Fact{{Text: fmt.Sprintf("%s, version %d expired. %s To go on, submit the ticket again.", s.Number, s.Version.N, s.Reason.Text())}}
}

func startedNote(s State, by compliance.PersonID, at time.Time) []compliance.Fact {
	return []compliance.Fact{{Text: s.Number + " is being carried out by", People: []compliance.PersonID{by}, At: at}}
}

func endedNote(s State) []compliance.Fact {
	facts := []compliance.Fact{{Text: fmt.Sprintf("%s is over: %s.", s.Number, status(s))}}
	if s.Result != "" {
		facts = append(facts, compliance.Fact{Label: "Check afterwards", Text: s.Result})
	}
	return append(facts, compliance.Fact{Label: "Evidence", Text: fmt.Sprintf("record %d of the log", s.Index)})
}

func driftNote(s State, moved string) []compliance.Fact {
	who := "is decided by its approvers"
	switch {
	case s.State == rules.RetroReview:
		who = "was carried out without approval, and ends when it is reviewed"
	case s.State == rules.Executing || s.State == rules.ExecutingUnapproved:
		who = "is being carried out, and its implementer reports the outcome on the card"
	case s.State == rules.Held:
		who = "is on hold and goes on when it is resumed on the card"
	case !s.Version.live():
		who = "needs a new version, which begins when the ticket is submitted again"
	}
	return []compliance.Fact{{Text: fmt.Sprintf("The ticket was moved to %s by hand. %s %s, so the status was set back.", moved, s.Number, who)}}
}

func overNote(st evidence.Standing) []compliance.Fact {
	return []compliance.Fact{{Text: st.Number + " is over and stays over. For another change, open a new ticket; it was last recorded on", At: st.At}}
}

// voidedText says on the card's log why a version no longer counts.
func voidedText(version int, why rules.Reason, changed []rules.FieldChange) string {
	if why == rules.Objected {
		return fmt.Sprintf("An approver objected and the requester wants it decided anew: version %d is void, its votes no longer count.", version)
	}
	if why == rules.AskerDecides {
		return fmt.Sprintf("Somebody who was to decide asked for this change: version %d is void, its votes no longer count.", version)
	}
	return fmt.Sprintf("The ticket was edited (%s): version %d is void, its votes no longer count.", rules.Describe(changed), version)
}

// votedFact is a vote on the card's log; changed says that the voter had decided
// otherwise before.
func votedFact(v rules.Vote, changed bool) compliance.Fact {
	text := fmt.Sprintf("Level %d: approved by", v.Level)
	switch v.Verdict {
	case rules.Deny:
		text = fmt.Sprintf("Level %d: denied (%s) by", v.Level, v.Note)
	case rules.Abstain:
		text = fmt.Sprintf("Level %d: abstained:", v.Level)
	}
	if changed {
		text = "Changed vote. " + text
	}
	return compliance.Fact{Text: text, People: []compliance.PersonID{v.Person}, For: v.For, At: v.At}
}

// refusedFact is a refused act on the card's log.
func refusedFact(action string, by compliance.PersonID, why rules.Reason, at time.Time) compliance.Fact {
	f := compliance.Fact{Text: fmt.Sprintf("Refused to %s (%s)", action, strings.ReplaceAll(string(why), "-", " ")), At: at}
	if by != "" {
		f.Text += ":"
		f.People = []compliance.PersonID{by}
	}
	return f
}

func finishedText(to rules.State) string {
	switch to {
	case rules.RolledBack:
		return "Reported as rolled back by"
	case rules.Failed:
		return "Reported as failed by"
	}
	return "Reported as carried out by"
}
