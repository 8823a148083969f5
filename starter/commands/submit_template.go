package commands

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/policy"
)

// exampleFile is what --template says without a name.
const exampleFile = "-"

// templateArgument takes the name of a template after --template, where the flag
// itself takes it with "=" only, since it may stand alone.
func templateArgument(s *submission) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if s.template == exampleFile && len(args) == 1 {
			s.template = args[0]
			return nil
		}
		return noArguments(cmd, args)
	}
}

// standard finds a template of the policy.
func (p *program) standard(name string) (rules.Template, error) {
	if p.options.policy == "" {
		return rules.Template{}, usage("it is not known what the template "+quote(name)+" says", "give the policy with --policy DIR ("+envPolicy+")")
	}
	loaded, _, err := policy.Load(p.options.policy)
	if err != nil {
		return rules.Template{}, usage("the policy in "+p.options.policy+" cannot be used", "see starter policy check "+p.options.policy)
	}
	t, ok := loaded.Template(name)
	if !ok {
		var names []string
		for _, one := range loaded.Templates() {
			names = append(names, one.Name)
		}
		return rules.Template{}, usage("the policy has no template "+quote(name), "choose one of "+or(strings.Join(names, ", "), "none: it has no file of kind templates"))
	}
	return t, nil
}

// writeTemplate prints a change file by a template: what it fixes, and the fields
// that are left to fill in.
func (p *program) writeTemplate(s submission) error {
	if s.template == exampleFile {
		_, err := io.WriteString(p.out, template)
		return err
	}
	t, err := p.standard(s.template)
	if err != nil {
		return err
	}
	file := yaml.MapSlice{{Key: "apiVersion", Value: fileVersion}, {Key: "kind", Value: fileKind}, {Key: "template", Value: t.Name},
		{Key: "title", Value: ""}, {Key: "system", Value: only(t.Systems)}, {Key: "environment", Value: only(t.Environments)}}
	for _, name := range rules.Fixable() {
		if text, fixed := t.Fixed[name]; fixed {
			file = append(file, yaml.MapItem{Key: name, Value: text})
		} else if slices.Contains(t.Fills, name) {
			file = append(file, yaml.MapItem{Key: name, Value: ""})
		}
	}
	out, err := yaml.MarshalWithOptions(file, yaml.UseLiteralStyleIfMultiline(true))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.out, "# A standard change by the template %s, valid until %s, decided on by the chain %s.\n# Fill in what is empty; any other edit is refused.\n%s", t.Name, t.ValidUntil, t.Chain, out)
	return err
}

// by fills in what a template fixes. A file that says something else is refused at its
// line, as the process would refuse it.
func (f changeFile) by(t rules.Template) error {
	var wrong []fault
	for _, name := range slices.Sorted(maps.Keys(t.Fixed)) {
		if given := strings.TrimSpace(f.fields[name]); given != "" && given != strings.TrimSpace(t.Fixed[name]) {
			wrong = append(wrong, fault{f.lines[name], "it differs from the template " + quote(t.Name) + ": leave " + quote(name) + " out, or take the template's text"})
		}
		f.fields[name] = t.Fixed[name]
	}
	if given := f.fields["template"]; given != "" && given != t.Name {
		wrong = append(wrong, fault{f.lines["template"], "the file is by the template " + quote(given) + ", and --template is " + quote(t.Name)})
	}
	f.fields["template"] = t.Name
	for name, one := range map[string]string{"system": only(t.Systems), "environment": only(t.Environments)} {
		if f.fields[name] == "" {
			f.fields[name] = one
		}
	}
	return f.faults(wrong)
}

// only is the one element of a list of one; empty where there is a choice.
func only(list []string) string {
	if len(list) == 1 {
		return list[0]
	}
	return ""
}
