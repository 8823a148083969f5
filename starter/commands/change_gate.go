package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/gate"
)

// handing are the flags of change gate.
type handing struct {
	as, delivery string
	files        map[gate.Part]*string
	texts        map[string]*string
	attested     []string
}

func (p *program) changeGateCommand() *cobra.Command {
	d := changes()
	form, _ := rules.FormFor(rules.ActionGate)
	f := handing{files: map[gate.Part]*string{}, texts: map[string]*string{}}
	cmd := &cobra.Command{
		Use:   "gate " + d.argument(),
		Short: "Hand evidence over for the pre-deployment gate of a change",
		Long: "Hand evidence over for the pre-deployment gate of a change, as its requester, its implementer or an\n" +
			"account that the policy names. Files are stored under the digests of their bytes, at most 1 MiB each;\n" +
			"the checks run on them at once, and what they come to is on record before it counts. What is not\n" +
			"handed over stays as it was; with nothing at all the checks are looked at again.\n\n" +
			d.argument() + " is " + d.help() + ".\n" + d.desk.bound,
		Example:           "  starter change gate CHG-7 --artefact flow.json --tests junit.xml\n  starter change gate CHG-7 --scan scan.sarif --attest synthetic",
		Args:              oneSubject(&d),
		ValidArgsFunction: completeNames(p.running(&d)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.changeGate(cmd.Context(), &d, args[0], form, f)
		},
	}
	for _, part := range gate.Files() {
		f.files[part] = new(string)
		cmd.Flags().StringVar(f.files[part], dashed(string(part)), "", partText(part))
		_ = cmd.MarkFlagFilename(dashed(string(part)))
	}
	for _, field := range form.Fields {
		if field.Kind == compliance.Attest {
			continue
		}
		f.texts[field.Name] = new(string)
		cmd.Flags().StringVar(f.texts[field.Name], dashed(field.Name), "", field.Label)
		_ = cmd.RegisterFlagCompletionFunc(dashed(field.Name), cobra.NoFileCompletions)
	}
	cmd.Flags().StringSliceVar(&f.attested, "attest", nil, "state that the test data are synthetic: "+rules.FieldSynthetic)
	_ = cmd.RegisterFlagCompletionFunc("attest", cobra.FixedCompletions([]string{rules.FieldSynthetic}, cobra.ShellCompDirectiveNoFileComp))
	cmd.Flags().StringVar(&f.delivery, "delivery", "", "repeat an earlier act under its delivery id; it gets its first answer back")
	p.actorFlag(cmd, &f.as)
	return cmd
}

// partText says what a file is.
func partText(part gate.Part) string {
	switch part {
	case gate.Artefact:
		return "the exported flow or app, JSON; what was said about another one no longer counts"
	case gate.TestResults:
		return "results of its tests, JUnit XML"
	case gate.FaultResults:
		return "results of the injected failures, JUnit XML"
	case gate.Scan:
		return "what a scanner for personal data found in the test data, SARIF or JSON"
	case gate.Manifest:
		return "the packages of its custom code: package-lock.json or a CycloneDX inventory"
	case gate.NetworkControl:
		return "what its data may reach, for sensitive data"
	case gate.LossPrevention:
		return "what keeps its data from leaving, for sensitive data"
	}
	return string(part)
}

func (p *program) changeGate(ctx context.Context, d *descriptor, ref string, form compliance.Form, f handing) error {
	in := compliance.Inbound{Surface: provider, Action: form.Action}
	var err error
	if in.Actor, err = actor(f.as); err != nil {
		return err
	}
	if in.Delivery, err = p.delivery(f.delivery); err != nil {
		return err
	}
	if err := errors.Join(checkAttested(form, f.attested), checkReference(d, ref)); err != nil {
		return err
	}
	var files []gateFile
	for _, part := range gate.Files() {
		if path := *f.files[part]; path != "" {
			file, err := p.readGateFile(part, path)
			if err != nil {
				return err
			}
			files = append(files, file)
		}
	}
	if in.Answers, err = p.handed(form, files, f); err != nil {
		return err
	}
	return p.withEngine(ctx, func(e engine) error {
		if in.Subject, err = p.resolve(ctx, e, d, ref); err != nil {
			return err
		}
		s, err := p.standing(ctx, e, d, in.Subject)
		if err != nil {
			return err
		}
		p.showSubject(p.notes, s, form, false)
		for _, file := range files {
			if err := p.storeGateFile(ctx, e, file, in.Delivery); err != nil {
				return err
			}
		}
		in.Ref, in.Received = s.ref(), p.now().UTC()
		reply, err := p.deliver(ctx, e, d, in)
		if err != nil {
			return err
		}
		return p.report(d, acted{Number: s.number(), Subject: in.Subject, Action: in.Action, Delivery: in.Delivery, Reply: reply})
	})
}

// handed are the answers: files by their digests, and what the form asks for. A
// statement is never filled in silently.
func (p *program) handed(form compliance.Form, files []gateFile, f handing) ([]compliance.Answer, error) {
	var out []compliance.Answer
	for _, file := range files {
		out = append(out, compliance.Answer{Name: string(file.part), Value: file.answer, Shown: partText(file.part)})
	}
	for _, field := range form.Fields {
		if field.Kind == compliance.Attest {
			if slices.Contains(f.attested, field.Name) {
				fmt.Fprintf(p.notes, "\n%s\n  stated by --attest %s\n", visible(field.Label), field.Name)
				out = append(out, compliance.Answer{Name: field.Name, Value: rules.Yes, Shown: field.Label})
			}
			continue
		}
		value, err := p.prose(context.Background(), field, *f.texts[field.Name])
		if err != nil {
			return nil, err
		}
		if value != "" {
			out = append(out, compliance.Answer{Name: field.Name, Value: value, Shown: field.Label})
		}
	}
	return out, nil
}

// writeGate shows where the checks of a gate stand.
func (p *program) writeGate(w io.Writer, findings []gate.Finding) {
	if len(findings) == 0 {
		return
	}
	ink := p.ink(w)
	fmt.Fprintf(w, "  %-10s %s\n", "gate", line(gate.Summary(findings)))
	for _, f := range findings {
		text := f.Check.Name() + ": " + line(f.Standing())
		switch {
		case f.Waived != nil:
			text += ink.warn(fmt.Sprintf(" (excused by %s until %s)", line(f.Waived.Number), p.at(f.Waived.Until)))
		case f.Reason != gate.OK:
			text = ink.bad(text)
		case !f.Until.IsZero():
			text += " (good until " + p.at(f.Until) + ")"
		}
		fmt.Fprintf(w, "  %-10s %s\n", "", text)
	}
}
