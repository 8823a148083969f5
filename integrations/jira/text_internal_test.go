package jira

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
)

// unescape reads escaped text as Jira's renderer does, and fails on any
// character that would still be markup.
func unescape(t *rapid.T, s string) string {
	var b strings.Builder
	runes := []rune(s)
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; {
		case r == '\\':
			require.Less(t, i+1, len(runes), "a backslash at the end")
			i++
			require.Contains(t, "{}[]|*_^~+!#?-.", string(runes[i]), "an escape of something that is no markup")
			b.WriteRune(runes[i])
		case strings.HasPrefix(string(runes[i:min(i+5, len(runes))]), "&#92;"):
			b.WriteByte('\\')
			i += 4
		default:
			require.NotContains(t, "{}[]|*^~+!?", string(r), "live markup")
			b.WriteRune(r)
		}
	}
	return b.String()
}

func TestPropertyEscapedTextIsPlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("ab1 \n-_*{}[]|\\!#?.~^+h2q:ß𝔸"))).Draw(t, "text")
		require.Equal(t, text, unescape(t, escape(text)))
	})
}

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"":                        "",
		"h1. Title":               `h1\. Title`,
		"  bq. quote":             `  bq\. quote`,
		"- item\n# item\n----":    "\\- item\n\\# item\n\\-\\-\\-\\-",
		"[~accountid:evil]":       `\[\~accountid:evil\]`,
		"{code}x{code}":           `\{code\}x\{code\}`,
		"a-b in_review CHG-7":     "a-b in_review CHG-7",
		`C:\temp`:                 "C:&#92;temp",
		"tab\tbell\a\r\nnext\x00": "tab\tbell\nnext",
		"||head||":                `\|\|head\|\|`,
		"broken \xff utf":         "broken \uFFFD utf",
	} {
		require.Equal(t, want, escape(in), "%q", in)
	}
}

// Whatever the facts, a comment is within Jira's limit and ends with the mark.
func TestPropertyCommentsFitAndCarryTheMark(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.StringOfN(rapid.SampledFrom([]rune("ab \\*[]{}&#92;𝔸")), 1, 12, -1).Draw(t, "unit")
		s := compliance.TicketStep{Key: rapid.StringMatching(`[A-Za-z0-9/_.-]{1,120}`).Draw(t, "key")}
		for range rapid.IntRange(0, 4).Draw(t, "facts") {
			s.Comment = append(s.Comment, compliance.Fact{
				Label: rapid.String().Draw(t, "label"), Text: strings.Repeat(unit, rapid.IntRange(0, 5000).Draw(t, "times")),
				People: []compliance.PersonID{"p-alice"},
			})
		}
		body := renderComment(s, nil, nil, "https://countersign.example.com")
		require.LessOrEqual(t, units(body), maxComment)
		require.True(t, strings.HasSuffix(body, mark(s.Key)))
	})
}

func TestCutNeverEndsInsideAnEscape(t *testing.T) {
	for limit := range 40 {
		got := cut(`aaaaaaaaaaaa\*&#92;\[bbbbbbbb`, limit)
		require.LessOrEqual(t, len(got), limit)
		require.False(t, strings.HasSuffix(got, `\`), got)
		if i := strings.LastIndex(got, "&"); i >= 0 {
			require.True(t, strings.HasPrefix(got[i:], "&#92;"), got)
		}
	}
}

// The text of a field survives the way to Jira's form; what the client writes
// is what it reads.
func TestFieldKindsDecode(t *testing.T) {
	for _, c := range []struct{ kind, raw, want string }{
		{KindText, `"a"`, "a"}, {KindText, `null`, ""}, {KindText, ``, ""},
		{KindChoice, `{"value":"high","id":"1"}`, "high"}, {KindChoice, `{"name":"High"}`, "High"},
		{KindUser, `{"accountId":"x"}`, "jira:x"},
		{KindNumber, `90.0`, "90"}, {KindNumber, `1.5`, "1.5"},
		{KindCheckbox, `[]`, ""}, {KindCheckbox, `[{"value":"Yes"}]`, "yes"},
		{KindDate, `"2026-11-21"`, "2026-11-21"},
		{KindDatetime, `"2026-11-21T10:00:00.000+0000"`, "2026-11-21T10:00:00Z"},
		{KindDatetime, `"2026-11-21T10:00:00.000+0100"`, "2026-11-21T09:00:00Z"},
	} {
		got, err := FieldMap{Name: "f", ID: "customfield_1", Kind: c.kind}.decode([]byte(c.raw))
		require.NoError(t, err, c.raw)
		require.Equal(t, c.want, got, c.raw)
	}
	for _, c := range []struct{ kind, raw, text string }{
		{KindText, `{"type":"doc"}`, "an object"}, {KindText, `7`, "a number"}, {KindChoice, `"high"`, "text"}, {KindChoice, `{}`, "an object"},
		{KindUser, `{"name":"x"}`, "an object"}, {KindNumber, `"1"`, "text"}, {KindCheckbox, `true`, "a truth value"},
		{KindDate, `"soon"`, "date"}, {KindDatetime, `"2026-11-21"`, "date and time"}, {KindChoice, `[{"value":"a"}]`, "a list"},
	} {
		_, err := FieldMap{Name: "f", ID: "customfield_1", Kind: c.kind}.decode([]byte(c.raw))
		require.ErrorContains(t, err, c.text, c.raw)
		require.ErrorContains(t, err, `field "f" (customfield_1)`)
	}
}

// Whom somebody acts for stands behind them, named like them (C9).
func TestC9_WhomSomebodyActsForIsNamed(t *testing.T) {
	people := map[compliance.PersonID]compliance.Person{"p-dana": {Accounts: map[string]string{Provider: "acc-dana"}}, "p-chidi": {Name: "Chidi"}}
	f := compliance.Fact{Label: "Level 1", Text: "approved by", People: []compliance.PersonID{"p-dana"}, For: "p-chidi"}
	require.Equal(t, "*Level 1:* approved by [~accountid:acc-dana] for Chidi", renderFact(f, people, nil))
	link := compliance.Fact{Label: "The card", Text: "https://acme.slack.com/archives/C01CHANGES/p1700000000000000"}
	require.Equal(t, "*The card:* "+link.Text, renderFact(link, nil, nil), "it stays one that Jira makes a link")
}
