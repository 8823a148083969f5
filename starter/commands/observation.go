package commands

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/converter"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/observation"
	"github.com/lowcodex/countersign/evidence"
	process "github.com/lowcodex/countersign/workflows/observation"
)

// observations describes the findings on observed targets.
func observations() descriptor {
	return descriptor{Process: of("observation"), group: "finding", desk: &desk{
		short:    "Look at what was found on targets and nothing on record explains, and explain it",
		workflow: process.Type,
		subject:  regexp.MustCompile(`^` + process.IDPrefix + `[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`),
		example:  "observation/0b6e2d7c-93a1-8f04-a5c8-3f2a9c1b7d04",
		verbs:    []verb{{rules.ActionExplain, "Name the change or incident that explains a finding, which closes it"}},
		form:     rules.FormFor,
		update:   process.UpdateFor,
		acted:    process.SignalActed,
		query:    process.QueryStanding,
		bound:    "The act is bound to the finding you are shown.",
		showHelp: "Show a finding: what the target serves, what it served before and when that was seen last,\n" +
			"who is on record as its owner, and what explains it.",
		decode: func(v converter.EncodedValue) (standing, error) {
			var s findingStanding
			err := v.Get(&s)
			return s, err
		},
		recorded: func(old evidence.Standing) standing {
			return findingStanding{Number: old.Number, Subject: old.Subject, State: rules.State(old.State), LastIndex: old.Index}
		},
		stages:  textsOf(rules.States()),
		special: func(p *program) []*cobra.Command { return []*cobra.Command{p.lookNowCommand()} },
		columns: []column{
			{"SYSTEM", func(r row) string { return r.System }},
			{"ENVIRONMENT", func(r row) string { return r.Environment }},
		},
	}}
}

// findingStanding is a finding's standing as its process tells it.
type findingStanding process.Standing

func (s findingStanding) number() string { return s.Number }
func (s findingStanding) ref() string    { return s.Ref }
func (s findingStanding) over() bool     { return s.State.Terminal() }

func (s findingStanding) heading() string {
	name := line(or(s.Number, s.Subject))
	if s.Found.Target == "" {
		return name
	}
	return name + " · unexplained content on " + line(s.Found.Target)
}

// brief says what an act would be about.
func (s findingStanding) brief(p *program, w io.Writer, _ compliance.Form) {
	fmt.Fprintf(w, "  %s of %s serves %s, seen %s\n", line(s.Found.Target), line(s.Found.System), line(s.Found.Seen.Content), p.at(s.Found.Seen.At))
}

// whole renders the standing for people: facts that do not apply are left out.
func (s findingStanding) whole(p *program, w io.Writer) {
	ink, who := p.ink(w), p.people()
	fact := func(label, text string) {
		if text != "" {
			fmt.Fprintf(w, "  %-10s %s\n", label, text)
		}
	}
	fmt.Fprintln(w, ink.bold(s.heading()))
	fact("state", string(s.State))
	if f := s.Found; f.Target != "" {
		fact("system", line(f.System))
		fact("place", line(f.Environment))
		fact("before", line(f.Before.Content))
		fact("last seen", p.at(f.LastLook))
		fact("now", ink.warn(line(f.Seen.Content)))
		fact("revision", line(f.Seen.Revision))
		fact("found", p.at(f.Seen.At))
		fact("under way", line(strings.Join(f.Meanwhile, ", ")))
	}
	if s.Owner != "" {
		fact("owner", who.of(s.Owner))
	}
	fact("explained", line(s.By))
	if s.Who != "" {
		fact("by", who.of(s.Who))
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
