package mailtest

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/lowcodex/countersign/integrations/integrationtest/kept"
)

// Mail is a mail that was taken.
type Mail struct {
	From, To string // of the envelope
	Header   netmail.Header
	Text     string // the text part, decoded
	Raw      []byte
	At       time.Time
}

// ID is the Message-ID, empty when there is none.
func (m Mail) ID() string { return m.Header.Get("Message-Id") }

// Subject is the decoded subject.
func (m Mail) Subject() string {
	s, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return m.Header.Get("Subject")
	}
	return s
}

// session is one client's conversation.
type session struct {
	server *Server
	conn   *smtp.Conn
	known  bool // has logged in
	from   string
	to     string
}

func (s *Server) session(c *smtp.Conn) (smtp.Session, error) {
	return &session{server: s, conn: c, known: s.o.User == ""}, nil
}

// AuthMechanisms implements smtp.AuthSession.
func (s *session) AuthMechanisms() []string {
	if s.server.o.User == "" {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth implements smtp.AuthSession.
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.server.o.User || password != s.server.o.Password {
			// The reply repeats what was sent, as careless servers do.
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "Authentication failed for " + user + " with " + password}
		}
		s.known = true
		return nil
	}), nil
}

// Mail implements smtp.Session.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if !s.known {
		return smtp.ErrAuthRequired
	}
	if slices.Contains(s.server.o.Refused, from) {
		return &smtp.SMTPError{Code: 553, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "Sender address rejected: not owned by user"}
	}
	s.from = from
	return nil
}

// Rcpt implements smtp.Session.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.to != "" {
		return &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 5, 3}, Message: "one recipient at a time"}
	}
	if f, hit := s.server.take(to, false); hit {
		switch f.Kind {
		case Drop:
			return s.drop()
		case HangEarly:
			return s.hang()
		default:
			return f.reply()
		}
	}
	if k := s.server.o.Known; len(k) > 0 && !slices.ContainsFunc(k, func(a string) bool { return strings.EqualFold(a, to) }) {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "<" + to + ">: User unknown"}
	}
	s.to = to
	return nil
}

// Data implements smtp.Session.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err // too large, or the client is gone
	}
	f, hit := s.server.take(s.to, true)
	if hit {
		switch f.Kind {
		case DropBefore:
			return s.drop()
		case Hang:
			return s.hang()
		case Refuse:
			return f.reply()
		}
	}
	m, err := read(raw)
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "the mail is malformed: " + err.Error()}
	}
	m.From, m.To, m.At = s.from, s.to, s.server.o.Now().UTC()
	s.server.mu.Lock()
	s.server.mails = append(s.server.mails, m)
	err = kept.Save(s.server.o.SaveTo, s.server.mails)
	s.server.changed()
	hook := s.server.taken
	s.server.mu.Unlock()
	if err != nil {
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "the mail could not be stored: " + err.Error()}
	}
	if hook != nil {
		hook()
	}
	if hit {
		return s.drop()
	}
	return nil
}

// Reset implements smtp.Session.
func (s *session) Reset() { s.from, s.to = "", "" }

// Logout implements smtp.Session.
func (s *session) Logout() error { return nil }

// drop closes the connection without another word.
func (s *session) drop() error {
	return errors.Join(errors.New("dropped"), s.conn.Conn().Close())
}

// hang waits until the client gives up or the server ends.
func (s *session) hang() error {
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_, _ = s.conn.Conn().Read(make([]byte, 1)) // nothing comes but the end
	}()
	select {
	case <-gone:
	case <-s.server.life.Done():
	}
	return s.drop()
}

// read checks a mail as strictly as receivers do: lines end with CR LF and are
// of at most 998 bytes, and there is exactly one of each header.
func read(raw []byte) (Mail, error) {
	for line := range bytes.SplitSeq(raw, []byte("\r\n")) {
		if len(line) > 998 || bytes.ContainsAny(line, "\r\n\x00") {
			return Mail{}, errors.New("a line is too long or holds a bare line break")
		}
	}
	parsed, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Mail{}, err
	}
	for _, name := range []string{"From", "To", "Subject", "Date", "Message-Id", "Mime-Version"} {
		if len(parsed.Header[name]) != 1 {
			return Mail{}, errors.New("there must be exactly one " + name)
		}
	}
	text, err := textOf(parsed.Header, parsed.Body)
	return Mail{Header: parsed.Header, Raw: raw, Text: text}, err
}

// textOf decodes the text part.
func textOf(h interface{ Get(string) string }, body io.Reader) (string, error) {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return "", err
	}
	if strings.HasPrefix(kind, "multipart/") {
		part, err := multipart.NewReader(body, params["boundary"]).NextPart()
		if err != nil {
			return "", err
		}
		return textOf(part.Header, part)
	}
	if strings.EqualFold(h.Get("Content-Transfer-Encoding"), "quoted-printable") {
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	return strings.ReplaceAll(string(text), "\r\n", "\n"), err
}
