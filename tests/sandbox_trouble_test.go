package tests

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/tests/harness"
)

// What a newcomer makes fail on the start page loses nothing and doubles nothing, and is
// shown on every page until it is undone.
func TestSandbox_Troubles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := harness.StartSandbox(t, dir)
	jonas, bruno, chidi, farah, goran := s.Visit(t, "p-jonas"), s.Visit(t, "p-bruno"), s.Visit(t, "p-chidi"), s.Visit(t, "p-farah"), s.Visit(t, "p-goran")
	start := jonas.Page("/")
	for _, button := range []string{"Take Slack down", "Take Jira down", "Kill the worker", "Freeze now"} {
		require.Contains(t, start, `value="begin">`+button+"<")
	}

	turn(t, jonas, "slack", "begin", "Slack is down: it answers nobody.")
	status, page := bruno.Send(changesPage, url.Values{"do": {"say"}, "text": {"Hello"}})
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Contains(t, page, "Slack is down: it answers nobody. Nothing was done.")
	_, page = jonas.Send("/jira/new", ticketForm(nil))
	issue := ticketPage(t, page)
	jonas.Await("/evidence", func(body string) bool { return strings.Contains(body, ">CHG-1<") })
	jonas.Await("/evidence/CHG-1", func(body string) bool { return strings.Contains(body, `class="kind">submitted<`) })
	require.NotContains(t, bruno.Page(changesPage), `class="message app"`)
	turn(t, jonas, "slack", "end", "")
	require.Equal(t, 1, strings.Count(bruno.Await(changesPage, offering("approve")), `class="message app"`), "one card")

	turn(t, jonas, "jira", "begin", "Jira is down: it answers nobody.")
	status, _ = jonas.Send(issue, url.Values{"do": {"comment"}, "text": {"Hello"}})
	require.Equal(t, http.StatusServiceUnavailable, status)
	act(t, bruno, "approve", confirm())
	decided := func(n int) func(string) bool {
		return func(body string) bool { return strings.Count(body, `class="kind">decided<`) == n }
	}
	jonas.Await("/evidence/CHG-1", decided(1))
	commented := func(body string) bool { return strings.Contains(body, "approved by Bruno Keller") }
	require.False(t, commented(jonas.Page(issue)))
	turn(t, jonas, "jira", "end", "")

	turn(t, jonas, "worker", "begin", "The worker was killed")
	act(t, chidi, "approve", confirm()) // received, and kept
	require.True(t, decided(1)(jonas.Page("/evidence/CHG-1")))
	turn(t, jonas, "worker", "end", "")
	jonas.Await("/evidence/CHG-1", decided(2))
	farah.Await(changesPage, func(body string) bool { return strings.Contains(body, "level 2 of 2") })
	act(t, farah, "approve", confirm())

	calendars := filepath.Join(dir, "policy", "rules", "calendars.yaml")
	before, err := os.ReadFile(calendars)
	require.NoError(t, err)
	goran.Await(changesPage, offering("start"))
	turn(t, jonas, "freeze", "begin", "Everything is frozen by the policy until")
	view := press(t, goran, "start")
	_, page = goran.Send(changesPage, url.Values{"do": {"submit"}, "view": {view}, "in.ready": {"yes"}})
	goran.Send(changesPage, url.Values{"do": {"close"}, "view": {view}})
	refused := jonas.Await("/evidence/CHG-1", func(body string) bool { return strings.Contains(body, `class="kind">refused<`) })
	require.Contains(t, refused, "A freeze is in force", "%s", page)
	require.NotContains(t, goran.Await(changesPage, func(body string) bool { return strings.Contains(body, "A freeze is in force") }), `value="start"`)
	turn(t, jonas, "freeze", "end", "")
	after, err := os.ReadFile(calendars)
	require.NoError(t, err)
	require.Equal(t, string(before), string(after))
	require.Contains(t, jonas.Page("/evidence/CHG-1"), "✓ Verified")
	s.Stop(t)
}

// turn begins or ends a trouble; every page says that it lasts, and none after its end.
func turn(t *testing.T, v *harness.Visitor, name, do, says string) {
	t.Helper()
	status, page := v.Send("/trouble/"+name, url.Values{"do": {do}, "back": {"/jira"}})
	require.Equal(t, http.StatusOK, status, "%s", page)
	if says == "" {
		require.NotContains(t, page, `class="lasting"`)
		return
	}
	require.Contains(t, page, `class="lasting"`)
	require.Contains(t, page, says)
}

// Killing the sandbox ends its worker, too: nothing of it is left to act.
func TestSandbox_ItsWorkerEndsWithIt(t *testing.T) {
	s := harness.StartSandbox(t, t.TempDir(), "--verbose") // both write where this test reads
	s.Kill()                                               // returns when nobody writes there any more
}
