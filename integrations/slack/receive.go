package slack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"

	slackgo "github.com/slack-go/slack"
)

// maxInteraction bounds the body of an interaction. A payload repeats the whole
// message or view, at most 250 kB of blocks, form-encoded.
const maxInteraction = 1 << 20

// formType is how Slack posts interactions and commands.
const formType = "application/x-www-form-urlencoded"

// refusal is why a request was not even looked at.
type refusal struct {
	status int
	reason string // for the counter
	text   string // for whoever reads the answer
}

func (r *refusal) Error() string { return r.text }

// body checks a request and returns its body. Order matters: size, then signature
// over the raw body, and only then may anything be parsed. What comes over a
// connection that this app opened itself carries no signature and needs none.
// https://docs.slack.dev/authentication/verifying-requests-from-slack
func body(w http.ResponseWriter, r *http.Request, secret string) ([]byte, *refusal) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, &refusal{http.StatusMethodNotAllowed, "method", "only POST is accepted here"}
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != formType {
		return nil, &refusal{http.StatusUnsupportedMediaType, "content-type", "the body must be " + formType}
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxInteraction))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, &refusal{http.StatusRequestEntityTooLarge, "too-large", fmt.Sprintf("the body is larger than %d bytes", maxInteraction)}
	}
	if err != nil {
		return nil, &refusal{http.StatusBadRequest, "malformed", "the body could not be read"}
	}
	if overSocket(r.Context()) {
		return raw, nil
	}
	return raw, verify(r.Header, secret, raw)
}

// receive returns the interaction that a request holds. The payload is taken from
// the signed form only, never from the query string.
func receive(w http.ResponseWriter, r *http.Request, secret string) (slackgo.InteractionCallback, *refusal) {
	var none slackgo.InteractionCallback
	raw, ref := body(w, r, secret)
	if ref != nil {
		return none, ref
	}
	r.Body = io.NopCloser(bytes.NewReader(raw))
	ic, err := slackgo.InteractionCallbackParse(r)
	if err != nil {
		return none, &refusal{http.StatusBadRequest, "malformed", "the payload is not an interaction: " + cutPlain(oneLine(err.Error()), 120)}
	}
	return ic, nil
}

// command returns the form that a request for a slash command holds.
func command(w http.ResponseWriter, r *http.Request, secret string) (url.Values, *refusal) {
	raw, ref := body(w, r, secret)
	if ref != nil {
		return nil, ref
	}
	form, err := url.ParseQuery(string(bytes.TrimSpace(raw)))
	if err != nil || form.Get("command") == "" {
		return nil, &refusal{http.StatusBadRequest, "malformed", "the body is not a command"}
	}
	return form, nil
}

// verify checks Slack's signature; the library refuses timestamps more than
// five minutes off in either direction.
func verify(h http.Header, secret string, body []byte) *refusal {
	if secret == "" { // anybody can sign with an empty one
		return &refusal{http.StatusUnauthorized, "no-secret", "Slack sends here over a connection of its own; to take requests, too, set SLACK_SIGNING_SECRET"}
	}
	if h.Get("X-Slack-Signature") == "" || h.Get("X-Slack-Request-Timestamp") == "" {
		return &refusal{http.StatusUnauthorized, "unsigned", "the signature headers are missing"}
	}
	v, err := slackgo.NewSecretsVerifier(h, secret)
	if errors.Is(err, slackgo.ErrExpiredTimestamp) {
		return &refusal{http.StatusUnauthorized, "stale", "the request was signed more than 5 minutes ago or ahead; check the clocks"}
	}
	bad := &refusal{http.StatusUnauthorized, "bad-signature", "the signature does not match; check SLACK_SIGNING_SECRET"}
	if err != nil {
		return bad
	}
	if _, err := v.Write(body); err != nil {
		return bad
	}
	if v.Ensure() != nil {
		return bad
	}
	return nil
}
