package commands

import (
	"cmp"
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/policy"
)

// explaining are the flags of an explanation.
type explaining struct {
	file, ticket, site, requester, at string
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
			"when it may run. The file is the one that change submit takes; a ticket is read as it is, by\n" +
			"a worker. Nothing is moved and nothing is put on record. A change that would be refused exits 1.",
		Example: "  starter policy explain --policy policy --change change.yaml --requester p-goran\n" +
			"  starter policy explain --policy policy --change change.yaml --at 2027-01-04T09:00:00+01:00\n" +
			"  starter policy explain --policy policy --ticket OPS-12",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if x.ticket != "" && cmd.Flags().Changed("requester") {
				return usage("--requester goes with --change", "a ticket says itself who requests it")
			}
			return p.explain(cmd.Context(), x)
		},
	}
	standard := cmp.Or(p.env[envActor], provider+":"+p.env["USER"])
	flags := cmd.Flags()
	flags.StringVar(&x.file, "change", "", "the change, as YAML; - reads standard input")
	flags.StringVar(&x.ticket, "ticket", "", "the change that this ticket asks for, by its key")
	flags.StringVar(&x.site, "site", "", "short name of the tracker's site (default: the policy's)")
	flags.StringVar(&x.requester, "requester", standard, "who asks for it: a person's id, or an account such as cli:alice ($"+envActor+")")
	flags.StringVar(&x.at, "at", "", "the instant of its submission, such as 2027-01-04T09:00:00+01:00 (default: now)")
	_ = cmd.MarkFlagFilename("change", "yaml", "yml")
	for _, name := range []string{"ticket", "site", "requester", "at"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
	return cmd
}

func (p *program) explain(ctx context.Context, x explaining) error {
	if p.options.policy == "" {
		return usage("it is not known which policy is asked", "give --policy DIR or set "+envPolicy)
	}
	at, err := p.instantFlag("--at", x.at)
	if err != nil {
		return err
	}
	policyRules, directory, err := loadPolicy(p.options.policy)
	if err != nil {
		return err
	}
	var asked question
	switch {
	case x.file != "" && x.ticket != "":
		return usage("--change and --ticket exclude each other", "give the one that is to be explained")
	case x.ticket != "":
		asked, err = p.ofTicket(ctx, x, policyRules, directory)
	case x.file != "":
		asked, err = p.ofFile(x, policyRules, directory, at)
	default:
		return usage("there is no change to explain", "give --change change.yaml or --ticket OPS-12; an example file: starter change submit --template")
	}
	if err != nil {
		return err
	}
	e, err := policy.Explain(policyRules, directory, asked.request, at)
	if err != nil {
		return err
	}
	if asked.creatorUnknown {
		e.Reason = cmp.Or(e.Reason, rules.UnknownPerson)
		e.Missing = append(e.Missing, "The directory does not name exactly one person for the account that created the ticket.")
	}
	result := explained{Title: asked.title, Explanation: e, Problems: asked.problems}
	if err := p.print(result, func(w io.Writer) { p.writeExplained(w, result, &names{directory: directory}) }); err != nil {
		return err
	}
	if result.refused() {
		return &failure{code: ExitRefused} // the result has said it
	}
	return nil
}

// question is a change as the policy is asked about it.
type question struct {
	title          string
	request        policy.Request
	problems       []rules.Problem
	creatorUnknown bool
}

// ofFile reads a change file as a submission does.
func (p *program) ofFile(x explaining, policyRules *policy.Rules, directory *policy.Directory, at time.Time) (question, error) {
	var fields []string
	for _, f := range policyRules.Fields() {
		fields = append(fields, f.Name)
	}
	file, err := readChange(x.file, p.in, fields)
	if err != nil {
		return question{}, err
	}
	content, problems := rules.Parse(compliance.Ticket{Fields: file.fields})
	problems = append(problems, rules.Check(content, at)...)
	requester, err := whoAsks(directory, x.requester)
	if err != nil {
		return question{}, err
	}
	snapshot, err := rules.Snap(content, compliance.Account{})
	if err != nil {
		return question{}, err
	}
	return question{title: content.Title, problems: problems, request: policy.Request{
		Case: policy.CaseOf(snapshot), Requester: requester, Implementer: onePerson(directory, snapshot.Implementer), PlannedStart: content.PlannedStart,
	}}, nil
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
	if a, ok := rules.ParseAccount(who); ok {
		if id := onePerson(d, a); id != "" {
			return id, nil
		}
	}
	return "", usage("the directory has not exactly one person for the requester "+quote(who), "give --requester with a person's id such as p-alice, or an account such as "+provider+":alice")
}

// onePerson is whom the directory has for an account; empty for none, and for several.
func onePerson(d *policy.Directory, a compliance.Account) compliance.PersonID {
	if found := d.ByAccount(a); len(found) == 1 {
		return found[0].ID
	}
	return ""
}
