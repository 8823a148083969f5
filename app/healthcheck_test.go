package app

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// The check says what the page says, and what an address looks like that can be asked.
func TestHealthcheck_SaysWhatIsWrong(t *testing.T) {
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte("not ready: log\n"))
	}))
	defer server.Close()
	require.NoError(t, Healthcheck(t.Context(), server.URL+"/readyz"))
	status = http.StatusServiceUnavailable
	require.EqualError(t, Healthcheck(t.Context(), server.URL+"/readyz"), "HTTP 503: not ready: log\n")
	for _, address := range []string{"localhost:8091/readyz", "127.0.0.1:8091", "/readyz", "", "http://"} {
		require.ErrorContains(t, Healthcheck(t.Context(), address), "give one such as http://127.0.0.1:8091/readyz", address)
	}
}
