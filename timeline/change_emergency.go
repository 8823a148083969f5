package timeline

import (
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
)

// emergencySentence is what an event of the emergency path says whatever facts
// it comes with, empty for another type.
func emergencySentence(kind string) string {
	switch kind {
	case change.EventEmergency:
		return "Broke the glass: it is to be carried out without approval."
	case change.EventAcknowledged:
		return "Somebody on call answered whether it may go ahead."
	case change.EventUnanswered:
		return "Nobody on call answered in time."
	case change.EventOvertaken:
		return "The change moved on before anybody on call answered."
	case change.EventReviewReminded:
		return "The review of the emergency, or what it asks for, is still owed."
	case change.EventReviewEscalated:
		return "It is late: the control owner was called."
	case change.EventReviewed:
		return "Reviewed the emergency."
	case change.EventRemedied:
		return "Said what was done about an emergency that should not have been."
	case change.EventViolation:
		return "What was owed for the emergency was not done in time: a violation."
	}
	return ""
}

// emergency tells a record of the emergency path, empty for any other.
func (t teller) emergency(r evidence.Record) (string, []string) {
	f, ok := holding[struct {
		change.ActFacts
		Emergency change.Emergency `json:"emergency"`
	}](r, "emergency")
	if !ok || f.Reason != change.OK && r.Type == change.EventRefused {
		return "", nil // a refusal is told as any other
	}
	e, text := f.Emergency, emergencySentence(r.Type)
	var d notes
	if f.Reason != change.OK {
		d.plain(f.Reason.Text())
	}
	switch r.Type {
	case change.EventEmergency:
		text = fmt.Sprintf("Broke the glass for %s: it is to be carried out without approval.", e.Incident)
		t.bypassed(&d, e.Bypassed)
		d.say("asked:", t.names(e.Called))
		t.at(&d, "answer before", e.AnswerBy)
	case change.EventAcknowledged:
		text = "Said no: it goes its normal way."
		if e.Answer == change.GoAhead {
			text = "Said go ahead: it is carried out without approval."
			t.bypassed(&d, e.Bypassed)
		}
	case change.EventUnanswered:
		text = fmt.Sprintf("Nobody on call answered in %s: it is carried out without approval.", e.Rules.AnswerWithin)
		if e.Answer == change.Overtaken {
			text = fmt.Sprintf("Nobody on call answered in %s.", e.Rules.AnswerWithin)
		}
		d.say("asked:", t.names(e.Called))
		t.bypassed(&d, e.Bypassed)
	case change.EventFinished:
		text = "Reported the outcome of what was carried out without approval: " + outcome(e.Outcome) + "."
		t.owed(&d, e)
	case change.EventReviewed:
		text = "Reviewed the emergency: a real one, and it would have been approved."
		if e.Retro != nil && e.Retro.Verdict == change.WouldNot {
			text = "Reviewed the emergency: it would not have been approved."
		}
		t.owed(&d, e)
		if e.Retro != nil && !e.Retro.InTime {
			d.plain("the review was late")
		}
	case change.EventRemedied:
		text = "Rolled back what would not have been approved."
		if e.Retro != nil && e.Retro.FollowUp != "" {
			text = fmt.Sprintf("%s follows up what would not have been approved.", e.Retro.FollowUp)
		}
	case change.EventReviewReminded, change.EventReviewEscalated:
		t.owed(&d, e)
	case change.EventViolation:
		text = fmt.Sprintf("The emergency of %s ends as a violation.", e.Incident)
		t.owed(&d, e)
	case change.EventClosed:
		m, _ := facts[change.MovedFacts](r)
		text = "The ticket still says what was carried out, and the review is done: the change is closed."
		if m.Reason != change.OK {
			text = "The change is closed with a deviation."
		}
		if len(m.Changes) > 0 {
			d.add("what changed: %s", change.Describe(m.Changes))
		}
	}
	for _, a := range f.Attested {
		statement, _, _ := strings.Cut(a.Text, "\n")
		d.add("confirmed (%s): “%s”", a.Answer, statement)
	}
	return text, d
}

func (t teller) bypassed(d *notes, b change.Bypassed) {
	if b.Approved {
		d.plain("its approvals had been given")
	}
	d.say("bypassed approvers:", t.names(b.Approvers))
	d.say("bypassed gate:", b.GateText())
	d.say("bypassed freezes:", strings.Join(b.Freezes, ", "))
	if b.Window {
		d.plain("bypassed windows: none was open")
	}
}

func (t teller) owed(d *notes, e change.Emergency) {
	if e.Retro == nil {
		return
	}
	t.at(d, "review due", e.Retro.Due)
	t.at(d, "remedy due", e.Retro.RemedyDue)
}

func outcome(s change.State) string {
	if s == change.Verifying {
		return "carried out"
	}
	return words(string(s))
}
