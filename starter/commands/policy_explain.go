package commands

import (
	"cmp"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/policy"
)

// explaining are the flags of an explanation.
type explaining struct {
	file, requester, at string
}

// explained is what an explanation prints.
type explained struct {
	Title string `json:"title,omitempty"`
	policy.Explanation
	// Problems are what the file lacks; its submission would be refused for them.
	Problems []rules.Problem `json:"problems,omitempty"`
}

func (e explained) refused() bool { return e.Reason != rules.OK || len(e.Problems) > 0 }

func (p *program) explainCommand() *cobra.Command {
	var x explaining
	cmd := &cobra.Command{
		Use:   "explain",
		Short: "Say which rule a change falls under and who may decide, before anything is sent",
		Long: "Say what the policy makes of a change before anything is sent: which rule takes it and why\n" +
			"not an earlier one, which levels it passes, who may decide and who is left out and why, and\n" +
			"when it may run. The file is the one that change submit takes. Nothing is sent and nothing\n" +
			"is recorded. A change that would be refused exits 1.",
		Example: "  starter policy explain --policy policy --change change.yaml --requester p-goran\n" +
			"  starter policy explain --policy policy --change change.yaml --at 2027-01-04T09:00:00+01:00",
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return p.explain(x) },
	}
	standard := cmp.Or(p.env[envActor], provider+":"+p.env["USER"])
	flags := cmd.Flags()
	flags.StringVar(&x.file, "change", "", "the change, as YAML; - reads standard input")
	flags.StringVar(&x.requester, "requester", standard, "who asks for it: a person's id, or an account such as cli:alice ($"+envActor+")")
	flags.StringVar(&x.at, "at", "", "the instant of its submission, such as 2027-01-04T09:00:00+01:00 (default: now)")
	_ = cmd.MarkFlagFilename("change", "yaml", "yml")
	_ = cmd.RegisterFlagCompletionFunc("requester", cobra.NoFileCompletions)
	_ = cmd.RegisterFlagCompletionFunc("at", cobra.NoFileCompletions)
	return cmd
}

func (p *program) explain(x explaining) error {
	if p.options.policy == "" {
		return usage("it is not known which policy is asked", "give --policy DIR or set "+envPolicy)
	}
	if x.file == "" {
		return usage("there is no change to explain", "give --change change.yaml; an example file: starter change submit --template")
	}
	at, err := p.instantFlag("--at", x.at)
	if err != nil {
		return err
	}
	policyRules, directory, err := loadPolicy(p.options.policy)
	if err != nil {
		return err
	}
	var fields []string
	for _, f := range policyRules.Fields() {
		fields = append(fields, f.Name)
	}
	file, err := readChange(x.file, p.in, fields)
	if err != nil {
		return err
	}
	content, problems := rules.Parse(compliance.Ticket{Fields: file.fields})
	problems = append(problems, rules.Check(content, at)...)
	requester, err := whoAsks(directory, x.requester)
	if err != nil {
		return err
	}
	snapshot, err := rules.Snap(content, compliance.Account{})
	if err != nil {
		return err
	}
	e, err := policy.Explain(policyRules, directory, policy.Request{
		Case: policy.CaseOf(snapshot), Requester: requester, Implementer: onePerson(directory, content.Implementer), PlannedStart: content.PlannedStart,
	}, at)
	if err != nil {
		return err
	}
	result := explained{Title: content.Title, Explanation: e, Problems: problems}
	if err := p.print(result, func(w io.Writer) { p.writeExplained(w, result, &names{directory: directory}) }); err != nil {
		return err
	}
	if result.refused() {
		return &failure{code: ExitRefused} // the result has said it
	}
	return nil
}

// instantFlag reads an instant with its offset; empty means now.
func (p *program) instantFlag(flag, text string) (time.Time, error) {
	if text == "" {
		return p.now().UTC(), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, usage(quote(text)+" is no instant for "+flag, "write it with its offset, such as 2027-01-04T09:00:00+01:00")
	}
	return at.UTC(), nil
}

// whoAsks finds the person of an id or an account.
func whoAsks(d *policy.Directory, who string) (compliance.PersonID, error) {
	if _, ok := d.Person(compliance.PersonID(who)); ok {
		return compliance.PersonID(who), nil
	}
	if id := onePerson(d, who); id != "" {
		return id, nil
	}
	return "", usage("the directory has not exactly one person for the requester "+quote(who), "give --requester with a person's id such as p-alice, or an account such as "+provider+":alice")
}

// onePerson is whom the directory has for an account "provider:id"; empty for
// none, and for several.
func onePerson(d *policy.Directory, account string) compliance.PersonID {
	a, ok := rules.ParseAccount(account)
	if !ok {
		return ""
	}
	if found := d.ByAccount(a); len(found) == 1 {
		return found[0].ID
	}
	return ""
}
