package commands

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
)

// simulated is what a simulation prints.
type simulated struct {
	RulesHash        string    `json:"rules_hash"`
	DirectoryVersion string    `json:"directory_version"`
	Since            time.Time `json:"since,omitzero"`
	// Versions were asked about, of which Different would go otherwise; Skipped
	// were refused for what their tickets lacked, which no policy decides.
	Versions  int               `json:"versions"`
	Different int               `json:"different"`
	Skipped   int               `json:"skipped"`
	Changes   []policy.Replayed `json:"changes"`
}

func (p *program) simulateCommand() *cobra.Command {
	since := ""
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Ask an edited policy about the changes on record, and show what would differ",
		Long: "Ask the policy in --policy about every version of every change on record in --evidence, as\n" +
			"of its submission: which rule would take it, who could decide, and where the votes on record\n" +
			"would lead. The log is only read. Exits 5 when anything would differ.",
		Example: "  starter policy simulate --evidence evidence --policy edited --since 2026-10-01",
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return p.simulate(cmd.Context(), since) },
	}
	cmd.Flags().StringVar(&since, "since", "", "only versions submitted at or after this day (UTC) or instant (default: all)")
	_ = cmd.RegisterFlagCompletionFunc("since", cobra.NoFileCompletions)
	return cmd
}

func (p *program) simulate(ctx context.Context, text string) error {
	since, err := sinceFlag(text)
	if err != nil {
		return err
	}
	dir, err := p.directory()
	if err != nil {
		return err
	}
	if p.options.policy == "" {
		return usage("it is not known which policy is asked", "give --policy DIR or set "+envPolicy)
	}
	rules, directory, err := loadPolicy(p.options.policy)
	if err != nil {
		return err
	}
	reader, err := evidence.OpenReader(ctx, dir)
	if err != nil {
		return evidenceFailure(err)
	}
	defer reader.Close() //nolint:errcheck // only read from
	result := simulated{RulesHash: rules.Hash, DirectoryVersion: directory.Version, Since: since, Changes: []policy.Replayed{}}
	d := changes()
	subjects, err := reader.Standings(ctx, d.Series)
	if err != nil {
		return evidenceFailure(err)
	}
	recall := recollection{reader: reader, snapshots: map[string]*policy.Rules{}}
	for _, s := range subjects {
		versions, skipped, err := recall.versions(ctx, s, since)
		if err != nil {
			return evidenceFailure(err)
		}
		result.Skipped += skipped
		for _, v := range versions {
			replayed, err := policy.Replay(rules, directory, v)
			if err != nil {
				return err
			}
			result.Versions++
			if len(replayed.Differs) > 0 {
				result.Different++
			}
			result.Changes = append(result.Changes, replayed)
		}
	}
	slices.SortStableFunc(result.Changes, func(a, b policy.Replayed) int { return a.At.Compare(b.At) })
	if err := p.print(result, func(w io.Writer) { p.writeSimulated(w, result, directory) }); err != nil {
		return err
	}
	if result.Different > 0 {
		return &failure{code: ExitDiffers} // the result has said it
	}
	return nil
}

// sinceFlag reads a day or an instant; empty means everything.
func sinceFlag(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, form := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(form, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, usage(quote(text)+" is neither a day nor an instant for --since", "write 2026-10-01 or 2026-10-01T09:00:00+02:00")
}

func (p *program) writeSimulated(w io.Writer, s simulated, directory *policy.Directory) {
	ink, people := p.ink(w), &names{directory: directory}
	for _, c := range s.Changes {
		q := c.Request
		fmt.Fprintf(w, "%s version %d  %s  %s, %s, risk %s\n", ink.bold(line(c.Number)), c.Version, p.at(c.At), line(q.System), line(q.Environment), line(q.Risk))
		fmt.Fprintf(w, "  then  %s\n", outcomeText(c.Then))
		if len(c.Differs) == 0 {
			fmt.Fprintf(w, "  %s\n", ink.dim("now   the same"))
			continue
		}
		fmt.Fprintf(w, "  %s   %s\n", ink.warn("now"), outcomeText(c.Now))
		for _, text := range c.Differs {
			fmt.Fprintf(w, "        %s\n", line(compliance.NamePeople(text, peopleOf(c), people.of)))
		}
	}
	fmt.Fprintf(w, "%d of %s on record would differ under rules %s, directory %s", s.Different, plural(s.Versions, "version"), compliance.ShortDigest(s.RulesHash), s.DirectoryVersion)
	if s.Skipped > 0 {
		fmt.Fprintf(w, "; %s left out, refused for an incomplete ticket", plural(s.Skipped, "version"))
	}
	fmt.Fprintln(w)
}

// outcomeText tells an outcome on one line.
func outcomeText(o policy.Outcome) string {
	var parts []string
	if o.Rule != "" {
		parts = append(parts, "rule "+o.Rule+", chain "+o.Chain)
	}
	for _, l := range o.Levels {
		parts = append(parts, fmt.Sprintf("%s %d of %d", l.Name, l.Approvals, l.Required))
	}
	result := string(o.Result)
	if o.Result == policy.ResultRefused {
		result += " (" + string(o.Reason) + ")"
	}
	if o.Result == policy.ResultUnknown {
		result = "its people are not on record"
	}
	return line(strings.Join(append(parts, result), "; "))
}

func peopleOf(c policy.Replayed) []compliance.PersonID {
	var all []compliance.PersonID
	for _, o := range []policy.Outcome{c.Then, c.Now} {
		for _, l := range o.Levels {
			all = append(all, l.Eligible...)
		}
	}
	return all
}
