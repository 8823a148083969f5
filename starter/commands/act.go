package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/evidence"
)

// acting are the flags of an act.
type acting struct {
	as       string
	delivery string
	hash     string
	filled   filled
}

// acted is what an act prints.
type acted struct {
	Number   string           `json:"number,omitempty"`
	Subject  string           `json:"subject"`
	Action   string           `json:"action"`
	Delivery string           `json:"delivery"`
	Reply    compliance.Reply `json:"reply"`
}

// actCommand is one verb. Its flags are the fields of the form that people
// fill in elsewhere for the same action, so the two cannot drift apart.
func (p *program) actCommand(d *descriptor, v verb) *cobra.Command {
	form, ok := d.desk.form(v.action)
	if !ok { // one press is the whole act elsewhere, so there is nothing to fill in
		form = compliance.Form{Action: v.action, Title: v.text}
	}
	act := acting{filled: filled{values: map[string]string{}}}
	values := map[string]*string{}
	cmd := &cobra.Command{
		Use:               v.name() + " " + d.argument(),
		Short:             v.text,
		Long:              v.text + ".\n\n" + d.argument() + " is " + d.help() + ".\n" + d.desk.bound,
		Args:              oneSubject(d),
		ValidArgsFunction: completeNames(p.running(d)),
		RunE: func(cmd *cobra.Command, args []string) error {
			for name, value := range values {
				act.filled.values[name] = *value
			}
			return p.act(cmd.Context(), d, args[0], form, act)
		},
	}
	p.actorFlag(cmd, &act.as)
	cmd.Flags().StringVar(&act.delivery, "delivery", "", "repeat an earlier act under its delivery id; it gets its first answer back")
	if d.desk.content != nil {
		cmd.Flags().StringVar(&act.hash, "hash", "", "send only if the content's hash starts with this, at least 8 hex digits")
	}
	var statements []string
	for _, field := range form.Fields {
		if field.Kind == compliance.Attest {
			statements = append(statements, field.Name)
			continue
		}
		value := new(string)
		values[field.Name] = value
		// Without options the choice depends on where the subject stands; the
		// process is asked for them before anything is sent.
		if field.Kind == compliance.Choice && len(field.Options) > 0 {
			var allowed []string
			for _, option := range field.Options {
				allowed = append(allowed, option.Value)
			}
			enum(cmd, false, value, dashed(field.Name), "", field.Label, allowed...)
			continue
		}
		cmd.Flags().StringVar(value, dashed(field.Name), "", field.Label)
		_ = cmd.RegisterFlagCompletionFunc(dashed(field.Name), cobra.NoFileCompletions)
	}
	if len(statements) > 0 {
		all := strings.Join(statements, ",")
		cmd.Flags().StringSliceVar(&act.filled.attested, "attest", nil, "attest to the statements without being asked: "+all)
		_ = cmd.RegisterFlagCompletionFunc("attest", cobra.FixedCompletions([]string{all}, cobra.ShellCompDirectiveNoFileComp))
	}
	return cmd
}

// act checks what can be checked without the server, shows what the act is
// about, collects the form and delivers it.
func (p *program) act(ctx context.Context, d *descriptor, ref string, form compliance.Form, flags acting) error {
	in := compliance.Inbound{Surface: provider, Action: form.Action}
	var err error
	if in.Actor, err = actor(flags.as); err != nil {
		return err
	}
	if in.Delivery, err = p.delivery(flags.delivery); err != nil {
		return err
	}
	if err = errors.Join(checkAttested(form, flags.filled.attested), checkReference(d, ref)); err != nil {
		return err
	}
	return p.withEngine(ctx, func(e engine) error { return p.actOn(ctx, e, d, ref, in, form, flags) })
}

func (p *program) actOn(ctx context.Context, e engine, d *descriptor, ref string, in compliance.Inbound, form compliance.Form, flags acting) error {
	var err error
	if in.Subject, err = p.resolve(ctx, e, d, ref); err != nil {
		return err
	}
	s, err := p.standing(ctx, e, d, in.Subject)
	gone := isGone(err)
	switch {
	case gone: // past retention: the act is late, and the record of it answers
		s = d.desk.recorded(evidence.Standing{Subject: in.Subject})
	case err != nil:
		return err
	}
	if err := checkHash(d, s, flags.hash); err != nil {
		return err
	}
	p.showSubject(p.notes, s, form, gone)
	if !gone {
		if form, err = p.liveForm(ctx, e, d, in.Subject, form); err != nil {
			return err
		}
	}
	if in.Answers, err = p.fill(ctx, form, flags.filled); err != nil {
		return err
	}
	in.Ref, in.Received = s.ref(), p.now().UTC()
	reply, err := p.deliver(ctx, e, d, in)
	if err != nil {
		return err
	}
	return p.report(d, acted{Number: s.number(), Subject: in.Subject, Action: in.Action, Delivery: in.Delivery, Reply: reply})
}

// liveForm is the form as it can be filled in now, for an action whose choices
// depend on where the subject stands. Where the process offers none it says why.
func (p *program) liveForm(ctx context.Context, e engine, d *descriptor, subject string, form compliance.Form) (compliance.Form, error) {
	if d.desk.live == nil || !d.desk.live(form.Action) {
		return form, nil
	}
	ctx, cancel := context.WithTimeout(ctx, p.options.timeout)
	defer cancel()
	value, err := e.QueryWorkflow(ctx, subject, "", compliance.QueryForm, form.Action)
	if err != nil {
		return form, err
	}
	var offered compliance.Offer
	if err := value.Get(&offered); err != nil {
		return form, err
	}
	if offered.Form == nil {
		return form, usage(offered.Text, "see "+d.command("show"))
	}
	return *offered.Form, nil
}

// delivery is the id under which the act arrives, new unless one is repeated.
func (p *program) delivery(repeated string) (string, error) {
	if repeated == "" {
		return provider + "/" + p.newID(), nil
	}
	id, found := strings.CutPrefix(repeated, provider+"/")
	if _, err := uuid.Parse(id); !found || err != nil || len(id) != 36 {
		return "", usage(quote(repeated)+" is no delivery id", "a delivery id is cli/ and a UUID, as the first attempt printed it")
	}
	return repeated, nil
}

// checkHash keeps a script from deciding about other content than the one it
// was written for.
func checkHash(d *descriptor, s standing, expected string) error {
	if expected == "" {
		return nil
	}
	next := "look at it again with: " + d.command("show")
	if len(expected) < 8 || strings.Trim(expected, "0123456789abcdef") != "" {
		return usage("--hash needs at least 8 lower-case hex digits", next)
	}
	digest, ok := d.desk.content(s.ref())
	if !ok {
		return usage("--hash was given, but the "+d.Noun+" has no content that could be acted on now", next)
	}
	if n := min(len(digest), len(expected)); digest[:n] != expected[:n] {
		return usage("the content is "+digest+" now, not "+expected, next)
	}
	return nil
}

// showSubject says what is about to be acted on.
func (p *program) showSubject(w io.Writer, s standing, form compliance.Form, gone bool) {
	ink := p.ink(w)
	fmt.Fprintf(w, "%s: %s\n", ink.bold(form.Title), ink.bold(s.heading()))
	s.brief(p, w, form)
	if gone || s.over() {
		fmt.Fprintln(w, ink.warn("  It is over: the act will be put on record as late and changes nothing."))
	}
	if form.Intro != "" {
		fmt.Fprintf(w, "  %s\n", visible(form.Intro))
	}
}

// replied is a reply for whoever reads it: people by their names, instants by the
// clock of this terminal.
func (p *program) replied(r compliance.Reply) string {
	return compliance.NamePeople(compliance.PlaceTimes(r.Text, r.Times, p.options.location), r.People, p.people().of)
}

// report prints the answer and turns it into the exit code. A refusal says which
// flag it is about, where it is about one, and how to look at the subject.
func (p *program) report(d *descriptor, a acted) error {
	err := p.print(a, func(w io.Writer) {
		ink := p.ink(w)
		paint := map[compliance.Outcome]func(string) string{
			compliance.Recorded: ink.good, compliance.Received: ink.warn,
			compliance.Declined: ink.bad, compliance.NotRecorded: ink.bad,
		}[a.Reply.Outcome]
		if paint == nil {
			paint = ink.bold
		}
		fmt.Fprintf(w, "%s: %s\n", paint(string(a.Reply.Outcome)), visible(p.replied(a.Reply)))
		if a.Reply.Outcome == compliance.Declined && a.Reply.Link == "" {
			if a.Reply.Field != "" {
				fmt.Fprintf(w, "  about       --%s\n", flagOf(d, a.Action, a.Reply.Field))
			}
			fmt.Fprintf(w, "  look at it  %s %s\n", d.command("show"), line(or(a.Number, a.Subject)))
		}
		if a.Reply.Link != "" {
			// On a line of its own, so that a terminal makes a link of it.
			fmt.Fprintf(w, "\n%s\n", visible(a.Reply.Link))
		}
	})
	if err != nil {
		return err
	}
	switch a.Reply.Outcome {
	case compliance.Recorded, compliance.Received:
		return nil
	case compliance.Declined:
		return &failure{code: ExitRefused}
	default:
		return &failure{code: ExitUnreachable, what: "nothing was recorded",
			next: "repeat the command with --delivery " + a.Delivery}
	}
}

// flagOf is the flag by which a field of an action's form is filled in.
func flagOf(d *descriptor, action, field string) string {
	form, _ := d.desk.form(action)
	for _, f := range form.Fields {
		if f.Name == field && f.Kind == compliance.Attest {
			return "attest"
		}
	}
	return dashed(field)
}

// oneSubject refuses all but one argument.
func oneSubject(d *descriptor) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usage(fmt.Sprintf("%s takes one %s, not %d", cmd.CommandPath(), d.Noun, len(args)),
				cmd.CommandPath()+" "+d.Series+"-7")
		}
		return nil
	}
}
