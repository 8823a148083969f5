package app

import (
	excuses "github.com/lowcodex/countersign/compliance/exception"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/integrations/slack"
	"github.com/lowcodex/countersign/workflows/exception"
	"github.com/lowcodex/countersign/workflows/incident"
)

// slashCommands are the commands that the gateway takes.
func slashCommands() map[string]slack.Command {
	return map[string]slack.Command{
		"/incident": {
			Subject: incident.NewSubject, Action: rules.ActionDeclare,
			Description: "Declare an incident", Hint: "what is wrong",
		},
		"/exception": {
			Subject: exception.NewSubject, Action: excuses.ActionRequest,
			Description: "Ask for an exception from a control", Hint: "the control, such as gate/tests",
		},
	}
}

// SlackManifest is the manifest of the Slack app for a gateway at this origin, such
// as "https://countersign.example". It asks for what the product uses and for
// nothing else, and is what people paste at api.slack.com.
func SlackManifest(gateway string) ([]byte, error) {
	return slack.Manifest(gateway, slashCommands())
}

// SlackSocketManifest is the manifest of the Slack app for gateways that open their
// connections to Slack themselves (SLACK_APP_TOKEN).
func SlackSocketManifest() ([]byte, error) {
	return slack.SocketManifest(slashCommands())
}
