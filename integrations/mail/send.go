package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	netmail "net/mail"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/httpcall"
)

// Client sends mails. It is safe for concurrent use and never retries: every
// error is a *compliance.Failure whose class says what may be done.
type Client struct {
	cfg    Config
	server server
	from   *netmail.Address
	redact httpcall.Redactor
}

// New makes a Client; it calls nobody. The error lists everything that is
// wrong with the configuration.
func New(cfg Config) (*Client, error) {
	cfg = cfg.withDefaults()
	s, from, err := cfg.check()
	if err != nil {
		return nil, err
	}
	return &Client{cfg: cfg, server: s, from: from, redact: httpcall.NewRedactor(cfg.Password)}, nil
}

// Send mails the page to an address. SMTP knows no keys and lets nobody look
// for what was sent: a repetition sends the mail again, with the same
// Message-ID, by which many servers and programs show it once. Claimed: one
// mail where the first attempt's outcome was known, and at most one double for
// every attempt of unknown outcome.
//
// The error is a *compliance.Failure: UnknownOutcome only when the whole mail
// had been handed over and the server's word on it was not heard.
func (c *Client) Send(ctx context.Context, to compliance.Account, page compliance.Page, _ bool) (compliance.Paged, error) {
	address, err := c.address(opPage, to)
	if err != nil {
		return compliance.Paged{}, err
	}
	if err := c.deliver(ctx, opPage, address, c.pageMail(address, page)); err != nil {
		return compliance.Paged{}, err
	}
	return compliance.Paged{Channel: Provider, Ref: c.messageID(page, kindPage)}, nil
}

// StandDown mails that the page is no longer to be answered, in its thread. It
// is sent whether or not the page's outcome is known: a mail too many is better
// than somebody who gets up for nothing.
func (c *Client) StandDown(ctx context.Context, to compliance.Account, _ compliance.Paged, page compliance.Page, why string) error {
	address, err := c.address(opStandDown, to)
	if err != nil {
		return err
	}
	return c.deliver(ctx, opStandDown, address, c.standDownMail(address, page, why))
}

// address is the one mailbox that an account names; anything that could become
// a second recipient or a header is refused.
func (c *Client) address(op string, to compliance.Account) (*netmail.Address, error) {
	a, err := netmail.ParseAddress(to.ID)
	if err != nil || a.Address != to.ID || !sendable(a.Address) {
		return nil, &compliance.Failure{Class: compliance.Invalid, Op: op, Detail: "the person's or contact's e-mail address cannot be used; correct it in the directory or in the rules"}
	}
	return a, nil
}

// deliver hands one mail to the server, once, within the time-out.
func (c *Client) deliver(ctx context.Context, op string, to *netmail.Address, m *gomail.Msg) error {
	began := time.Now()
	attempt, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	at, err := c.converse(attempt, to, m)
	f := c.failure(op, at, err, attempt.Err())
	o := httpcall.Observation{Vendor: Provider, Op: op, Method: "SMTP", Took: time.Since(began)}
	if f != nil {
		o.Class = f.Class
	}
	c.cfg.Observe(o)
	if f == nil {
		c.cfg.Logger.DebugContext(ctx, "mail sent", "op", op, "took", o.Took)
		return nil
	}
	c.cfg.Logger.WarnContext(ctx, "mail not sent", "op", op, "class", f.Class, "detail", f.Detail, "took", o.Took)
	return f
}

// phase is how far a conversation had come when it ended.
type phase int

const (
	connecting  phase = iota // dialling, greeting, TLS, logging in
	naming                   // the sender
	addressing               // the recipient
	handingOver              // the content, before its end: the server cannot have taken it
	ending                   // the content's end was sent: the server's word decides
)

// converse says how far it came besides the error.
func (c *Client) converse(ctx context.Context, to *netmail.Address, m *gomail.Msg) (phase, error) {
	conn, err := c.connect(ctx)
	if err != nil {
		return connecting, err
	}
	defer func() { _ = conn.Close() }() // after a failure there is nothing to say goodbye for
	if err := conn.Mail(c.from.Address); err != nil {
		return naming, err
	}
	if err := conn.Rcpt(to.Address); err != nil {
		return addressing, err
	}
	w, err := conn.Data()
	if err != nil {
		return handingOver, err
	}
	if _, err := m.WriteTo(w); err != nil {
		return handingOver, err
	}
	if err := w.Close(); err != nil {
		return ending, err
	}
	_ = conn.Quit() // the mail is taken, whatever becomes of the goodbye
	return ending, nil
}

// connect dials, greets, protects the connection and logs in. The library ends
// with a deadline only, so the connection is closed when ctx ends.
func (c *Client) connect(ctx context.Context) (*smtp.Client, error) {
	deadline, _ := ctx.Deadline() // deliver has set one
	dial := func(dialCtx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(dialCtx, network, address)
		if err != nil {
			return nil, err
		}
		context.AfterFunc(ctx, func() { _ = conn.Close() })
		if c.server.secure != tlsImplicit {
			return conn, nil
		}
		secured := tls.Client(conn, c.cfg.tls(c.server.host))
		if err := secured.HandshakeContext(dialCtx); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		return secured, nil
	}
	options := []gomail.Option{
		gomail.WithPort(c.server.port), gomail.WithTimeout(max(time.Until(deadline), time.Millisecond)),
		gomail.WithDialContextFunc(dial), gomail.WithTLSConfig(c.cfg.tls(c.server.host)), gomail.WithoutSMTPUTF8(),
	}
	if c.server.secure == tlsStart {
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	} else { // TLS has been taken care of above, or there is none
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if c.server.user != "" {
		options = append(options, gomail.WithUsername(c.server.user), gomail.WithPassword(c.cfg.Password),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
	}
	client, err := gomail.NewClient(c.server.host, options...)
	if err != nil {
		return nil, err
	}
	return client.DialToSMTPClientWithContext(ctx)
}
