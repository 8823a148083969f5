package slack_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/gate"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

// fullest is a change's card with everything at once: a hold with objections in the
// middle of an emergency, five levels, every check of a gate, everybody's names, texts
// of the greatest length that is kept, a long log and every button.
func fullest() compliance.Card {
	many := make([]compliance.PersonID, 12)
	for i := range many {
		many[i] = []compliance.PersonID{"p-alice", "p-bruno", "p-carmen"}[i%3]
	}
	at := time.Date(2026, 11, 24, 17, 0, 0, 0, time.UTC)
	long := func(word string) string { return strings.Repeat(word+" <&> \"quoted\"\n", 3000/(len(word)+14)) }
	card := reviewCard()
	card.Title, card.Facts, card.Log, card.Actions = "CHG-7 · "+strings.Repeat("Raise <limits> & \"more\" ", 20), nil, nil, nil
	card.Facts = append(card.Facts,
		compliance.Fact{Label: "Ticket", Text: "OPS-12"}, compliance.Fact{Label: "Also excluded", People: many},
		compliance.Fact{Label: "Changed since version 1", Text: strings.Repeat("plan, rollback, ", 30)})
	for i := range 5 {
		card.Facts = append(card.Facts, compliance.Fact{Label: fmt.Sprintf("Level %d, Board", i+1), Text: "1 of 2 approvals, 1 still needed, 12 people asked"})
	}
	for _, c := range gate.Checks() {
		card.Facts = append(card.Facts, compliance.Fact{Label: "Check, " + c.Name(), Text: "no data; excused by EXC-3 until", At: at})
	}
	card.Facts = append(card.Facts,
		compliance.Fact{Label: "Objection by", People: many}, compliance.Fact{Label: "Why", Text: strings.Repeat("It <is> late. ", 14)},
		compliance.Fact{Label: "Counts as withdrawn from", At: at}, compliance.Fact{Label: "Collides with", Text: "CHG-8"})
	for _, name := range []string{"Plan", "Test plan", "Rollback", "Attachments"} {
		card.Facts = append(card.Facts, compliance.Fact{Label: name, Text: long(name)})
	}
	for i := range 60 {
		card.Log = append(card.Log, compliance.Fact{Label: "approved", Text: "for " + strings.Repeat("x", i), People: many[:2], At: at})
	}
	for i := range 8 {
		card.Actions = append(card.Actions, compliance.Action{Name: fmt.Sprintf("act-%d", i), Label: "At a safe point…", Ref: "CHG-7.2.10.a0b50bbe.20c6714a0719"})
	}
	card.Notify = many
	return card
}

// C20: the fullest card a change can have is one message that Slack takes, again as an
// update. What gates and stops it stands before its long texts, so that these are cut
// first; the newest entry of the log and who is asked are there, and what is not is counted.
func TestC20_TheFullestCardIsAccepted(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	card := fullest()
	at, err := s.client.Post(t.Context(), "changes", card, people(), false)
	require.NoError(t, err)
	_, err = s.client.Update(t.Context(), at, card, people())
	require.NoError(t, err)
	m := s.Messages(changes)[0]
	shown := m.Shown()
	for i := range 5 {
		require.Contains(t, shown, fmt.Sprintf("*Level %d, Board*", i+1))
	}
	for _, c := range gate.Checks() {
		require.Contains(t, shown, "*Check, "+c.Name()+"*")
	}
	for _, want := range []string{"*Objection by*", "It <is> late", "*Counts as withdrawn from*", "*Collides with*", "*Plan*", "for " + strings.Repeat("x", 59), "Asked: <@U01ALICE>", "<https://example.atlassian.net/browse/OPS-12"} {
		require.Contains(t, shown, want)
	}
	require.Regexp(t, saysWhatIsCut, shown)
	require.Len(t, m.Buttons(), len(card.Actions))
}
