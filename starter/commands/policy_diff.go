package commands

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/policy"
)

func (p *program) diffCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Say what two policies say differently, and what that comes to",
		Long: "Say what the policy in the directory NEW says differently from the one in OLD: entries and\n" +
			"values, not lines. Comments, layout and order without meaning are no difference. What the\n" +
			"differences come to follows: which changes another rule or chain takes, and at which levels\n" +
			"other people decide. Exits 5 when there is anything.",
		Example: "  starter policy diff policy edited",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usage(fmt.Sprintf("policy diff takes two directories, not %d", len(args)), cmd.CommandPath()+" OLD NEW")
			}
			return nil
		},
		ValidArgsFunction: directories,
		RunE:              func(_ *cobra.Command, args []string) error { return p.diff(args[0], args[1]) },
	}
}

func (p *program) diff(before, after string) error {
	oldRules, oldDirectory, err := loadPolicy(before)
	if err != nil {
		return err
	}
	newRules, newDirectory, err := loadPolicy(after)
	if err != nil {
		return err
	}
	c, err := policy.Compare(oldRules, oldDirectory, newRules, newDirectory)
	if err != nil {
		return err
	}
	// Who left is named by the old directory only.
	called := func(id compliance.PersonID) string {
		if _, ok := newDirectory.Person(id); ok {
			return (&names{directory: newDirectory}).of(id)
		}
		return (&names{directory: oldDirectory}).of(id)
	}
	if err := p.print(c, func(w io.Writer) { p.writeComparison(w, c, called) }); err != nil {
		return err
	}
	if !c.Same() {
		return &failure{code: ExitDiffers} // the result has said it
	}
	return nil
}

func (p *program) writeComparison(w io.Writer, c policy.Comparison, called func(compliance.PersonID) string) {
	ink := p.ink(w)
	if c.Same() {
		fmt.Fprintf(w, "%s, rules %s\n", ink.good("no difference"), compliance.ShortDigest(c.New.RulesHash))
		return
	}
	for _, d := range c.Differences {
		place := line(d.Kind)
		if d.Path != "" {
			place += ": " + line(d.Path)
		}
		switch d.What {
		case policy.Added:
			fmt.Fprintf(w, "%s %s  %s\n", ink.good("+"), ink.bold(place), line(d.New))
		case policy.Removed:
			fmt.Fprintf(w, "%s %s  %s\n", ink.bad("-"), ink.bold(place), line(d.Old))
		default:
			fmt.Fprintf(w, "%s %s  %s → %s\n", ink.warn("~"), ink.bold(place), line(d.Old), line(d.New))
		}
	}
	for _, r := range c.Routes {
		fmt.Fprintf(w, "%s %s, %s, risk %s: %s → %s\n", ink.bold("routed differently"), line(r.System), line(r.Environment), r.Risk, decided(r.Old), decided(r.New))
	}
	for _, l := range c.Levels {
		fmt.Fprintf(w, "%s %s, level %s: %d of %d → %d of %d", ink.bold("decided differently"), line(l.Chain), line(l.Level),
			l.OldRequired, l.OldPeople, l.NewRequired, l.NewPeople)
		for _, id := range l.Joined {
			fmt.Fprintf(w, ", with %s", called(id))
		}
		for _, id := range l.Left {
			fmt.Fprintf(w, ", without %s", called(id))
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "%s; rules %s → %s, directory %s → %s\n", plural(len(c.Differences), "difference"),
		compliance.ShortDigest(c.Old.RulesHash), compliance.ShortDigest(c.New.RulesHash), c.Old.DirectoryVersion, c.New.DirectoryVersion)
}

// decided names a rule and its chain.
func decided(d policy.Decided) string {
	if d.Rule == "" {
		return "refused"
	}
	return line(d.Rule) + " (chain " + line(d.Chain) + ")"
}
