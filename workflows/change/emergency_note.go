package change

import (
	"fmt"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// emergencyReply is the answer to an act of the path that counts.
func emergencyReply(action string, s State) string {
	e := s.Emergency
	switch {
	case action == rules.ActionBreakGlass:
		return fmt.Sprintf("%s: the glass is broken, for %s. The people on call are asked until %s; wait for the card to say that it may be carried out.",
			s.Number, e.Incident, e.AnswerBy.UTC().Format("15:04 UTC"))
	case action == rules.ActionAcknowledge && e.Answer == rules.GoAhead:
		return s.Number + ": your go-ahead is recorded. It is carried out without approval, and reviewed afterwards."
	case action == rules.ActionAcknowledge:
		return s.Number + ": your no is recorded. It goes its normal way."
	case action == rules.ActionFinish:
		return fmt.Sprintf("%s: the outcome is recorded. The review is due %s.", s.Number, e.Retro.Due.UTC().Format("2 January 2006, 15:04 UTC"))
	}
	return fmt.Sprintf("%s: recorded. %s.", s.Number, status(s))
}

// The comments that the ticket gets.

func brokenNote(s State) []compliance.Fact {
	e := s.Emergency
	facts := []compliance.Fact{{Text: fmt.Sprintf("The glass is broken for %s: it is to be carried out without approval, for %s, by", s.Number, e.Incident), People: []compliance.PersonID{e.Invoker}, At: e.At}}
	facts = append(facts, bypassedFacts(e.Bypassed)...)
	return append(facts, compliance.Fact{Label: "Asked", Text: "whether it may go ahead, until", People: e.Called, At: e.AnswerBy})
}

func unapprovedNote(s State) []compliance.Fact {
	return append([]compliance.Fact{{Text: s.Number + " is being carried out without approval."}}, emergencyFacts(s)...)
}

func retroNote(s State) []compliance.Fact {
	e := s.Emergency
	facts := []compliance.Fact{
		{Text: fmt.Sprintf("%s was carried out without approval, and %s. It is not closed before it is reviewed.", s.Number, outcomeText(e.Outcome))},
		{Label: "Check afterwards", Text: s.Result},
	}
	facts = append(facts, bypassedFacts(e.Bypassed)...)
	return append(facts, compliance.Fact{Label: "Review due", People: e.Retro.Reviewers, At: e.Retro.Due})
}

func remedyNote(s State) []compliance.Fact {
	r := s.Emergency.Retro
	return []compliance.Fact{{Text: s.Number + ": " + rules.WouldNotApprove.Text(), People: []compliance.PersonID{r.By}}, {Label: "Remedy due", At: r.RemedyDue}}
}
