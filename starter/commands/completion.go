package commands

import (
	"context"
	"time"

	"github.com/spf13/cobra"
)

// completeWithin bounds a completion: a shell that hangs is worse than one
// that completes nothing.
const completeWithin = 2 * time.Second

// completeChanges offers the numbers of changes, the open ones only or those
// that are over too. Failures are silent: there is nobody to tell.
func (p *program) completeChanges(openOnly bool) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), completeWithin)
		defer cancel()
		e, err := p.dial(ctx, p)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer e.Close()
		where := ""
		if openOnly {
			where = "ExecutionStatus = 'Running'"
		}
		found, _, err := rows(ctx, e, where, pageSize)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var all []string
		for _, r := range found {
			if r.Number != "" {
				all = append(all, r.Number+"\t"+line(or(r.Stage, r.Status)+" "+r.System))
			} else {
				all = append(all, r.Subject+"\t"+line(or(r.Stage, r.Status)))
			}
		}
		return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
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
