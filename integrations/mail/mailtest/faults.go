package mailtest

import (
	"fmt"
	"strings"
	"time"

	"github.com/emersion/go-smtp"
)

// Kind is a kind of trouble.
type Kind string

// The kinds of trouble.
const (
	// Refuse answers RCPT, or with AtData the end of the mail, with Code, Enhanced and Text.
	Refuse Kind = "refuse"
	// Drop closes the connection when the client names the recipient.
	Drop Kind = "drop"
	// DropBefore closes it after the mail arrived, which is then not taken.
	DropBefore Kind = "drop-before"
	// DropAfter takes the mail and closes the connection without saying so.
	DropAfter Kind = "drop-after"
	// Hang gives no answer to the end of the mail until the client hangs up.
	Hang Kind = "hang"
	// HangEarly gives no answer to the recipient until the client hangs up.
	HangEarly Kind = "hang-early"
)

// Fault is one trouble for the mails that it matches.
type Fault struct {
	Kind     Kind
	To       string // of mails to this address; empty: of every mail
	Times    int    // how many mails are hit; 0 means one, negative all
	Code     int
	Enhanced string // such as "4.7.1"; empty: none is given
	Text     string
	AtData   bool
}

// Add adds a fault.
func (s *Server) Add(f Fault) {
	if f.Times == 0 {
		f.Times = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, f)
}

// Greylist refuses the next mail to an address for now, as servers do with
// senders that they do not know.
func (s *Server) Greylist(to string, wait time.Duration) {
	s.Add(Fault{Kind: Refuse, To: to, Code: 450, Enhanced: "4.7.1", Text: fmt.Sprintf("<%s>: Recipient address rejected: Greylisted, come back in %d seconds", to, int(wait.Seconds()))})
}

// Reject refuses every mail to an address for good.
func (s *Server) Reject(to string) {
	s.Add(Fault{Kind: Refuse, To: to, Times: -1, Code: 550, Enhanced: "5.1.1", Text: "<" + to + ">: Recipient address rejected: User unknown"})
}

// Clear removes all faults.
func (s *Server) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// Hits counts the mails that met a fault.
func (s *Server) Hits() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hits
}

// take finds the trouble that awaits a mail at this point.
func (s *Server) take(to string, atData bool) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		early := f.Kind == Drop || f.Kind == HangEarly || f.Kind == Refuse && !f.AtData
		if early == atData || f.To != "" && !strings.EqualFold(f.To, to) {
			continue
		}
		if f.Times > 0 {
			if s.faults[i].Times--; s.faults[i].Times == 0 {
				s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
			}
		}
		s.hits++
		s.changed()
		return f, true
	}
	return Fault{}, false
}

func (f Fault) reply() error {
	e := &smtp.SMTPError{Code: f.Code, EnhancedCode: smtp.NoEnhancedCode, Message: f.Text}
	var a, b, c int
	if n, err := fmt.Sscanf(f.Enhanced, "%d.%d.%d", &a, &b, &c); err == nil && n == 3 {
		e.EnhancedCode = smtp.EnhancedCode{a, b, c}
	}
	return e
}
