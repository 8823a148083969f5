package commands

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestOtherPeoplesTextCannotReachTheTerminalAsControl(t *testing.T) {
	require.Equal(t, `a\u001b[31mb\u202ec`, visible("a\x1b[31mb\u202ec"))
	require.Equal(t, "Grüße, 変更 🚀", visible("Grüße, 変更 🚀"))
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		for _, r := range visible(s) {
			require.False(t, r != '\n' && r != '\t' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r), "%q", r)
		}
		require.NotContains(t, line(s), "\n")
	})
}

func TestScriptsGetTheTextItself(t *testing.T) {
	type result struct {
		Text string            `json:"text"`
		Map  map[string]string `json:"map"`
	}
	rapid.Check(t, func(rt *rapid.T) {
		any := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
			"a\x1b[2J", "on", "- a", "1.10", "~", "a: b", "two\nlines", "two\nlines\x1b\n", "tab\there", "\u202eb", "\u009bA", "#x", "  x ", "", "'\"\\",
		}))
		want := result{Text: any.Draw(rt, "text"), Map: map[string]string{"key": any.Draw(rt, "value")}}
		for _, output := range []string{"json", "yaml"} {
			p, out, _ := fixed(t, output, nil)
			require.NoError(rt, p.print(want, nil))
			var got result
			if output == "json" {
				require.NoError(rt, json.Unmarshal(out.Bytes(), &got))
			} else {
				require.NoError(rt, yaml.Unmarshal(out.Bytes(), &got), out.String())
			}
			require.Equal(rt, want, got, out.String())
			for _, r := range out.String() {
				require.False(rt, hidden(r), "%q in %s", r, out.String())
			}
		}
	})
}

func TestColumnsAlign(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tab := table{head: []string{"A", "B", "C"}}
		cell := rapid.StringMatching(`[a-zäöü]{1,9}`)
		for range rapid.IntRange(0, 5).Draw(t, "rows") {
			tab.add(cell.Draw(t, "a"), cell.Draw(t, "b"), "|")
		}
		var out bytes.Buffer
		tab.write(&out, false)
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		require.Len(t, lines, len(tab.rows)+1)
		column := utf8.RuneCountInString(lines[0]) - 1
		for _, l := range lines[1:] {
			require.Equal(t, column, utf8.RuneCountInString(l)-1, "the last column begins at the same place")
		}
	})
}

func TestTimesAreTold(t *testing.T) {
	p, _, _ := fixed(t, "table", nil)
	require.Equal(t, "2026-11-24 10:00 CET", p.at(instant()))
	for d, want := range map[time.Duration]string{
		0:                 "in less than a minute",
		20 * time.Minute:  "in 20 min",
		27 * time.Hour:    "in 27 h 0 min",
		72 * time.Hour:    "in 3 days",
		-90 * time.Minute: "1 h 30 min ago",
	} {
		require.Equal(t, want, p.until(instant().Add(d)))
	}
}

func TestFactsAreReadable(t *testing.T) {
	p, _, _ := fixed(t, "table", nil)
	got := p.facts(json.RawMessage(`{"zeta":null,"delivery":"cli/1","action":"approve","level":1,"ok":true,"hash":"3f2a9c01b2d4e5f60718",
		"duration":5400000000000,"deadline":"2026-11-24T09:00:00Z","big":12345678901234567890,"attested":[{"name":"tests","answer":"yes"}],
		"groups":["a","b"],"title":"x\u001b[2J","blob":"sha256:3f2a9c01b2d4e5f60718"}`))
	require.Equal(t, `action: approve, title: x\u001b[2J, level: 1, attested: (answer yes, name tests), big: 12345678901234567890, `+
		`blob: 3f2a9c01b2d4, deadline: 2026-11-24 10:00:00 CET, delivery: cli/1, duration: 1h30m0s, groups: a, b, hash: 3f2a9c01b2d4, ok: yes`, got)
	require.Empty(t, p.facts(nil))
	require.Empty(t, p.facts(json.RawMessage(`{`)))
	long := p.facts(json.RawMessage(`{"note":"` + strings.Repeat("ü", 500) + `"}`))
	require.Equal(t, "note: "+strings.Repeat("ü", maxFact-1)+"…", long)
}

func FuzzFacts(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":null}],"deadline":1}`))
	f.Add([]byte(`[[[]]]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, _, _ := fixed(t, "table", nil)
		require.NotContains(t, p.facts(raw), "\x1b")
	})
}
