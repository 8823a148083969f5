package gateway

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// endless never ends, as an attacker's chunked body does.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	return len(p), nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestReceiveRefusesBeforeTheVendorSeesIt(t *testing.T) {
	const path = "/vendor/webhook"
	for name, c := range map[string]struct {
		method, media string
		body          io.Reader
		status        int
		reason        string
	}{
		"get":                 {http.MethodGet, "application/json", strings.NewReader("{}"), 405, "method"},
		"put":                 {http.MethodPut, "application/json", strings.NewReader("{}"), 405, "method"},
		"no content type":     {http.MethodPost, "", strings.NewReader("{}"), 415, "content-type"},
		"xml":                 {http.MethodPost, "application/xml", strings.NewReader("<a/>"), 415, "content-type"},
		"damaged media type":  {http.MethodPost, "application/json;;=", strings.NewReader("{}"), 415, "content-type"},
		"announced too large": {http.MethodPost, "application/json", strings.NewReader(strings.Repeat("x", maxBody+1)), 413, "too-large"},
		"endless":             {http.MethodPost, "application/json", &endless{}, 413, "too-large"},
		"cut":                 {http.MethodPost, "application/json", broken{}, 503, "cut-body"},
	} {
		t.Run(name, func(t *testing.T) {
			g, _ := unconnected(t, nil)
			require.NoError(t, g.Mount(path, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				t.Error("the vendor's handler was reached")
			})))
			r := httptest.NewRequest(c.method, path, c.body)
			r.Header.Set("Content-Type", c.media)
			w := httptest.NewRecorder()
			g.Handler().ServeHTTP(w, r)
			require.Equal(t, c.status, w.Code)
			require.Equal(t, 1, strings.Count(w.Body.String(), "\n"), "one line: %q", w.Body)
			require.EqualValues(t, 1, counted(t, g.registry, "countersign_gateway_refused_total", "vendor", c.reason))
			if e, ok := c.body.(*endless); ok {
				require.Less(t, e.read, 3*maxBody, "read far beyond the limit")
			}
		})
	}
}

// Any body up to the limit reaches the vendor unchanged: the signature is over its bytes.
func TestReceivePassesTheBodyUnchanged(t *testing.T) {
	var got []byte
	g, _ := unconnected(t, nil)
	require.NoError(t, g.Mount("/vendor/webhook", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got, _ = io.ReadAll(r.Body)
	})))
	h := g.Handler()
	send := func(body string) int {
		r := httptest.NewRequest(http.MethodPost, "/vendor/webhook", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.SliceOfN(rapid.Byte(), 0, 4096).Draw(t, "body")
		require.Equal(t, http.StatusOK, send(string(body)))
		require.Equal(t, string(body), string(got))
	})
	full := strings.Repeat("x", maxBody)
	require.Equal(t, http.StatusOK, send(full))
	require.Equal(t, full, string(got))
}

func TestReceiveSurvivesAPanic(t *testing.T) {
	g, log := unconnected(t, nil)
	require.NoError(t, g.Mount("/vendor/webhook", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), "late") {
			w.WriteHeader(http.StatusAccepted)
		}
		panic(errors.New("defect"))
	})))
	server := httptest.NewServer(g.Handler())
	defer server.Close()
	for body, status := range map[string]int{"{}": http.StatusInternalServerError, `{"late":1}`: http.StatusAccepted} {
		resp, err := http.Post(server.URL+"/vendor/webhook", "application/json", strings.NewReader(body))
		require.NoError(t, err)
		line, _ := bufio.NewReader(resp.Body).ReadString('\n')
		require.NoError(t, resp.Body.Close())
		require.Equal(t, status, resp.StatusCode)
		require.NotContains(t, line, "defect", "the cause belongs in the log only")
	}
	require.EqualValues(t, 2, counted(t, g.registry, "countersign_gateway_refused_total", "vendor", "panic"))
	require.Contains(t, log.String(), "defect")
	require.Contains(t, log.String(), "TestReceiveSurvivesAPanic", "the stack is logged")
}

func TestReceiveBoundsRequestsInFlight(t *testing.T) {
	g, _ := unconnected(t, nil)
	for range cap(g.inFlight) {
		g.inFlight <- struct{}{}
	}
	require.NoError(t, g.Mount("/vendor/webhook", http.NotFoundHandler()))
	r := httptest.NewRequest(http.MethodPost, "/vendor/webhook", strings.NewReader("{}"))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	g.Handler().ServeHTTP(w, r)
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.NotEmpty(t, w.Header().Get("Retry-After"))
	<-g.inFlight
	w = httptest.NewRecorder()
	g.Handler().ServeHTTP(w, r)
	require.Equal(t, http.StatusNotFound, w.Code, "the vendor's own answer")
	require.Len(t, g.inFlight, cap(g.inFlight)-1, "the place is given back")
}

// telling is a handler that is told of a body that was too large to be read.
type telling struct {
	http.Handler
	told *int
}

func (h telling) ServeOversized(w http.ResponseWriter, r *http.Request) {
	*h.told++
	n, _ := io.Copy(io.Discard, r.Body)
	w.Header().Set("X-Read", strings.Repeat("x", int(n)))
	w.WriteHeader(http.StatusRequestEntityTooLarge)
}

func TestAHandlerMayBeToldOfABodyThatIsTooLarge(t *testing.T) {
	g, _ := unconnected(t, nil)
	told := 0
	require.NoError(t, g.Mount("/vendor/webhook", telling{http.NotFoundHandler(), &told}))
	r := httptest.NewRequest(http.MethodPost, "/vendor/webhook", strings.NewReader(strings.Repeat("x", maxBody+1)))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	g.Handler().ServeHTTP(w, r)
	require.Equal(t, http.StatusRequestEntityTooLarge, w.Code)
	require.Equal(t, 1, told)
	require.Empty(t, w.Header().Get("X-Read"), "nothing of it is there")
}
