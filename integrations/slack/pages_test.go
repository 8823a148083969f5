package slack_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
	"github.com/lowcodex/countersign/integrations/slack"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

var toAlice = compliance.Account{Provider: "slack", ID: alice}

func alarm() compliance.Page {
	return compliance.Page{
		Key: "INC-7/page/3/p-alice/slack", Subject: "incident/INC-7", Number: "INC-7", Title: "Queue <grows>",
		Text: "Orders wait for 40 minutes.\nNobody knows why.", Severity: "sev1", Link: "https://countersign.example/incidents/INC-7",
		At: time.Date(2026, 11, 21, 3, 4, 5, 0, time.UTC), Ref: "INC-7.3.2.1795312800",
		Actions: []compliance.Action{{Name: "acknowledge", Label: "Acknowledge", Style: "primary", Ref: "INC-7.3.2.1795312800"}},
	}
}

// direct lists the messages of the user's direct conversation with the app.
func direct(s *stand, user string) []slacktest.Message {
	var out []slacktest.Message
	for _, c := range s.Channels() {
		if c.ID[0] == 'D' && len(c.Members) == 2 && c.Members[0] == user {
			out = append(out, s.Messages(c.ID)...)
		}
	}
	return out
}

// A page arrives as a direct message with its button, and what the person
// presses comes back with the page's subject and binding (I12).
func TestI12_PageIsADirectMessageWithItsButton(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	paged, err := slack.NewPager(s.client).Send(t.Context(), toAlice, alarm(), false)
	require.NoError(t, err)
	got := direct(s, alice)
	require.Len(t, got, 1)
	require.Empty(t, s.Messages(changes), "nobody else sees it")
	require.Equal(t, compliance.Paged{Channel: "slack", Ref: got[0].Channel + ":" + got[0].TS}, paged)
	require.Equal(t, "SEV1 INC-7 Queue &lt;grows&gt; — You are paged. Please acknowledge.", got[0].Text, "what a lock screen shows")
	for _, want := range []string{"SEV1 INC-7 Queue <grows>", "Orders wait for 40 minutes.\nNobody knows why.", "<@" + alice + ">", "<https://countersign.example/incidents/INC-7|Open it in full>"} {
		require.Contains(t, got[0].Shown(), want)
	}
	require.NotContains(t, got[0].Shown(), "Drill")

	s.desk.noForm = "You have it."
	_, err = s.Press(alice, got[0].Channel, got[0].TS, "Acknowledge")
	require.ErrorContains(t, err, "You have it.")
	pressed := s.desk.presses()
	require.Len(t, pressed, 1)
	require.Equal(t, []string{"acknowledge", "incident/INC-7", "INC-7.3.2.1795312800", alice},
		[]string{pressed[0].Action, pressed[0].Subject, pressed[0].Ref, pressed[0].Actor.ID})
}

func TestI30_DrillSaysSo(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	page := alarm()
	page.Drill = true
	pager := slack.NewPager(s.client)
	paged, err := pager.Send(t.Context(), toAlice, page, false)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(direct(s, alice)[0].Text, "Drill: SEV1 INC-7"))
	require.Contains(t, direct(s, alice)[0].Shown(), "Drill, not a real incident.")
	require.NoError(t, pager.StandDown(t.Context(), toAlice, paged, page, "Over."))
	require.Contains(t, direct(s, alice)[0].Shown(), "Drill, not a real incident. Stand down. Over.")
}

// I18: the same key is one message, whatever was lost on the way.
func TestI18_RepeatedPageIsOneMessage(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	pager := slack.NewPager(s.client)
	s.Faults().Add(faults.Fault{Kind: faults.Reset, Op: "chat.postMessage", After: true})
	_, err := pager.Send(t.Context(), toAlice, alarm(), false)
	require.Equal(t, compliance.UnknownOutcome, compliance.ClassOf(err))
	paged, err := pager.Send(t.Context(), toAlice, alarm(), true)
	require.NoError(t, err)
	require.True(t, paged.Ambiguous)
	require.Len(t, direct(s, alice), 1)

	second := alarm()
	second.Key = "INC-7/page/4/p-alice/slack"
	_, err = pager.Send(t.Context(), toAlice, second, true)
	require.NoError(t, err)
	require.Len(t, direct(s, alice), 2, "another page is another message")
}

// What fails before the message is posted has certainly not paged anybody.
func TestI18_PreparationsAreNoUnknownOutcome(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	s.Faults().Add(faults.Fault{Kind: faults.Reset, Op: "conversations.open", After: true})
	_, err := slack.NewPager(s.client).Send(t.Context(), toAlice, alarm(), false)
	require.Equal(t, compliance.Unavailable, compliance.ClassOf(err), "%v", err)
	_, err = slack.NewPager(s.client).Send(t.Context(), toAlice, alarm(), false)
	require.NoError(t, err)
	require.Len(t, direct(s, alice), 1)
}

func TestI18_ClassesOfAPageThatCannotBeSent(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	s.AddUser(slacktest.User{ID: "U09GONE", Name: "gone", Deleted: true})
	for name, c := range map[string]struct {
		to    string
		class compliance.Class
	}{
		"deactivated": {"U09GONE", compliance.Refused}, "unknown member": {"U404", compliance.Invalid}, "unknown channel": {"C404", compliance.Blocked},
	} {
		_, err := slack.NewPager(s.client).Send(t.Context(), compliance.Account{Provider: "slack", ID: c.to}, alarm(), false)
		require.Equal(t, c.class, compliance.ClassOf(err), "%s: %v", name, err)
	}
}

func TestFixedContactMayBeAChannel(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	_, err := slack.NewPager(s.client).Send(t.Context(), compliance.Account{Provider: "slack", ID: "changes"}, alarm(), false)
	require.NoError(t, err)
	require.Len(t, s.Messages(changes), 1)
	require.NotContains(t, s.Messages(changes)[0].Shown(), "Asked:")
}

// I10: whoever was paged in vain is told so, and their button is gone.
func TestI10_StandDownRewritesThePage(t *testing.T) {
	for name, c := range map[string]struct {
		before func(*testing.T, *stand, *compliance.Paged)
		live   int
		says   string
	}{
		"as it was sent":  {func(*testing.T, *stand, *compliance.Paged) {}, 1, "Stand down. Bruno has it."},
		"outcome unknown": {func(_ *testing.T, _ *stand, at *compliance.Paged) { at.Ref = "" }, 1, "Stand down. Bruno has it."},
		"deleted by Alice": {func(t *testing.T, s *stand, at *compliance.Paged) {
			conv, ts, _ := strings.Cut(at.Ref, ":")
			require.NoError(t, s.Delete(conv, ts))
		}, 1, "Stand down. Bruno has it."},
		"a late double": {func(t *testing.T, s *stand, at *compliance.Paged) {
			_, err := slack.NewPager(s.client).Send(t.Context(), toAlice, alarm(), false)
			require.NoError(t, err)
			at.Ambiguous = true
		}, 2, "Superseded: this card was posted twice."},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, slacktest.Options{})
			pager := slack.NewPager(s.client)
			paged, err := pager.Send(t.Context(), toAlice, alarm(), false)
			require.NoError(t, err)
			c.before(t, s, &paged)
			for range 2 { // it may be repeated
				require.NoError(t, pager.StandDown(t.Context(), toAlice, paged, alarm(), "Bruno\nhas it."))
			}
			got := direct(s, alice)
			require.Len(t, got, c.live)
			shown := ""
			for _, m := range got {
				require.Empty(t, m.Buttons())
				shown += m.Shown()
			}
			require.Contains(t, shown, c.says)
		})
	}
}

func TestStandDownOfNothing(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	require.NoError(t, slack.NewPager(s.client).StandDown(t.Context(), toAlice, compliance.Paged{Channel: "slack"}, alarm(), "x"))
	require.Empty(t, direct(s, alice), "what was never sent is not there to be rewritten")
	err := slack.NewPager(s.client).StandDown(t.Context(), toAlice, compliance.Paged{Channel: "slack", Ref: "foreign"}, alarm(), "x")
	require.Equal(t, compliance.Invalid, compliance.ClassOf(err))
}

// In a storm nobody asks Slack again and again for the same conversation.
func TestDirectConversationIsAskedForOnce(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	pager := slack.NewPager(s.client)
	_, err := pager.Send(t.Context(), toAlice, alarm(), false)
	require.NoError(t, err)
	s.Faults().Add(faults.Fault{Kind: faults.Status, Op: "conversations.open", Status: 500, Times: -1})
	_, err = pager.Send(t.Context(), toAlice, alarm(), false)
	require.NoError(t, err)
}

// Somebody who was called before and whose account is closed since is not called
// in vain: within minutes Slack is asked anew, and refuses, so that the next
// channel is used (I18).
func TestI18_AnAccountThatIsClosedLaterIsNoticed(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	pager := slack.NewPager(s.client)
	_, err := pager.Send(t.Context(), toAlice, alarm(), false)
	require.NoError(t, err)
	s.AddUser(slacktest.User{ID: alice, Name: "alice", Deleted: true})
	s.wait(3 * time.Minute)
	next := alarm()
	next.Key = "INC-8/page/1/p-alice/slack"
	_, err = pager.Send(t.Context(), toAlice, next, false)
	require.Equal(t, compliance.Refused, compliance.ClassOf(err))
	require.Len(t, direct(s, alice), 1)
}
