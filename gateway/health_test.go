package gateway

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

func get(h http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func TestHealthWithTheEngineDown(t *testing.T) {
	g, log := unconnected(t, nil)
	h := g.Handler()
	require.Equal(t, http.StatusOK, get(h, "/healthz").Code)

	w := get(h, "/readyz")
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Equal(t, "process engine not reachable\n", w.Body.String(), "no addresses or causes for strangers")
	require.Contains(t, log.String(), "does not answer")

	require.Equal(t, http.StatusNotFound, get(h, "/nothing").Code)
	require.Equal(t, http.StatusMethodNotAllowed, func() int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/healthz", nil))
		return w.Code
	}())
}

func TestMetricsAreShown(t *testing.T) {
	g, _ := unconnected(t, nil)
	g.Count("vendor", "bad-signature")
	w := get(g.Handler(), "/metrics")
	require.Equal(t, http.StatusOK, w.Code)
	require.Contains(t, w.Body.String(), `countersign_gateway_refused_total{reason="bad-signature",vendor="vendor"} 1`)
}
