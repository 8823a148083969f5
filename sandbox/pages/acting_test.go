package pages

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/lowcodex/countersign/policy"
)

// Two tabs share the browser's choice of a person. What a page does it does as the
// person it was shown to, and the browser then stays with them.
func TestActing_IsWhomThePageWasShownTo(t *testing.T) {
	p, server := place(t)
	chidi := http.Header{"Cookie": {cookie + "=p-chidi"}} // chosen in another tab since
	answer, _ := send(t, server, http.MethodPost, "/jira/new", url.Values{"f.title": {"Bruno's"}, "do": {"create"}, "acting": {"p-bruno"}}, chidi)
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	require.Equal(t, "acc-bruno", p.cfg.Site.Jira.Issues()[0].Reporter)
	require.Contains(t, answer.Header.Get("Set-Cookie"), cookie+"=p-bruno")

	_, page := send(t, server, http.MethodGet, "/slack/C01CHANGES", nil, http.Header{"Cookie": chidi["Cookie"], actingHeader: {"p-bruno"}})
	require.Contains(t, page, "Write as Bruno Keller", "news for an open page is that of its own person")
	answer, _ = send(t, server, http.MethodPost, "/jira/new", url.Values{"f.title": {"Chidi's"}, "do": {"create"}, "acting": {"p-nobody"}}, chidi)
	require.Equal(t, "acc-chidi", p.cfg.Site.Jira.Issues()[1].Reporter)
	require.Empty(t, answer.Header.Get("Set-Cookie"))
}

// Every form of every page names its person.
func TestActing_StandsInEveryForm(t *testing.T) {
	p, server := place(t)
	_, err := p.cfg.Site.Jira.CreateIssue("acc-jonas", map[string]string{"title": "T"})
	require.NoError(t, err)
	send(t, server, http.MethodPost, "/alerts", url.Values{"do": {"fire"}, "name": {"x"}, "system": {"order-portal"}, "severity": {"critical"}}, nil)
	forms := 0
	for _, path := range []string{"/", "/jira", "/jira/new", "/jira/OPS-1", "/jira/OPS-1/edit", "/slack/C01CHANGES", "/alerts", "/pager", "/vendors", "/evidence"} {
		for _, form := range elements(t, server, path, "form") {
			if attribute(form, "action") == "/act-as" {
				continue
			}
			forms++
			named := false
			for n := range form.Descendants() {
				named = named || n.Data == "input" && attribute(n, "name") == actingField && attribute(n, "value") == "p-jonas"
			}
			require.True(t, named, "%s: %s", path, attribute(form, "action"))
		}
	}
	require.GreaterOrEqual(t, forms, 8)
}

// A person whom a vendor does not know is told so, and by which file it is mended.
func TestActing_NeedsAnAccount(t *testing.T) {
	p, server := place(t)
	dir := t.TempDir()
	require.NoError(t, policy.WriteExample(dir))
	file := filepath.Join(dir, "directory", "people.yaml")
	people, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, bytes.Replace(people, []byte("      jira: acc-ingrid\n"), nil, 1), 0o600))
	_, p.cfg.Directory, err = policy.Load(dir)
	require.NoError(t, err)
	answer, page := send(t, server, http.MethodPost, "/jira/new", url.Values{"f.title": {"T"}, "acting": {"p-ingrid"}}, nil)
	require.Equal(t, http.StatusForbidden, answer.StatusCode)
	require.Contains(t, page, "Ingrid Solberg has no account at Jira")
	require.Empty(t, p.cfg.Site.Jira.Issues())
}

// What is too large is told in words on a page, whoever it was meant for.
func TestFormed_TooLarge(t *testing.T) {
	p, server := place(t)
	answer, page := send(t, server, http.MethodPost, "/jira/new", url.Values{"f.title": {"T"}, "f.plan": {strings.Repeat("x", maxBody)}}, nil)
	require.Equal(t, http.StatusRequestEntityTooLarge, answer.StatusCode)
	require.Contains(t, page, "more than a form takes")
	require.Empty(t, p.cfg.Site.Jira.Issues())
}

// elements are those of a page with the name.
func elements(t *testing.T, server *httptest.Server, path, name string) []*html.Node {
	t.Helper()
	answer, page := send(t, server, http.MethodGet, path, nil, nil)
	require.Equal(t, http.StatusOK, answer.StatusCode, path)
	root, err := html.Parse(strings.NewReader(page))
	require.NoError(t, err)
	var out []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == name {
			out = append(out, n)
		}
	}
	return out
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
