package mail_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/mail"
	"github.com/lowcodex/countersign/integrations/mail/mailtest"
)

func TestPageIsAMailThatSaysWhatToType(t *testing.T) {
	s := newStand(t, mailtest.Options{})
	paged, err := s.client.Send(t.Context(), toAnn, alarm(), false)
	require.NoError(t, err)
	got := s.Mails()
	require.Len(t, got, 1)
	require.Equal(t, compliance.Paged{Channel: "mail", Ref: strings.Trim(got[0].ID(), "<>")}, paged)
	require.Equal(t, []string{"pager@countersign.example", ann}, []string{got[0].From, got[0].To})
	require.Equal(t, "SEV1 INC-7 Queue is growing", got[0].Subject())
	require.Equal(t, "auto-generated", got[0].Header.Get("Auto-Submitted"), "no vacation reply")
	require.Equal(t, "Sat, 21 Nov 2026 03:04:06 +0000", got[0].Header.Get("Date"))
	require.Equal(t, `INC-7: Queue is growing
Severity: sev1
Paged: Saturday, 21 November 2026, 03:04:05 UTC

Orders wait for 40 minutes.
Nobody knows why.

You are paged. Type one of these, as this mail cannot be answered:

    starter incident acknowledge INC-7

https://countersign.example/incidents/INC-7
`, got[0].Text)
}

func TestI30_DrillSaysSo(t *testing.T) {
	s := newStand(t, mailtest.Options{})
	page := alarm()
	page.Drill = true
	_, err := s.client.Send(t.Context(), toAnn, page, false)
	require.NoError(t, err)
	require.NoError(t, s.client.StandDown(t.Context(), toAnn, compliance.Paged{}, page, "Over."))
	for i, subject := range []string{"Drill: SEV1 INC-7 Queue is growing", "Re: Drill: SEV1 INC-7 Queue is growing"} {
		require.Equal(t, subject, s.Mails()[i].Subject())
		require.True(t, strings.HasPrefix(s.Mails()[i].Text, "DRILL. This is an exercise"))
	}
}

// I18: SMTP lets nobody look, so a repetition is a second mail under the same
// Message-ID, which a mail program shows once; another page has another one.
func TestI18_RepetitionHasTheSameMessageID(t *testing.T) {
	s := newStand(t, mailtest.Options{})
	s.Add(mailtest.Fault{Kind: mailtest.DropAfter})
	_, err := s.client.Send(t.Context(), toAnn, alarm(), false)
	require.Equal(t, compliance.UnknownOutcome, compliance.ClassOf(err))
	_, err = s.client.Send(t.Context(), toAnn, alarm(), true)
	require.NoError(t, err)
	require.Len(t, s.Mails(), 2)
	require.Equal(t, s.Mails()[0].ID(), s.Mails()[1].ID())
	require.Len(t, s.Mailbox(ann), 1)

	next := alarm()
	next.Key = "INC-7/page/4/p-ann/mail"
	_, err = s.client.Send(t.Context(), toAnn, next, false)
	require.NoError(t, err)
	require.Len(t, s.Mailbox(ann), 2)
}

// I10: the stand-down stands in the page's thread.
func TestI10_StandDownIsInThePagesThread(t *testing.T) {
	s := newStand(t, mailtest.Options{})
	paged, err := s.client.Send(t.Context(), toAnn, alarm(), false)
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, s.client.StandDown(t.Context(), toAnn, paged, alarm(), "Ben\nacknowledged at 03:07 UTC."))
	}
	shown := s.Mailbox(ann)
	require.Len(t, shown, 2, "a repetition is shown once")
	require.Equal(t, shown[0].ID(), shown[1].Header.Get("In-Reply-To"))
	require.Equal(t, shown[0].ID(), shown[1].Header.Get("References"))
	require.NotEqual(t, shown[0].ID(), shown[1].ID())
	require.Equal(t, "Stand down. Ben acknowledged at 03:07 UTC.\n\nINC-7: Queue is growing\n", shown[1].Text)
}

// Nothing in a page or an address can become a header, a recipient or a command.
func TestNothingIsInjected(t *testing.T) {
	s := newStand(t, mailtest.Options{})
	evil := "x\r\nBcc: eve@example.com\r\n\r\nhello\r\n.\r\nRCPT TO:<eve@example.com>\r\n"
	page := alarm()
	page.Title, page.Text, page.Severity, page.Number, page.Link, page.Subject = evil, evil, evil, evil, evil, "incident\r\n/x"
	page.Actions = []compliance.Action{{Name: evil}}
	_, err := s.client.Send(t.Context(), toAnn, page, false)
	require.NoError(t, err)
	require.NoError(t, s.client.StandDown(t.Context(), toAnn, compliance.Paged{}, page, evil))
	require.Len(t, s.Mails(), 2)
	for _, m := range s.Mails() {
		require.Empty(t, m.Header["Bcc"])
		require.Equal(t, ann, m.To)
		require.Contains(t, m.Subject(), "x Bcc: eve@example.com hello")
	}
	for _, address := range []string{
		"", "ann", "ann@", "@example.com", "Ann <ann@example.com>", "<ann@example.com>", "ann@example.com, eve@example.com", "ann@example.com\r\nRCPT TO:<eve@example.com>",
		"änn@example.com", "ann@example.com ", strings.Repeat("a", 250) + "@example.com", "ann@example.com> SIZE=1",
	} {
		_, err := s.client.Send(t.Context(), compliance.Account{Provider: "mail", ID: address}, alarm(), false)
		require.Equal(t, compliance.Invalid, compliance.ClassOf(err), address)
		require.Equal(t, compliance.Invalid, compliance.ClassOf(s.client.StandDown(t.Context(), compliance.Account{ID: address}, compliance.Paged{}, alarm(), "x")), address)
	}
	require.Len(t, s.Mails(), 2)
}

// Whatever a page holds, a strict receiver takes the mail.
func TestAnyPageIsAMail(t *testing.T) {
	s := newStand(t, mailtest.Options{MaxSize: 4 << 20}, func(c *mail.Config) { c.Timeout = 0 })
	text := rapid.Custom(func(t *rapid.T) string {
		piece := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"\r\n.\r\n", "\x00", "\xff", "🚦", "=20", "=?utf-8?q?x?=", strings.Repeat("x", 2000), "\u2028"})).Draw(t, "piece")
		return strings.Repeat(piece, rapid.IntRange(0, 100).Draw(t, "times"))
	})
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		page := compliance.Page{
			Key: text.Draw(t, "key"), Subject: text.Draw(t, "subject"), Number: text.Draw(t, "number"), Title: text.Draw(t, "title"),
			Text: text.Draw(t, "text"), Severity: text.Draw(t, "severity"), Drill: rapid.Bool().Draw(t, "drill"), Link: text.Draw(t, "link"),
			Actions: []compliance.Action{{Name: text.Draw(t, "action")}},
		}
		_, err := s.client.Send(t.Context(), toAnn, page, false)
		require.NoError(t, err)
		n++
		require.Len(t, s.Mails(), n)
	})
}
