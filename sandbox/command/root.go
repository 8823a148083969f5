// Package command is the command line of the sandbox.
package command

import (
	"fmt"

	"github.com/spf13/cobra"
)

// Root returns the sandbox's commands. The context it is executed with ends
// them: each stops what it started and returns without an error.
func Root() *cobra.Command {
	var o run
	root := &cobra.Command{
		Use:   "sandbox",
		Short: "Countersign on one machine, with everything it needs",
		Long: `Runs Countersign on one machine with everything it needs: Temporal with its web
interface, stand-ins for Slack, Jira, PagerDuty, e-mail, Alertmanager and Node-RED
with pages on which you play every person of an example organisation, and the
evidence log. Its state survives a restart and a crash.

Set the SLACK_, JIRA_, OIDC_, PAGERDUTY_ and SMTP_ or PLATFORM_ variables and that
part is the real one.`,
		Example: `  sandbox                           everything; open the address that it prints
  sandbox --demo                    play every story
  sandbox --demo=incident,patch     play these
  sandbox --nodered                 with Node-RED itself instead of its stand-in`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.do(cmd.Context(), cmd) },
		// The usage is a page long; who mistyped is told where it is.
		SilenceUsage: true,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; %s --help lists what there is", err, cmd.CommandPath())
	})
	o.flags(root)
	root.AddCommand(server(), worker())
	return root
}
