package httpcall_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/httpcall"
)

// call makes one request as a vendor's library would, and classifies its end.
func call(ctx context.Context, t *testing.T, tr *httpcall.Transport, method, url string) *compliance.Failure {
	t.Helper()
	ctx, x := tr.Begin(ctx, "try")
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(`{"secret":"in the body"}`))
	require.NoError(t, err)
	resp, err := tr.Client().Do(req)
	if err == nil {
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode > 299 {
			err = errors.New("the library's words for it")
		}
	}
	return x.Failure(err)
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func TestTransportAnswers(t *testing.T) {
	json := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			_, _ = io.WriteString(w, body)
		}
	}
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		post    compliance.Class
		detail  string
	}{
		"JSON":       {json(`{"ok":true}`), "", ""},
		"no content": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, "", ""},
		"cut JSON":   {json(`{"ok":tr`), compliance.UnknownOutcome, "HTTP 200, but the answer is not complete JSON"},
		"a page": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>log in</html>") },
			compliance.UnknownOutcome, `HTTP 200, but the answer is "text/html", not JSON: a proxy or a login page may stand between`},
		"too large": {json(`"` + strings.Repeat("x", 2000) + `"`), compliance.UnknownOutcome, "HTTP 200, but the answer is larger than 1000 bytes"},
		"shorter than it said": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"a":1`)
		}, compliance.UnknownOutcome, "HTTP 200, but the answer broke off"},
		"large refusal": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(400)
			_, _ = io.WriteString(w, strings.Repeat("x", 2000))
		}, compliance.Invalid, "HTTP 400 Bad Request"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.invalid/login", 307)
		},
			compliance.Blocked, "HTTP 307 Temporary Redirect: check the configured address, credential and permissions"},
	} {
		t.Run(name, func(t *testing.T) {
			tr := httpcall.New(httpcall.Config{Vendor: "test", MaxAnswer: 1000})
			f := call(t.Context(), t, tr, http.MethodPost, serve(t, c.handler))
			if c.post == "" {
				require.Nil(t, f)
				return
			}
			require.Equal(t, c.post, f.Class)
			require.Equal(t, c.detail, f.Detail)
		})
	}
}

func TestAnyTypeAdmitsPlainAnswers(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "OK - 123") })
	require.Nil(t, call(t.Context(), t, httpcall.New(httpcall.Config{AnyType: true}), http.MethodPost, url))
}

func TestTimeoutCoversTheBody(t *testing.T) {
	release := make(chan struct{})
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"a":`)
		w.(http.Flusher).Flush()
		<-release
	})
	t.Cleanup(func() { close(release) })
	tr := httpcall.New(httpcall.Config{Timeout: 100 * time.Millisecond})
	f := call(t.Context(), t, tr, http.MethodPost, url)
	require.Equal(t, compliance.UnknownOutcome, f.Class)
	require.ErrorIs(t, f, context.DeadlineExceeded)
	require.Equal(t, compliance.Unavailable, call(t.Context(), t, tr, http.MethodGet, url).Class)
}

func TestCancelledBeforeSendingHasNoEffect(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the request arrived") })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := call(ctx, t, httpcall.New(httpcall.Config{}), http.MethodPost, url)
	require.Equal(t, compliance.Unavailable, f.Class)
	require.ErrorIs(t, f, context.Canceled)
}

func TestObservedOncePerRequestAndNoSecretLogged(t *testing.T) {
	var mu sync.Mutex
	var seen []httpcall.Observation
	var log bytes.Buffer
	tr := httpcall.New(httpcall.Config{
		Vendor: "test", Secrets: []string{"hunter22"},
		Observe: func(o httpcall.Observation) { mu.Lock(); defer mu.Unlock(); seen = append(seen, o) },
		Logger:  slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"message":"hunter22 may not, see https://example.com/hunter22"}`)
	})
	f := call(t.Context(), t, tr, http.MethodPost, url)
	require.Equal(t, "try: blocked: HTTP 403 Forbidden: [redacted] may not, see [redacted]", f.Error())
	require.Len(t, seen, 1)
	require.Equal(t, httpcall.Observation{Vendor: "test", Op: "try", Method: "POST", Status: 403, Class: compliance.Blocked, Took: seen[0].Took, Waited: seen[0].Waited}, seen[0])
	require.NotContains(t, log.String(), "hunter22")
	require.Contains(t, log.String(), "op=try")
	require.NotContains(t, log.String(), "in the body")
}

// "Not modified" is the answer that was hoped for: no failure, no warning.
func TestNotModifiedIsNoFailure(t *testing.T) {
	var seen []httpcall.Observation
	var log bytes.Buffer
	tr := httpcall.New(httpcall.Config{
		Observe: func(o httpcall.Observation) { seen = append(seen, o) }, Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) })
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	resp, err := tr.Client().Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusNotModified, resp.StatusCode)
	require.Len(t, seen, 1)
	require.Empty(t, seen[0].Class)
	require.Empty(t, log.String())
}

func TestCorrelationIsSent(t *testing.T) {
	got := make(chan string, 1)
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) { got <- r.Header.Get(httpcall.CorrelationHeader) })
	tr := httpcall.New(httpcall.Config{Correlation: func(context.Context) string { return "abc123" }})
	require.Nil(t, call(t.Context(), t, tr, http.MethodPost, url))
	require.Equal(t, "abc123", <-got)
}

func TestLimitPerOperation(t *testing.T) {
	calls := 0
	url := serve(t, func(http.ResponseWriter, *http.Request) { calls++ })
	tr := httpcall.New(httpcall.Config{
		Limits: map[string]httpcall.Limit{"try": {PerSecond: 0.1, Burst: 2}}, MaxWait: time.Millisecond,
	})
	require.Nil(t, call(t.Context(), t, tr, http.MethodPost, url))
	require.Nil(t, call(t.Context(), t, tr, http.MethodPost, url))
	f := call(t.Context(), t, tr, http.MethodPost, url)
	require.Equal(t, compliance.Throttled, f.Class)
	require.InDelta(t, 10, f.RetryAfter.Seconds(), 1)
	require.Equal(t, 2, calls, "nothing is sent beyond the limit")
}

func TestLimitIsWaitedForAndCancelled(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	var seen []httpcall.Observation
	tr := httpcall.New(httpcall.Config{
		Limits:  map[string]httpcall.Limit{"": {PerSecond: 1, Burst: 1}},
		Observe: func(o httpcall.Observation) { seen = append(seen, o) },
	})
	var all []time.Duration
	for range 2 {
		began := time.Now()
		require.Nil(t, call(t.Context(), t, tr, http.MethodPost, url))
		all = append(all, time.Since(began))
	}
	require.Less(t, seen[0].Waited, seen[1].Waited)
	require.Greater(t, seen[1].Waited, 200*time.Millisecond, "what the limit cost is told apart")
	require.LessOrEqual(t, seen[1].Took+seen[1].Waited, all[1], "and is no slowness of the vendor's")
	slow := httpcall.New(httpcall.Config{Limits: map[string]httpcall.Limit{"": {PerSecond: 0.3, Burst: 1}}})
	require.Nil(t, call(t.Context(), t, slow, http.MethodPost, url))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan *compliance.Failure, 1)
	go func() { done <- call(ctx, t, slow, http.MethodPost, url) }()
	cancel()
	f := <-done
	require.Equal(t, compliance.Unavailable, f.Class, "never sent")
	require.ErrorIs(t, f, context.Canceled)
}

func TestFailureWithoutRequest(t *testing.T) {
	tr := httpcall.New(httpcall.Config{})
	_, x := tr.Begin(t.Context(), "build")
	f := x.Failure(fmt.Errorf("bad argument hunter22"))
	require.Equal(t, "build: invalid: the request could not be built", f.Error())
	require.Nil(t, x.Failure(nil))
	require.Zero(t, x.Status())
	require.Empty(t, x.Body())
}
