package httpcall

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// unsentError marks a request for which no connection was ever obtained.
type unsentError struct{ err error }

func (e *unsentError) Error() string { return "not sent: " + e.err.Error() }
func (e *unsentError) Unwrap() error { return e.err }

// answerError marks a success status whose answer cannot be used.
type answerError struct {
	status int
	text   string
	err    error
}

func (e *answerError) Error() string { return e.text }
func (e *answerError) Unwrap() error { return e.err }

// Classify turns the end of one HTTP call into a Failure, by one table for all
// vendors. op is what was attempted, method the HTTP method; resp, body and
// err are whatever there is of the answer, each may be nil. Call it only when
// the call did not succeed: a 2xx answer is classified as one that could not
// be understood.
//
// A write (any method but GET, HEAD and OPTIONS) whose effect cannot be
// excluded is compliance.UnknownOutcome: every 5xx, because proxies answer
// with any of them after the work was done; a time-out, reset or cut answer
// after a connection existed; a 2xx that is not the expected JSON. The same
// on a read is compliance.Unavailable.
//
// The failure's text holds the other side's own reason, without addresses and
// without anything that looks like a credential; Transport.Classify removes
// the configured secrets as well. Err keeps the cause for errors.Is
// (context.Canceled, context.DeadlineExceeded, syscall.ECONNREFUSED,
// io.ErrUnexpectedEOF), but none of its text.
func Classify(op, method string, resp *http.Response, body []byte, err error) *compliance.Failure {
	return classify(NewRedactor(), op, method, resp, body, err, time.Now())
}

// Classify is the package's Classify with the configured secrets removed from
// the text.
func (t *Transport) Classify(op, method string, resp *http.Response, body []byte, err error) *compliance.Failure {
	return classify(t.redact, op, method, resp, body, err, time.Now())
}

func classify(r Redactor, op, method string, resp *http.Response, body []byte, err error, now time.Time) *compliance.Failure {
	f := &compliance.Failure{Op: op, Err: cause(err)}
	if resp == nil {
		f.Class, f.Detail = classOfError(method, err)
		var lim *limitError
		if errors.As(err, &lim) {
			f.RetryAfter = lim.wait
		}
		return f
	}
	f.Class = ClassOfStatus(method, resp.StatusCode)
	f.Detail = fmt.Sprintf("HTTP %d", resp.StatusCode)
	if text := http.StatusText(resp.StatusCode); text != "" {
		f.Detail += " " + text
	}
	if resp.StatusCode >= 200 && resp.StatusCode <= 299 {
		f.Detail += ", but the answer could not be understood"
	} else if reason := Reason(body); reason != "" {
		f.Detail += ": " + reason
	} else if hint := hints()[f.Class]; hint != "" {
		f.Detail += ": " + hint
	}
	f.Detail = r.Clean(f.Detail)
	f.RetryAfter = RetryAfter(resp.Header, now)
	return f
}

// hints say how to mend what only a person can, where the answer gives no reason.
func hints() map[compliance.Class]string {
	return map[compliance.Class]string{
		compliance.Blocked: "check the configured address, credential and permissions",
	}
}

func isRead(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// uncertain is the class of a call that reached the other side and whose end
// was not seen.
func uncertain(method string) compliance.Class {
	if isRead(method) {
		return compliance.Unavailable
	}
	return compliance.UnknownOutcome
}

// ClassOfStatus is the table from HTTP status to class. A redirect is Blocked:
// none is followed, and it means that the configured address is not the API's.
func ClassOfStatus(method string, status int) compliance.Class {
	switch status {
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, http.StatusProxyAuthRequired:
		return compliance.Blocked
	case http.StatusNotFound, http.StatusGone:
		return compliance.Gone
	case http.StatusConflict, http.StatusPreconditionFailed, http.StatusLocked:
		return compliance.Conflict
	case http.StatusTooManyRequests, 420: // 420: Statuspage
		return compliance.Throttled
	case http.StatusRequestTimeout, http.StatusTooEarly:
		return uncertain(method)
	case http.StatusUnavailableForLegalReasons:
		return compliance.Refused
	case http.StatusNotImplemented:
		return compliance.Invalid
	}
	switch {
	case status >= 500:
		return uncertain(method)
	case status >= 400:
		return compliance.Invalid
	case status >= 300:
		return compliance.Blocked
	default:
		return uncertain(method)
	}
}

// classOfError classifies a call without an answer.
func classOfError(method string, err error) (compliance.Class, string) {
	var lim *limitError
	var ans *answerError
	var unsent *unsentError
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &lim):
		return compliance.Throttled, "too many calls at once on our side"
	case errors.As(err, &ans):
		return uncertain(method), fmt.Sprintf("HTTP %d, but %s", ans.status, ans.text)
	case untrusted(err):
		return compliance.Blocked, "the server's certificate is not trusted: check the configured address and the system's certificates"
	case errors.As(err, &dns):
		return compliance.Unavailable, "the server's name could not be resolved"
	case errors.Is(err, syscall.ECONNREFUSED):
		return compliance.Unavailable, "connection refused"
	case errors.As(err, &unsent), errors.As(err, &op) && op.Op == "dial":
		return compliance.Unavailable, "no connection: " + describe(err)
	default:
		return uncertain(method), describe(err)
	}
}

func untrusted(err error) bool {
	var verify *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	return errors.As(err, &verify) || errors.As(err, &authority) || errors.As(err, &host)
}

// describe names the kind of a network error. The error's own text is never
// used: it holds addresses and may hold a credential.
func describe(err error) string {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, context.Canceled):
		return "the caller gave up"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection was reset"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "the connection was closed before the answer was complete"
	case err == nil:
		return "no answer"
	default:
		return "the call failed on the way"
	}
}

// quietError stands for a cause: errors.Is finds it, its text is ours.
type quietError struct {
	text string
	is   error
}

func (e *quietError) Error() string { return e.text }
func (e *quietError) Unwrap() error { return e.is }

func cause(err error) error {
	for _, known := range []error{
		context.Canceled, context.DeadlineExceeded, syscall.ECONNREFUSED, syscall.ECONNRESET, io.ErrUnexpectedEOF,
	} {
		if errors.Is(err, known) {
			return &quietError{describe(err), known}
		}
	}
	return nil
}
