package slack_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

func attested() map[string]string {
	return map[string]string{"tests": "yes", "risk": "yes", "comment": "Looks good"}
}

// C18: a button opens a form and decides nothing; what the person attested is
// kept with the words that stood beside it.
func TestC18_ButtonOpensFormAndAttestationsKeepTheirWords(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	at := post(t, s)
	view, err := s.Press(alice, changes, at.Ref, "approve")
	require.NoError(t, err)
	require.Empty(t, s.desk.submitted(), "nothing is decided by a bare button")
	require.Equal(t, "Approve CHG-7", view.Title())
	require.Equal(t, "Approve", view.SubmitLabel())
	require.Contains(t, view.Shown(), "You approve the content with hash 3f2a.")

	_, err = s.Submit(alice, view, map[string]string{"tests": "yes"})
	require.ErrorIs(t, err, slacktest.ErrForm, "the client requires the second attestation")
	require.Empty(t, s.desk.submitted())

	res, err := s.Submit(alice, view, attested())
	require.NoError(t, err)
	require.Contains(t, res.Text, "Your approval is recorded.")
	acts := s.desk.submitted()
	require.Len(t, acts, 1)
	require.Equal(t, []compliance.Answer{
		{Name: "tests", Value: "yes", Shown: "I have read the test results and they cover what changes.\n→ I confirm this"},
		{Name: "risk", Value: "yes", Shown: "I agree with the stated risk.\nLow, medium or high\n→ I confirm this"},
		{Name: "comment", Value: "Looks good", Shown: "Comment"},
	}, acts[0].Answers)
	require.Equal(t, compliance.Account{Provider: "slack", ID: alice}, acts[0].Actor)
	require.Equal(t, "slack", acts[0].Surface)
	require.Equal(t, changes+"/"+at.Ref, acts[0].Message)
	require.WithinDuration(t, time.Now(), acts[0].Received, 10*time.Second)
	require.Equal(t, time.UTC, acts[0].Received.Location())
}

// C11: what the button was bound to comes back unchanged with the press and
// with the form, whatever it is.
func TestC11_BindingComesBackUnchanged(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	rapid.Check(t, func(rt *rapid.T) {
		card := reviewCard()
		card.Subject = "change/" + rapid.StringN(1, 60, 200).Draw(rt, "subject")
		card.Actions = []compliance.Action{
			{Name: "approve", Label: "Approve", Ref: "other"},
			{Name: "approve", Label: "Approve this", Ref: rapid.StringN(0, 120, 500).Draw(rt, "ref")},
		}
		at, err := s.client.Post(t.Context(), "changes", card, people(), false)
		require.NoError(rt, err)
		view, err := s.Press(alice, changes, at.Ref, "Approve this")
		require.NoError(rt, err)
		_, err = s.Submit(alice, view, attested())
		require.NoError(rt, err)
		presses, acts := s.desk.presses(), s.desk.submitted()
		for _, in := range []compliance.Inbound{presses[len(presses)-1], acts[len(acts)-1]} {
			require.Equal(rt, card.Subject, in.Subject)
			require.Equal(rt, "approve", in.Action)
			require.Equal(rt, card.Actions[1].Ref, in.Ref)
		}
		require.NoError(rt, s.Delete(changes, at.Ref))
	})
}

// C16: a corrected form is another delivery, the same form sent twice is the
// same one, and every press is its own.
func TestC16_DeliveryIDs(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	at := post(t, s)
	s.desk.reply = func(_ context.Context, in compliance.Inbound) compliance.Reply {
		if in.Answer("comment") == "" {
			return compliance.Reply{Outcome: compliance.Declined, Text: "Say why.", Field: "comment"}
		}
		return compliance.Reply{Outcome: compliance.Recorded, Text: "Recorded."}
	}
	view, err := s.Press(alice, changes, at.Ref, "approve")
	require.NoError(t, err)
	res, err := s.Submit(alice, view, map[string]string{"tests": "yes", "risk": "yes"})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"comment": "Say why."}, res.Errors)
	status, _, err := s.Send(s.Last()) // the network delivers the same request again
	require.NoError(t, err)
	require.Equal(t, 200, status)
	_, err = s.Submit(alice, view, attested())
	require.NoError(t, err)
	acts := s.desk.submitted()
	require.Len(t, acts, 3)
	require.Equal(t, acts[0].Delivery, acts[1].Delivery)
	require.NotEqual(t, acts[0].Delivery, acts[2].Delivery)
	require.Regexp(t, `^slack/`+view.ID+`/[0-9a-f]{64}$`, acts[0].Delivery)

	_, err = s.Press(alice, changes, at.Ref, "approve")
	require.NoError(t, err)
	presses := s.desk.presses()
	require.Regexp(t, `^slack/U01ALICE/`+at.Ref+`/[0-9.]+$`, presses[0].Delivery)
	require.NotEqual(t, presses[0].Delivery, presses[1].Delivery)
}

// C15: each outcome is shown where the person looks, with status 200.
func TestC15_OutcomesInTheForm(t *testing.T) {
	for name, c := range map[string]struct {
		reply  compliance.Reply
		text   string
		errors map[string]string
	}{
		"recorded":        {compliance.Reply{Outcome: compliance.Recorded, Text: "Your approval is recorded."}, "Your approval is recorded.", nil},
		"recorded, terse": {compliance.Reply{Outcome: compliance.Recorded}, "Recorded; the card shows it.", nil},
		"received":        {compliance.Reply{Outcome: compliance.Received}, "Received; the outcome follows on the card.", nil},
		"declined beside its field": {
			compliance.Reply{Outcome: compliance.Declined, Text: "You are the requester.", Field: "risk"}, "",
			map[string]string{"risk": "You are the requester."},
		},
		"declined, no field": {
			compliance.Reply{Outcome: compliance.Declined, Text: "Changed since you opened this."}, "",
			map[string]string{"tests": "Changed since you opened this."},
		},
		"declined, a field the form does not have": {
			compliance.Reply{Outcome: compliance.Declined, Text: "No.", Field: ".intro"}, "", map[string]string{"tests": "No."},
		},
		"not recorded": {
			compliance.Reply{Outcome: compliance.NotRecorded, Text: "Nothing was recorded. Please try again."}, "",
			map[string]string{"tests": "Nothing was recorded. Please try again."},
		},
		"no outcome at all": {compliance.Reply{}, "", map[string]string{"tests": "Nothing was recorded. Please submit again."}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, slacktest.Options{})
			s.desk.reply = func(context.Context, compliance.Inbound) compliance.Reply { return c.reply }
			at := post(t, s)
			view, err := s.Press(alice, changes, at.Ref, "approve")
			require.NoError(t, err)
			res, err := s.Submit(alice, view, attested())
			require.NoError(t, err)
			require.Equal(t, c.errors, res.Errors)
			require.Contains(t, res.Text, c.text)
			require.Len(t, s.Views(alice), 1, "the person still sees the outcome")
		})
	}
}

// C15: a process that does not answer leaves time to say so before Slack gives up.
func TestC15_SlowProcessIsAnsweredInTime(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	s.desk.reply = func(ctx context.Context, _ compliance.Inbound) compliance.Reply {
		<-ctx.Done()
		return compliance.Reply{Outcome: compliance.Received, Text: "Received, the outcome follows on the card."}
	}
	at := post(t, s)
	view, err := s.Press(alice, changes, at.Ref, "approve")
	require.NoError(t, err)
	res, err := s.Submit(alice, view, attested())
	require.NoError(t, err)
	require.Contains(t, res.Text, "the outcome follows")
	require.Less(t, res.Took, 2900*time.Millisecond)
	require.Greater(t, res.Took, 2*time.Second, "the budget is used")
}

// A form without inputs has no place for an error; the text replaces it.
func TestRefusalOfAFormWithoutInputs(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	s.desk.form = compliance.Form{Title: "Start CHG-7", Submit: "Start", Intro: "Execution begins now.", Danger: true}
	s.desk.reply = func(context.Context, compliance.Inbound) compliance.Reply {
		return compliance.Reply{Outcome: compliance.Declined, Text: "The window is closed."}
	}
	at := post(t, s)
	view, err := s.Press(alice, changes, at.Ref, "approve")
	require.NoError(t, err)
	require.Contains(t, view.Shown(), "cannot be taken back")
	res, err := s.Submit(alice, view, nil)
	require.NoError(t, err)
	require.Equal(t, "The window is closed.", res.Text)
	require.Equal(t, "Not accepted", res.View.Title())
}

// C19: an old card's button is answered with where things stand, privately.
func TestC19_StaleButtonIsAnsweredPrivately(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	at := post(t, s)
	s.desk.noForm = "CHG-7 was approved & closed on 22 November."
	_, err := s.Press(alice, changes, at.Ref, "approve")
	require.ErrorIs(t, err, slacktest.ErrNoForm)
	require.ErrorContains(t, err, "CHG-7 was approved &amp; closed")
	require.Len(t, s.Ephemerals(alice), 1)
	require.Empty(t, s.Ephemerals(bruno))
}

// A form that cannot be opened is said so; one whose opening is uncertain is not.
func TestFormThatCannotBeOpened(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(s *stand)
		note  string
	}{
		"too many options": {func(s *stand) {
			s.desk.form.Fields = append(s.desk.form.Fields, compliance.Field{Name: "x", Kind: compliance.Choice, Options: make([]compliance.Option, 101)})
		}, "nothing was recorded"},
		"expired trigger": {func(s *stand) {
			s.Faults().Add(faults.Fault{Kind: faults.Status, Op: "views.open", Status: 200, Body: `{"ok":false,"error":"expired_trigger_id"}`})
		}, "try again"},
		"lost answer": {func(s *stand) { s.Faults().Add(faults.Fault{Kind: faults.HTML, Op: "views.open"}) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, slacktest.Options{})
			at := post(t, s)
			c.spoil(s)
			_, err := s.Press(alice, changes, at.Ref, "deny")
			require.ErrorIs(t, err, slacktest.ErrNoForm)
			require.ErrorContains(t, err, c.note)
			require.Equal(t, c.note == "", len(s.Ephemerals(alice)) == 0)
		})
	}
}

// All kinds of input arrive: choices as radio buttons and as a menu.
func TestChoicesArrive(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	var months []compliance.Option
	for m := time.January; m <= time.December; m++ {
		months = append(months, compliance.Option{Value: strings.ToLower(m.String()), Label: m.String()})
	}
	s.desk.form = compliance.Form{Title: strings.Repeat("A long title ", 5), Submit: strings.Repeat("Finish ", 8), Fields: []compliance.Field{
		{Name: "result", Label: "How did it end?", Kind: compliance.Choice, Required: true, Options: []compliance.Option{
			{Value: "succeeded", Label: "As planned"}, {Value: "rolled_back", Label: "Rolled back"},
		}},
		{Name: "month", Label: "Month", Kind: compliance.Choice, Options: months},
		{Name: "note", Label: "Post-check", Kind: compliance.Prose, Required: true, MaxRunes: 10_000},
	}}
	at := post(t, s)
	view, err := s.Press(alice, changes, at.Ref, "approve")
	require.NoError(t, err)
	require.Equal(t, "A long title A long tit…", view.Title())
	_, err = s.Submit(alice, view, map[string]string{"result": "rolled_back", "month": "may", "note": "Ran the export"})
	require.NoError(t, err)
	in := s.desk.submitted()[0]
	require.Equal(t, "rolled_back", in.Answer("result"))
	require.Equal(t, "may", in.Answer("month"))
	require.Equal(t, "Ran the export", in.Answer("note"))
	require.Equal(t, "How did it end?\n→ Rolled back", in.Answers[0].Shown)
}

// Somebody of another organisation in a shared channel is not a colleague who
// happens to have the same user id.
func TestGuestOfASharedChannelKeepsTheirTeam(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	s.AddUser(slacktest.User{ID: "U09GUEST", Name: "guest", TeamID: "T09PARTNER"})
	require.NoError(t, s.Join(changes, "U09GUEST"))
	at := post(t, s)
	_, err := s.Press("U09GUEST", changes, at.Ref, "approve")
	require.NoError(t, err)
	require.Equal(t, "T09PARTNER/U09GUEST", s.desk.presses()[0].Actor.ID)
}
