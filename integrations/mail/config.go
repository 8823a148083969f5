// Package mail pages people by e-mail over SMTP. It is the channel that needs
// no account anywhere, and the weakest: that a server took a mail says nothing
// about when, or whether, anybody is woken by it.
package mail

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	netmail "net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/httpcall"
)

// Provider is the name of the channel, and of an account that is to be used
// instead of a person's e-mail address.
const Provider = compliance.MailChannel

// The ways to protect the connection, as they stand in the URL's tls parameter.
const (
	tlsStart    = "starttls" // plain at first, then STARTTLS, which the server must offer
	tlsImplicit = "implicit" // TLS from the first byte
	tlsNone     = "none"     // for a relay on this machine or a trusted network
)

// Config is what one mail server needs.
type Config struct {
	// URL names the server: smtp://user@host:port, where STARTTLS is demanded,
	// or smtps://user@host:port with TLS from the first byte. Without a port it
	// is 587 or 465. Without a user nobody logs in. "?tls=none" leaves the
	// connection in clear text, and is refused together with a user unless the
	// host is a loopback address.
	URL string
	// Password belongs to the URL's user. It is a secret.
	Password string
	// From is the sender, e.g. "Countersign <pager@example.com>". Its domain is
	// used in the Message-IDs. Required.
	From string
	// RootCAs verify the server's certificate. Default: the system's.
	RootCAs *x509.CertPool
	// Timeout bounds one mail from dialling to the server's last word. Default 8 s.
	Timeout time.Duration
	// Observe is called once after every mail, for counters; optional. It must be
	// safe for concurrent use.
	Observe func(httpcall.Observation)
	// Logger receives what operators must know. Default: discards.
	Logger *slog.Logger
	// Now is the clock for the mails' date. Default time.Now.
	Now func() time.Time
}

const defaultTimeout = 8 * time.Second

func (c Config) withDefaults() Config {
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	if c.Observe == nil {
		c.Observe = func(httpcall.Observation) {}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// server is a checked URL.
type server struct {
	host   string
	port   int
	user   string
	secure string
}

// check reads the configuration; the error lists everything that is wrong.
func (c Config) check() (server, *netmail.Address, error) {
	s, err := parseURL(c.URL)
	errs := []error{err}
	if err == nil && (s.user == "") != (c.Password == "") {
		errs = append(errs, errors.New("mail: give both a user in SMTP_URL (smtp://user@host) and SMTP_PASSWORD, or neither"))
	}
	from, err := netmail.ParseAddress(c.From)
	if err != nil || !sendable(from.Address) {
		errs = append(errs, errors.New("mail: the sender (SMTP_FROM) is no address: give one such as \"Countersign <pager@example.com>\""))
	}
	return s, from, errors.Join(errs...)
}

// parseURL reads the server's address. Errors never quote it: a password may
// have been put there.
func parseURL(raw string) (server, error) {
	bad := func(format string, args ...any) (server, error) {
		return server{}, fmt.Errorf("mail: the server's address (SMTP_URL) "+format+": give one such as smtp://user@host:587 or smtps://user@host:465", args...)
	}
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || (u.Path != "" && u.Path != "/") {
		return bad("cannot be used")
	}
	if _, hasPassword := u.User.Password(); hasPassword {
		return bad("holds a password; put that into SMTP_PASSWORD")
	}
	s := server{host: u.Hostname(), user: u.User.Username()}
	switch u.Scheme {
	case "smtp":
		s.port, s.secure = 587, tlsStart
	case "smtps":
		s.port, s.secure = 465, tlsImplicit
	default:
		return bad("has the scheme %q", u.Scheme)
	}
	if p := u.Port(); p != "" {
		if s.port, err = strconv.Atoi(p); err != nil || s.port < 1 || s.port > 65535 {
			return bad("has no usable port")
		}
	}
	for name, values := range u.Query() {
		if name != "tls" || len(values) != 1 {
			return bad("has a parameter that is not tls")
		}
		switch values[0] {
		case tlsStart, tlsImplicit, tlsNone:
			s.secure = values[0]
		default:
			return bad("has tls=%q, which is none of starttls, implicit and none", values[0])
		}
	}
	if ip := net.ParseIP(s.host); s.secure == tlsNone && s.user != "" && (ip == nil || !ip.IsLoopback()) {
		return bad("would send a password in clear text; leave out tls=none or the user")
	}
	return s, nil
}

func (c Config) tls(host string) *tls.Config {
	return &tls.Config{ServerName: host, RootCAs: c.RootCAs, MinVersion: tls.VersionTLS12}
}

// sendable reports whether an address can stand in a header and in an SMTP
// command as it is: one mailbox with a domain, of visible ASCII.
func sendable(address string) bool {
	if len(address) > 254 { // RFC 5321, section 4.5.3.1.3
		return false
	}
	for _, c := range []byte(address) {
		if c <= ' ' || c >= 0x7f || c == '<' || c == '>' {
			return false
		}
	}
	at := strings.LastIndexByte(address, '@')
	return at > 0 && at < len(address)-1
}
