package httpcall

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"
)

// Transport is an http.RoundTripper for one vendor. The whole answer is read
// before it is handed on, so that a cut, oversized or foreign answer is found
// here, in one place, and a library sees complete answers only. It is safe for
// concurrent use.
type Transport struct {
	cfg      Config
	redact   Redactor
	limiters *limiters
}

// New makes a Transport; it calls nobody.
func New(cfg Config) *Transport {
	cfg = cfg.withDefaults()
	return &Transport{cfg: cfg, redact: NewRedactor(cfg.Secrets...), limiters: newLimiters(cfg.Limits)}
}

// Client returns an HTTP client over the transport. It follows no redirect: a
// redirected write would be sent, with its credentials, to an address that
// nobody configured.
func (t *Transport) Client() *http.Client {
	return &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Redactor removes the configured secrets from text.
func (t *Transport) Redactor() Redactor { return t.redact }

// RoundTrip sends one request once. An error of its own says whether the
// request can have reached the other side (see Classify).
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	began := time.Now()
	x := exchangeFrom(req.Context())
	op := x.opOr(req.Method)
	if err := t.limiters.wait(req.Context(), op, t.cfg.MaxWait); err != nil {
		closeBody(req)
		x.note(req.Method, nil, nil, err)
		t.report(req, op, nil, nil, err, Observation{Waited: time.Since(began)})
		return nil, err
	}
	turn := time.Now()
	resp, body, err := t.send(req)
	x.note(req.Method, resp, body, err)
	t.report(req, op, resp, body, err, Observation{Waited: turn.Sub(began), Took: time.Since(turn)})
	return resp, err
}

func (t *Transport) send(req *http.Request) (*http.Response, []byte, error) {
	ctx, cancel := context.WithTimeout(req.Context(), t.cfg.Timeout)
	defer cancel()
	// Once there is a connection, bytes may have left: from here on a failure
	// of a write has an unknown outcome.
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	out := req.Clone(ctx)
	if id := t.cfg.Correlation(req.Context()); id != "" {
		out.Header.Set(CorrelationHeader, id)
	}
	resp, err := t.cfg.Base.RoundTrip(out)
	if err != nil {
		if !connected.Load() {
			err = &unsentError{err}
		}
		return nil, nil, err
	}
	body, err := t.readAnswer(resp)
	if err != nil {
		return nil, body, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	return resp, body, nil
}

// readAnswer reads the whole answer. A refusal keeps its status even when its
// text is cut or too large; a success that is not whole is an answerError.
func (t *Transport) readAnswer(resp *http.Response) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, t.cfg.MaxAnswer+1))
	closeErr := resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return body[:min(int64(len(body)), t.cfg.MaxAnswer)], nil
	}
	if err = errors.Join(err, closeErr); err != nil {
		return body, &answerError{resp.StatusCode, "the answer broke off", err}
	}
	if int64(len(body)) > t.cfg.MaxAnswer {
		return nil, &answerError{resp.StatusCode, fmt.Sprintf("the answer is larger than %d bytes", t.cfg.MaxAnswer), nil}
	}
	if t.cfg.AnyType || len(body) == 0 {
		return body, nil
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if kind != "application/json" && !strings.HasSuffix(kind, "+json") {
		return nil, &answerError{resp.StatusCode, fmt.Sprintf("the answer is %q, not JSON: a proxy or a login page may stand between", kind), nil}
	}
	if !json.Valid(body) {
		return nil, &answerError{resp.StatusCode, "the answer is not complete JSON", nil}
	}
	return body, nil
}

func (t *Transport) report(req *http.Request, op string, resp *http.Response, body []byte, err error, o Observation) {
	o.Vendor, o.Op, o.Method = t.cfg.Vendor, op, req.Method
	if resp != nil {
		o.Status = resp.StatusCode
	}
	level, detail := slog.LevelDebug, ""
	if err != nil || o.Status > 299 && o.Status != http.StatusNotModified {
		f := t.Classify(op, req.Method, resp, body, err)
		o.Class, detail, level = f.Class, f.Detail, slog.LevelWarn
	}
	t.cfg.Observe(o)
	t.cfg.Logger.LogAttrs(req.Context(), level, "called "+t.cfg.Vendor,
		slog.String("op", op), slog.String("method", req.Method), slog.Int("status", o.Status),
		slog.String("class", string(o.Class)), slog.String("detail", detail), slog.Duration("took", o.Took), slog.Duration("waited", o.Waited))
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}
