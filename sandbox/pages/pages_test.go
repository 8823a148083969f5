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
	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/sandbox/standin"
)

// place is the pages over stand-ins and an empty log, with nobody behind them.
func place(t *testing.T) (*Pages, *httptest.Server) {
	t.Helper()
	rules, directory, err := policy.LoadFS(policy.ExampleFS())
	require.NoError(t, err)
	site, err := standin.Start(standin.Options{Rules: rules, Directory: directory, Logger: slog.New(slog.DiscardHandler)})
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
		"/evidence": 200, "/evidence/CHG-9": 404, "/evidence/blob/sha256:00": 404, "/nowhere": 404, "/static/style.css": 200,
	} {
		answer, page := send(t, server, http.MethodGet, path, nil, nil)
		require.Equal(t, want, answer.StatusCode, "%s: %s", path, page)
	}
	answer, page = send(t, server, http.MethodPost, "/slack/C01CHANGES", url.Values{"ts": {"1.2"}, "action": {"approve"}}, nil)
	require.Equal(t, http.StatusBadGateway, answer.StatusCode)
	require.Contains(t, page, "No message 1.2")
}
