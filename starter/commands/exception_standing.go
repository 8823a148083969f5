package commands

import (
	"fmt"
	"io"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/exception"
	process "github.com/lowcodex/countersign/workflows/exception"
)

// exceptionStanding is an exception's standing as its process tells it.
type exceptionStanding process.Standing

func (s exceptionStanding) number() string { return s.Number }
func (s exceptionStanding) ref() string    { return s.Ref }
func (s exceptionStanding) over() bool     { return s.State.Terminal() }

func (s exceptionStanding) heading() string {
	name := line(or(s.Number, s.Subject))
	if s.Control == "" {
		return name
	}
	return name + " · " + line(s.Control) + " of " + line(s.System)
}

// words is where it stands, with the reason for its end.
func (s exceptionStanding) words() string {
	text := strings.ReplaceAll(string(s.State), "_", " ")
	if s.Cause != "" {
		text += " (" + string(s.Cause) + ")"
	}
	if s.Round != nil && s.State != rules.Requested {
		text += ", a renewal until " + s.Round.Until.String() + " is being decided"
	}
	return text
}

// brief says what an act would be about.
func (s exceptionStanding) brief(_ *program, w io.Writer, _ compliance.Form) {
	fmt.Fprintf(w, "  %s; last day %s, what it excuses began on %s\n", s.words(), s.Last, s.Since)
	fmt.Fprintf(w, "  why: %s\n  instead of the control: %s\n", line(s.Why), line(s.Compensating))
}

// whole renders the standing for people: facts that do not apply are left out.
func (s exceptionStanding) whole(p *program, w io.Writer) {
	ink, who := p.ink(w), p.people()
	fact := func(label, text string) {
		if text != "" {
			fmt.Fprintf(w, "  %-10s %s\n", label, text)
		}
	}
	person := func(label string, id compliance.PersonID) {
		if id != "" {
			fact(label, who.of(id))
		}
	}
	fmt.Fprintln(w, ink.bold(s.heading()))
	fact("state", s.words())
	if s.Refused != rules.OK {
		fact("refused", s.Refused.Text())
	}
	fact("place", line(s.Environment))
	fact("only", line(s.Change))
	fact("why", line(s.Why))
	fact("instead", line(s.Compensating))
	person("asked by", s.Requester)
	person("owner", s.Owner)
	person("verifier", s.Verifier)
	fact("began", s.Since.String())
	fact("last day", s.Last.String())
	if s.MaxRenewals > 0 || s.Renewals > 0 {
		fact("renewed", fmt.Sprintf("%d of %d", s.Renewals, s.MaxRenewals))
	}
	if s.Round != nil {
		fact("decision", fmt.Sprintf("%s so far, until %s (%s)", compliance.Count(len(s.Round.Approved), "approval", "approvals"), p.at(s.Round.By), p.until(s.Round.By)))
	}
	if s.State == rules.InForce {
		if !s.Check.Asked.IsZero() {
			fact("answer", "due "+p.at(s.Check.By)+" ("+p.until(s.Check.By)+")")
		} else if !s.Check.Next.IsZero() {
			fact("asked next", p.at(s.Check.Next))
		}
	}
	if s.State == rules.Reopened || s.State == rules.Overdue {
		fact("remedy by", ink.warn(s.Due.String()))
		if s.OverdueDays > 0 {
			fact("open for", ink.warn(plural(s.OverdueDays, "day")+" without an exception"))
		}
	}
	fact("ticket", line(s.Ticket.Key))
	if !s.Wake.IsZero() {
		fact("next", p.at(s.Wake)+" ("+p.until(s.Wake)+")")
	}
	for _, trouble := range s.Trouble {
		fact("trouble", ink.warn(line(trouble)))
	}
	fact("awaiting", who.list(s.Awaiting))
	if s.LastIndex > 0 {
		fact("record", fmt.Sprint(s.LastIndex))
	}
	fact("subject", line(s.Subject))
}
