package commands

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	process "github.com/lowcodex/countersign/workflows/change"
)

// changeStanding is the change's standing as its process tells it.
type changeStanding process.Standing

func (s changeStanding) number() string  { return s.Number }
func (s changeStanding) ref() string     { return s.Ref }
func (s changeStanding) over() bool      { return s.State.Terminal() }
func (s changeStanding) heading() string { return heading(process.Standing(s)) }

func (s changeStanding) whole(p *program, w io.Writer) { p.writeStanding(w, process.Standing(s)) }

// brief says what an act would be about: what a person attests to must stand
// in front of them.
func (s changeStanding) brief(p *program, w io.Writer, form compliance.Form) {
	if binding, err := rules.ParseBinding(s.Ref); err == nil {
		fmt.Fprintf(w, "  version %d, content %s", binding.Version, binding.Hash)
		if binding.Level > 0 {
			fmt.Fprintf(w, ", level %d of %d", binding.Level, s.Levels)
		}
		fmt.Fprintln(w)
	}
	if s.Ticket.Key != "" {
		fmt.Fprintf(w, "  ticket %s\n", line(s.Ticket.Key))
	}
	if s.State != "" {
		fmt.Fprintf(w, "  %s\n", stage(process.Standing(s)))
	}
	if s.StepUp && rules.Votes(form.Action) {
		fmt.Fprintln(w, p.ink(w).warn("  This level needs a sign-in, which a command cannot prove: you will be given a link to decide at."))
	}
}

// heading names a change for people.
func heading(s process.Standing) string {
	name := s.Number
	if name == "" {
		name = s.Subject
	}
	if s.Title == "" {
		return line(name)
	}
	return line(name) + " · " + line(s.Title)
}

// stage says where a change is, with its review where one is going on.
func stage(s process.Standing) string {
	words := strings.ReplaceAll(string(s.State), "_", " ")
	if s.State != rules.Open || s.Review == "" {
		return words
	}
	words += ", version " + fmt.Sprint(s.Version) + " " + strings.ReplaceAll(string(s.Review), "_", " ")
	if s.Review == rules.InReview && s.Level > 0 {
		words += fmt.Sprintf(", level %d of %d", s.Level, s.Levels)
	}
	return words
}

// writeStanding renders a standing for people: facts that do not apply are left out.
func (p *program) writeStanding(w io.Writer, s process.Standing) {
	ink, who := p.ink(w), p.people()
	fact := func(label, text string) {
		if text != "" {
			fmt.Fprintf(w, "  %-10s %s\n", label, text)
		}
	}
	fmt.Fprintln(w, ink.bold(heading(s)))
	fact("state", stage(s))
	if s.Reason != rules.OK {
		fact("reason", visible(s.Reason.Text()))
	}
	for _, told := range p.heldLines(s) {
		fact("hold", told)
	}
	if s.Newer != "" {
		fact("newer", line(s.Newer)+" took its place")
	}
	if binding, err := rules.ParseBinding(s.Ref); err == nil {
		fact("content", fmt.Sprintf("version %d, hash %s", binding.Version, binding.Hash))
	}
	fact("ticket", line(s.Ticket.Key))
	for i, vote := range s.Votes {
		label := ""
		if i == 0 {
			label = "votes"
		}
		fmt.Fprintf(w, "  %-10s %s\n", label, p.voteLine(ink, vote))
	}
	if s.Remaining > 0 {
		fact("remaining", plural(s.Remaining, "more approval")+" at this level")
	}
	fact("awaiting", who.list(s.Awaiting))
	if !s.Due.IsZero() {
		fact("deadline", p.at(s.Due)+" ("+p.until(s.Due)+")")
	}
	if !s.Opens.IsZero() {
		fact("opens", p.at(s.Opens)+" ("+p.until(s.Opens)+")")
	}
	fact("earliest", p.ahead(s.Ahead))
	if t := s.Turn; t != nil && !t.Granted {
		before := strings.Join(t.Before, ", ")
		if t.More > 0 {
			before += fmt.Sprintf(" and %d more", t.More)
		}
		switch {
		case before == "":
			fact("turn", "asked for")
		default:
			fact("turn", fmt.Sprintf("place %d; before it: %s", t.Place, line(before)))
		}
	}
	if s.Ready {
		fact("ready", ink.good("the implementer may start now"))
	}
	p.writeGate(w, s.Gate)
	for _, l := range p.emergencyLines(s.Emergency) {
		fact(l[0], l[1])
	}
	for i, point := range s.SafePoints {
		fact("safe point", fmt.Sprintf("%d. %s", i+1, line(point)))
	}
	if h := s.Halt; h != nil {
		fact("waits", ink.warn(fmt.Sprintf("at safe point %d", h.Point))+": "+visible(h.Reason.Text()))
		switch {
		case h.May:
			fact("goes on", ink.good("the implementer may go on now, and asks once more before"))
		case h.Opening.Reason == rules.NoOpening:
			fact("goes on", "no opening is known for the rest")
		default:
			fact("goes on", p.at(h.Opening.At)+" ("+p.until(h.Opening.At)+")")
		}
	}
	for _, trouble := range s.Trouble {
		fact("trouble", ink.warn(line(trouble)))
	}
	if s.LastIndex > 0 {
		fact("evidence", fmt.Sprintf("newest record %d", s.LastIndex))
	}
	fact("workflow", s.Subject)
}

// ahead says when a change could start if it were approved at once, or why it could
// not; empty where nobody has reckoned.
func (p *program) ahead(f *rules.Forecast) string {
	switch {
	case f == nil:
		return ""
	case f.At.IsZero():
		return line(f.Reason.Text()) + " Looked up to " + p.at(f.Horizon) + "."
	case f.Reason != rules.OK:
		return p.at(f.At) + " (" + p.until(f.At) + ") if approved by then" + named(f.Name)
	case f.Until.IsZero():
		return "as soon as it is approved"
	}
	return "as soon as it is approved, until " + p.at(f.Until) + named(f.Name)
}

func named(window string) string {
	if window == "" {
		return ""
	}
	return ", window " + quote(window)
}

func (p *program) voteLine(ink ink, vote rules.Vote) string {
	verdict := map[rules.Verdict]string{
		rules.Approve: ink.good("approved"), rules.Deny: ink.bad("denied"), rules.Abstain: "abstained",
	}[vote.Verdict]
	if verdict == "" {
		verdict = visible(string(vote.Verdict))
	}
	who := p.people().of(vote.Person)
	if vote.For != "" {
		who += " for " + p.people().of(vote.For)
	}
	text := fmt.Sprintf("%s %s at level %d, %s", who, verdict, vote.Level, p.at(vote.At))
	if vote.Note != "" {
		text += ": " + line(vote.Note)
	}
	if vote.Void != rules.OK {
		text += ink.warn(" (void: " + line(vote.Void.Text()) + ")")
	}
	return text
}

func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// heldLines say who holds a change since when and why, and what is left of its deadline.
func (p *program) heldLines(s process.Standing) []string {
	h := s.Hold
	if h == nil {
		return nil
	}
	var lines []string
	if h.By != "" {
		lines = append(lines, "by "+p.people().of(h.By)+", "+p.at(h.Since))
	}
	if h.Objected() {
		lines = append(lines, "objection by "+p.people().list(h.Objectors))
	}
	lines = append(lines, "because: "+line(h.Why))
	if h.Remaining > 0 {
		lines = append(lines, fmt.Sprintf("%s left to decide once it is resumed", h.Remaining.Round(time.Minute)))
	}
	return lines
}
