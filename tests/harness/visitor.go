package harness

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Visitor is a person at the sandbox's pages, without a browser: forms are sent
// as a browser without scripts sends them.
type Visitor struct {
	t      testing.TB
	base   string
	client *http.Client
}

// Visit opens the pages as a person by their directory id.
func (s *Sandbox) Visit(t testing.TB, person string) *Visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	v := &Visitor{t: t, base: s.URL, client: &http.Client{Jar: jar}}
	status, _ := v.Send("/act-as", url.Values{"person": {person}, "back": {"/"}})
	require.Equal(t, http.StatusOK, status)
	return v
}

// Page is the content of a page that must exist.
func (v *Visitor) Page(path string) string {
	v.t.Helper()
	status, body := v.do(http.MethodGet, path, nil)
	require.Equal(v.t, http.StatusOK, status, "%s: %s", path, body)
	return body
}

// Send sends a form and returns the status and content of where it leads.
func (v *Visitor) Send(path string, form url.Values) (int, string) {
	v.t.Helper()
	return v.do(http.MethodPost, path, form)
}

func (v *Visitor) do(method, path string, form url.Values) (int, string) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), StoryWithin)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, v.base+path, strings.NewReader(form.Encode()))
	require.NoError(v.t, err)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := v.client.Do(r)
	require.NoError(v.t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(v.t, err)
	return answer.StatusCode, string(body)
}

// Await follows the pages' stream of events until a page satisfies want, and
// returns its content.
func (v *Visitor) Await(path string, want func(body string) bool) string {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), StoryWithin)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.base+"/events", nil)
	require.NoError(v.t, err)
	answer, err := v.client.Do(r)
	require.NoError(v.t, err)
	defer answer.Body.Close()
	body := ""
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		if !strings.HasPrefix(lines.Text(), "data:") {
			continue
		}
		if body = v.Page(path); want(body) {
			return body
		}
	}
	require.FailNow(v.t, "the page did not become what it should", "%s\n%s", path, body)
	return ""
}
