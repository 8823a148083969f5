package change

import (
	"fmt"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// render is the card for a state: what people need to decide or to know,
// and only the buttons that lead somewhere now (C18, C20).
func render(s State, subject string) compliance.Card {
	v := s.Version
	c := compliance.Card{
		Subject: subject, Key: s.Number + "/card", Title: s.Number + " · " + v.Snapshot.Title,
		Status: status(s), Tone: tone(s), Link: s.Link, Log: s.Log,
	}
	c.Facts = []compliance.Fact{
		{Label: "Ticket", Text: s.Ticket.Key},
		{Label: "System", Text: v.Snapshot.System + ", " + v.Snapshot.Environment},
		{Label: "Risk", Text: v.Snapshot.Risk},
		{Label: "Requester", People: []compliance.PersonID{v.Route.Requester}},
		{Label: "Implementer", People: []compliance.PersonID{v.Route.Implementer}},
		{Label: "Content", Text: fmt.Sprintf("version %d · %s", v.N, v.hash12())},
	}
	if t := v.Route.Template; t != nil {
		c.Facts = append(c.Facts, compliance.Fact{Label: "Template", Text: t.Name + ", a standard change of class " + t.Class})
	}
	if v.Since != "" && v.live() {
		c.Facts = append(c.Facts, compliance.Fact{Label: fmt.Sprintf("Changed since version %d", v.N-1), Text: v.Since + ". The ticket has the whole"})
	}
	if f, some := askedFact(v); some {
		c.Facts = append(c.Facts, f)
	}
	c.Facts = append(c.Facts, olderFacts(s)...)
	c.Facts = append(c.Facts, reviewFacts(s)...)
	c.Facts = append(c.Facts, deputyFacts(v)...)
	c.Facts = append(c.Facts, gateFacts(s)...)
	c.Facts = append(c.Facts, timeFacts(s)...)
	c.Facts = append(c.Facts, emergencyFacts(s)...)
	if !s.State.Terminal() {
		c.Facts = append(c.Facts, vendorFacts(v)...)
		c.Facts = append(c.Facts, collisionFacts(v)...)
	}
	c.Facts = append(c.Facts, s.TroubleFacts()...)
	if v.live() || s.asking() || s.State == rules.ExecutingUnapproved || s.State == rules.RetroReview {
		c.Content = v.Snapshot.Blob // what is decided upon, and carried out
	}
	c.Actions = actions(s)
	if l, ok := v.level(); ok && s.State != rules.Held {
		c.Notify = l.Eligible
		for _, d := range v.deputies() {
			c.Notify = append(c.Notify[:len(c.Notify):len(c.Notify)], d.Person)
		}
	}
	if s.asking() {
		c.Notify = s.Emergency.Called
	}
	return c
}
