package commands

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lowcodex/countersign/evidence"
)

// completeWithin bounds a completion: a shell that hangs is worse than one
// that completes nothing.
const completeWithin = 2 * time.Second

// completeNames offers what the functions find, each name once, in their
// order. Failures are silent: there is nobody to tell.
func completeNames(find ...func(context.Context) []string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		var all []string
		if len(args) == 0 {
			ctx, cancel := context.WithTimeout(cmd.Context(), completeWithin)
			defer cancel()
			seen := map[string]bool{}
			for _, f := range find {
				for _, found := range f(ctx) {
					name, _, _ := strings.Cut(found, "\t")
					if !seen[name] {
						seen[name] = true
						all = append(all, found)
					}
				}
			}
		}
		return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
}

// running finds the open subjects of a process, newest first.
func (p *program) running(d *descriptor) func(context.Context) []string {
	return p.listed(d, "ExecutionStatus = 'Running'")
}

// remembered finds the subjects the engine knows, newest first.
func (p *program) remembered(d *descriptor) func(context.Context) []string { return p.listed(d, "") }

func (p *program) listed(d *descriptor, where string) func(context.Context) []string {
	return func(ctx context.Context) []string {
		e, err := p.dial(ctx, p)
		if err != nil {
			return nil
		}
		defer e.Close()
		found, _, err := rows(ctx, e, d, where, pageSize)
		if err != nil {
			return nil
		}
		var all []string
		for _, r := range found {
			all = append(all, or(r.Number, r.Subject)+"\t"+line(or(r.Stage, r.Status)+" "+r.System))
		}
		return all
	}
}

// onRecord finds the numbers of a series in the evidence index, newest first,
// or with an empty series those of all, series by series.
func (p *program) onRecord(series string) func(context.Context) []string {
	return func(ctx context.Context) []string {
		if p.options.evidence == "" {
			return nil
		}
		reader, err := evidence.OpenReader(ctx, p.options.evidence)
		if err != nil {
			return nil
		}
		defer reader.Close() //nolint:errcheck // only read from
		standings, err := reader.Standings(ctx, series)
		if err != nil {
			return nil
		}
		standings = slices.DeleteFunc(standings, func(s evidence.Standing) bool { return s.Number == "" })
		slices.SortFunc(standings, func(a, b evidence.Standing) int { return newerFirst(a.Number, b.Number) })
		var all []string
		for _, s := range standings[:min(len(standings), pageSize)] {
			all = append(all, s.Number+"\t"+line(s.State))
		}
		return all
	}
}

// newerFirst orders numbers by series, and within one by falling number:
// CHG-10 is newer than CHG-9.
func newerFirst(a, b string) int {
	seriesA, digitsA, _ := strings.Cut(a, "-")
	seriesB, digitsB, _ := strings.Cut(b, "-")
	return cmp.Or(strings.Compare(seriesA, seriesB), cmp.Compare(len(digitsB), len(digitsA)), strings.Compare(digitsB, digitsA))
}

func completionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "completion bash|zsh|fish",
		Short: "Print the tab completion for a shell",
		Long: "Print the tab completion for a shell. To use it at once:\n\n" +
			"  source <(starter completion bash)\n" +
			"  source <(starter completion zsh)\n" +
			"  starter completion fish | source",
		ValidArgs: []string{"bash", "zsh", "fish"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("completion needs the name of one shell", "use bash, zsh or fish")
			}
			root, out := cmd.Root(), cmd.OutOrStdout()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			}
			return usage("there is no completion for "+quote(args[0]), "use bash, zsh or fish")
		},
	}
	return cmd
}
