package pages

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/sandbox/standin"
)

// place is the pages over stand-ins and an empty log, with nobody behind them.
func place(t *testing.T) (*Pages, *httptest.Server) {
	t.Helper()
	return placeWith(t, standin.Options{})
}

func placeWith(t *testing.T, o standin.Options) (*Pages, *httptest.Server) {
	t.Helper()
	rules, directory, err := policy.LoadFS(policy.ExampleFS())
	require.NoError(t, err)
	o.Rules, o.Directory, o.Logger = rules, directory, slog.New(slog.DiscardHandler)
	site, err := standin.Start(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, site.Close()) })
	dir := t.TempDir()
	log, err := evidence.Open(context.Background(), evidence.Config{Dir: dir})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, log.Close()) })
	p, err := New(Config{
		Site: site, Rules: rules, Directory: directory, Evidence: dir, Anchors: t.TempDir(), Policy: "policy",
		Logger: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	require.NoError(t, err)
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return p, server
}

// send sends a request as the person and follows no redirection.
func send(t *testing.T, server *httptest.Server, method, path string, form url.Values, header http.Header) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, server.URL+path, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, values := range header {
		r.Header[name] = values
	}
	if h := header.Get("Host"); h != "" {
		r.Host = h
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer, string(body)
}

func TestGuard(t *testing.T) {
	p, server := place(t)
	ticket := url.Values{"f.title": {"From elsewhere"}, "do": {"create"}}
	for name, c := range map[string]struct {
		header http.Header
		want   int
	}{
		"another site's form":   {http.Header{"Sec-Fetch-Site": {"cross-site"}}, http.StatusForbidden},
		"another port's form":   {http.Header{"Sec-Fetch-Site": {"same-site"}}, http.StatusForbidden},
		"an old browser":        {http.Header{"Origin": {"http://evil.example"}}, http.StatusForbidden},
		"no origin to be named": {http.Header{"Origin": {"null"}}, http.StatusForbidden},
		"a name for loopback":   {http.Header{"Host": {"rebound.example"}}, http.StatusMisdirectedRequest},
	} {
		t.Run(name, func(t *testing.T) {
			answer, _ := send(t, server, http.MethodPost, "/jira/new", ticket, c.header)
			require.Equal(t, c.want, answer.StatusCode)
		})
	}
	require.Empty(t, p.cfg.Site.Jira.Issues(), "nothing was done")
	answer, _ := send(t, server, http.MethodPost, "/jira/new", ticket, http.Header{"Sec-Fetch-Site": {"same-origin"}})
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	require.Len(t, p.cfg.Site.Jira.Issues(), 1)
	require.Contains(t, answer.Header.Get("Content-Security-Policy"), "default-src 'none'")
}

func TestActAsGoesBackToOwnPagesOnly(t *testing.T) {
	_, server := place(t)
	for back, want := range map[string]string{
		"/jira/new?x=1": "/jira/new?x=1", "//evil.example": "/", "https://evil.example": "/", `/\evil.example`: "/", "": "/",
	} {
		answer, _ := send(t, server, http.MethodPost, "/act-as", url.Values{"person": {"p-bruno"}, "back": {back}}, nil)
		require.Equal(t, http.StatusSeeOther, answer.StatusCode)
		require.Equal(t, want, answer.Header.Get("Location"))
		require.Contains(t, answer.Header.Get("Set-Cookie"), "SameSite=Strict")
	}
	answer, _ := send(t, server, http.MethodPost, "/act-as", url.Values{"person": {"p-nobody"}}, nil)
	require.Equal(t, http.StatusBadRequest, answer.StatusCode)
}

// Saving a form changes only what the person changed: an untouched material
// field that came back different would void approvals.
func TestTicketFormChangesOnlyWhatWasChanged(t *testing.T) {
	p, server := place(t)
	jira := p.cfg.Site.Jira
	issue, err := jira.CreateIssue("acc-jonas", map[string]string{
		"title": "T", "plan": "one\ntwo", "planned_start": "2027-01-05T08:00:30Z", "implementer": "acc-goran", "system": "sandbox",
	})
	require.NoError(t, err)
	as := http.Header{"Cookie": {cookie + "=p-emeka"}} // in Chicago
	_, page := send(t, server, http.MethodGet, "/jira/OPS-1/edit", nil, as)
	require.Contains(t, page, `value="2027-01-05T02:00"`, "shown on the person's clock")
	form := url.Values{
		"f.title": {"T"}, "f.plan": {"one\r\ntwo"}, "f.planned_start": {"2027-01-05T02:00"}, "f.implementer": {"acc-goran"},
		"f.system": {"sandbox"}, "f.risk": {"low"}, "f.unknown": {"x"},
	}
	answer, _ := send(t, server, http.MethodPost, "/jira/OPS-1/edit", form, as)
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	after, _ := jira.Issue(issue.Key)
	require.Len(t, after.History, len(issue.History)+1, "%+v", after.History)
	require.Equal(t, "low", after.Fields["risk"])
	require.Equal(t, "2027-01-05T08:00:30Z", after.Fields["planned_start"])

	form.Set("f.planned_start", "2027-01-06T03:30")
	send(t, server, http.MethodPost, "/jira/OPS-1/edit", form, as)
	after, _ = jira.Issue(issue.Key)
	require.Equal(t, "2027-01-06T09:30:00Z", after.Fields["planned_start"])
}

func TestErrorsAreShownWhereTheyBelong(t *testing.T) {
	_, server := place(t)
	answer, page := send(t, server, http.MethodPost, "/jira/new", url.Values{"f.plan": {"kept <b>"}}, nil)
	require.Equal(t, http.StatusUnprocessableEntity, answer.StatusCode)
	require.Contains(t, page, "You must specify a summary")
	require.Contains(t, page, "kept &lt;b&gt;", "what was typed is kept")
	for path, want := range map[string]int{
		"/": 200, "/jira": 200, "/jira/new": 200, "/jira/OPS-9": 404, "/slack/C01CHANGES": 200, "/slack/C09": 404,
		"/alerts": 200, "/pager": 200, "/vendors": 200, "/platforms": 404,
		"/evidence": 200, "/evidence/CHG-9": 404, "/evidence/blob/sha256:00": 404, "/nowhere": 404, "/static/style.css": 200,
	} {
		answer, page := send(t, server, http.MethodGet, path, nil, nil)
		require.Equal(t, want, answer.StatusCode, "%s: %s", path, page)
	}
	answer, page = send(t, server, http.MethodPost, "/slack/C01CHANGES", url.Values{"ts": {"1.2"}, "action": {"approve"}}, nil)
	require.Equal(t, http.StatusConflict, answer.StatusCode)
	require.Contains(t, page, "That button is not there any more")
}

// A direct message is seen by its member only, and a channel's buttons by its
// members; everybody may join a channel that is open.
func TestConversationsAreSeenByTheirMembers(t *testing.T) {
	p, server := place(t)
	site := p.cfg.Site.Slack
	site.AddChannel(slacktest.Channel{ID: "D01BRUNO", Members: []string{"U02BRUNO"}})
	site.AddChannel(slacktest.Channel{ID: "C05ROOM", Name: "inc-0a1b", Members: []string{"U02BRUNO"}})
	site.AddChannel(slacktest.Channel{ID: "C06SECRET", Name: "secret", Private: true, Members: []string{"U02BRUNO"}})
	_, err := site.SayAsApp("D01BRUNO", "SEV1 Orders hang")
	require.NoError(t, err)
	bruno, chidi := http.Header{"Cookie": {cookie + "=p-bruno"}}, http.Header{"Cookie": {cookie + "=p-chidi"}}
	_, page := send(t, server, http.MethodGet, "/slack/D01BRUNO", nil, bruno)
	require.Contains(t, page, "Orders hang")
	answer, _ := send(t, server, http.MethodGet, "/slack/D01BRUNO", nil, chidi)
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	_, page = send(t, server, http.MethodGet, "/slack/C05ROOM", nil, chidi)
	require.Contains(t, page, `value="join"`)
	require.NotContains(t, page, "D01BRUNO")
	require.NotContains(t, page, "secret")
	send(t, server, http.MethodPost, "/slack/C05ROOM", url.Values{"do": {"join"}}, chidi)
	send(t, server, http.MethodPost, "/slack/C06SECRET", url.Values{"do": {"join"}}, chidi)
	_, page = send(t, server, http.MethodGet, "/slack/C05ROOM", nil, chidi)
	require.Contains(t, page, `value="say"`)
	answer, _ = send(t, server, http.MethodGet, "/slack/C06SECRET", nil, chidi)
	require.Equal(t, http.StatusSeeOther, answer.StatusCode, "nobody joins what they do not see")
	_, page = send(t, server, http.MethodGet, "/pager", nil, bruno)
	require.Contains(t, page, "1 direct message<")
}

// The evidence and the first page list the subjects of every process, and each
// has a page of its own, with a number or without.
func TestSubjectsOfEveryProcessAreListed(t *testing.T) {
	p, server := place(t)
	log, err := evidence.Open(context.Background(), evidence.Config{Dir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, log.Close()) })
	p.cfg.Evidence = log.Dir()
	_, page := send(t, server, http.MethodGet, "/", nil, nil)
	require.NotContains(t, page, "What is under way")
	at := time.Now().UTC()
	for _, e := range []evidence.Event{
		{Key: "1", Type: "change.received", Subject: "change/example/1", Series: "CHG", State: "draft"},
		{Key: "2", Type: "certification.tracked", Subject: "certification/acme/soc2", Series: "CER", State: "missing", Facts: []byte(`{"vendor":"acme","artefact":"soc2"}`)},
		{Key: "3", Type: "incident.received", Subject: "incident/INC-1", Series: "INC", State: "triggered"},
		{Key: "4", Type: "alert.triggered", Subject: "alert/monitoring/00ff", Number: "INC-1", State: "firing", Facts: []byte(`{"source":"monitoring <b>"}`)},
		{Key: "5", Type: "patch.received", Subject: "patch/acme/10.6", Series: "PAT", State: "assessing"},
		{Key: "6", Type: "patch.closed", Subject: "patch/acme/10.6", Number: "PAT-1", State: "withdrawn", Final: true},
	} {
		e.Schema, e.At = 1, at
		_, err := log.Append(context.Background(), []evidence.Event{e})
		require.NoError(t, err)
	}
	require.NoError(t, log.Publish(context.Background()))
	_, list := send(t, server, http.MethodGet, "/evidence", nil, nil)
	_, start := send(t, server, http.MethodGet, "/", nil, nil)
	for _, row := range []string{
		`<a href="/evidence/CHG-1">CHG-1</a></td><td>change</td><td>draft`, `<a href="/evidence/CER-1">CER-1</a></td><td>certification</td><td>missing`,
		`<a href="/evidence/INC-1">INC-1</a></td><td>incident</td><td>triggered`,
	} {
		require.Contains(t, list, row)
		require.Contains(t, start, row)
	}
	require.Contains(t, list, `<a href="/evidence/PAT-1">PAT-1</a></td><td>patch rollout</td><td>withdrawn`)
	require.NotContains(t, start, "PAT-1", "it is over")
	require.Contains(t, list, `<a href="/evidence/subject/alert/monitoring/00ff">–</a></td><td>alert</td><td>firing`)
	require.Less(t, strings.Index(list, "PAT-1"), strings.Index(list, "CHG-1"), "what moved last comes first")

	_, page = send(t, server, http.MethodGet, "/evidence/INC-1", nil, nil)
	require.Contains(t, page, "An incident began; it got the number INC-1.")
	require.Contains(t, page, "The source “monitoring &lt;b&gt;” reported", "the alert's records are the incident's, too")
	answer, page := send(t, server, http.MethodGet, "/evidence/subject/alert/monitoring/00ff", nil, nil)
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Contains(t, page, "<h1>alert/monitoring/00ff</h1>")
	require.Equal(t, 1, strings.Count(page, `class="kind"`))
	answer, _ = send(t, server, http.MethodGet, "/evidence/subject/alert/none", nil, nil)
	require.Equal(t, http.StatusNotFound, answer.StatusCode)
	_, page = send(t, server, http.MethodGet, "/evidence/CER-1", nil, nil)
	require.Contains(t, page, "“soc2” of the vendor “acme” is tracked from now on")
	require.Contains(t, page, "<dt>certifications</dt><dd>1 missing</dd>")
}
