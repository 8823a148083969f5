package tests

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/tests/harness"
)

// Somebody edits an installation by hand on the page of platforms and has it looked at: the
// finding stands there and in Slack, a number that is not on record explains nothing, and an
// incident that is declared in Slack explains it.
func TestSandbox_AnEditByHandOnItsPages(t *testing.T) {
	t.Parallel()
	s := harness.StartSandbox(t, t.TempDir())
	jonas, farah := s.Visit(t, "p-jonas"), s.Visit(t, "p-farah")
	require.Contains(t, jonas.Page(platformsPage), "compared with what is on record every 1m")
	looked := func() string {
		t.Helper()
		status, page := jonas.Send(platformsPage, url.Values{})
		require.Equal(t, http.StatusOK, status, "%s", page)
		return page
	}
	require.NotContains(t, looked(), "OBS-")
	status, page := jonas.Send(platformsPage+"/yard-gate", url.Values{"do": {"edit"}})
	require.Equal(t, http.StatusOK, status, "%s", page)
	looked()
	jonas.Await(platformsPage, says(`<a href="/evidence/OBS-1">OBS-1</a></td><td>yard-gate</td><td><span class="lozenge bad">open</span>`, "nobody has explained it", `">Card</a>`))

	view := pressOn(t, farah, changesPage, "Unexplained content on yard-gate", "explain")
	status, page = farah.Send(changesPage, url.Values{"do": {"submit"}, "view": {view}, "in.by": {"CHG-4711"}, "in.reason": {"It was that one"}})
	require.Equal(t, http.StatusUnprocessableEntity, status)
	require.Contains(t, page, "Nothing is on record under this number")
	farah.Send(changesPage, url.Values{"do": {"close"}, "view": {view}})

	bruno := s.Visit(t, "p-bruno")
	_, page = bruno.Send(changesPage, url.Values{"do": {"say"}, "text": {"/incident The gate stood open"}})
	form := regexp.MustCompile(`name="view" value="([^"]+)"`).FindStringSubmatch(page)
	require.NotNil(t, form, "%s", page)
	status, page = bruno.Send(changesPage, url.Values{"do": {"submit"}, "view": {form[1]}, "in.title": {"The gate stood open"}, "in.system": {"yard-flows"}, "in.severity": {"sev3"}})
	require.Equal(t, http.StatusOK, status, "%s", page)
	bruno.Send(changesPage, url.Values{"do": {"close"}, "view": {form[1]}})
	bruno.Await("/alerts", says("INC-1"))

	actOn(t, farah, changesPage, "Unexplained content on yard-gate", "explain", url.Values{"in.by": {"INC-1"}, "in.reason": {"Bruno mended it"}})
	farah.Await(platformsPage, says(`<span class="lozenge good">explained</span></td><td>INC-1</td>`))
	looked()
	require.NotContains(t, looked(), "OBS-2", "what is there counts as known")
	require.Contains(t, farah.Page("/evidence/OBS-1"), "✓ Verified")
	s.Stop(t)
}
