package gateway

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"mime"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

const (
	// maxBody is the largest body read, 1 MiB: vendors' interactions and
	// webhooks stay below it, except tickets with very long texts, which are
	// re-read anyway.
	maxBody = 1 << 20
	// maxInFlight bounds the memory that unverified requests can occupy.
	maxInFlight = 256
)

// receive guards a mounted route. What it refuses never reached the vendor's
// handler: it is counted by vendor and reason, and answered with one line.
func (g *Gateway) receive(path string, next http.Handler) http.Handler {
	vendor := vendorOf(path)
	return g.guard(path, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status, reason, text := g.readBody(w, r); status != 0 {
			if told, ok := next.(Oversized); ok && status == http.StatusRequestEntityTooLarge {
				r.Body, r.ContentLength = http.NoBody, 0
				told.ServeOversized(w, r)
				return
			}
			g.refuse(r.Context(), w, vendor, status, reason, text)
			return
		}
		next.ServeHTTP(w, r)
	}))
}

// Oversized is a handler that answers requests itself whose body is too large to
// be read: there is none then. It is for a sender that never repeats what it is
// refused, so that somebody has to be told.
type Oversized interface {
	http.Handler
	ServeOversized(w http.ResponseWriter, r *http.Request)
}

// guard bounds a route in time and number, gives each request an id and keeps a
// panic from ending the process.
func (g *Gateway) guard(path string, next http.Handler) http.Handler {
	vendor := vendorOf(path)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		began := time.Now()
		w := &statusWriter{ResponseWriter: rw}
		id := strings.ToLower(rand.Text()[:12])
		ctx, cancel := context.WithTimeout(withRequest(r.Context(), id), requestTimeout)
		defer cancel()
		r = r.WithContext(ctx)
		defer func() {
			if p := recover(); p != nil {
				g.recovered(ctx, w, vendor, path, p)
			}
			g.measured.requests.WithLabelValues(path, strconv.Itoa(w.status())).Observe(time.Since(began).Seconds())
		}()

		select {
		case g.inFlight <- struct{}{}:
			defer func() { <-g.inFlight }()
		default:
			w.Header().Set("Retry-After", "2")
			g.refuse(ctx, w, vendor, http.StatusServiceUnavailable, "busy", "too many requests at once; try again in 2 seconds")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// readBody checks the request line and headers and replaces the body by one
// that is complete and in memory, so that a vendor's time budget starts with
// the whole request at hand. A non-zero status is a refusal.
func (g *Gateway) readBody(w http.ResponseWriter, r *http.Request) (status int, reason, text string) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return http.StatusMethodNotAllowed, "method", "only POST is accepted here"
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || (media != "application/json" && media != "application/x-www-form-urlencoded") {
		return http.StatusUnsupportedMediaType, "content-type",
			"the body must be application/json or application/x-www-form-urlencoded"
	}
	if r.ContentLength > maxBody {
		return http.StatusRequestEntityTooLarge, "too-large", "the body is larger than 1 MiB"
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge, "too-large", "the body is larger than 1 MiB"
	case err != nil:
		// 503: a source of alerts drops what it is answered with a 4xx.
		return http.StatusServiceUnavailable, "cut-body", "the body ended early; send the request again"
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	return 0, "", ""
}

func (g *Gateway) refuse(ctx context.Context, w http.ResponseWriter, vendor string, status int, reason, text string) {
	g.Count(vendor, reason)
	g.log.WarnContext(ctx, "request refused", "vendor", vendor, "reason", reason, "status", status, "request", requestFrom(ctx))
	http.Error(w, text, status)
}

// recovered turns a panic of a handler into a counted 500. The person or vendor
// has not been told that anything is recorded, so nothing is claimed falsely.
func (g *Gateway) recovered(ctx context.Context, w *statusWriter, vendor, path string, p any) {
	if p == http.ErrAbortHandler { //nolint:errorlint // the sentinel is the panic value itself
		panic(p)
	}
	g.Count(vendor, "panic")
	g.log.ErrorContext(ctx, "handler panicked", "route", path, "request", requestFrom(ctx), "panic", p, "stack", string(debug.Stack()))
	if w.code == 0 {
		http.Error(w, "internal error; the request is in the log as "+requestFrom(ctx), http.StatusInternalServerError)
	}
}

// statusWriter remembers the status that was sent.
type statusWriter struct {
	http.ResponseWriter
	code int
}

func (w *statusWriter) WriteHeader(code int) {
	if w.code == 0 {
		w.code = code
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	if w.code == 0 {
		w.code = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *statusWriter) status() int {
	if w.code == 0 {
		return http.StatusOK
	}
	return w.code
}

type requestKey struct{}

func withRequest(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

// requestFrom returns the id of the HTTP request, empty outside one.
func requestFrom(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}
