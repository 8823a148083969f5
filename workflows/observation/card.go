package observation

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/observation"
)

// Picture is the card, from the record on.
func (c *process) Picture() (string, compliance.Card, bool) {
	if c.s.Number == "" || c.in.Setup.Channel == "" {
		return "", compliance.Card{}, false
	}
	f, setup := c.in.Found, c.in.Setup
	card := compliance.Card{
		Subject: c.Self, Key: c.Owner() + "/card", Title: fmt.Sprintf("%s · Unexplained content on %s", c.s.Number, f.Target),
		Status: c.status(), Tone: compliance.Bad, Log: c.s.Log, Actions: c.actions(), Notify: slices.Clone(setup.Deciders),
	}
	if c.s.State != rules.Open {
		card.Tone = compliance.Neutral
	}
	if setup.Owner != "" && !slices.Contains(card.Notify, setup.Owner) {
		card.Notify = append(card.Notify, setup.Owner)
	}
	card.Facts = []compliance.Fact{
		{Label: "For", Text: setup.Title + ", " + f.Environment},
		{Label: "Before", Text: version(f.Before), At: f.Before.At},
		{Label: "Last seen so", At: f.LastLook},
		{Label: "Now", Text: version(f.Seen), At: f.Seen.At},
	}
	if len(f.Meanwhile) > 0 {
		card.Facts = append(card.Facts, compliance.Fact{Label: "Under way", Text: strings.Join(f.Meanwhile, ", ") + ", beyond what its plan explains"})
	}
	if setup.Owner != "" {
		card.Facts = append(card.Facts, compliance.Fact{Label: "Owner", People: []compliance.PersonID{setup.Owner}})
	}
	if c.s.By != "" {
		card.Facts = append(card.Facts, compliance.Fact{Label: "Explained by", Text: c.s.By})
	}
	card.Facts = append(card.Facts, c.s.TroubleFacts()...)
	return setup.Channel, card, true
}

// status is where the finding stands, in words.
func (c *process) status() string {
	switch c.s.State {
	case rules.Open:
		return "No rollout and no change on record put there what the target serves. An approver has to name what explains it"
	case rules.Explained:
		return "Explained by " + c.s.By
	}
	return "Ended by an operator. Nobody has explained it"
}

// actions are the buttons of a state; each carries what the person sees.
func (c *process) actions() []compliance.Action {
	if c.s.State != rules.Open {
		return nil
	}
	return []compliance.Action{{Name: rules.ActionExplain, Label: "Explain…", Style: "primary", Ref: c.s.Number}}
}

// version shows a content by the beginning of its digest, with the platform's revision.
func version(s rules.Seen) string {
	text := strings.TrimPrefix(s.Content, "sha256:")
	text = text[:min(12, len(text))]
	if s.Revision != "" {
		revision := []rune(s.Revision)
		text += " (revision " + string(revision[:min(16, len(revision))]) + ")"
	}
	return text
}

func spaced(s string) string { return strings.ReplaceAll(s, "-", " ") }
