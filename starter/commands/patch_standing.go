package commands

import (
	"fmt"
	"io"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	process "github.com/lowcodex/countersign/workflows/patch"
)

// patchStanding is the rollout's standing as its process tells it.
type patchStanding process.Standing

func (s patchStanding) number() string { return s.Number }
func (s patchStanding) ref() string    { return s.Ref }

// over is what the process says; what the evidence knows has its state only.
func (s patchStanding) over() bool {
	return s.Over || s.State == rules.Rejected || s.State == rules.Withdrawn
}

func (s patchStanding) heading() string {
	name := line(or(s.Number, s.Subject))
	if s.Title == "" {
		return name
	}
	return name + " · " + line(s.Title)
}

// brief says what an act would be about.
func (s patchStanding) brief(p *program, w io.Writer, form compliance.Form) {
	if words := s.words(); words != "" {
		fmt.Fprintf(w, "  %s\n", words)
	}
	if s.Payload.Digest != "" {
		fmt.Fprintf(w, "  payload %s, %s\n", line(s.Payload.Title+" "+s.Payload.Version), compliance.ShortDigest(line(s.Payload.Digest)))
	}
	if s.Reason != rules.OK {
		fmt.Fprintf(w, "  %s\n", visible(s.Reason.Text()))
	}
	if s.Detail != "" {
		fmt.Fprintf(w, "  seen: %s\n", line(s.Detail))
	}
	if form.Action == rules.ActionLater { // what is accepted must stand in front of the person
		for _, c := range s.Proposed {
			fmt.Fprintf(w, "  deadline %s\n", p.later(c, s.Clocks))
		}
	}
}

// words is where the rollout is, with its ring.
func (s patchStanding) words() string {
	words := strings.ReplaceAll(string(s.State), "_", " ")
	if s.Ring > 0 && s.Ring <= len(s.Rings) && !s.State.Terminal() {
		words += fmt.Sprintf(", ring %d of %d (%s)", s.Ring, len(s.Rings), line(s.Rings[s.Ring-1].Name))
	}
	if s.State == rules.Assessing && s.Payload.Version == "" {
		words += ", waits for a payload"
	}
	return words
}

// whole renders the standing for people: facts that do not apply are left out.
func (s patchStanding) whole(p *program, w io.Writer) {
	ink, who := p.ink(w), p.people()
	fact := func(label, text string) {
		if text != "" {
			fmt.Fprintf(w, "  %-10s %s\n", label, text)
		}
	}
	fmt.Fprintln(w, ink.bold(s.heading()))
	fact("state", s.words())
	if s.Reason != rules.OK {
		fact("reason", visible(s.Reason.Text()))
	}
	fact("seen", line(s.Detail))
	if s.Payload.Version != "" {
		fact("payload", strings.TrimSuffix(line(s.Payload.Title+" "+s.Payload.Version)+", "+compliance.ShortDigest(line(s.Payload.Digest)), ", "))
	}
	fact("system", line(s.System))
	for i, r := range s.Rings {
		fact(fmt.Sprintf("ring %d", i+1), p.ringLine(r))
	}
	for _, c := range s.Clocks {
		fact("deadline", p.deadline(c))
	}
	for _, c := range s.Proposed {
		fact("proposed", ink.warn(p.later(c, s.Clocks)))
	}
	fact("change", line(s.Change))
	fact("ticket", line(s.Ticket.Key))
	if !s.Next.IsZero() {
		fact("next", p.at(s.Next)+" ("+p.until(s.Next)+")")
	}
	fact("awaiting", who.list(s.Awaiting))
	if s.Barred {
		fact("bar", ink.warn("the payload is barred from every rollout until somebody lifts that"))
	}
	for _, trouble := range s.Trouble {
		fact("trouble", ink.warn(line(trouble)))
	}
	if s.LastIndex > 0 {
		fact("evidence", fmt.Sprintf("newest record %d", s.LastIndex))
	}
	fact("workflow", line(s.Subject))
}

func (p *program) ringLine(r process.RingStanding) string {
	text := fmt.Sprintf("%s: %s, %s", line(r.Name), strings.ReplaceAll(string(r.State), "_", " "), plural(r.Targets, "target"))
	if r.Outcome != "" {
		text += ", tests " + strings.ReplaceAll(string(r.Outcome), "_", " ")
	}
	if !r.SoakEnds.IsZero() {
		text += ", soaks until " + p.at(r.SoakEnds) + " (" + p.until(r.SoakEnds) + ")"
	}
	return text
}

// deadline is a clock on one line, with what it rests on where that is doubtful.
func (p *program) deadline(c rules.Clock) string {
	text := line(c.Asset + ": " + c.Vulnerability)
	if c.Due.IsZero() {
		text += ", with the next regular upgrade"
	} else {
		text += ", " + p.at(c.Due) + " (" + p.until(c.Due) + ")"
	}
	if len(c.Ruling.Assumed) > 0 {
		text += ", assumed: " + line(strings.Join(c.Ruling.Assumed, ", "))
	}
	if c.Feed != rules.OK {
		text += ". " + line(c.Feed.Text())
	}
	return text
}

// later is a proposed deadline beside the one in force.
func (p *program) later(proposed rules.Clock, inForce []rules.Clock) string {
	text := p.deadline(proposed)
	for _, c := range inForce {
		if c.Vulnerability == proposed.Vulnerability && c.Asset == proposed.Asset && !c.Due.IsZero() {
			text += ", instead of " + p.at(c.Due)
		}
	}
	return text
}
