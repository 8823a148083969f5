package commands

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lowcodex/countersign/compliance"
)

// filled is what the flags said about a form.
type filled struct {
	attested []string          // names of the statements attested to by --attest
	values   map[string]string // of the other fields
}

// fill turns a form and the flags into answers, asking for what is missing
// when somebody is there to be asked. An attestation is never filled in
// silently: it is either named in --attest or confirmed by typing "yes" under
// its text. Every answer carries the text that was shown with it.
func (p *program) fill(ctx context.Context, form compliance.Form, given filled) ([]compliance.Answer, error) {
	if err := checkAttested(form, given.attested); err != nil {
		return nil, err
	}
	var answers []compliance.Answer
	for _, field := range form.Fields {
		value, err := p.answer(ctx, field, given)
		if err != nil {
			return nil, err
		}
		if value != "" {
			answers = append(answers, compliance.Answer{Name: field.Name, Value: value, Shown: field.Label})
		}
	}
	return answers, nil
}

// checkAttested refuses --attest with a name the form does not have, or with
// some of its statements but not all: a partial attestation proves nothing.
func checkAttested(form compliance.Form, attested []string) error {
	var wanted []string
	for _, field := range form.Fields {
		if field.Kind == compliance.Attest {
			wanted = append(wanted, field.Name)
		}
	}
	all := "--attest " + strings.Join(wanted, ",")
	for _, name := range attested {
		if !slices.Contains(wanted, name) {
			return usage("there is nothing called "+quote(name)+" to attest to", "to attest to everything: "+all)
		}
	}
	if len(attested) == 0 {
		return nil
	}
	for _, field := range form.Fields {
		if field.Kind == compliance.Attest && !slices.Contains(attested, field.Name) {
			return usage("--attest lacks "+quote(field.Name)+": "+field.Label, "if every statement is true: "+all)
		}
	}
	return nil
}

func (p *program) answer(ctx context.Context, field compliance.Field, given filled) (string, error) {
	switch field.Kind {
	case compliance.Attest:
		return p.attest(ctx, field, given.attested)
	case compliance.Choice:
		return p.choose(ctx, field, given.values[field.Name])
	case compliance.Prose:
		return p.prose(ctx, field, given.values[field.Name])
	}
	return "", fmt.Errorf("the form has a field %q of the unknown kind %q", field.Name, field.Kind)
}

func (p *program) attest(ctx context.Context, field compliance.Field, attested []string) (string, error) {
	fmt.Fprintf(p.notes, "\n%s\n", visible(field.Label))
	if field.Hint != "" {
		fmt.Fprintf(p.notes, "  %s\n", visible(field.Hint))
	}
	if slices.Contains(attested, field.Name) {
		fmt.Fprintf(p.notes, "  attested by --attest %s\n", field.Name)
		return "yes", nil
	}
	if !p.interactive {
		return "", usage("the statement "+quote(field.Name)+" needs your attestation, and there is no terminal to ask on",
			"read the statements and name them all with --attest")
	}
	said, err := p.ask(ctx, "  type yes if this is true: ")
	if err != nil {
		return "", err
	}
	if !strings.EqualFold(said, "yes") {
		return "", usage("not attested: "+field.Label, "nothing was sent")
	}
	return "yes", nil
}

func (p *program) choose(ctx context.Context, field compliance.Field, value string) (string, error) {
	var values []string
	for _, option := range field.Options {
		values = append(values, option.Value)
	}
	if value == "" && field.Required && p.interactive {
		var err error
		if value, err = p.ask(ctx, visible(field.Label)+" ("+strings.Join(values, ", ")+"): "); err != nil {
			return "", err
		}
	}
	if value == "" && !field.Required || slices.Contains(values, value) {
		return value, nil
	}
	if value != "" && len(values) == 0 { // nobody could say what there is: the subject is past the engine's memory
		return value, nil
	}
	return "", usage("--"+dashed(field.Name)+" is missing or unknown: "+quote(value), "use one of "+strings.Join(values, ", "))
}

func (p *program) prose(ctx context.Context, field compliance.Field, value string) (string, error) {
	value = strings.TrimSpace(value)
	if value == "" && field.Required && p.interactive {
		var err error
		if value, err = p.ask(ctx, visible(field.Label)+": "); err != nil {
			return "", err
		}
	}
	if value == "" && field.Required {
		return "", usage("--"+dashed(field.Name)+" is missing: "+field.Label, `give it as --`+dashed(field.Name)+` "…"`)
	}
	if n := utf8.RuneCountInString(value); field.MaxRunes > 0 && n > field.MaxRunes {
		return "", usage(fmt.Sprintf("--%s has %d characters, more than the %d that fit", dashed(field.Name), n, field.MaxRunes),
			"shorten it, and link to the rest")
	}
	if !utf8.ValidString(value) {
		return "", usage("--"+dashed(field.Name)+" is not UTF-8 text", "check the terminal's encoding")
	}
	return value, nil
}

// ask prints a question and reads one line. The read itself cannot be
// interrupted, so it is left behind when ctx ends: the program ends with it.
func (p *program) ask(ctx context.Context, question string) (string, error) {
	if p.lines == nil {
		p.lines = bufio.NewReader(p.in)
	}
	fmt.Fprint(p.notes, question)
	type result struct {
		text string
		err  error
	}
	got := make(chan result, 1)
	go func() {
		text, err := p.lines.ReadString('\n')
		got <- result{text, err}
	}()
	select {
	case <-ctx.Done():
		return "", unreachable("interrupted", "nothing was sent", ctx.Err())
	case r := <-got:
		if text := strings.TrimSpace(r.text); text != "" || r.err == nil {
			return text, nil
		}
		return "", usage("the question was left without an answer", "nothing was sent")
	}
}
