package slack_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

// C20: hash prefix, version, votes, what is missing, the deadline in the
// reader's zone and the number of people notified are on the card.
func TestC20_CardShowsWhatAnApproverNeeds(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	at := post(t, s)
	messages := s.Messages(changes)
	require.Len(t, messages, 1)
	require.Equal(t, compliance.Posted{Channel: changes, Ref: messages[0].TS}, at)
	shown := messages[0].Shown()
	for _, want := range []string{
		"CHG-7 · Raise the invoice limit", "In review, level 1 of 2", "1, content 3f2a9c01b7de", "2 of 2 approvals", "3 people",
		"<!date^1795539600^{date_short_pretty} {time}|2026-11-24 17:00 UTC>",
		"*abstained* <@U02BRUNO> <!date^1795339800^",
		"Carmen &lt;&amp;&gt; Díaz",                 // no Slack account: by name, escaped
		"2. Change the limit <script> & test\n",     // plain text is not escaped
		"Asked: <@U01ALICE>, <@U02BRUNO>",           // mentions
		"<https://example.atlassian.net/browse/OPS", // way to the whole text
	} {
		require.Contains(t, shown, want)
	}
	require.Equal(t, "CHG-7 · Raise the invoice limit — In review, level 1 of 2", messages[0].Text)
}

// C20: what does not fit is cut with a remark and a link, never silently.
func TestC20_LongTextIsCutWithALink(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	card := reviewCard()
	card.Facts = append(card.Facts, compliance.Fact{Label: "Test plan", Text: strings.Repeat("step & ", 2000)})
	card.Status = strings.Repeat("waiting <", 300)
	_, err := s.client.Post(t.Context(), "changes", card, people(), false)
	require.NoError(t, err)
	shown := s.Messages(changes)[0].Shown()
	require.Contains(t, shown, "… (cut, open the ticket)")
	require.Contains(t, shown, "… (cut, <https://example.atlassian.net/browse/OPS-12|open the ticket>)")
	require.NotRegexp(t, `&(lt|am|g|a|l)?…`, shown, "an entity is never cut in two")
}

func TestC20_OldLogEntriesGiveWayToNewOnes(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	card := reviewCard()
	for i := range 400 {
		card.Log = append(card.Log, compliance.Fact{Label: "commented", Text: strings.Repeat("word ", 20) + time.Duration(i).String()})
	}
	_, err := s.client.Post(t.Context(), "changes", card, people(), false)
	require.NoError(t, err)
	shown := s.Messages(changes)[0].Shown()
	require.Contains(t, shown, "word 399ns")
	require.NotContains(t, shown, "word 1ns\n")
	require.Regexp(t, `\d+ more lines do not fit here`, shown)
}

// What a person wrote never becomes a mention, a link or a code block.
func TestUserTextIsEscaped(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	evil := "<!channel> <https://evil.example|ok> & ```"
	card := reviewCard()
	card.Title, card.Status = evil, evil
	card.Facts = []compliance.Fact{{Label: evil, Text: evil, People: []compliance.PersonID{"p-x"}}}
	card.Log = []compliance.Fact{{Label: evil, Text: evil}}
	card.Link = "https://x.example/|<!here>"
	ps := map[compliance.PersonID]compliance.Person{"p-x": {Name: evil, Accounts: map[string]string{"slack": "U1> <!here"}}}
	_, err := s.client.Post(t.Context(), "changes", card, ps, false)
	require.NoError(t, err)
	m := s.Messages(changes)[0]
	require.NotContains(t, m.Text, "<!")
	lines := strings.SplitN(m.Shown(), "\n", 2)
	require.Equal(t, evil, lines[0], "the header is plain text")
	require.NotContains(t, lines[1], "<!")
	require.NotContains(t, lines[1], "<https://evil")
	require.NotContains(t, lines[1], "```")
}

func genText(most int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		piece := rapid.OneOf(
			rapid.StringN(0, 40, -1), rapid.SampledFrom([]string{"&", "<", ">", "\n", "ä", "🚦", "```", "\x00", "\xff", " ", "https://x.example/a b"}),
		).Draw(t, "piece")
		return strings.Repeat(piece, rapid.IntRange(0, most).Draw(t, "times"))
	})
}

func genFact() *rapid.Generator[compliance.Fact] {
	return rapid.Custom(func(t *rapid.T) compliance.Fact {
		f := compliance.Fact{Label: genText(5).Draw(t, "label"), Text: genText(400).Draw(t, "text")}
		for range rapid.SampledFrom([]int{0, 0, 1, 3, 200}).Draw(t, "people") {
			f.People = append(f.People, rapid.SampledFrom([]compliance.PersonID{"p-alice", "p-carmen", "p-unknown"}).Draw(t, "person"))
		}
		if rapid.Bool().Draw(t, "timed") {
			f.At = time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "at"), 0)
		}
		return f
	})
}

func genCard() *rapid.Generator[compliance.Card] {
	return rapid.Custom(func(t *rapid.T) compliance.Card {
		ref := rapid.StringMatching(`[A-Za-z0-9."\\-]{0,500}`)
		action := rapid.Custom(func(t *rapid.T) compliance.Action {
			return compliance.Action{
				Name: rapid.StringMatching(`[a-z]{1,12}`).Draw(t, "name"), Label: genText(30).Draw(t, "label"),
				Style: rapid.SampledFrom([]string{"", "primary", "danger", "odd"}).Draw(t, "style"), Ref: ref.Draw(t, "ref"),
			}
		})
		many := rapid.SampledFrom([]int{0, 1, 5, 60, 300}).Draw(t, "many")
		return compliance.Card{
			Subject: "change/" + rapid.StringMatching(`[a-z0-9/-]{1,200}`).Draw(t, "subject"), Key: rapid.StringN(1, 100, -1).Draw(t, "key"),
			Title: genText(60).Draw(t, "title"), Status: genText(300).Draw(t, "status"),
			Tone:    rapid.SampledFrom([]compliance.Tone{"", compliance.Neutral, compliance.Good, compliance.Bad, compliance.Attention}).Draw(t, "tone"),
			Facts:   rapid.SliceOfN(genFact(), 0, many).Draw(t, "facts"),
			Log:     rapid.SliceOfN(genFact(), 0, many).Draw(t, "log"),
			Actions: rapid.SliceOfN(action, 0, 40).Draw(t, "actions"),
			Link:    rapid.SampledFrom([]string{"", "https://example.atlassian.net/browse/OPS-12", "javascript:x", "https://x.example/" + strings.Repeat("a", 2900)}).Draw(t, "link"),
			Notify:  rapid.SliceOfN(rapid.SampledFrom([]compliance.PersonID{"p-alice", "p-bruno", "p-carmen", "p-no"}), 0, 400).Draw(t, "notify"),
		}
	})
}

// One is told as one: "1 more action does not fit here".
var saysWhatIsCut = regexp.MustCompile(`do(es)? not fit here`)

// C20: whatever a card holds, Slack's rules accept it, and the same card is
// accepted as an update.
func TestC20_AnyCardIsAccepted(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	rapid.Check(t, func(rt *rapid.T) {
		card := genCard().Draw(rt, "card")
		at, err := s.client.Post(t.Context(), "changes", card, people(), false)
		require.NoError(rt, err)
		_, err = s.client.Update(t.Context(), at, card, people())
		require.NoError(rt, err)
		messages := s.Messages(changes)
		m := messages[len(messages)-1]
		if shown := m.Shown(); !saysWhatIsCut.MatchString(shown) {
			require.Len(rt, m.Buttons(), len(card.Actions), "no button is dropped silently")
			for _, f := range card.Facts {
				if text := strings.Join(strings.Fields(f.Text), " "); len(f.Text) < 200 && isASCIIText(f.Text) {
					require.Contains(rt, shown, text, "no fact is dropped silently")
				}
			}
		}
		require.NoError(rt, s.Delete(changes, at.Ref)) // keeps the stand-in small
	})
}

// isASCIIText reports whether s is shown as it is on every surface.
func isASCIIText(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune("&<>`", r) }) < 0
}

// C11: a button that could not carry its whole binding does not exist.
func TestC11_BindingIsNeverCut(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	for name, ref := range map[string]string{"too long": strings.Repeat("x", 2000), "not UTF-8": "a\xffb"} {
		t.Run(name, func(t *testing.T) {
			card := reviewCard()
			card.Actions[0].Ref = ref
			_, err := s.client.Post(t.Context(), "changes", card, people(), false)
			require.Equal(t, compliance.Invalid, compliance.ClassOf(err))
			require.ErrorContains(t, err, `the reference of action "approve"`)
			require.Empty(t, s.Messages(changes))
		})
	}
}

// Whom somebody acts for stands behind them on the card, in facts and in the log (C9).
func TestC9_TheCardNamesWhomADeputyActsFor(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	card := reviewCard()
	card.Facts = []compliance.Fact{{Label: "Deputy", People: []compliance.PersonID{"p-alice"}, For: "p-bruno"}}
	card.Log = []compliance.Fact{{Text: "Level 1: approved by", People: []compliance.PersonID{"p-alice"}, For: "p-bruno"}}
	ps := map[compliance.PersonID]compliance.Person{"p-alice": {Accounts: map[string]string{"slack": "U1"}}, "p-bruno": {Accounts: map[string]string{"slack": "U2"}}}
	at, err := s.client.Post(t.Context(), "changes", card, ps, false)
	require.NoError(t, err)
	shown := s.Messages(changes)[0].Shown()
	require.Contains(t, shown, "<@U1> for <@U2>")
	require.Contains(t, shown, "Level 1: approved by <@U1> for <@U2>")
	require.Regexp(t, `^https://`, s.client.Link(t.Context(), at), "people are led to the card")
	at.Ref = "1.000000"
	require.Empty(t, s.client.Link(t.Context(), at), "what is not there has no link")
}
