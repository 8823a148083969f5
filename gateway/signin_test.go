package gateway

import (
	"context"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/oidc"
	"github.com/lowcodex/countersign/integrations/oidc/oidctest"
	"github.com/lowcodex/countersign/stepup"
)

// desk is the engine as far as the pages use it: it keeps what it is told, and
// gives an update that comes again its first answer, as the real one does.
type desk struct {
	client.Client
	mu    sync.Mutex
	acts  []compliance.Inbound
	first map[string]compliance.Reply
	reply func(compliance.Inbound) compliance.Reply
}

func (d *desk) UpdateWorkflow(_ context.Context, o client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	reply, again := d.first[o.UpdateID]
	if !again {
		in := o.Args[0].(compliance.Inbound)
		d.acts = append(d.acts, in)
		reply = d.reply(in)
		d.first[o.UpdateID] = reply
	}
	return answer1{reply}, nil
}

func (d *desk) DescribeWorkflowExecution(context.Context, string, string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return &workflowservice.DescribeWorkflowExecutionResponse{}, nil
}

func (d *desk) QueryWorkflow(context.Context, string, string, string, ...any) (converter.EncodedValue, error) {
	return nil, serviceerror.NewUnavailable("nobody answers queries here")
}

func (d *desk) ExecuteWorkflow(context.Context, client.StartWorkflowOptions, any, ...any) (client.WorkflowRun, error) {
	return nil, serviceerror.NewUnavailable("nothing is started here")
}

func (d *desk) submitted() []compliance.Inbound {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]compliance.Inbound(nil), d.acts...)
}

type answer1 struct{ reply compliance.Reply }

func (a answer1) WorkflowID() string { return "w" }
func (a answer1) RunID() string      { return "r" }
func (a answer1) UpdateID() string   { return "u" }
func (a answer1) Get(_ context.Context, v any) error {
	*v.(*compliance.Reply) = a.reply
	return nil
}

// counterStand is a gateway with its sign-in pages, reached over HTTP, and the
// stand-in identity provider.
type counterStand struct {
	t        *testing.T
	g        *Gateway
	desk     *desk
	provider *oidctest.Server
	links    stepup.Links
	base     string
	log      *lines

	mu  sync.Mutex
	off time.Duration // how far the gateway's clock is ahead
}

func (s *counterStand) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Add(s.off)
}

func (s *counterStand) later(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.off += by
}

func newCounter(t *testing.T) *counterStand {
	t.Helper()
	s := &counterStand{t: t}
	s.desk = &desk{first: map[string]compliance.Reply{}, reply: func(compliance.Inbound) compliance.Reply {
		return compliance.Reply{Outcome: compliance.Recorded, Text: "CHG-7: your decision is recorded."}
	}}
	var late http.Handler
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { late.ServeHTTP(w, r) }))
	t.Cleanup(front.Close)
	s.base = front.URL
	var err error
	s.provider, err = oidctest.New(oidctest.Options{
		ClientID: "countersign", ClientSecret: "client-secret", RedirectURLs: []string{CallbackURL(s.base)},
		People: []oidctest.Person{{Subject: "sub-farah", Name: "Farah"}, {Subject: "sub-alice", Name: "Alice"}},
	})
	require.NoError(t, err)
	issuer, err := s.provider.Listen("")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.provider.Close()) })
	oidcClient, err := oidc.New(oidc.Config{Issuer: issuer, ClientID: "countersign", ClientSecret: "client-secret", RedirectURL: CallbackURL(s.base)})
	require.NoError(t, err)
	key, err := stepup.NewKey("a secret of at least thirty-two bytes")
	require.NoError(t, err)
	s.links = stepup.Links{Key: key, Base: s.base, Now: s.now}
	s.g, s.log = unconnected(t, func(c *Config) {
		c.Client, c.Now = s.desk, s.now
		c.SignIn = &SignIn{Links: s.links, Provider: oidcClient}
	})
	late = s.g.Handler()
	return s
}

func (s *counterStand) refused(reason string) float64 {
	return counted(s.t, s.g.registry, "countersign_gateway_refused_total", signInVendor, reason)
}

func pressed() compliance.Inbound {
	in := vote()
	in.Surface, in.Actor = "slack", compliance.Account{Provider: "slack", ID: "U06FARAH"}
	in.Ref, in.Message = "CHG-7.1.2.n1.0123456789ab", "C01/17.0001"
	return in
}

// browser is one person's browser: cookies, redirects, forms.
type browser struct {
	t      *testing.T
	client *http.Client
}

func newBrowser(t *testing.T) *browser {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &browser{t: t, client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// page is what a browser was answered.
type page struct {
	status   int
	body     string
	location string
	header   http.Header
}

func (b *browser) get(address string) page { return b.do(http.MethodGet, address, nil, nil) }

func (b *browser) do(method, address string, form url.Values, header map[string]string) page {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, address, strings.NewReader(form.Encode()))
	require.NoError(b.t, err)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	resp, err := b.client.Do(r)
	require.NoError(b.t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(b.t, err)
	return page{resp.StatusCode, html.UnescapeString(string(body)), resp.Header.Get("Location"), resp.Header}
}

// signIn follows a link through the provider back to the callback's address.
func (b *browser) signIn(link, who, how string) string {
	b.t.Helper()
	begun := b.get(link)
	require.Equal(b.t, http.StatusSeeOther, begun.status, begun.body)
	back, err := oidctest.Choose(b.t.Context(), b.client, begun.location, who, how)
	require.NoError(b.t, err)
	return back
}

// open goes on from the callback to the form.
func (b *browser) open(base, callback string) page {
	b.t.Helper()
	to := b.get(callback)
	require.Equal(b.t, http.StatusSeeOther, to.status, to.body)
	return b.get(base + to.location)
}

var hidden = regexp.MustCompile(`name="(session|csrf)" value="([a-z0-9]+)"`)

// filled is the form of a page with everything ticked.
func filled(t *testing.T, p page) url.Values {
	t.Helper()
	form := url.Values{"in.tests": {"yes"}, "in.risk": {"yes"}, "in.rollback": {"yes"}, "in.comment": {"Read it."}}
	for _, m := range hidden.FindAllStringSubmatch(p.body, -1) {
		form.Set(m[1], m[2])
	}
	require.NotEmpty(t, form.Get("csrf"), p.body)
	return form
}

func (s *counterStand) decide(b *browser, form url.Values) page {
	return b.do(http.MethodPost, s.base+"/signin/decide", form, nil)
}

// From the pressed button to the act: who signed in, how, for whose link and
// with which words in front of them; and a form sent twice is one act.
func TestC18_SignInPagesCarryADecision(t *testing.T) {
	s := newCounter(t)
	reply, ok := s.g.SignIn(t.Context(), pressed())
	require.True(t, ok)
	require.Contains(t, reply.Text, "10 minutes")
	require.NotContains(t, reply.Link, "U06FARAH")
	b := newBrowser(t)
	shown := b.open(s.base, b.signIn(reply.Link, "sub-farah", oidctest.Second))
	require.Equal(t, http.StatusOK, shown.status)
	for _, text := range []string{"Approve this change", "CHG-7", "version 1 · 0123456789ab", "I have reviewed the test plan"} {
		require.Contains(t, shown.body, text)
	}
	require.Empty(t, s.desk.submitted(), "reading decides nothing")
	form := filled(t, shown)
	for range 2 {
		done := s.decide(b, form)
		require.Equal(t, http.StatusOK, done.status, done.body)
		require.Contains(t, done.body, "CHG-7: your decision is recorded.")
	}
	acts := s.desk.submitted()
	require.Len(t, acts, 1, "the same answers are the same delivery")
	in := acts[0]
	require.True(t, s.links.Proven(in))
	require.Equal(t, "web", in.Surface)
	require.Equal(t, compliance.Account{Provider: "oidc", ID: "sub-farah"}, in.Actor)
	require.Equal(t, []string{"change/example/10042", "approve", pressed().Ref, "C01/17.0001"}, []string{in.Subject, in.Action, in.Ref, in.Message})
	require.Equal(t, pressed().Actor, in.SignIn.For)
	require.Equal(t, []string{"pwd", "otp", "mfa"}, in.SignIn.Methods)
	require.WithinDuration(t, time.Now(), in.SignIn.At, 5*time.Second)
	require.NotEmpty(t, in.SignIn.Session)
	require.Len(t, in.Answers, 4)
	require.Contains(t, in.Answers[0].Shown, "I have reviewed the test plan")

	// Other answers are another act, of which the judge says what it is worth.
	form.Set("in.comment", "Read it twice.")
	s.decide(b, form)
	require.Len(t, s.desk.submitted(), 2)
	require.NotEqual(t, acts[0].Delivery, s.desk.submitted()[1].Delivery)
	require.NotContains(t, s.log.String(), "sub-farah")
	require.NotContains(t, s.log.String(), "U06FARAH")
}

// However the provider misbehaves, no decision comes of it that the judge could
// take for a proven one of the right person.
func TestC18_MisbehavingProviderDecidesNothing(t *testing.T) {
	for fault, want := range map[oidctest.Fault]struct {
		status int
		reason string
	}{
		oidctest.WrongNonce: {403, "provider-refused"}, oidctest.WrongAudience: {403, "provider-refused"},
		oidctest.WrongIssuer: {403, "provider-refused"}, oidctest.OtherParty: {403, "provider-refused"},
		oidctest.Expired: {403, "provider-refused"}, oidctest.Unsigned: {403, "provider-refused"},
		oidctest.OtherKey: {403, "provider-refused"}, oidctest.NoSignInTime: {403, "provider-refused"},
		oidctest.NoToken: {403, "provider-refused"}, oidctest.LongSubject: {403, "provider-refused"},
		oidctest.StolenResponse: {403, "provider-refused"},
		oidctest.OldSignIn:      {403, "step-up-stale"},
		oidctest.EarlierSignIn:  {403, "step-up-stale"}, // fresh enough, and yet not for this
		oidctest.SingleFactor:   {403, "step-up-weak"},
	} {
		t.Run(string(fault), func(t *testing.T) {
			s, b := newCounter(t), newBrowser(t)
			s.provider.Misbehave(fault)
			end := b.get(b.signIn(s.links.Link(pressed()), "sub-farah", oidctest.Second))
			require.Equal(t, want.status, end.status, end.body)
			require.EqualValues(t, 1, s.refused(want.reason), s.log.String())
			require.Contains(t, end.body, "Sign in again")
			require.Empty(t, s.desk.submitted())
			for _, c := range b.client.Jar.Cookies(mustURL(t, s.base)) {
				require.NotContains(t, c.Name, kindSession)
			}
			require.Len(t, oidctest.Faults(), 15, "a new fault gets its row")
		})
	}
	t.Run(string(oidctest.SomebodyElse), func(t *testing.T) {
		s, b := newCounter(t), newBrowser(t)
		s.provider.Misbehave(oidctest.SomebodyElse)
		shown := b.open(s.base, b.signIn(s.links.Link(pressed()), "sub-farah", oidctest.Second))
		s.decide(b, filled(t, shown))
		acts := s.desk.submitted()
		require.Len(t, acts, 1, "the judge refuses it, and has it on record")
		require.Equal(t, "sub-alice", acts[0].Actor.ID)
		require.Equal(t, pressed().Actor, acts[0].SignIn.For)
	})
}

func mustURL(t *testing.T, s string) *url.URL {
	u, err := url.Parse(s)
	require.NoError(t, err)
	return u
}

func TestC18_LinksThatLeadNowhere(t *testing.T) {
	s, b := newCounter(t), newBrowser(t)
	good := s.links.Link(pressed())
	for name, c := range map[string]struct {
		link   string
		status int
		reason string
	}{
		"none":    {s.base + "/signin", 400, "link-broken"},
		"cut":     {good[:len(good)-8], 400, "link-broken"},
		"garbage": {s.base + "/signin?link=" + strings.Repeat("%00", 3000), 400, "link-broken"},
	} {
		before := s.refused(c.reason)
		end := b.get(c.link)
		require.Equal(t, c.status, end.status, name)
		require.Contains(t, end.body, "Nothing was recorded", name)
		require.EqualValues(t, before+1, s.refused(c.reason), name)
	}
	s.later(stepup.LinkLife)
	end := b.get(good)
	require.Equal(t, http.StatusGone, end.status)
	require.Contains(t, end.body, "press the button on the card again")
	require.EqualValues(t, 1, s.refused("link-expired"))
	require.Empty(t, b.client.Jar.Cookies(mustURL(t, s.base)))
}

func TestC18_CallbacksThatProveNothing(t *testing.T) {
	s := newCounter(t)
	link := s.links.Link(pressed())
	t.Run("twice", func(t *testing.T) {
		b := newBrowser(t)
		back := b.signIn(link, "sub-farah", oidctest.Second)
		require.Equal(t, http.StatusSeeOther, b.get(back).status)
		end := b.get(back)
		require.Equal(t, http.StatusBadRequest, end.status)
		require.Contains(t, end.body, "This sign-in is over", "the provider is not even asked")
	})
	t.Run("twice, with the cookie kept", func(t *testing.T) {
		b := newBrowser(t)
		back := b.signIn(link, "sub-farah", oidctest.Second)
		kept := b.client.Jar.Cookies(mustURL(t, s.base))
		require.Equal(t, http.StatusSeeOther, b.get(back).status)
		b.client.Jar.SetCookies(mustURL(t, s.base), kept)
		end := b.get(back)
		require.Equal(t, http.StatusBadRequest, end.status, "the provider's code works once")
		require.Contains(t, end.body, "used already")
	})
	t.Run("in another browser", func(t *testing.T) {
		back := newBrowser(t).signIn(link, "sub-farah", oidctest.Second)
		require.Equal(t, http.StatusBadRequest, newBrowser(t).get(back).status)
	})
	t.Run("another state", func(t *testing.T) {
		b := newBrowser(t)
		back := b.signIn(link, "sub-farah", oidctest.Second)
		u := mustURL(t, back)
		q := u.Query()
		q.Set("state", q.Get("state")[:12]+strings.Repeat("a", 14))
		u.RawQuery = q.Encode()
		require.Equal(t, http.StatusBadRequest, b.get(u.String()).status)
	})
	t.Run("no code, a huge code, a huge state", func(t *testing.T) {
		for _, change := range []func(url.Values){
			func(q url.Values) { q.Del("code") }, func(q url.Values) { q.Set("code", strings.Repeat("c", 5000)) },
			func(q url.Values) { q.Set("state", q.Get("state")+strings.Repeat("a", 100)) },
		} {
			b := newBrowser(t)
			u := mustURL(t, b.signIn(link, "sub-farah", oidctest.Second))
			q := u.Query()
			change(q)
			u.RawQuery = q.Encode()
			require.Equal(t, http.StatusBadRequest, b.get(u.String()).status)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		b := newBrowser(t)
		end := b.get(b.signIn(link, "sub-farah", oidctest.Cancel))
		require.Equal(t, http.StatusForbidden, end.status)
		require.Contains(t, end.body, "access_denied")
		require.EqualValues(t, 1, s.refused("provider-declined"))
	})
	t.Run("too late", func(t *testing.T) {
		b := newBrowser(t)
		back := b.signIn(s.links.Link(pressed()), "sub-farah", oidctest.Second)
		s.later(stepup.LinkLife)
		require.Equal(t, http.StatusBadRequest, b.get(back).status)
	})
	require.Empty(t, s.desk.submitted())
}

func TestC18_DecisionsThatAreNotTaken(t *testing.T) {
	s, b := newCounter(t), newBrowser(t)
	shown := b.open(s.base, b.signIn(s.links.Link(pressed()), "sub-farah", oidctest.Second))
	for name, c := range map[string]struct {
		change func(url.Values)
		header map[string]string
		status int
		reason string
	}{
		"another token":   {func(f url.Values) { f.Set("csrf", "aaaaaaaaaaaaaaaaaaaaaaaaaa") }, nil, 403, "csrf"},
		"no token":        {func(f url.Values) { f.Del("csrf") }, nil, 403, "csrf"},
		"another session": {func(f url.Values) { f.Set("session", "aaaaaaaaaaaa") }, nil, 400, "no-session"},
		"no session":      {func(f url.Values) { f.Del("session") }, nil, 400, "no-session"},
		"another site":    {nil, map[string]string{"Sec-Fetch-Site": "cross-site"}, 403, "cross-site"},
		"too long":        {func(f url.Values) { f.Set("in.comment", strings.Repeat("x", maxDecision)) }, nil, 413, "too-large"},
		"no form":         {nil, map[string]string{"Content-Type": "text/plain"}, 415, "content-type"},
	} {
		form := filled(t, shown)
		if c.change != nil {
			c.change(form)
		}
		before := s.refused(c.reason)
		end := b.do(http.MethodPost, s.base+"/signin/decide", form, c.header)
		require.Equal(t, c.status, end.status, "%s: %s", name, end.body)
		require.EqualValues(t, before+1, s.refused(c.reason), name)
	}
	other := newBrowser(t)
	require.Equal(t, http.StatusBadRequest, s.decide(other, filled(t, shown)).status, "a session is its browser's")
	require.Empty(t, s.desk.submitted())

	s.desk.reply = func(in compliance.Inbound) compliance.Reply {
		return compliance.Reply{Outcome: compliance.Declined, Reason: "missing-answer", Field: "rollback", Text: "An answer is missing."}
	}
	form := filled(t, shown)
	form.Del("in.rollback")
	form.Set("in.comment", `"><script>alert(1)</script>`)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.base+"/signin/decide", strings.NewReader(form.Encode()))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := b.client.Do(r)
	require.NoError(t, err)
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusUnprocessableEntity, resp.StatusCode)
	require.Contains(t, string(raw), `id="err-rollback" role="alert">An answer is missing.`)
	require.NotContains(t, string(raw), "<script>")
	require.Contains(t, string(raw), "&lt;script&gt;", "what was written is still there")

	s.later(11 * time.Minute)
	require.Equal(t, http.StatusBadRequest, s.decide(b, filled(t, shown)).status, "a sign-in ends")
	require.Equal(t, http.StatusBadRequest, b.get(s.base+"/signin/decide?session="+form.Get("session")).status)
}

func TestC18_OutcomesAreSaid(t *testing.T) {
	for name, c := range map[string]struct {
		reply  compliance.Reply
		status int
		says   []string
	}{
		"received":     {compliance.Reply{Outcome: compliance.Received, Text: "The outcome follows."}, 200, []string{"Received", "The outcome follows.", "You can close this page"}},
		"declined":     {compliance.Reply{Outcome: compliance.Declined, Reason: "step-up-other-person", Text: "Not you."}, 403, []string{"Not accepted", "Not you."}},
		"stale":        {compliance.Reply{Outcome: compliance.Declined, Reason: "step-up-stale", Text: "Too old.", Link: "https://gate.example/signin?link=x"}, 403, []string{"Too old.", `href="https://gate.example/signin?link=x"`}},
		"not recorded": {compliance.Reply{Outcome: compliance.NotRecorded, Reason: "unreachable", Text: "Nothing was recorded."}, 422, []string{"Nothing was recorded.", "<button"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, b := newCounter(t), newBrowser(t)
			s.desk.reply = func(compliance.Inbound) compliance.Reply { return c.reply }
			shown := b.open(s.base, b.signIn(s.links.Link(pressed()), "sub-farah", oidctest.Second))
			end := s.decide(b, filled(t, shown))
			require.Equal(t, c.status, end.status)
			for _, text := range c.says {
				require.Contains(t, end.body, text)
			}
		})
	}
}

// Two sign-ins in two tabs do not take each other's place.
func TestC18_TwoTabs(t *testing.T) {
	s, b := newCounter(t), newBrowser(t)
	deny := pressed()
	deny.Subject, deny.Action = "change/example/10043", "deny"
	first := b.signIn(s.links.Link(pressed()), "sub-farah", oidctest.Second)
	second := b.signIn(s.links.Link(deny), "sub-farah", oidctest.Second)
	denying := b.open(s.base, second)
	require.Contains(t, denying.body, "Why do you deny it?")
	approving := b.open(s.base, first)
	s.decide(b, filled(t, approving))
	form := filled(t, denying)
	form.Set("in.reason", "No rollback")
	s.decide(b, form)
	acts := s.desk.submitted()
	require.Len(t, acts, 2)
	require.Equal(t, []string{"change/example/10042", "approve", "change/example/10043", "deny"},
		[]string{acts[0].Subject, acts[0].Action, acts[1].Subject, acts[1].Action})
	require.Len(t, acts[1].Answers, 1, "only what the form asks for is taken")
}

func TestC18_BrowsersAreToldWhatTheyMayDo(t *testing.T) {
	s, b := newCounter(t), newBrowser(t)
	begun := b.get(s.links.Link(pressed()))
	cookie := begun.header.Get("Set-Cookie")
	for _, attribute := range []string{"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"} {
		require.Contains(t, cookie, attribute)
	}
	require.NotContains(t, cookie, "U06FARAH")
	require.Less(t, len(cookie), 4096, "more than a browser keeps")
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
	} {
		require.Equal(t, want, begun.header.Get(name))
	}
	policy := begun.header.Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	require.Contains(t, policy, "frame-ancestors 'none'")
	require.NotContains(t, policy, "unsafe")

	secure := *s.g.signIn
	secure.secure = true
	w := httptest.NewRecorder()
	require.NoError(t, secure.keep(w, kindFlow, "abcdefabcdef", flow{}, s.now().Add(time.Minute)))
	require.Contains(t, w.Header().Get("Set-Cookie"), "__Host-countersign-flow-abcdefabcdef=")
	require.Contains(t, w.Header().Get("Set-Cookie"), "Secure")

	require.Equal(t, http.StatusMethodNotAllowed, b.do(http.MethodPost, s.base+"/signin", url.Values{}, nil).status)
	require.Error(t, s.g.Mount("/signin/other", http.NotFoundHandler()))
}

// Nobody but the pages says that somebody signed in.
func TestC18_ASurfacesSignInIsDropped(t *testing.T) {
	s := newCounter(t)
	in := pressed()
	in.SignIn = &compliance.SignIn{At: time.Now(), Methods: []string{"mfa"}, For: in.Actor}
	s.g.Submit(t.Context(), s.links.Prove(in))
	acts := s.desk.submitted()
	require.Len(t, acts, 1)
	require.Nil(t, acts[0].SignIn)
	in.SignIn.For = compliance.Account{Provider: "slack", ID: "U01ALICE"}
	reply, ok := s.g.SignIn(t.Context(), in)
	require.True(t, ok)
	link, err := s.links.Read(mustURL(t, reply.Link).Query().Get("link"))
	require.NoError(t, err)
	require.Equal(t, in.Actor, link.Account, "a link is for whoever pressed")

	start := pressed()
	start.Action = "start"
	_, ok = s.g.SignIn(t.Context(), start)
	require.False(t, ok, "only votes are made there")
	broken := pressed()
	broken.Subject = "recipe/1"
	reply, ok = s.g.SignIn(t.Context(), broken)
	require.True(t, ok)
	require.Equal(t, ReasonUnknownSubject, reply.Reason)
	without, _ := unconnected(t, nil)
	_, ok = without.SignIn(t.Context(), pressed())
	require.False(t, ok)
	w := httptest.NewRecorder()
	without.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/signin", nil))
	require.Equal(t, http.StatusNotFound, w.Code)
}

func TestC18_SignInNamesWhatIsMissing(t *testing.T) {
	s := newCounter(t)
	for name, c := range map[string]struct {
		change func(*SignIn)
		says   string
	}{
		"no key":       {func(c *SignIn) { c.Links.Key = nil }, "key"},
		"no provider":  {func(c *SignIn) { c.Provider = nil }, "provider"},
		"no address":   {func(c *SignIn) { c.Links.Base = "" }, "origin"},
		"with a path":  {func(c *SignIn) { c.Links.Base = "https://gate.example/countersign" }, "origin"},
		"with a query": {func(c *SignIn) { c.Links.Base = "https://gate.example?x=1" }, "origin"},
		"no web":       {func(c *SignIn) { c.Links.Base = "ftp://gate.example" }, "origin"},
	} {
		cfg := s.g.signIn.cfg
		c.change(&cfg)
		_, err := newSignInPages(s.g, cfg)
		require.ErrorContains(t, err, c.says, name)
	}
}

func TestC18_ProviderDown(t *testing.T) {
	s, b := newCounter(t), newBrowser(t)
	back := b.signIn(s.links.Link(pressed()), "sub-farah", oidctest.Second)
	require.NoError(t, s.provider.Close())
	end := b.get(back)
	require.Equal(t, http.StatusBadGateway, end.status)
	require.Contains(t, end.body, "try again in a minute")
	// A connection that was kept dies after the request may have left.
	require.EqualValues(t, 1, s.refused("provider-unavailable")+s.refused("provider-unknown-outcome"), s.log.String())
}
