package alertmanager

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

// What became of a request, as told to Config.Count. Alertmanager sends again
// what is answered with a 5xx and drops what is answered with any 4xx, 429
// included, so a 4xx is only for what can never become right; where the sender has
// a valid token it becomes an alert of its own (raise).
const (
	RequestAccepted      = "accepted"        // every alert is durable; answered 200
	RequestTruncated     = "truncated"       // and the source left alerts out; 200
	RequestAlertInvalid  = "alert-invalid"   // one alert can never be taken; the others are, the request is answered as they are
	RequestMethod        = "method"          // not a POST; 405
	RequestContentType   = "content-type"    // not JSON; 415
	RequestTooLarge      = "too-large"       // over 1 MiB; 413
	RequestUnreadable    = "unreadable"      // the body broke off; 503
	RequestUnauthorised  = "unauthorised"    // neither a token nor a signature; 401
	RequestBadToken      = "bad-token"       // of somebody else; 401
	RequestMalformed     = "malformed"       // nothing in it can be read; 400
	RequestUnconfigured  = "unconfigured"    // we have no token to check with; 503
	RequestElsewhere     = "elsewhere"       // no source has this path; 404
	RequestNotHandedOver = "not-handed-over" // not every alert could be made durable; 503
)

const (
	maxRequest = 1 << 20
	maxAlerts  = 2000 // in one request
)

// SignatureHeader carries "sha256=" and the HMAC-SHA256 of the raw body in hex,
// keyed with a token, from sources that sign instead of presenting it.
const SignatureHeader = "X-Countersign-Signature"

// parse reads the alerts of a body. invalid says, one line each, what could not
// be read of a body whose rest is fine; an error that nothing could.
type parse func(body []byte) (events []compliance.AlertEvent, invalid []string, err error)

type handler struct {
	cfg        Config
	dispatcher Dispatcher
	parse      parse
	signed     bool // a signature is as good as a token
}

// refusal is an answer other than 200.
type refusal struct {
	status int
	reason string
	text   string
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reason, bad := h.receive(w, r)
	if bad != nil {
		h.refuse(w, r, bad)
		return
	}
	h.cfg.Count(reason)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, reason+"\n") // a lost answer only means that they come again
}

func (h *handler) refuse(w http.ResponseWriter, r *http.Request, bad *refusal) {
	h.cfg.Count(bad.reason)
	level := slog.LevelWarn
	if bad.status == http.StatusServiceUnavailable {
		level = slog.LevelError
		w.Header().Set("Retry-After", "5")
	}
	h.cfg.Logger.LogAttrs(r.Context(), level, "refused alerts", slog.String("source", h.cfg.Source), slog.String("reason", bad.reason), slog.Int("status", bad.status))
	http.Error(w, bad.text, bad.status)
}

func (h *handler) receive(w http.ResponseWriter, r *http.Request) (string, *refusal) {
	body, bad := h.read(w, r)
	if bad != nil {
		return "", bad
	}
	events, invalid, err := h.parse(body)
	if err != nil {
		return "", h.raise(r.Context(), refusal{http.StatusBadRequest, RequestMalformed, err.Error()})
	}
	for _, why := range invalid {
		h.invalid(r.Context(), why)
	}
	if len(invalid) > 0 {
		bad := h.raise(r.Context(), refusal{http.StatusBadRequest, RequestMalformed, invalid[0]})
		if len(events) == 0 || bad.status == http.StatusServiceUnavailable {
			return "", bad
		}
	}
	received := h.cfg.Now()
	truncated := 0
	for i := range events {
		events[i].Source, events[i].Received = h.cfg.Source, received
		events[i] = events[i].Bounded()
		truncated = max(truncated, events[i].Truncated)
	}
	if bad := h.handOver(r.Context(), events); bad != nil {
		return "", bad
	}
	if truncated > 0 {
		h.cfg.Logger.LogAttrs(r.Context(), slog.LevelWarn, "the source left alerts out of a request: raise its max_alerts",
			slog.String("source", h.cfg.Source), slog.Int("left_out", truncated))
		return RequestTruncated, nil
	}
	return RequestAccepted, nil
}

// read returns the raw body after everything about the request was checked.
func (h *handler) read(w http.ResponseWriter, r *http.Request) ([]byte, *refusal) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, &refusal{http.StatusMethodNotAllowed, RequestMethod, "send alerts with POST"}
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, &refusal{http.StatusUnsupportedMediaType, RequestContentType, "send alerts as application/json"}
	}
	if len(h.cfg.Tokens) == 0 {
		return nil, &refusal{http.StatusServiceUnavailable, RequestUnconfigured, "no token is configured here (ALERTS_TOKEN)"}
	}
	token, bearer := bearerToken(r)
	given := r.Header.Get(SignatureHeader)
	switch {
	case bearer && !known(token, h.cfg.Tokens):
		return nil, &refusal{http.StatusUnauthorized, RequestBadToken, "the token is not one of ours"}
	case !bearer && (!h.signed || given == ""):
		w.Header().Set("WWW-Authenticate", "Bearer")
		return nil, &refusal{http.StatusUnauthorized, RequestUnauthorised, "present the token: Authorization: Bearer …"}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, h.oversized(r)
	case err != nil:
		return nil, &refusal{http.StatusServiceUnavailable, RequestUnreadable, "the body could not be read to its end; send it again"}
	case !bearer && !signedBy(given, body, h.cfg.Tokens):
		return nil, &refusal{http.StatusUnauthorized, RequestBadToken, "the signature does not match the body"}
	}
	return body, nil
}

func bearerToken(r *http.Request) (string, bool) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	return strings.TrimSpace(token), true
}

// known compares in a time that tells nothing about the tokens, their length and
// number of matches included.
func known(token string, tokens []string) bool {
	given, found := sha256.Sum256([]byte(token)), 0
	for _, t := range tokens {
		ours := sha256.Sum256([]byte(t))
		found |= subtle.ConstantTimeCompare(given[:], ours[:])
	}
	return found == 1
}

// signedBy checks "sha256=<hex>" in constant time.
func signedBy(given string, body []byte, tokens []string) bool {
	digits, ok := strings.CutPrefix(given, "sha256=")
	sum, err := hex.DecodeString(digits)
	if !ok || err != nil {
		return false
	}
	found := false
	for _, token := range tokens {
		mac := hmac.New(sha256.New, []byte(token))
		mac.Write(body)
		found = hmac.Equal(sum, mac.Sum(nil)) || found
	}
	return found
}
