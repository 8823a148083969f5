package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// The operations, as they appear in errors and counters.
const (
	opPage      = "mail a page"
	opStandDown = "mail a stand-down"
)

// throttledWait is used when a server asks to come back later without saying when.
const throttledWait = 30 * time.Second

// failure turns the end of a conversation into a compliance.Failure; nil when
// err is nil. ended is why the attempt's context is over, if it is.
//
// What was not handed over whole was not sent: a server must not deliver a mail
// whose end it has not seen (RFC 5321, section 4.1.1.4). After that end only the
// server's own word counts.
func (c *Client) failure(op string, at phase, err, ended error) *compliance.Failure {
	if err == nil {
		return nil
	}
	f := &compliance.Failure{Op: op, Class: compliance.Unavailable}
	var reply *textproto.Error
	switch {
	case errors.As(err, &reply):
		enhanced, text := splitReply(reply.Msg)
		f.Class = classOf(at, reply.Code, enhanced)
		f.Detail = "SMTP " + strings.TrimSpace(strconv.Itoa(reply.Code)+" "+enhanced) + hint(f.Class, at)
		if text = c.clean(text); text != "" {
			f.Detail += ": " + text
		}
		if f.Class == compliance.Throttled {
			f.RetryAfter = comeBack(text)
		}
		return f
	case at == ending:
		f.Class = compliance.UnknownOutcome
		f.Detail = "the mail was handed over, but " + describe(err, ended)
	case misconfigured(err) != "":
		f.Class, f.Detail = compliance.Blocked, misconfigured(err)
	case at == connecting && !network(err) && ended == nil:
		// The library's own refusals: no STARTTLS, no way to log in that both know.
		f.Class, f.Detail = compliance.Blocked, "the server does not offer what SMTP_URL asks for (STARTTLS, a way to log in): "+c.clean(err.Error())
	default:
		f.Detail = describe(err, ended)
	}
	f.Err = cause(err, ended)
	return f
}

// classOf is the table from a server's reply to a class, by RFC 5321 (codes)
// and RFC 3463 (enhanced codes); where a server gives an enhanced code that one
// decides.
func classOf(at phase, code int, enhanced string) compliance.Class {
	subject := ""
	if parts := strings.Split(enhanced, "."); len(parts) == 3 {
		subject = parts[1] + "." + parts[2]
	}
	kind, _, _ := strings.Cut(subject, ".")
	if code < 500 {
		if kind == "7" && at != connecting { // greylisting and policy limits
			return compliance.Throttled
		}
		return compliance.Unavailable
	}
	switch {
	case code == 530 || code == 534 || code == 535 || code == 538 || at == connecting:
		return compliance.Blocked // credentials, or the server does not talk to us
	case subject == "2.2":
		return compliance.Refused // the mailbox is full
	case subject == "1.7" || subject == "1.8" || at == naming && subject == "":
		return compliance.Blocked // our sender
	case kind == "7":
		return compliance.Blocked // policy: relaying denied, sender not authorised
	case kind == "1" || subject == "2.1":
		return compliance.Gone // no such mailbox or domain, or it is disabled
	case subject == "3.4" || subject == "2.3" || code == 552:
		return compliance.Invalid // the mail is too large
	case code == 500 || code == 501 || code == 502 || code == 503 || code == 504 || code == 555 || kind == "5":
		return compliance.Invalid
	case at == addressing && (code == 550 || code == 551 || code == 553 || code == 556):
		return compliance.Gone
	default:
		return compliance.Refused
	}
}

func hint(class compliance.Class, at phase) string {
	switch {
	case class == compliance.Blocked && at == connecting:
		return " (check SMTP_URL and SMTP_PASSWORD)"
	case class == compliance.Blocked:
		return " (check SMTP_FROM, and whether the server may send for it)"
	case class == compliance.Gone:
		return " (correct the person's e-mail address)"
	default:
		return ""
	}
}

var (
	enhancedPattern = regexp.MustCompile(`^([245]\.\d{1,3}\.\d{1,3})[ \t]+`)
	// What follows a closing bracket after another @ belongs to the address, too:
	// of <ann@example.com>@relay nothing may be left that looks like one.
	addressPattern = regexp.MustCompile(`<?[^\s<>"':;,()]+@[^\s<>"':;,()]+>?(?:@[^\s<>"':;,()]*>?)*`)
	secondsPattern = regexp.MustCompile(`\b(\d{1,5}) ?(s|sec|secs|second|seconds|min|mins|minute|minutes)\b`)
)

// splitReply takes the enhanced status code off a reply's text.
func splitReply(msg string) (enhanced, text string) {
	if m := enhancedPattern.FindStringSubmatch(msg + " "); m != nil {
		return m[1], strings.TrimSpace(strings.TrimPrefix(msg, m[1]))
	}
	return "", msg
}

// clean makes a server's own words fit for errors: without addresses of people,
// and without what looks like a credential.
func (c *Client) clean(s string) string {
	return c.redact.Clean(addressPattern.ReplaceAllString(s, "[address]"))
}

// comeBack is how long a server asks to be left alone.
func comeBack(text string) time.Duration {
	m := secondsPattern.FindStringSubmatch(text)
	if m == nil {
		return throttledWait
	}
	n, _ := strconv.Atoi(m[1]) // the pattern bounds it
	unit := time.Second
	if strings.HasPrefix(m[2], "min") {
		unit = time.Minute
	}
	return min(max(time.Duration(n)*unit, time.Second), time.Hour)
}

// misconfigured says what a person must mend about the way to the server.
func misconfigured(err error) string {
	var certificate *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &certificate), errors.As(err, &authority), errors.As(err, &host):
		return "the server's certificate is not trusted: check the host in SMTP_URL and the system's certificates"
	case errors.As(err, &record):
		return "the server does not speak TLS on this port: give its other port, or tls=starttls, in SMTP_URL"
	}
	return ""
}

// network reports whether an error is one of the way rather than of the talk.
func network(err error) bool {
	var n net.Error
	var dns *net.DNSError
	return errors.As(err, &n) || errors.As(err, &dns) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// describe names the kind of a network error; its own text holds addresses.
func describe(err, ended error) string {
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.Is(ended, context.Canceled):
		return "the caller gave up"
	case ended != nil, errors.As(err, &timeout) && timeout.Timeout():
		return "there was no answer in time"
	case errors.As(err, &dns):
		return "the server's name could not be resolved"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused"
	default:
		return "the connection was lost"
	}
}

// quietError stands for a cause: errors.Is finds it, its text is ours.
type quietError struct {
	text string
	is   error
}

func (e *quietError) Error() string { return e.text }
func (e *quietError) Unwrap() error { return e.is }

func cause(err, ended error) error {
	for _, known := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(ended, known) {
			return &quietError{fmt.Sprint("mail: ", describe(err, ended)), known}
		}
	}
	return nil
}
