package change

import (
	"fmt"
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// heldFacts say who holds the change since when and why, what lets it go on, and
// what happens if nobody does.
func heldFacts(s State) []compliance.Fact {
	h, v := s.Hold, s.Version
	if h == nil {
		return nil
	}
	var facts []compliance.Fact
	if h.By != "" {
		facts = append(facts, compliance.Fact{Label: "Held by", People: []compliance.PersonID{h.By}, At: h.Since})
	}
	if h.Objected() {
		facts = append(facts, compliance.Fact{Label: "Objection by", People: h.Objectors})
	}
	facts = append(facts, compliance.Fact{Label: "Why", Text: h.Why})
	goesOn := "when one of these resumes it:"
	if h.Objected() {
		goesOn = "when everybody who objects takes it back, or the requester resumes it and everybody decides anew:"
	}
	facts = append(facts, compliance.Fact{Label: "Goes on", Text: goesOn, People: resumers(s)})
	switch v.State {
	case rules.InReview:
		facts = append(facts, compliance.Fact{Label: "Time left to decide", Text: h.Remaining.Round(time.Minute).String() + " from then on"})
	case rules.Approved:
		facts = append(facts, compliance.Fact{Label: "Approval valid until", At: v.Expires})
	}
	return append(facts, compliance.Fact{Label: "Counts as withdrawn from", At: h.Until})
}

// heldStatus is the status of a change on hold, in words.
func heldStatus(s State) string {
	switch {
	case !s.Version.live():
		return "On hold. It was edited: everybody decides anew once it is resumed"
	case s.Hold.Objected():
		return "On hold. An approver objects"
	}
	return "On hold"
}

// heldActions are the buttons of a change on hold.
func heldActions(s State, ref string, withdraw compliance.Action) []compliance.Action {
	actions := []compliance.Action{{Name: rules.ActionResume, Label: "Resume…", Style: "primary", Ref: ref}}
	return append(append(actions, objectable(s, ref)...), withdraw)
}

// stoppable are the buttons that stop a change in review or one that waits.
func stoppable(s State, ref string) []compliance.Action {
	return append([]compliance.Action{{Name: rules.ActionHold, Label: "Hold…", Ref: ref}}, objectable(s, ref)...)
}

// objectable is the button of those whose approval counts at a complete level, and of
// those for whom a deputy gave one.
func objectable(s State, ref string) []compliance.Action {
	if v := s.Version; !rules.Objectable(v.State, v.Level, v.Votes) {
		return nil
	}
	return []compliance.Action{{Name: rules.ActionObject, Label: "Object…", Ref: ref}}
}

func heldNote(s State) []compliance.Fact {
	return append([]compliance.Fact{{Text: s.Number + " is on hold."}}, heldFacts(s)...)
}

func stillHeldNote(s State, by compliance.PersonID, at time.Time) []compliance.Fact {
	return append([]compliance.Fact{{Text: "An objection was taken back. " + s.Number + " is still on hold.", People: []compliance.PersonID{by}, At: at}}, heldFacts(s)...)
}

func resumedNote(s State) []compliance.Fact {
	return append([]compliance.Fact{{Text: fmt.Sprintf("%s goes on. %s.", s.Number, status(s))}}, timeFacts(s)...)
}

// heldFact is a hold or an objection on the card's log.
func heldFact(action string, by compliance.PersonID, why string, at time.Time) compliance.Fact {
	text := fmt.Sprintf("Put on hold (%s) by", why)
	if action == rules.ActionObject {
		text = fmt.Sprintf("Objected (%s):", why)
	}
	return compliance.Fact{Text: text, People: []compliance.PersonID{by}, At: at}
}

// resumedFact is the end of a hold, or of one objection, on the card's log.
func resumedFact(r rules.Resumption, by compliance.PersonID, at time.Time) compliance.Fact {
	text := "Resumed by"
	switch {
	case r.Left != nil:
		text = "Objection taken back by"
	case r.Again:
		text = "Sent back to review in spite of an objection by"
	}
	return compliance.Fact{Text: text, People: []compliance.PersonID{by}, At: at}
}
