package commands

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/converter"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/evidence"
	process "github.com/lowcodex/countersign/workflows/incident"
)

// incidents describes the incident, whose special verb is the declaration.
func incidents() descriptor {
	return descriptor{Process: of("incident"), group: "incident", desk: &desk{
		short:    "Declare incidents, look at them, act on them",
		workflow: process.Type,
		subject:  regexp.MustCompile(`^` + process.IDPrefix + `[0-9a-f]{12}$`),
		example:  "incident/3f2a9c1b7d04",
		verbs:    incidentVerbs(),
		form:     incidentForm,
		update:   process.UpdateFor,
		acted:    process.SignalActed,
		query:    process.QueryStanding,
		bound:    "The act is judged by where the incident stands when it arrives; what was there before is told.",
		live:     process.IsLive,
		showHelp: "Show how an incident stands: who was paged, by which channel and what became of it, who\n" +
			"acknowledged, who is paged next and when, recent changes on the same system, rollbacks,\n" +
			"and the review with its due date.",
		decode: func(v converter.EncodedValue) (standing, error) {
			var s incidentStanding
			err := v.Get(&s)
			return s, err
		},
		recorded: func(old evidence.Standing) standing {
			return incidentStanding{Number: old.Number, Subject: old.Subject, State: rules.State(old.State), LastIndex: old.Index}
		},
		stages: textsOf(rules.States()),
		columns: []column{
			{"SYSTEM", func(r row) string { return r.System }},
			{"SEVERITY", func(r row) string { return r.Severity }},
		},
		special: func(p *program) []*cobra.Command { return []*cobra.Command{p.declareCommand()} },
	}}
}

// incidentForm is the form of an action with every field it can have, whatever
// the incident at hand offers to choose from: each is a flag. What there is to
// choose the process says when it is asked, before anything is sent.
func incidentForm(action string) (compliance.Form, bool) {
	form, ok := rules.FormFor(action, compliance.Option{})
	for i, f := range form.Fields {
		if len(f.Options) == 1 && f.Options[0] == (compliance.Option{}) {
			form.Fields[i].Options = nil
		}
	}
	return form, ok
}

func incidentVerbs() []verb {
	return []verb{
		{rules.ActionAcknowledge, "Acknowledge an incident, or join whoever did"},
		{rules.ActionUpdate, "Say where it stands; a responder's word renews the acknowledgement"},
		{rules.ActionResolve, "Resolve an incident; nobody is paged any more"},
		{rules.ActionAccept, "Take an incident over at the end of a shift"},
		{rules.ActionRollback, "Ask for a recent change on the same system to be taken back"},
		{rules.ActionApprove, "Approve a rollback as an emergency; it starts at once"},
		{rules.ActionDeny, "Deny a rollback"},
		{rules.ActionReport, "Report what became of a rollback that people carry out"},
		{rules.ActionReview, "Record root cause, linked change and what is to be done"},
		{rules.ActionClose, "Close a reviewed incident"},
		{rules.ActionFinish, "Report that something the review asked for is done"},
		{rules.ActionWithdraw, "Withdraw something the review asked for, with a reason"},
	}
}

// incidentStanding is the incident's standing as its process tells it.
type incidentStanding process.Standing

func (s incidentStanding) number() string { return s.Number }
func (s incidentStanding) ref() string    { return s.Ref }
func (s incidentStanding) over() bool     { return s.State.Terminal() }

func (s incidentStanding) heading() string {
	name := s.Number
	if name == "" {
		name = s.Subject
	}
	return strings.TrimSuffix(line(name)+" · "+line(s.Title), " · ")
}

// brief says what an act would be about.
func (s incidentStanding) brief(p *program, w io.Writer, _ compliance.Form) {
	system := "of no known system"
	if s.System != "" {
		system = "system " + line(s.System)
	}
	fmt.Fprintf(w, "  %s, %s, %s\n", line(string(s.Severity)), strings.ReplaceAll(string(s.State), "_", " "), system)
	for _, r := range s.Rollbacks {
		fmt.Fprintf(w, "  rollback of %s: %s; approved plan %s, backup %s\n", line(r.Run.Number), r.State, line(r.Run.Plan), line(r.Run.Backup))
	}
	if r := s.Review; r != nil {
		fmt.Fprintf(w, "  root cause: %s\n  %s\n", line(r.RootCause), mended(*r))
		for i, a := range r.Actions {
			fmt.Fprintf(w, "  to be done %d: %s\n", i+1, line(a.Text))
		}
	}
}

// whole renders a standing for people: facts that do not apply are left out.
func (s incidentStanding) whole(p *program, w io.Writer) {
	ink, who := p.ink(w), p.people()
	fact := func(label, text string) {
		if text != "" {
			fmt.Fprintf(w, "  %-10s %s\n", label, text)
		}
	}
	fmt.Fprintln(w, ink.bold(s.heading()))
	fact("state", strings.ReplaceAll(string(s.State), "_", " "))
	fact("severity", string(s.Severity))
	fact("system", line(s.System))
	if !s.Opened.IsZero() {
		fact("since", p.at(s.Opened))
	}
	fact("before", line(s.Before))
	if s.Count > 1 {
		fact("reported", plural(s.Count, "time"))
	}
	for _, a := range s.Acks {
		fact("responder", who.list([]compliance.PersonID{a.Person})+", "+p.at(a.At))
	}
	if !s.Until.IsZero() {
		fact("next word", "due "+p.at(s.Until)+" ("+p.until(s.Until)+")")
	}
	for _, r := range s.Paged {
		text := fmt.Sprintf("page %d: %s, %s", r.Page, line(string(r.Person)), r.Reach)
		if n := len(r.Attempts); n > 0 {
			text += " by " + line(r.Attempts[n-1].Channel)
		}
		if r.Why != rules.OK {
			text += ". " + r.Why.Text()
		}
		fact("paged", text)
	}
	if s.Next.Do == rules.Wait && !s.Next.At.IsZero() && s.State.Pages() {
		fact("next page", p.at(s.Next.At)+" ("+p.until(s.Next.At)+")")
	}
	for _, c := range s.Runs {
		text := c.Number + ", " + p.at(c.Executed)
		if c.Reason != rules.OK {
			text += ". " + line(c.Why())
		}
		fact("recent", text)
	}
	for _, r := range s.Rollbacks {
		fact("rollback", line(r.Run.Number)+" "+string(r.State))
	}
	if !s.Due.IsZero() && !s.State.Pages() && !s.State.Terminal() {
		fact("review due", p.at(s.Due)+" ("+p.until(s.Due)+")")
	}
	if r := s.Review; r != nil {
		fact("root cause", line(r.RootCause))
		fact("mending", mended(*r))
		for i, a := range r.Actions {
			ticket := a.Ticket.Key
			if ticket == "" {
				ticket = "no ticket yet"
			}
			state := "due " + p.at(a.Due)
			if !a.Open() {
				state = string(a.State) + " " + p.at(a.Ended)
			}
			fact("to be done", fmt.Sprintf("%d. %s (%s), %s, %s", i+1, line(a.Text), line(ticket), who.list([]compliance.PersonID{a.Owner}), state))
		}
	}
	fact("ticket", line(s.Ticket.Key))
	if s.Behind > 0 {
		fact("record", compliance.Count(s.Behind, "thing is", "things are")+" durable and not in the log yet")
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

// mended says what mends the cause, or why nothing has to.
func mended(r rules.Review) string {
	if r.Change == "" {
		return "no change needed: " + line(r.NoChange)
	}
	return "mended by " + line(r.Change)
}
