package commands

import (
	"github.com/spf13/cobra"

	"github.com/lowcodex/countersign/compliance"
)

// setupCommand is the group of commands that accompany somebody who connects a
// vendor for the first time.
func (p *program) setupCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "setup", Short: "Look at one vendor while you connect it, step by step", RunE: group}
	cmd.AddCommand(
		p.setupOf("slack", compliance.QueueMessages, "Look at the Slack app: token, scopes, channels, signing secret",
			"Look at the Slack app in the order in which it is set up: the kind of token and whose it is, its\n"+
				"scopes, the policy's channels and whether the bot is in them, the signing secret, and whether the\n"+
				"gateway takes what is signed with it. Make the app from docs/operate/slack-app.json."),
		p.setupOf("jira", compliance.QueueTickets, "Look at the Jira site: token, permissions, fields, transitions, webhook",
			"Look at the Jira site in the order in which it is set up: the token and whose it is, each project and\n"+
				"what the bot may do there, types of issue, statuses, fields and their kinds, every transition that\n"+
				"the policy's statuses need, the webhook, and whether the gateway takes what is signed with its secret."),
	)
	return cmd
}

func (p *program) setupOf(vendor, queue, short, long string) *cobra.Command {
	return &cobra.Command{
		Use: vendor, Short: short, Args: noArguments,
		Long: long + "\n\nThe workers look, because only they hold the credentials: set the variables, start a worker, and\n" +
			"repeat this until nothing is left to mend. Nothing is changed.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			queues := []servedQueue{{compliance.QueueWorkflows, "workflows"}, {queue, "activities"}}
			return p.lookAt(cmd.Context(), queues, []string{vendor})
		},
	}
}
