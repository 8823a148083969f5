package pages

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/sandbox/standin"
)

// tile is what the page of platforms shows of one installation.
func tile(t *testing.T, server *httptest.Server, id string) string {
	t.Helper()
	answer, page := send(t, server, http.MethodGet, "/platforms", nil, nil)
	require.Equal(t, http.StatusOK, answer.StatusCode, "%s", page)
	_, rest, found := strings.Cut(page, `id="p-`+id+`"`)
	require.True(t, found)
	part, _, _ := strings.Cut(rest, "</article>")
	return part
}

// Every installation is shown with what it holds and serves, and each way of
// breaking it shows, until it is mended.
func TestPlatformsAreShownAsTheyAre(t *testing.T) {
	_, server := placeWith(t, standin.Options{Platforms: true})
	gate := tile(t, server, "yard-gate")
	for _, text := range []string{">well<", "Yard 1.0", "revision <code>", `&#34;version&#34;:&#34;1.0&#34;`, "Edit it by hand", "Monitoring finds it unwell"} {
		require.Contains(t, gate, text)
	}
	require.Contains(t, tile(t, server, "yard-scratch"), "none")
	require.NotContains(t, tile(t, server, "yard-dev"), "Edit it by hand", "it is edited by saving a version")
	act := func(id string, form url.Values) *http.Response {
		answer, _ := send(t, server, http.MethodPost, "/platforms/"+id, form, nil)
		return answer
	}
	for trouble, shown := range map[string]string{"failing": ">not well<", "starting": "a page, and no answer of the flow"} {
		require.Equal(t, http.StatusSeeOther, act("yard-gate", url.Values{"do": {"break"}, "trouble": {trouble}}).StatusCode)
		require.Contains(t, tile(t, server, "yard-gate"), shown, trouble)
		require.Contains(t, tile(t, server, "yard-gate"), "Broken on purpose")
	}
	act("yard-gate", url.Values{"do": {"break"}, "trouble": {"fine"}})
	require.Contains(t, tile(t, server, "yard-gate"), ">well<")
	require.Equal(t, http.StatusSeeOther, act("yard-gate", url.Values{"do": {"edit"}}).StatusCode)
	require.Contains(t, tile(t, server, "yard-gate"), "Yard edited by hand")
	require.Equal(t, http.StatusSeeOther, act("yard-dev", url.Values{"do": {"save"}, "version": {"2.0"}, "health": {"sick"}}).StatusCode)
	require.Contains(t, tile(t, server, "yard-dev"), "Yard 2.0")
	require.Equal(t, http.StatusBadGateway, act("yard-dev", url.Values{"do": {"rollout"}, "version": {"2.0"}, "health": {"works"}}).StatusCode, "nobody is there to begin it")
	require.Equal(t, http.StatusUnprocessableEntity, act("yard-dev", url.Values{"do": {"save"}, "version": {"2.0"}, "health": {"odd"}}).StatusCode)
	require.Equal(t, http.StatusNotFound, act("nowhere", url.Values{"do": {"edit"}}).StatusCode)
	answer, page := send(t, server, http.MethodPost, "/platforms", url.Values{}, nil)
	require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode, "nobody is there to look")
	require.NotContains(t, page, "Edits by hand", "the example observes nothing")
}

// A soak is told without parts that are nought.
func TestSpan(t *testing.T) {
	for want, d := range map[string]string{"4h": "4h", "24h": "24h", "1h30m": "1h30m", "3s": "3s", "5m": "5m", "1m30s": "90s"} {
		parsed, err := time.ParseDuration(d)
		require.NoError(t, err)
		require.Equal(t, want, span(parsed))
	}
}
