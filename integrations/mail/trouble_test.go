package mail_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/httpcall"
	"github.com/lowcodex/countersign/integrations/mail"
	"github.com/lowcodex/countersign/integrations/mail/mailtest"
)

// fails sends a page that cannot be sent and checks what holds for every
// failure: a class, one line, no address of a person or a server and no secret
// in it, in anything it wraps or in the log.
func fails(t *testing.T, s *stand, client *mail.Client, ctx context.Context) *compliance.Failure {
	t.Helper()
	_, err := client.Send(ctx, toAnn, alarm(), false)
	var f *compliance.Failure
	require.ErrorAs(t, err, &f)
	require.Contains(t, compliance.Classes(), f.Class)
	require.NotEmpty(t, f.Op)
	require.NotEmpty(t, f.Detail)
	said := s.log.String()
	for e := err; e != nil; e = errors.Unwrap(e) {
		said += fmt.Sprintf("%v %+v", e, e)
	}
	for _, never := range []string{"\r", "://", ann, password, base64.StdEncoding.EncodeToString([]byte(password)), s.Addr()} {
		require.NotContains(t, said, never)
	}
	require.NotContains(t, err.Error(), "\n")
	require.Equal(t, f.Class, s.seen[len(s.seen)-1].Class, "it is counted")
	return f
}

// I18: the replies of servers, as they are found in the wild, and what the
// process may do about each.
func TestI18_RepliesHaveClasses(t *testing.T) {
	for name, c := range map[string]struct {
		code     int
		enhanced string
		text     string
		atData   bool
		class    compliance.Class
		wait     time.Duration
	}{
		"greylisted":             {450, "4.7.1", "<ann@example.com>: Recipient address rejected: Greylisted, come back in 300 seconds", false, compliance.Throttled, 5 * time.Minute},
		"greylisted, minutes":    {451, "4.7.0", "Please try again in 2 minutes", false, compliance.Throttled, 2 * time.Minute},
		"too fast":               {421, "4.7.28", "Unusual rate of mail", false, compliance.Throttled, 30 * time.Second},
		"after for ever":         {450, "4.7.1", "come back in 99999 seconds", false, compliance.Throttled, time.Hour},
		"local trouble":          {451, "4.3.0", "Requested action aborted: local error in processing", false, compliance.Unavailable, 0},
		"no room":                {452, "4.3.1", "Insufficient system storage", true, compliance.Unavailable, 0},
		"going down":             {421, "", "Service not available, closing channel", false, compliance.Unavailable, 0},
		"no such mailbox":        {550, "5.1.1", "<ann@example.com>: User unknown", false, compliance.Gone, 0},
		"no such domain":         {550, "5.1.2", "Host unknown", false, compliance.Gone, 0},
		"disabled":               {550, "5.2.1", "Mailbox disabled", false, compliance.Gone, 0},
		"old server":             {550, "", "No such user here", false, compliance.Gone, 0},
		"domain takes no mail":   {556, "5.1.10", "Recipient address has a null MX", false, compliance.Gone, 0},
		"mailbox is full":        {552, "5.2.2", "Mailbox full", false, compliance.Refused, 0},
		"looks like spam":        {554, "5.6.0", "Message content rejected", true, compliance.Refused, 0},
		"old server, spam":       {550, "", "Rejected", true, compliance.Refused, 0},
		"relaying denied":        {554, "5.7.1", "<ann@example.com>: Relay access denied", false, compliance.Blocked, 0},
		"sender not authorised":  {550, "5.7.26", "This mail is unauthenticated", true, compliance.Blocked, 0},
		"sender's domain":        {553, "5.1.8", "Sender domain not found", false, compliance.Blocked, 0},
		"login wanted after all": {530, "5.7.0", "Must issue a STARTTLS command first", false, compliance.Blocked, 0},
		"too large":              {552, "5.3.4", "Message size exceeds fixed limit", true, compliance.Invalid, 0},
		"too large for them":     {552, "", "too much mail data", true, compliance.Invalid, 0},
		"not understood":         {501, "5.5.4", "Invalid arguments", false, compliance.Invalid, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, mailtest.Options{})
			s.Add(mailtest.Fault{Kind: mailtest.Refuse, Code: c.code, Enhanced: c.enhanced, Text: c.text, AtData: c.atData})
			f := fails(t, s, s.client, t.Context())
			require.Equal(t, c.class, f.Class, f.Error())
			require.Equal(t, c.wait, f.RetryAfter)
			require.Contains(t, f.Detail, fmt.Sprint("SMTP ", c.code))
			require.Empty(t, s.Mails())
			_, err := s.client.Send(t.Context(), toAnn, alarm(), true)
			require.NoError(t, err, "the next one is taken")
		})
	}
}

// I18: only a mail that was handed over whole may have been taken.
func TestI18_LostConnections(t *testing.T) {
	for kind, want := range map[mailtest.Kind]struct {
		class compliance.Class
		taken int
	}{
		mailtest.Drop:       {compliance.Unavailable, 0},
		mailtest.HangEarly:  {compliance.Unavailable, 0},
		mailtest.DropBefore: {compliance.UnknownOutcome, 0},
		mailtest.DropAfter:  {compliance.UnknownOutcome, 1},
		mailtest.Hang:       {compliance.UnknownOutcome, 0},
	} {
		t.Run(string(kind), func(t *testing.T) {
			s := newStand(t, mailtest.Options{})
			s.Add(mailtest.Fault{Kind: kind})
			began := time.Now()
			f := fails(t, s, s.client, t.Context())
			require.Equal(t, want.class, f.Class, f.Error())
			require.Len(t, s.Mails(), want.taken)
			require.Less(t, time.Since(began), 5*time.Second, "the time-out bounds it")
		})
	}
}

func TestStandInsMailboxes(t *testing.T) {
	s := newStand(t, mailtest.Options{Known: []string{"ben@example.com"}, MaxSize: 20_000})
	require.Equal(t, compliance.Gone, fails(t, s, s.client, t.Context()).Class)
	toBen := compliance.Account{Provider: "mail", ID: "ben@example.com"}
	s.Greylist("ben@example.com", time.Minute)
	_, err := s.client.Send(t.Context(), toBen, alarm(), false)
	require.Equal(t, compliance.Throttled, compliance.ClassOf(err))
	page := alarm()
	page.Text = strings.Repeat("long ", 10_000)
	_, err = s.client.Send(t.Context(), toBen, page, false)
	require.Equal(t, compliance.Invalid, compliance.ClassOf(err), "larger than the server allows: %v", err)
	_, err = s.client.Send(t.Context(), toBen, alarm(), false)
	require.NoError(t, err)
	s.Reject("ben@example.com")
	_, err = s.client.Send(t.Context(), toBen, alarm(), false)
	require.Equal(t, compliance.Gone, compliance.ClassOf(err))
}

func TestTheWayToTheServer(t *testing.T) {
	secure, pool := certified(t)
	trusting := func(c *mail.Config) { c.RootCAs = pool }
	for name, o := range map[string]mailtest.Options{
		"clear text":            {},
		"STARTTLS":              {TLS: secure},
		"STARTTLS, logged in":   {TLS: secure, User: user, Password: password},
		"implicit TLS":          {TLS: secure, Implicit: true, User: user, Password: password},
		"clear text, logged in": {User: user, Password: password},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, o, trusting)
			_, err := s.client.Send(t.Context(), toAnn, alarm(), false)
			require.NoError(t, err)
			require.Len(t, s.Mails(), 1)
			require.Equal(t, []httpcall.Observation{{Vendor: "mail", Op: "mail a page", Method: "SMTP", Took: s.seen[0].Took}}, s.seen)
		})
	}
	for name, c := range map[string]struct {
		options  mailtest.Options
		url      func(string) string
		password string
		change   func(*mail.Config)
		says     string
	}{
		"wrong password":      {options: mailtest.Options{TLS: secure, User: user, Password: "another-" + password}, password: password, change: trusting, says: "SMTP_PASSWORD"},
		"login wanted":        {options: mailtest.Options{TLS: secure, User: user, Password: password}, url: func(u string) string { return strings.Replace(u, user+"@", "", 1) }, change: trusting, says: "502"},
		"login not offered":   {options: mailtest.Options{TLS: secure}, url: func(u string) string { return strings.Replace(u, "//", "//"+user+"@", 1) }, password: password, change: trusting, says: "a way to log in"},
		"no STARTTLS there":   {url: func(u string) string { return strings.Replace(u, "?tls=none", "", 1) }, says: "STARTTLS"},
		"certificate unknown": {options: mailtest.Options{TLS: secure}, says: "certificate is not trusted"},
		"implicit, unknown":   {options: mailtest.Options{TLS: secure, Implicit: true}, says: "certificate is not trusted"},
		"no TLS on this port": {url: func(u string) string { return strings.Replace(u, "tls=none", "tls=implicit", 1) }, says: "does not speak TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, c.options, trusting)
			url := s.URL()
			if c.url != nil {
				url = c.url(url)
			}
			if c.change == nil {
				c.change = func(*mail.Config) {}
			}
			client := connect(t, s, url, c.password, c.change)
			f := fails(t, s, client, t.Context())
			require.Equal(t, compliance.Blocked, f.Class, f.Error())
			require.Contains(t, f.Detail, c.says)
			require.Empty(t, s.Mails())
		})
	}
}

func TestNobodyListens(t *testing.T) {
	s := newStand(t, mailtest.Options{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	require.NoError(t, l.Close())
	f := fails(t, s, connect(t, s, "smtp://"+address+"?tls=none", ""), t.Context())
	require.Equal(t, compliance.Unavailable, f.Class)
	f = fails(t, s, connect(t, s, "smtp://no-such-host.invalid", ""), t.Context())
	require.Equal(t, compliance.Unavailable, f.Class)
}

// A server that takes the connection and says nothing is given up in time.
func TestSilentServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(io.Discard, c) }()
		}
	}()
	s := newStand(t, mailtest.Options{})
	for _, tls := range []string{"none", "starttls", "implicit"} {
		began := time.Now()
		f := fails(t, s, connect(t, s, "smtp://"+l.Addr().String()+"?tls="+tls, ""), t.Context())
		require.Equal(t, compliance.Unavailable, f.Class, f.Error())
		require.Less(t, time.Since(began), 5*time.Second)
	}
}

func TestCancelled(t *testing.T) {
	s := newStand(t, mailtest.Options{}, func(c *mail.Config) { c.Timeout = time.Minute })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := fails(t, s, s.client, ctx)
	require.Equal(t, compliance.Unavailable, f.Class)
	require.ErrorIs(t, f, context.Canceled)
	require.Empty(t, s.Mails())

	for kind, class := range map[mailtest.Kind]compliance.Class{mailtest.HangEarly: compliance.Unavailable, mailtest.Hang: compliance.UnknownOutcome} {
		s.Add(mailtest.Fault{Kind: kind})
		before := s.Hits()
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			waiting, stop := context.WithTimeout(ctx, 20*time.Second)
			defer stop()
			_ = s.WaitFor(waiting, func([]mailtest.Mail) bool { return s.Hits() > before })
			cancel()
		}()
		began := time.Now()
		f := fails(t, s, s.client, ctx)
		cancel()
		require.Less(t, time.Since(began), 20*time.Second, "it ends with its context, not with its time-out")
		require.Equal(t, class, f.Class, f.Error())
		require.ErrorIs(t, f, context.Canceled)
	}
}

func TestConfigurationIsChecked(t *testing.T) {
	good := mail.Config{URL: "smtp://user@mail.example.com", Password: password, From: "pager@example.com"}
	_, err := mail.New(good)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		change func(*mail.Config)
		says   string
	}{
		"no URL":                {func(c *mail.Config) { c.URL = "" }, "SMTP_URL"},
		"another scheme":        {func(c *mail.Config) { c.URL = "https://user@mail.example.com" }, "scheme"},
		"password in the URL":   {func(c *mail.Config) { c.URL = "smtp://user:" + password + "@mail.example.com" }, "put that into SMTP_PASSWORD"},
		"a path":                {func(c *mail.Config) { c.URL = "smtp://user@mail.example.com/x" }, "cannot be used"},
		"no port":               {func(c *mail.Config) { c.URL = "smtp://user@mail.example.com:0" }, "port"},
		"unknown parameter":     {func(c *mail.Config) { c.URL += "?ssl=1" }, "parameter"},
		"unknown protection":    {func(c *mail.Config) { c.URL += "?tls=maybe" }, "tls=\"maybe\""},
		"password in the clear": {func(c *mail.Config) { c.URL += "?tls=none" }, "clear text"},
		"user, no password":     {func(c *mail.Config) { c.Password = "" }, "or neither"},
		"password, no user":     {func(c *mail.Config) { c.URL = "smtp://mail.example.com" }, "or neither"},
		"no sender":             {func(c *mail.Config) { c.From = "" }, "SMTP_FROM"},
		"two senders":           {func(c *mail.Config) { c.From = "a@example.com, b@example.com" }, "SMTP_FROM"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := good
			c.change(&cfg)
			_, err := mail.New(cfg)
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), password)
		})
	}
}
