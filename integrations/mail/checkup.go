package mail

import (
	"context"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/checkup"
)

const (
	part      = checkup.Part(Provider)
	opCheckup = "try the mail server"
)

// Checkup connects, protects the connection, logs in and names the sender, and
// sends nothing. Whether a mail is read in time nobody can see.
func (c *Client) Checkup(ctx context.Context) []checkup.Check {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	at, err := c.greet(ctx)
	f := c.failure(opCheckup, at, err, ctx.Err())
	switch {
	case f == nil:
		return []checkup.Check{part.OK("mail server", "it lets us in"), part.OK("sender", "%s", c.from.Address)}
	case at == naming && f.Class != compliance.Unavailable:
		return []checkup.Check{part.OK("mail server", "it lets us in"),
			part.Wrong("sender", checkup.Refused, f.Error(), "set SMTP_FROM to an address that SMTP_URL's user may send for")}
	}
	return []checkup.Check{part.Failed("mail server", f, "correct SMTP_URL (host, port, tls) and SMTP_PASSWORD")}
}

// greet says how far it came besides the error.
func (c *Client) greet(ctx context.Context) (phase, error) {
	conn, err := c.connect(ctx)
	if err != nil {
		return connecting, err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.Mail(c.from.Address); err != nil {
		return naming, err
	}
	_ = conn.Quit() // nothing is under way
	return naming, nil
}
