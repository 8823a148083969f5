package slack_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

// stepUpCard is a card whose votes need a sign-in.
func stepUpCard() compliance.Card {
	card := reviewCard()
	for i := range card.Actions {
		card.Actions[i].StepUp = true
	}
	return card
}

// C18: pressing a button whose act needs a sign-in opens no form: the person
// alone is shown where to sign in, and what they pressed is what that is for.
func TestC18_ButtonOfAStepUpLevelGivesALink(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	s.desk.signIn = "https://gate.example/signin?link=" + strings.Repeat("a", 600)
	at, err := s.client.Post(t.Context(), "changes", stepUpCard(), people(), false)
	require.NoError(t, err)
	_, err = s.Press(alice, changes, at.Ref, "approve")
	require.ErrorIs(t, err, slacktest.ErrNoForm)
	require.ErrorContains(t, err, "Sign in first.")
	require.Empty(t, s.desk.submitted())
	pressed := s.desk.presses()
	require.Len(t, pressed, 1)
	require.Equal(t, "approve", pressed[0].Action)
	require.Equal(t, changes+"/"+at.Ref, pressed[0].Message)
	notes := s.Snapshot().Ephemerals
	require.Len(t, notes, 1)
	require.Equal(t, alice, notes[0].User)
	blocks, err := json.Marshal(notes[0].Blocks)
	require.NoError(t, err)
	require.Contains(t, unescaped(blocks), "<"+s.desk.signIn+"|Sign in and decide>")

	// Where no sign-in can be had, the form opens and the judge has the last word.
	s.desk.signIn = ""
	_, err = s.Press(alice, changes, at.Ref, "approve")
	require.NoError(t, err)
	// A button that does not say so asks for no sign-in.
	s.desk.signIn = "https://gate.example/signin?link=a"
	plain := post(t, s)
	_, err = s.Press(alice, changes, plain.Ref, "approve")
	require.NoError(t, err)
}

// C18: a form that is declined for want of a sign-in is replaced by the link.
func TestC18_DeclinedFormShowsTheLink(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	link := "https://gate.example/signin?link=abc"
	s.desk.reply = func(context.Context, compliance.Inbound) compliance.Reply {
		return compliance.Reply{Outcome: compliance.Declined, Reason: "step-up-needed", Text: "Sign in & decide there.", Link: link}
	}
	at := post(t, s)
	view, err := s.Press(alice, changes, at.Ref, "approve")
	require.NoError(t, err)
	res, err := s.Submit(alice, view, attested())
	require.NoError(t, err)
	require.Empty(t, res.Errors)
	require.Contains(t, res.Text, "Sign in & decide there.")
	require.Contains(t, res.Text, "<"+link+"|Sign in and decide>")

	// An address that is none is not shown, and the words are.
	link = "javascript:alert(1)"
	view, err = s.Press(alice, changes, at.Ref, "approve")
	require.NoError(t, err)
	res, err = s.Submit(alice, view, attested())
	require.NoError(t, err)
	require.Len(t, res.Errors, 1)
	require.NotContains(t, res.Text, "javascript")
}

func unescaped(encoded []byte) string {
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(encoded))
}
