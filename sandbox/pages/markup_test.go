package pages

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

func reader(t testing.TB) markup {
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	return markup{
		where: berlin, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC),
		mention: func(user string) string { return map[string]string{"U1": "Bruno <Keller>"}[user] },
		link:    func(target string) string { return strings.Replace(target, "http://jira.example/browse/", "/jira/", 1) },
	}
}

func TestMarkup(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"plain":         {"a &lt;b&gt; &amp; c", "a &lt;b&gt; &amp; c"},
		"script":        {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
		"bold":          {"*Level 1* of 2", "<strong>Level 1</strong> of 2"},
		"no bold":       {"2*3*4", "2*3*4"},
		"italic":        {"an _old_ one", "an <em>old</em> one"},
		"code":          {"`a<b`", "<code>a&lt;b</code>"},
		"mention":       {"by <@U1>", `by <span class="mention">@Bruno &lt;Keller&gt;</span>`},
		"own ticket":    {"<http://jira.example/browse/OPS-1|Open>", `<a href="/jira/OPS-1" rel="noreferrer">Open</a>`},
		"quote in link": {`<http://x.example/?a="b|c>`, `<a href="http://x.example/?a=&#34;b" rel="noreferrer">c</a>`},
		"no script url": {"<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"},
		"today":         {"<!date^1795345200^{date_short_pretty} {time}|then>", `<time datetime="2026-11-22T11:00:00Z" title="2026-11-22 12:00:00 CET">Today 12:00</time>`},
		"far":           {"<!date^1805713200^{date_short_pretty} {time}|then>", `<time datetime="2027-03-22T11:00:00Z" title="2027-03-22 12:00:00 CET">Mar 22, 2027 12:00</time>`},
		"unknown word":  {"<!date^1795345200^{century}|2026 &lt;then&gt;>", "2026 &lt;then&gt;"},
		"no number":     {"<!date^soon^{time}|soon>", "soon"},
		"everybody":     {"<!channel>", `<span class="mention loud">@channel</span>`},
		"not everybody": {"&lt;!channel&gt;", "&lt;!channel&gt;"},
		"channel":       {"in <#C01|changes>", `in <span class="mention">#changes</span>`},
		"struck":        {"~no~ yes", "<del>no</del> yes"},
		"quoted":        {"a\n&gt; b &lt;c&gt;\nd", "a\n<span class=\"quote\">b &lt;c&gt;</span>\nd"},
		"code is code":  {"`*a* _b_ <@U1>`", `<code>*a* _b_ <span class="mention">@Bruno &lt;Keller&gt;</span></code>`},
		"block of code": {"```\n*a*\n&lt;b&gt;```", "<code class=\"block\">*a*\n&lt;b&gt;</code>"},
		"mail":          {"<mailto:a@b.example|a@b.example>", `<span class="mention">a@b.example</span>`},
		"tone":          {":red_circle:", `<span class="dot bad" role="img" aria-label="bad"></span>`},
		"other emoji":   {":tada:", ":tada:"},
		"aside forged":  {"\ue0000\ue001<@U1>", `0<span class="mention">@Bruno &lt;Keller&gt;</span>`},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, string(reader(t).html(c.text))) })
	}
}

// Whatever a person writes, the page has only the elements that markup makes,
// and no address but of the web.
func FuzzMarkup(f *testing.F) {
	for _, s := range []string{"<@U1> *a* _b_ `c`", "<http://x|y>", "<!date^1^{time}|x>", "*<@U1>*", "&lt;img src=x&gt;", "\ue0001\ue001", "<a|<b>|>", "```<@U1>`a```", "~a~\n&gt; b", "<!channel>`"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tokens := html.NewTokenizer(strings.NewReader(string(reader(t).html(text))))
		for {
			switch tokens.Next() {
			case html.ErrorToken:
				return
			case html.StartTagToken, html.SelfClosingTagToken:
				token := tokens.Token()
				require.Contains(t, []string{"strong", "em", "del", "code", "span", "a", "time"}, token.Data)
				for _, a := range token.Attr {
					require.Contains(t, []string{"class", "href", "rel", "datetime", "title", "role", "aria-label", "aria-hidden"}, a.Key)
					if a.Key == "href" {
						require.Regexp(t, `^(https?://|/jira/)`, a.Val)
					}
				}
			case html.CommentToken, html.DoctypeToken:
				require.Fail(t, "a comment or doctype came through")
			}
		}
	})
}

func TestBlocks(t *testing.T) {
	got := reader(t).blocks([]byte(`[
		{"type":"header","text":{"type":"plain_text","text":"A & *b*"}},
		{"type":"section","fields":[{"type":"mrkdwn","text":"*Risk*"},{"type":"plain_text","text":"<high>"}]},
		{"type":"context","elements":[{"type":"mrkdwn","text":"Asked: <@U1>"}]},
		{"type":"actions","elements":[{"type":"button","action_id":"approve","text":{"type":"plain_text","text":"Approve…"},"style":"primary"}]},
		{"type":"input","block_id":"note","optional":true,"label":{"type":"plain_text","text":"Note"},"element":{"type":"plain_text_input","multiline":true,"max_length":10}}
	]`))
	require.Len(t, got, 5)
	require.EqualValues(t, "A &amp; *b*", got[0].Text)
	require.EqualValues(t, "<strong>Risk</strong>", got[1].Fields[0])
	require.EqualValues(t, "&lt;high&gt;", got[1].Fields[1])
	require.Contains(t, string(got[2].Elements[0]), "mention")
	require.Equal(t, []button{{Action: "approve", Label: "Approve…", Style: "primary"}}, got[3].Buttons)
	require.Equal(t, &input{Name: "note", Label: "Note", Kind: "plain_text_input", Multiline: true, MaxLength: 10}, got[4].Input)
	require.Nil(t, reader(t).blocks([]byte(`{"type":`)))
}
