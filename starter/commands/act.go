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
	rules "github.com/lowcodex/countersign/compliance/change"
	process "github.com/lowcodex/countersign/workflows/change"
)

// verb is an action as a command.
type verb struct{ action, text string }

func verbs() []verb {
	return []verb{
		{rules.ActionApprove, "Approve the open level of a change, with its attestations"},
		{rules.ActionDeny, "Deny the open level of a change"},
		{rules.ActionAbstain, "Go on record as not deciding"},
		{rules.ActionStart, "Start the execution of an approved change, as its implementer"},
		{rules.ActionFinish, "Report how the execution ended, as its implementer"},
		{rules.ActionWithdraw, "Take a change back, as its requester"},
	}
}

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
func (p *program) actCommand(v verb) *cobra.Command {
	form, _ := rules.FormFor(v.action)
	act := acting{filled: filled{values: map[string]string{}}}
	values := map[string]*string{}
	cmd := &cobra.Command{
		Use:   v.action + " CHANGE",
		Short: v.text,
		Long: v.text + ".\n\nCHANGE is a number (CHG-7), the key of its ticket (OPS-12) or its workflow id.\n" +
			"The act is bound to the content you are shown: if the change is edited meanwhile, it is refused.",
		Args:              oneChange,
		ValidArgsFunction: completeChanges(p.running),
		RunE: func(cmd *cobra.Command, args []string) error {
			for name, value := range values {
				act.filled.values[name] = *value
			}
			return p.act(cmd.Context(), args[0], form, act)
		},
	}
	p.actorFlag(cmd, &act.as)
	cmd.Flags().StringVar(&act.delivery, "delivery", "", "repeat an earlier act under its delivery id; it gets its first answer back")
	cmd.Flags().StringVar(&act.hash, "hash", "", "send only if the content's hash starts with this, at least 8 hex digits")
	var statements []string
	for _, field := range form.Fields {
		if field.Kind == compliance.Attest {
			statements = append(statements, field.Name)
			continue
		}
		value := new(string)
		values[field.Name] = value
		if field.Kind == compliance.Choice {
			var allowed []string
			for _, option := range field.Options {
				allowed = append(allowed, option.Value)
			}
			enum(cmd, false, value, field.Name, "", field.Label, allowed...)
			continue
		}
		cmd.Flags().StringVar(value, field.Name, "", field.Label)
		_ = cmd.RegisterFlagCompletionFunc(field.Name, cobra.NoFileCompletions)
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
func (p *program) act(ctx context.Context, ref string, form compliance.Form, flags acting) error {
	in := compliance.Inbound{Surface: provider, Action: form.Action}
	var err error
	if in.Actor, err = actor(flags.as); err != nil {
		return err
	}
	if in.Delivery, err = p.delivery(flags.delivery); err != nil {
		return err
	}
	if err = errors.Join(checkAttested(form, flags.filled.attested), checkReference(ref)); err != nil {
		return err
	}
	return p.withEngine(ctx, func(e engine) error { return p.actOn(ctx, e, ref, in, form, flags) })
}

func (p *program) actOn(ctx context.Context, e engine, ref string, in compliance.Inbound, form compliance.Form, flags acting) error {
	var err error
	if in.Subject, err = p.resolve(ctx, e, ref); err != nil {
		return err
	}
	s, err := p.standing(ctx, e, in.Subject)
	switch {
	case isGone(err): // past retention: the act is late, and the record of it answers
		s = process.Standing{Subject: in.Subject}
	case err != nil:
		return err
	}
	if err := checkHash(s, flags.hash); err != nil {
		return err
	}
	p.showSubject(p.notes, s, form)
	if in.Answers, err = p.fill(ctx, form, flags.filled); err != nil {
		return err
	}
	in.Ref, in.Received = s.Ref, p.now().UTC()
	reply, err := p.deliver(ctx, e, in)
	if err != nil {
		return err
	}
	return p.report(acted{Number: s.Number, Subject: in.Subject, Action: in.Action, Delivery: in.Delivery, Reply: reply})
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
func checkHash(s process.Standing, expected string) error {
	if expected == "" {
		return nil
	}
	const next = "look at it again with: starter change show"
	if len(expected) < 8 || strings.Trim(expected, "0123456789abcdef") != "" {
		return usage("--hash needs at least 8 lower-case hex digits", next)
	}
	binding, err := rules.ParseBinding(s.Ref)
	if err != nil {
		return usage("--hash was given, but the change has no content that could be acted on now", next)
	}
	if n := min(len(binding.Hash), len(expected)); binding.Hash[:n] != expected[:n] {
		return usage("the content is "+binding.Hash+" now, not "+expected, next)
	}
	return nil
}

// showSubject says what is about to be acted on: what a person attests to must
// stand in front of them.
func (p *program) showSubject(w io.Writer, s process.Standing, form compliance.Form) {
	ink := p.ink(w)
	fmt.Fprintf(w, "%s: %s\n", ink.bold(form.Title), ink.bold(heading(s)))
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
		fmt.Fprintf(w, "  %s\n", stage(s))
	}
	if s.State == "" || s.State.Terminal() {
		fmt.Fprintln(w, ink.warn("  It is over: the act will be put on record as late and changes nothing."))
	}
	if s.StepUp && rules.Votes(form.Action) {
		fmt.Fprintln(w, ink.warn("  This level needs a sign-in, which a command cannot prove: you will be given a link to decide at."))
	}
	if form.Intro != "" {
		fmt.Fprintf(w, "  %s\n", visible(form.Intro))
	}
}

// report prints the answer and turns it into the exit code.
func (p *program) report(a acted) error {
	err := p.print(a, func(w io.Writer) {
		ink := p.ink(w)
		paint := map[compliance.Outcome]func(string) string{
			compliance.Recorded: ink.good, compliance.Received: ink.warn,
			compliance.Declined: ink.bad, compliance.NotRecorded: ink.bad,
		}[a.Reply.Outcome]
		if paint == nil {
			paint = ink.bold
		}
		fmt.Fprintf(w, "%s: %s\n", paint(string(a.Reply.Outcome)), visible(a.Reply.Text))
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

func oneChange(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usage(fmt.Sprintf("%s takes one change, not %d", cmd.CommandPath(), len(args)),
			cmd.CommandPath()+" CHG-7")
	}
	return nil
}
