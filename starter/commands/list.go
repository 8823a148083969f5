package commands

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lowcodex/countersign/compliance"
)

// listing are the flags of a list.
type listing struct {
	stage    string
	awaiting string
	as       string
	all      bool
	limit    int
}

const maxList = 5000

func (p *program) listCommand(d *descriptor) *cobra.Command {
	var l listing
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List " + d.Plural,
		Long: "List " + d.Plural + " by their search attributes, newest first: the open ones, or with --all\n" +
			"also those that are over and still known to the engine.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.list(cmd.Context(), d, l)
		},
	}
	enum(cmd, false, &l.stage, "stage", "", "only "+d.Plural+" at this stage", d.desk.stages...)
	cmd.Flags().StringVar(&l.awaiting, "awaiting", "", "only "+d.Plural+" that wait for this person: an id such as p-alice, or me (see --as)")
	_ = cmd.RegisterFlagCompletionFunc("awaiting", p.completeAwaiting)
	cmd.Flags().BoolVarP(&l.all, "all", "a", false, "also "+d.Plural+" that are over")
	cmd.Flags().IntVar(&l.limit, "limit", 100, fmt.Sprintf("at most this many, 1 to %d", maxList))
	p.actorFlag(cmd, &l.as)
	return cmd
}

func (p *program) list(ctx context.Context, d *descriptor, l listing) error {
	if err := checkLimit(l.limit); err != nil {
		return err
	}
	where, err := p.where(l)
	if err != nil {
		return err
	}
	return p.withEngine(ctx, func(e engine) error {
		ctx, cancel := context.WithTimeout(ctx, p.options.timeout)
		defer cancel()
		found, more, err := rows(ctx, e, d, where, l.limit)
		if err != nil {
			return err
		}
		if found == nil {
			found = []row{} // a list in JSON, also when it is empty
		}
		if err := p.print(found, func(w io.Writer) { p.writeRows(w, d, l, found) }); err != nil {
			return err
		}
		if more {
			fmt.Fprintf(p.notes, "There are more than these %d; raise --limit or narrow the list.\n", len(found))
		}
		return nil
	})
}

func checkLimit(limit int) error {
	if limit < 1 || limit > maxList {
		return usage(fmt.Sprintf("--limit %d is out of range", limit), fmt.Sprintf("use 1 to %d", maxList))
	}
	return nil
}

// where builds the visibility query from values that cannot break out of it.
func (p *program) where(l listing) (string, error) {
	var terms []string
	if !l.all {
		terms = append(terms, "ExecutionStatus = 'Running'")
	}
	if l.stage != "" { // one of stages
		terms = append(terms, fmt.Sprintf("%s = '%s'", compliance.AttributeStage, l.stage))
	}
	if l.awaiting != "" {
		id, err := p.person(l.awaiting, l.as)
		if err != nil {
			return "", err
		}
		terms = append(terms, fmt.Sprintf("%s = '%s'", compliance.AttributeAwaiting, id))
	}
	return strings.Join(terms, " AND "), nil
}

var personForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)

// person reads --awaiting: the id of a person, or "me" for whoever owns the
// account of --as.
func (p *program) person(awaiting, as string) (compliance.PersonID, error) {
	if awaiting != "me" {
		if !personForm.MatchString(awaiting) {
			return "", usage(quote(awaiting)+" is no id of a person", "use an id of the directory such as p-alice, or me")
		}
		return compliance.PersonID(awaiting), nil
	}
	person, err := p.itself(as, "--awaiting me", ", or name the person's id")
	return person.ID, err
}

// none says what there is none of: a list of the open ones says nothing of those
// that are over.
func (l listing) none(d *descriptor) string {
	such := ""
	if l.stage != "" || l.awaiting != "" {
		such = " like that"
	}
	if l.all {
		return "no " + d.Plural + such
	}
	return "no open " + d.Plural + such + "; --all lists also those that are over"
}

func (p *program) writeRows(w io.Writer, d *descriptor, l listing, found []row) {
	if len(found) == 0 {
		fmt.Fprintln(w, l.none(d))
		return
	}
	t := table{head: []string{"NUMBER", "STAGE"}}
	for _, c := range d.desk.columns {
		t.head = append(t.head, c.head)
	}
	t.head = append(t.head, "DUE", "AWAITING", "WORKFLOW")
	for _, r := range found {
		due := ""
		if !r.Due.IsZero() {
			due = p.at(r.Due)
		}
		cells := []string{or(r.Number, "-"), or(r.Stage, r.Status)}
		for _, c := range d.desk.columns {
			cells = append(cells, c.cell(r))
		}
		t.add(append(cells, due, strings.Join(r.Awaiting, " "), r.Subject)...)
	}
	t.write(w, p.ink(w))
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (p *program) completeAwaiting(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	all := []string{"me"}
	if directory := p.people().directory; directory != nil {
		for _, person := range directory.People() {
			all = append(all, string(person.ID)+"\t"+line(person.Name))
		}
	}
	slices.Sort(all[1:])
	return all, cobra.ShellCompDirectiveNoFileComp
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(cmd.CommandPath()+" takes no argument, not "+quote(args[0]), "see "+cmd.CommandPath()+" --help")
	}
	return nil
}
