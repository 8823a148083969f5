package change

import (
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// asking reports whether people on call are being asked, as the card shows it.
func (s State) asking() bool {
	return s.Emergency.Calling() && rules.CanMove(s.State, rules.ExecutingUnapproved) && s.Emergency.Version == s.Version.N
}

// emergencyStatus is where a change on the emergency path stands, in words;
// empty on any other.
func emergencyStatus(s State) string {
	e := s.Emergency
	switch {
	case s.asking():
		return "Glass broken for " + e.Incident + ": the people on call are asked whether it may go ahead without approval"
	case s.State == rules.ExecutingUnapproved:
		return "Being carried out without approval, for " + e.Incident
	case s.State == rules.RetroReview && e.Retro.Outstanding():
		return "Would not have been approved: to be rolled back or followed up"
	case s.State == rules.RetroReview && e.Retro.Over():
		return "Reviewed, being compared with its ticket"
	case s.State == rules.RetroReview:
		return "Carried out without approval: to be reviewed (" + outcomeText(e.Outcome) + ")"
	case s.State == rules.Violation:
		return "Violation: " + strings.TrimSuffix(s.Reason.Text(), ".")
	}
	return ""
}

func outcomeText(o rules.State) string {
	switch o {
	case rules.RolledBack:
		return "it was rolled back"
	case rules.Failed:
		return "it failed"
	}
	return "it succeeded"
}

// emergencyTone is the tone of such a card.
func emergencyTone(s State) (compliance.Tone, bool) {
	switch {
	case s.asking(), s.State == rules.ExecutingUnapproved, s.State == rules.RetroReview:
		return compliance.Attention, true
	case s.State == rules.Violation:
		return compliance.Bad, true
	}
	return "", false
}

// emergencyFacts are what people on call, reviewers and auditors need to see.
func emergencyFacts(s State) []compliance.Fact {
	e := s.Emergency
	if !s.asking() && !e.Granted() {
		return nil
	}
	facts := []compliance.Fact{{Label: "Emergency", Text: "for " + e.Incident + ", invoked by", People: []compliance.PersonID{e.Invoker}, At: e.At}}
	facts = append(facts, bypassedFacts(e.Bypassed)...)
	switch e.Answer {
	case rules.GoAhead:
		facts = append(facts, compliance.Fact{Label: "Go-ahead", People: []compliance.PersonID{e.AnsweredBy}, At: e.AnsweredAt})
	case rules.Unanswered:
		facts = append(facts, compliance.Fact{Label: "On call", Text: "nobody answered in " + spokenWait(e.Rules.AnswerWithin), People: e.Called, At: e.AnsweredAt})
	default:
		facts = append(facts, compliance.Fact{Label: "Asked", Text: "answer before", People: e.Called, At: e.AnswerBy})
	}
	if r := e.Retro; r != nil {
		facts = append(facts, retroFacts(r)...)
	}
	return facts
}

func retroFacts(r *rules.Retro) []compliance.Fact {
	facts := []compliance.Fact{{Label: "Review due", At: r.Due, People: r.Reviewers}}
	if r.Verdict != "" {
		text := "would have been approved"
		if r.Verdict == rules.WouldNot {
			text = "would not have been approved"
		}
		if !r.InTime {
			text += ", late"
		}
		facts = []compliance.Fact{{Label: "Review", Text: text, People: []compliance.PersonID{r.By}, At: r.At}}
	}
	switch {
	case r.Outstanding():
		facts = append(facts, compliance.Fact{Label: "Remedy due", Text: "roll it back, or submit another change that mends it", At: r.RemedyDue})
	case r.FollowUp != "":
		facts = append(facts, compliance.Fact{Label: "Followed up by", Text: r.FollowUp})
	}
	return facts
}

func bypassedFacts(b rules.Bypassed) []compliance.Fact {
	var facts []compliance.Fact
	switch {
	case b.Approved:
		text := "given; only the calendar is bypassed"
		if b.Gate != "" {
			text = "given; the calendar and the gate are bypassed"
		}
		facts = append(facts, compliance.Fact{Label: "Approvals", Text: text})
	case len(b.Approvers) > 0:
		facts = append(facts, compliance.Fact{Label: "Bypassed approvers", People: b.Approvers})
	default:
		facts = append(facts, compliance.Fact{Label: "Bypassed", Text: "the whole review: nobody had been asked yet"})
	}
	if text := b.GateText(); text != "" {
		facts = append(facts, compliance.Fact{Label: "Bypassed gate", Text: text})
	}
	if len(b.Freezes) > 0 {
		facts = append(facts, compliance.Fact{Label: "Bypassed freezes", Text: strings.Join(b.Freezes, ", ")})
	}
	if b.Window {
		facts = append(facts, compliance.Fact{Label: "Bypassed windows", Text: "none is open now"})
	}
	return facts
}

// spokenWait is a duration as people write it, such as "15m" or "1h30m".
func spokenWait(d time.Duration) string {
	text := d.String()
	if d%time.Minute == 0 {
		text = strings.TrimSuffix(text, "0s")
	}
	if d%time.Hour == 0 {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// awaitingEmergency says who can move such a change on, and until when; false on
// any other.
func awaitingEmergency(s State) ([]compliance.PersonID, time.Time, bool) {
	e, implementer := s.Emergency, []compliance.PersonID{s.Version.Route.Implementer}
	switch {
	case s.asking():
		return e.Called, e.AnswerBy, true
	case s.State == rules.ExecutingUnapproved:
		return implementer, time.Time{}, true
	case s.State == rules.RetroReview && e.Retro.Outstanding():
		return implementer, e.Retro.RemedyDue, true
	case s.State == rules.RetroReview:
		return e.Retro.Reviewers, e.Retro.Due, true
	}
	return nil, time.Time{}, false
}
