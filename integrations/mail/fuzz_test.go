package mail

import (
	"strings"
	"testing"

	"github.com/lowcodex/countersign/compliance"
)

// FuzzParseURL: what is taken for a server's address has a host, a port and a
// known protection, and nothing is quoted of what is not.
func FuzzParseURL(f *testing.F) {
	for _, seed := range []string{"smtp://user@host:25", "smtps://host", "smtp://u:secret@host", "smtp://[::1]:25?tls=none", "smtp://a@127.0.0.1?tls=implicit", "://", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		s, err := parseURL(raw)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("not one line: %q", err)
			}
			return
		}
		if s.host == "" || s.port < 1 || s.port > 65535 || (s.secure != tlsStart && s.secure != tlsImplicit && s.secure != tlsNone) {
			t.Fatalf("took %q for %+v", raw, s)
		}
	})
}

// FuzzReply: every reply of a server has a class, and what is quoted of it
// holds no address.
func FuzzReply(f *testing.F) {
	f.Add(550, "5.1.1 <ann@example.com>: User unknown", 3)
	f.Add(450, "4.7.1 Greylisted, come back in 300 seconds", 2)
	f.Add(550, "5.1.1 <ann@example.com>@relay.example.com: User unknown", 3)
	f.Add(0, "", 9)
	c := &Client{}
	f.Fuzz(func(t *testing.T, code int, msg string, at int) {
		enhanced, text := splitReply(msg)
		class := classOf(phase(at), code, enhanced)
		known := false
		for _, k := range compliance.Classes() {
			known = known || k == class
		}
		if !known || class == compliance.UnknownOutcome {
			t.Fatalf("class %q", class)
		}
		if clean := c.clean(text); addressPattern.MatchString(clean) {
			t.Fatalf("an address is left in %q", clean)
		}
		if wait := comeBack(text); wait < 1e9 || wait > 3600e9 {
			t.Fatalf("wait %s", wait)
		}
	})
}
