package compliance_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
)

func page() compliance.Page {
	return compliance.Page{
		Key: "INC-7/page/3/p-ann/chat", Subject: "incident/INC-7", Number: "INC-7", Title: "Queue is growing",
		Severity: "sev1", At: time.Date(2026, 11, 21, 3, 4, 5, 0, time.UTC), Ref: "INC-7.3.2.1795312800",
	}
}

func TestPage_CheckNamesWhatIsWrong(t *testing.T) {
	require.NoError(t, page().Check())
	for want, spoil := range map[string]func(*compliance.Page){
		"no key":          func(p *compliance.Page) { p.Key = " " },
		"no subject":      func(p *compliance.Page) { p.Subject = "" },
		"no number":       func(p *compliance.Page) { p.Number = "" },
		"no title":        func(p *compliance.Page) { p.Title = "\n" },
		"201 bytes":       func(p *compliance.Page) { p.Ref = strings.Repeat("r", 201) },
		"printable ASCII": func(p *compliance.Page) { p.Ref = "INC-7 3" },
		"UTF-8":           func(p *compliance.Page) { p.Text = "\xff" },
	} {
		p := page()
		spoil(&p)
		require.ErrorContains(t, p.Check(), want)
	}
	p := page()
	p.Ref = strings.Repeat("r", compliance.MaxPageRef)
	require.NoError(t, p.Check(), "the bound is the last that is allowed")
}

// I30: an exercise says so in the line that everybody reads first.
func TestI30_HeadlineOfADrill(t *testing.T) {
	p := page()
	require.Equal(t, "SEV1 INC-7 Queue is growing", p.Headline())
	p.Drill, p.Severity, p.Title = true, "", "Queue\r\nis growing"
	require.Equal(t, "Drill: INC-7 Queue is growing", p.Headline())
}

// The JSON of what enters histories is frozen: a name may be added, none changed.
func TestPage_JSONIsFrozen(t *testing.T) {
	p := page()
	p.Text, p.Drill, p.Link, p.Actions = "text", true, "https://x.example", []compliance.Action{{Name: "acknowledge", Label: "Acknowledge"}}
	raw, err := json.Marshal([]any{p, compliance.Paged{Channel: "mail", Ref: "r", Ambiguous: true}, compliance.AlertEvent{
		Delivery: "d", Source: "s", Key: "k", Firing: true, Severity: "v", System: "y", Title: "t", Text: "x", Link: "l",
		Labels: []compliance.Label{{Name: "n", Value: "w"}}, StartsAt: p.At, EndsAt: p.At, Received: p.At, Truncated: 2,
	}})
	require.NoError(t, err)
	require.JSONEq(t, `[
	 {"key":"INC-7/page/3/p-ann/chat","subject":"incident/INC-7","number":"INC-7","title":"Queue is growing","text":"text",
	  "severity":"sev1","drill":true,"link":"https://x.example","at":"2026-11-21T03:04:05Z","ref":"INC-7.3.2.1795312800",
	  "actions":[{"name":"acknowledge","label":"Acknowledge"}]},
	 {"channel":"mail","ref":"r","ambiguous":true},
	 {"delivery":"d","source":"s","key":"k","firing":true,"severity":"v","system":"y","title":"t","text":"x","link":"l",
	  "labels":[{"name":"n","value":"w"}],"starts_at":"2026-11-21T03:04:05Z","ends_at":"2026-11-21T03:04:05Z",
	  "received":"2026-11-21T03:04:05Z","truncated":2}]`, string(raw))
}

// Whatever a source sends, what enters a history is bounded, valid and in one
// order, and what identifies it is untouched.
func TestAlertEvent_BoundedHolds(t *testing.T) {
	text := rapid.Custom(func(t *rapid.T) string {
		return strings.Repeat(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"\xff", "ä\n", "\x00x", "🚦"})).Draw(t, "piece"), rapid.IntRange(0, 300).Draw(t, "times"))
	})
	rapid.Check(t, func(t *rapid.T) {
		e := compliance.AlertEvent{
			Delivery: text.Draw(t, "delivery"), Source: "s", Key: text.Draw(t, "key"), Firing: rapid.Bool().Draw(t, "firing"),
			Severity: text.Draw(t, "severity"), System: text.Draw(t, "system"), Title: text.Draw(t, "title"), Text: text.Draw(t, "text"),
			Link: text.Draw(t, "link"), EndsAt: time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "end"), 0), Truncated: rapid.IntRange(-3, 3).Draw(t, "truncated"),
		}
		for range rapid.IntRange(0, 60).Draw(t, "labels") {
			e.Labels = append(e.Labels, compliance.Label{Name: text.Draw(t, "name"), Value: text.Draw(t, "value")})
		}
		b := e.Bounded()
		require.Equal(t, []any{e.Delivery, e.Source, e.Key, e.Firing}, []any{b.Delivery, b.Source, b.Key, b.Firing})
		for _, s := range []struct {
			text  string
			limit int
		}{
			{b.Severity, compliance.MaxAlertWord}, {b.System, compliance.MaxAlertWord}, {b.Title, compliance.MaxAlertTitle},
			{b.Text, compliance.MaxAlertText}, {b.Link, compliance.MaxAlertLink},
		} {
			require.True(t, utf8.ValidString(s.text))
			require.LessOrEqual(t, utf8.RuneCountInString(s.text), s.limit)
		}
		require.NotContains(t, b.Title, "\n")
		require.LessOrEqual(t, len(b.Labels), compliance.MaxAlertLabels)
		for i, l := range b.Labels {
			require.NotEmpty(t, l.Name)
			require.True(t, i == 0 || b.Labels[i-1].Name <= l.Name)
		}
		require.GreaterOrEqual(t, b.Truncated, 0)
		require.True(t, !b.Firing || b.EndsAt.IsZero(), "what is firing has no end")
		require.Equal(t, b, b.Bounded(), "bounding twice is bounding once")
	})
}

func TestAlertEvent_LongTextIsMarked(t *testing.T) {
	e := compliance.AlertEvent{Title: strings.Repeat("ä", 300), Link: "https://x.example/" + strings.Repeat("a", 2000), Labels: []compliance.Label{{Name: "b", Value: "2"}, {Name: "a", Value: "1"}}}.Bounded()
	require.Equal(t, strings.Repeat("ä", 199)+"…", e.Title)
	require.Empty(t, e.Link, "half a link leads nowhere")
	require.Equal(t, "1", e.Label("a"))
	require.Empty(t, e.Label("c"))
}
