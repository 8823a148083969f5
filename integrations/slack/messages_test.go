package slack_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

func live(messages []slacktest.Message) []slacktest.Message {
	var out []slacktest.Message
	for _, m := range messages {
		if len(m.Buttons()) > 0 {
			out = append(out, m)
		}
	}
	return out
}

func inState(status string) compliance.Card {
	card := reviewCard()
	card.Status, card.Tone = status, compliance.Good
	return card
}

func TestPostAfterALostAnswerAdoptsTheCard(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	s.Faults().Add(faults.Fault{Kind: faults.CutJSON, Op: "chat.postMessage"})
	_, err := s.client.Post(t.Context(), "changes", reviewCard(), people(), false)
	require.Equal(t, compliance.UnknownOutcome, compliance.ClassOf(err))
	require.Len(t, s.Messages(changes), 1, "the lost call had its effect")
	_, err = s.Say(alice, changes, "anything new?")
	require.NoError(t, err)

	at, err := s.client.Post(t.Context(), "changes", inState("Approved"), people(), true)
	require.NoError(t, err)
	require.Len(t, live(s.Messages(changes)), 1)
	m := s.Messages(changes)[0]
	require.Equal(t, compliance.Posted{Channel: changes, Ref: m.TS, Ambiguous: true}, at)
	require.Contains(t, m.Shown(), "Approved")
}

// The look-back passes over busy pages, and over what only looks like the card.
func TestPostLooksBackOverPages(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	first := post(t, s)
	other := reviewCard()
	other.Subject = "change/example/99999"
	_, err := s.client.Post(t.Context(), "changes", other, people(), false)
	require.NoError(t, err)
	for range 450 {
		_, err := s.Say(bruno, changes, "chatter")
		require.NoError(t, err)
	}
	at, err := s.client.Post(t.Context(), "changes", reviewCard(), people(), true)
	require.NoError(t, err)
	require.Equal(t, first.Ref, at.Ref)
}

func TestForeignMetadataIsNotAdopted(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	forged := post(t, s)
	require.NoError(t, s.Disown(changes, forged.Ref))
	at, err := s.client.Post(t.Context(), "changes", reviewCard(), people(), true)
	require.NoError(t, err)
	require.NotEqual(t, forged.Ref, at.Ref)
}

// Several postings: the earliest stays live, the others lose their buttons.
func TestDoublesAreSuperseded(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	first, second, third := post(t, s), post(t, s), post(t, s)
	require.Len(t, live(s.Messages(changes)), 3)
	at, err := s.client.Post(t.Context(), "changes", reviewCard(), people(), true)
	require.NoError(t, err)
	require.Equal(t, first.Ref, at.Ref)
	require.Len(t, live(s.Messages(changes)), 1)
	for _, m := range s.Messages(changes) {
		if m.TS == second.Ref || m.TS == third.Ref {
			require.Contains(t, m.Shown(), "Superseded: this card was posted twice. <https://example.slack.com/archives/C01CHANGES/p")
			require.Equal(t, "countersign_superseded", m.EventType())
		}
	}
}

// A lost call that takes effect only after the repeat has looked: the next
// update finds the double, once.
func TestUpdateSettlesAnAmbiguousPosting(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	at, err := s.client.Post(t.Context(), "changes", reviewCard(), people(), true)
	require.NoError(t, err)
	require.True(t, at.Ambiguous)
	late := post(t, s)
	at, err = s.client.Update(t.Context(), at, inState("Approved"), people())
	require.NoError(t, err)
	require.False(t, at.Ambiguous)
	kept := live(s.Messages(changes))
	require.Len(t, kept, 1)
	require.Equal(t, at.Ref, kept[0].TS)
	require.NotEqual(t, late.Ref, kept[0].TS)

	// Settled: history is not read again.
	s.Faults().Add(faults.Fault{Kind: faults.Status, Op: "conversations.history", Status: 500, Times: -1})
	_, err = s.client.Update(t.Context(), at, inState("Closed"), people())
	require.NoError(t, err)
}

func TestUpdateRewritesTextBlocksAndButtons(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	at := post(t, s)
	done := inState("Approved by 2 of 2")
	done.Actions, done.Facts = nil, nil
	for range 2 { // identical repeats are harmless
		next, err := s.client.Update(t.Context(), at, done, people())
		require.NoError(t, err)
		require.Equal(t, at, next)
	}
	messages := s.Messages(changes)
	require.Len(t, messages, 1)
	require.Empty(t, messages[0].Buttons(), "an update without blocks would keep the old buttons")
	require.Contains(t, messages[0].Shown(), "Approved by 2 of 2")
	require.Equal(t, "countersign_card", messages[0].EventType())
}

// C19: a card that can no longer be rewritten gets one note, which is rewritten
// from then on; a crash between the note and its record posts no second one.
func TestC19_OrphanedCardGetsOneNote(t *testing.T) {
	clock := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		spoil  func(t *testing.T, s *stand, at compliance.Posted)
		thread bool
	}{
		"cant_update_message": {func(t *testing.T, s *stand, at compliance.Posted) {
			require.NoError(t, s.Disown(changes, at.Ref))
		}, true},
		"edit_window_closed": {func(t *testing.T, _ *stand, _ compliance.Posted) { clock = clock.Add(25 * time.Hour) }, true},
		"message_not_found": {func(t *testing.T, s *stand, at compliance.Posted) {
			require.NoError(t, s.Delete(changes, at.Ref))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, slacktest.Options{EditWindow: 24 * time.Hour, Now: func() time.Time { return clock }})
			at := post(t, s)
			c.spoil(t, s, at)
			var orphan compliance.Posted
			for range 2 { // the second time as after a crash before the first result was recorded
				var err error
				orphan, err = s.client.Update(t.Context(), at, inState("Approved"), people())
				require.NoError(t, err)
				require.True(t, orphan.Orphaned)
				require.Equal(t, changes, orphan.Channel)
			}
			notes := notesIn(s)
			require.Len(t, notes, 1)
			require.Equal(t, at.Ref+"/"+notes[0].TS, orphan.Ref)
			require.Equal(t, c.thread, notes[0].ThreadTS == at.Ref)
			require.Contains(t, notes[0].Shown(), "can no longer be changed")
			require.Contains(t, notes[0].Shown(), "Approved")

			again, err := s.client.Update(t.Context(), orphan, inState("Closed"), people())
			require.NoError(t, err)
			require.Equal(t, orphan, again)
			notes = notesIn(s)
			require.Len(t, notes, 1)
			require.Contains(t, notes[0].Shown(), "Closed")
		})
	}
}

func notesIn(s *stand) []slacktest.Message {
	var out []slacktest.Message
	for _, m := range s.Messages(changes) {
		if m.EventType() == "countersign_note" {
			out = append(out, m)
		}
	}
	return out
}

// C19: when the note is lost too, another stands in for it.
func TestC19_LostNoteIsReplaced(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	at := post(t, s)
	require.NoError(t, s.Disown(changes, at.Ref))
	orphan, err := s.client.Update(t.Context(), at, inState("Approved"), people())
	require.NoError(t, err)
	require.NoError(t, s.Delete(changes, notesIn(s)[0].TS))
	next, err := s.client.Update(t.Context(), orphan, inState("Closed"), people())
	require.NoError(t, err)
	require.NotEqual(t, orphan.Ref, next.Ref)
	require.Len(t, notesIn(s), 1)
	require.Contains(t, notesIn(s)[0].Shown(), "Closed")
}

func TestNoteCallsPeopleOncePerKey(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	at := post(t, s)
	note := compliance.Note{Key: "CHG-7/v1/remind/1", Text: "Half of the time is over <!here>.", People: []compliance.PersonID{"p-alice", "p-bruno"}}
	s.Faults().Add(faults.Fault{Kind: faults.Reset, Op: "chat.postMessage", After: true})
	require.Equal(t, compliance.UnknownOutcome, compliance.ClassOf(s.client.Note(t.Context(), at, note, people(), false)))
	require.NoError(t, s.client.Note(t.Context(), at, note, people(), true))
	messages := s.Messages(changes)
	require.Len(t, messages, 2)
	require.Equal(t, at.Ref, messages[1].ThreadTS)
	require.Equal(t, "<@U01ALICE>, <@U02BRUNO> Half of the time is over &lt;!here&gt;.", messages[1].Text)

	note.Key = "CHG-7/v1/remind/2"
	for range 500 {
		note.People = append(note.People, "p-carmen")
	}
	require.NoError(t, s.client.Note(t.Context(), at, note, people(), true))
	require.Regexp(t, `and \d+ more Half of the time`, s.Messages(changes)[2].Text)
	require.Equal(t, compliance.Invalid, compliance.ClassOf(s.client.Note(t.Context(), at, compliance.Note{Key: "x"}, people(), false)))
}

func TestDirectMessage(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	at, err := s.client.Post(t.Context(), alice, reviewCard(), people(), false)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(at.Channel, "D"))
	again, err := s.client.Post(t.Context(), alice, reviewCard(), people(), true)
	require.NoError(t, err)
	require.Equal(t, at.Ref, again.Ref)
}

// What Slack refuses tells people what to mend, in the class that says who must.
func TestRefusalsByClass(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(s *stand)
		class compliance.Class
		text  string
	}{
		"archived":     {func(s *stand) { _ = s.Archive(changes, true) }, compliance.Blocked, "unarchive"},
		"not invited":  {func(s *stand) { _ = s.Leave(changes, "U01COUNTERSIGN") }, compliance.Blocked, "invite the app"},
		"no channel":   {func(s *stand) { s.AddChannel(slacktest.Channel{ID: changes, Private: true, WithoutApp: true}) }, compliance.Blocked, "channel_not_found"},
		"slow down":    {func(s *stand) { s.Faults().Add(throttle()) }, compliance.Throttled, ""},
		"half working": {func(s *stand) { s.Faults().Add(slackError("internal_error")) }, compliance.UnknownOutcome, "internal_error"},
		"token":        {func(s *stand) { s.Faults().Add(slackError("token_revoked")) }, compliance.Blocked, "SLACK_BOT_TOKEN"},
		"new code":     {func(s *stand) { s.Faults().Add(slackError("never_heard_of")) }, compliance.Invalid, "never_heard_of"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, slacktest.Options{})
			c.spoil(s)
			_, err := s.client.Post(t.Context(), "changes", reviewCard(), people(), false)
			require.Equal(t, c.class, compliance.ClassOf(err), "%v", err)
			require.ErrorContains(t, err, c.text)
			require.Empty(t, s.Messages(changes))
			if c.class == compliance.Throttled {
				var f *compliance.Failure
				require.ErrorAs(t, err, &f)
				require.Equal(t, 17*time.Second, f.RetryAfter)
			}
		})
	}
}

func throttle() faults.Fault {
	return faults.Fault{
		Kind: faults.Status, Op: "chat.postMessage", Status: http.StatusTooManyRequests,
		Header: http.Header{"Retry-After": {"17"}}, Body: `{"ok":false,"error":"ratelimited"}`,
	}
}

func slackError(code string) faults.Fault {
	return faults.Fault{Kind: faults.Status, Op: "chat.postMessage", Status: http.StatusOK, Body: `{"ok":false,"error":"` + code + `"}`}
}

func TestMissingScopeIsNamed(t *testing.T) {
	s := newStand(t, slacktest.Options{Scopes: []string{"chat:write"}})
	_, err := s.client.Post(t.Context(), "changes", reviewCard(), people(), true)
	require.Equal(t, compliance.Blocked, compliance.ClassOf(err))
	require.ErrorContains(t, err, "the token lacks the scope")
	require.NoError(t, s.client.Check(t.Context()))
}

// Reads are posted by the library, yet a lost read has no unknown outcome.
func TestLostReadIsUnavailable(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	s.Faults().Add(faults.Fault{Kind: faults.HTML, Op: "conversations.history"})
	_, err := s.client.Post(t.Context(), "changes", reviewCard(), people(), true)
	require.Equal(t, compliance.Unavailable, compliance.ClassOf(err))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.client.Post(ctx, "changes", reviewCard(), people(), true)
	require.ErrorIs(t, err, context.Canceled)
}
