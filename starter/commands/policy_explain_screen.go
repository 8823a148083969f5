package commands

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/policy"
)

// writeExplained shows an explanation: the rule, the people, the time.
func (p *program) writeExplained(w io.Writer, e explained, people *names) {
	ink := p.ink(w)
	fmt.Fprintf(w, "%s\n", ink.bold(line(or(e.Title, "a change"))))
	fmt.Fprintf(w, "  %s, %s, risk %s; submitted %s by %s, carried out by %s\n", line(or(e.System, "no system")), line(or(e.Environment, "no environment")),
		line(or(e.Risk, "not given")), p.at(e.At), someone(people, e.Requester), someone(people, e.Implementer))
	if e.refused() {
		fmt.Fprintf(w, "%s\n", ink.bad("would be refused"))
		for _, problem := range e.Problems {
			fmt.Fprintf(w, "  %s\n", line(problem.Text))
		}
		for _, text := range e.Missing {
			fmt.Fprintf(w, "  %s\n", line(text))
		}
	}
	fmt.Fprintf(w, "%s\n", ink.bold("rules"))
	for _, r := range e.Rules {
		word := "passed over"
		if r.Matches {
			word = ink.good("decides")
		}
		fmt.Fprintf(w, "  %s %s: %s\n", line(r.Name), word, line(r.Why))
	}
	if e.Chain == "" {
		return
	}
	fmt.Fprintf(w, "%s %s, shown in %s; an approval stands for %s\n", ink.bold("chain"), line(e.Chain), line(e.Channel), roughly(e.Validity))
	for _, l := range e.Levels {
		p.writeLevel(w, l, people)
	}
	for _, d := range e.Deputies {
		fmt.Fprintf(w, "%s %s acts for %s until %s%s\n", ink.bold("deputy"), people.of(d.Person), people.of(d.Principal), p.at(d.End), inPlace(e.Levels, d))
	}
	p.writeCalendar(w, e.Calendar)
	if len(e.Vendors) > 0 {
		fmt.Fprintf(w, "%s the start also waits for what the documents of %s ask; see starter vendor list\n", ink.bold("vendors"), line(strings.Join(e.Vendors, ", ")))
	}
}

func someone(people *names, id compliance.PersonID) string {
	if id == "" {
		return "nobody known"
	}
	return people.of(id)
}

func (p *program) writeLevel(w io.Writer, l policy.ExplainedLevel, people *names) {
	ink := p.ink(w)
	denials := "the first denial ends it"
	if l.MaxDenials > 0 {
		denials = "it survives " + plural(l.MaxDenials, "denial")
	}
	fmt.Fprintf(w, "%s %s: %d of %d (quorum %s of %s) within %s; %s\n", ink.bold(fmt.Sprintf("level %d", l.Level)), line(l.Name),
		l.Required, len(l.Eligible), l.Quorum, line(strings.Join(l.Groups, ", ")), roughly(l.Deadline), denials)
	if len(l.Eligible) > 0 {
		fmt.Fprintf(w, "  may decide  %s\n", people.list(l.Eligible))
	}
	for _, x := range l.Excluded {
		fmt.Fprintf(w, "  left out    %s %s\n", people.of(x.Person), policy.LeftOut(x.Reason))
	}
	if l.UsesExternal {
		fmt.Fprintf(w, "  stands in   %s, the external approver agreed for this level\n", people.of(l.External))
	}
	if l.StepUp {
		fmt.Fprintln(w, "  step up     a vote needs a fresh sign-in with a second factor")
	}
	for _, d := range l.Delegations {
		fmt.Fprintf(w, "  for others  %s for %s, %s until %s\n", people.of(d.Person), people.of(d.Principal), p.at(d.Start), p.at(d.End))
	}
	if len(l.Reminders) > 0 || l.Fallback != nil {
		fmt.Fprintf(w, "  calls again %s\n", line(callsAgain(l.ResolvedLevel.Level)))
	}
	if len(l.WithoutSignIn) > 0 {
		fmt.Fprintf(w, "  %s  %s: no account to sign in with\n", ink.warn("cannot yet"), people.list(l.WithoutSignIn))
	}
}

// inPlace says at which levels a deputy may decide for whom they act for.
func inPlace(levels []policy.ExplainedLevel, d policy.Deputy) string {
	var at []string
	for _, l := range levels {
		if slices.ContainsFunc(l.Delegations, func(e rules.Delegation) bool { return e.ID == d.ID }) {
			at = append(at, fmt.Sprint(l.Level))
		}
	}
	if len(at) == 0 {
		return ", and decides for nobody but themselves"
	}
	return ", and may decide for them at level " + strings.Join(at, ", ")
}

// callsAgain says when a level reminds people, and whom it calls, too.
func callsAgain(l rules.Level) string {
	var parts []string
	for _, share := range l.Reminders {
		parts = append(parts, fmt.Sprintf("at %d%%", share))
	}
	text := ""
	if len(parts) > 0 {
		text = "who has not decided, " + strings.Join(parts, " and ") + " of the time"
	}
	if f := l.Fallback; f != nil {
		if text != "" {
			text += "; "
		}
		text += fmt.Sprintf("%s at %d%%, who may then decide, too", strings.Join(f.Groups, ", "), f.After)
	}
	return text
}

func (p *program) writeCalendar(w io.Writer, c *policy.ExplainedCalendar) {
	if c == nil {
		return
	}
	ink := p.ink(w)
	name := "no calendar: always open"
	if c.Name != "" {
		name = "calendar " + line(c.Name)
	}
	switch o := c.Opening; {
	case o.At.IsZero():
		fmt.Fprintf(w, "%s %s; up to %s there is no time in which it fits\n", ink.bold("start"), name, p.at(c.Until))
	case o.Reason == rules.OK:
		fmt.Fprintf(w, "%s %s; possible at once when approved\n", ink.bold("start"), name)
	default:
		fmt.Fprintf(w, "%s %s; possible from %s: at the submission %s\n", ink.bold("start"), name, p.at(o.At), notYet(o.Reason))
	}
	for _, named := range []struct {
		word string
		list []rules.NamedInterval
	}{{"window", c.Windows}, {"freeze", c.Freezes}} {
		for _, i := range named.list {
			fmt.Fprintf(w, "  %s  %s until %s  %s\n", named.word, p.at(i.Start), p.at(i.End), line(i.Name))
		}
	}
}

// notYet says what a start would have to wait for.
func notYet(r rules.Reason) string {
	switch r {
	case rules.TooEarly:
		return "the planned start has not come"
	case rules.Frozen:
		return "a freeze is in force"
	case rules.WindowClosed:
		return "no window is open"
	case rules.DoesNotFit:
		return "too little of the window is left"
	}
	return string(r)
}
