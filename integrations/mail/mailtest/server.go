// Package mailtest is a mail server on the loopback interface, for tests,
// stories and the sandbox: a real SMTP server that keeps what it takes, in
// mailboxes that it can be asked to read. It enforces the size it announces,
// demands a login and TLS where told to, and gives the trouble that mail servers
// give: greylisting, refused recipients, connections lost before and after a
// mail was taken.
package mailtest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/lowcodex/countersign/integrations/integrationtest/kept"
)

// Options configures a Server; every field has a default.
type Options struct {
	// User and Password are demanded before a mail is taken; empty: nobody logs in.
	User, Password string
	// TLS offers STARTTLS, or with Implicit TLS from the first byte.
	TLS      *tls.Config
	Implicit bool
	// MaxSize is the largest mail in bytes, as announced. Default 1 MiB.
	MaxSize int64
	// Known lists the mailboxes; a mail to another one is refused with 550 5.1.1.
	// Default: any.
	Known []string
	// Refused lists senders that the server does not let its user send for. Default: none.
	Refused []string
	// SaveTo is a file that keeps the mailboxes over restarts. Default: memory only.
	SaveTo string
	// Now is the clock. Default time.Now.
	Now func() time.Time
}

// Server is the mail server, listening. It is safe for concurrent use.
type Server struct {
	o      Options
	smtp   *smtp.Server
	listen net.Listener

	mu     sync.Mutex // guards all below
	mails  []Mail
	faults []Fault
	hits   int
	wake   chan struct{} // closed and replaced at every change
	taken  func()

	life   context.Context
	end    context.CancelFunc
	served chan struct{}
}

// Start listens on a free port of the loopback interface until Close.
func Start(o Options) (*Server, error) {
	if o.MaxSize <= 0 {
		o.MaxSize = 1 << 20
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("mailtest: %w", err)
	}
	var mails []Mail
	if err := kept.Load(o.SaveTo, &mails); err != nil {
		return nil, errors.Join(fmt.Errorf("mailtest: %w", err), l.Close())
	}
	s := &Server{o: o, listen: l, mails: mails, wake: make(chan struct{}), served: make(chan struct{})}
	s.life, s.end = context.WithCancel(context.Background())
	s.smtp = smtp.NewServer(smtp.BackendFunc(s.session))
	s.smtp.Domain, s.smtp.MaxMessageBytes, s.smtp.MaxRecipients = "mail.stand-in.invalid", o.MaxSize, 10
	s.smtp.ReadTimeout, s.smtp.WriteTimeout = 30*time.Second, 30*time.Second
	s.smtp.AllowInsecureAuth = o.TLS == nil // a test without TLS may still log in
	s.smtp.ErrorLog = quiet{}
	if o.TLS != nil && o.Implicit {
		l = tls.NewListener(l, o.TLS)
	} else {
		s.smtp.TLSConfig = o.TLS
	}
	go func() {
		defer close(s.served)
		_ = s.smtp.Serve(l) // ends with Close; a listener that fails shows as a server that is down
	}()
	return s, nil
}

// Addr is host and port of the server.
func (s *Server) Addr() string { return s.listen.Addr().String() }

// URL is the server's address as the integration takes it, with the user.
func (s *Server) URL() string {
	u := url.URL{Scheme: "smtp", Host: s.Addr()}
	if s.o.User != "" {
		u.User = url.User(s.o.User)
	}
	switch {
	case s.o.TLS == nil:
		u.RawQuery = "tls=none"
	case s.o.Implicit:
		u.Scheme = "smtps"
	}
	return u.String()
}

// Close ends the server and everything that hangs.
func (s *Server) Close() error {
	s.end()
	err := s.smtp.Close()
	_ = s.listen.Close() // a server that has not begun to serve knows nothing of its listener yet
	<-s.served
	if errors.Is(err, smtp.ErrServerClosed) {
		return nil
	}
	return err
}

// Mails lists what was taken, oldest first.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// Mailbox shows what a mail program would: of several mails with one
// Message-ID the first one only.
func (s *Server) Mailbox(address string) []Mail {
	var shown []Mail
	for _, m := range s.Mails() {
		twice := slices.ContainsFunc(shown, func(o Mail) bool { return o.ID() != "" && o.ID() == m.ID() })
		if strings.EqualFold(m.To, address) && !twice {
			shown = append(shown, m)
		}
	}
	return shown
}

// WaitFor returns when cond holds for the mails taken so far, or with an error
// when ctx ends first.
func (s *Server) WaitFor(ctx context.Context, cond func([]Mail) bool) error {
	for {
		s.mu.Lock()
		wake := s.wake
		s.mu.Unlock()
		if cond(s.Mails()) {
			return nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return errors.Join(errors.New("mailtest: what was waited for did not come"), ctx.Err())
		}
	}
}

// OnTaken sets a hook that is called after a mail was stored and before the
// server says so; nil removes it.
func (s *Server) OnTaken(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken = f
}

// changed wakes everybody who waits. The lock is held.
func (s *Server) changed() {
	close(s.wake)
	s.wake = make(chan struct{})
}

// quiet drops the library's own log: what it says shows in the client's errors.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}
