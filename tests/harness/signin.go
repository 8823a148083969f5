package harness

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/integrations/oidc/oidctest"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

// Browser is one person's browser at the sign-in pages: it keeps cookies and
// goes where it is sent, one step at a time.
type Browser struct {
	w      *World
	client *http.Client
}

// Answer is what a browser was shown; the body's entities are resolved.
type Answer struct {
	Status int
	Body   string
	Next   string // where it was sent on to, whole
}

// NewBrowser is a browser without cookies.
func (w *World) NewBrowser() *Browser {
	jar, err := cookiejar.New(nil)
	require.NoError(w.T, err)
	return &Browser{w, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// Open opens an address, or sends a form there.
func (b *Browser) Open(address string, form url.Values) Answer {
	b.w.T.Helper()
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(b.w.within(), method, address, strings.NewReader(form.Encode()))
	require.NoError(b.w.T, err)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	resp, err := b.client.Do(r)
	require.NoError(b.w.T, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(b.w.T, err)
	out := Answer{Status: resp.StatusCode, Body: html.UnescapeString(string(body))}
	if to, err := resp.Location(); err == nil {
		out.Next = to.String()
	}
	return out
}

// SignIn follows a link and signs in as somebody, by their short name; it
// returns the callback's address without opening it.
func (b *Browser) SignIn(link, name, how string) string {
	b.w.T.Helper()
	begun := b.Open(link, nil)
	require.Equal(b.w.T, http.StatusSeeOther, begun.Status, begun.Body)
	back, err := oidctest.Choose(b.w.within(), b.client, begun.Next, "sub-"+name, how)
	require.NoError(b.w.T, err)
	return back
}

// Form goes from the callback to the decision form.
func (b *Browser) Form(callback string) Answer {
	b.w.T.Helper()
	to := b.Open(callback, nil)
	require.Equal(b.w.T, http.StatusSeeOther, to.Status, to.Body)
	form := b.Open(to.Next, nil)
	require.Equal(b.w.T, http.StatusOK, form.Status, form.Body)
	return form
}

var signInHidden = regexp.MustCompile(`name="(session|csrf)" value="([a-z0-9]+)"`)

// Decided is a decision form with every statement ticked and these values.
func Decided(form Answer, values map[string]string) url.Values {
	out := url.Values{}
	for _, m := range signInHidden.FindAllStringSubmatch(form.Body, -1) {
		out.Set(m[1], m[2])
	}
	for _, m := range regexp.MustCompile(`type="checkbox" name="([^"]+)"`).FindAllStringSubmatch(form.Body, -1) {
		out.Set(m[1], "yes")
	}
	for name, value := range values {
		out.Set("in."+name, value)
	}
	return out
}

// Decide sends a decision form.
func (b *Browser) Decide(form url.Values) Answer {
	b.w.T.Helper()
	return b.Open(b.w.Gateway+"/signin/decide", form)
}

// Link has somebody press a button that must answer with a private link.
func (w *World) Link(user string, card slacktest.Message, action string) string {
	w.T.Helper()
	_, err := w.Site.Slack.Press(w.Slack(user), card.Channel, card.TS, action)
	require.ErrorIs(w.T, err, slacktest.ErrNoForm)
	notes := w.Site.Slack.Snapshot().Ephemerals
	require.NotEmpty(w.T, notes, "%v", err)
	last := notes[len(notes)-1]
	require.Equal(w.T, w.Slack(user), last.User)
	return LinkIn(w, last.Blocks)
}

// LinkIn finds the sign-in link in blocks.
func LinkIn(w *World, blocks json.RawMessage) string {
	w.T.Helper()
	var any any
	require.NoError(w.T, json.Unmarshal(blocks, &any))
	plain, err := json.Marshal(any)
	require.NoError(w.T, err)
	text := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(plain))
	m := regexp.MustCompile(`<([^|<>]+/signin\?link=[^|<>]+)\|`).FindStringSubmatch(text)
	require.NotNil(w.T, m, "no link in %s", text)
	return m[1]
}
