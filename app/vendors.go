package app

import (
	"log/slog"

	"github.com/lowcodex/countersign/integrations/jira"
	"github.com/lowcodex/countersign/integrations/slack"
	"github.com/lowcodex/countersign/policy"
)

// tracker builds the ticket tracker from the configuration and the policy's
// names for projects, statuses and fields.
func tracker(c Config, rules *policy.Rules, log *slog.Logger, count func(reason string)) (*jira.Client, error) {
	t := rules.Tickets()
	cfg := jira.Config{
		Site: t.Site, URL: c.JiraURL, Email: c.JiraEmail, Token: c.JiraAPIToken,
		BotAccountID: t.BotAccount, WebhookSecret: c.JiraWebhookSecret, Count: count,
		Project: t.Project, IssueType: t.IssueType, SubmitStatus: t.SubmitStatus, Statuses: t.Statuses,
		Logger: log.With("vendor", jira.Provider),
	}
	for _, f := range rules.Fields() {
		cfg.Fields = append(cfg.Fields, jira.FieldMap{Name: f.Name, ID: f.ID, Kind: string(f.Kind)})
	}
	return jira.New(cfg)
}

// surface is the message surface's configuration; the gateway needs it besides the client.
func surface(c Config, rules *policy.Rules, log *slog.Logger, refused func(reason string)) slack.Config {
	return slack.Config{
		APIURL: c.SlackAPIURL, BotToken: c.SlackBotToken, SigningSecret: c.SlackSigningSecret, TeamID: c.SlackTeamID,
		Channels: rules.Organisation().Channels, Refused: refused, Logger: log.With("vendor", slack.Provider),
	}
}
