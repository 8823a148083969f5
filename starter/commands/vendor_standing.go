package commands

import (
	"fmt"
	"io"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	process "github.com/lowcodex/countersign/workflows/certification"
)

// vendorStanding is the standing of a vendor's document as its tracker tells it.
type vendorStanding process.Standing

func (s vendorStanding) number() string { return s.Number }
func (s vendorStanding) ref() string    { return s.Ref }
func (s vendorStanding) over() bool     { return false } // nothing ends a tracker but an operator

func (s vendorStanding) heading() string {
	name := or(s.Number, s.Subject)
	if s.Title == "" {
		return line(name)
	}
	return line(name) + " · " + line(s.Title) + " of " + line(s.Vendor)
}

// brief says what an act would be about.
func (s vendorStanding) brief(_ *program, w io.Writer, _ compliance.Form) {
	fmt.Fprintf(w, "  version %d, %s\n", s.Version, s.words())
	if !s.Coverage.IsZero() {
		fmt.Fprintf(w, "  covers %s to %s\n", s.Coverage.From, s.Coverage.To)
	}
}

func (s vendorStanding) words() string {
	words := strings.ReplaceAll(string(s.State), "_", " ")
	if s.Renewal != "" {
		words += ", renewal " + strings.ReplaceAll(string(s.Renewal), "_", " ")
	}
	return words
}

// whole renders the standing for people: facts that do not apply are left out.
func (s vendorStanding) whole(p *program, w io.Writer) {
	ink, who := p.ink(w), p.people()
	fact := func(label, text string) {
		if text != "" {
			fmt.Fprintf(w, "  %-10s %s\n", label, text)
		}
	}
	fmt.Fprintln(w, ink.bold(s.heading()))
	fact("state", s.words())
	if !s.Coverage.IsZero() {
		fact("covers", fmt.Sprintf("%s to %s, version %d", s.Coverage.From, s.Coverage.To, s.Version))
	}
	fact("needed by", s.NeededBy.String())
	if s.Grace != nil {
		fact("grace", fmt.Sprintf("until %s, granted by %s", s.Grace.Until, who.of(s.Grace.Approver)))
	}
	if s.Owner != "" {
		fact("owner", who.of(s.Owner))
	}
	if s.Sponsor != "" {
		fact("sponsor", who.of(s.Sponsor))
	}
	fact("systems", line(strings.Join(s.Systems, ", ")))
	for _, c := range s.Conditions {
		fact("changes", ink.warn(line(c.Text(p.now()))))
	}
	fact("task", line(s.Ticket.Key))
	if !s.Ends.IsZero() {
		fact("ends", p.at(s.Ends)+" ("+p.until(s.Ends)+")")
	}
	if !s.Wake.IsZero() {
		fact("next", p.at(s.Wake)+" ("+p.until(s.Wake)+")")
	}
	for _, trouble := range s.Trouble {
		fact("trouble", ink.warn(line(trouble)))
	}
	if s.LastIndex > 0 {
		fact("evidence", fmt.Sprintf("newest record %d", s.LastIndex))
	}
	fact("workflow", s.Subject)
}
