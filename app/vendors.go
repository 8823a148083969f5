package app

import (
	"maps"
	"slices"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/connect"
	"github.com/lowcodex/countersign/integrations/httpcall"
	"github.com/lowcodex/countersign/integrations/jira"
	"github.com/lowcodex/countersign/integrations/slack"
)

// calls is how every vendor is called: counted, and with the correlation id of
// the delivery that caused it.
func (a *App) calls() httpcall.Config {
	return httpcall.Config{
		Correlation: connect.CorrelationFrom,
		Observe:     a.measured.called,
	}
}

// trackerLimits keeps bursts below what Jira Cloud answers with 429; it
// publishes no figure for tokens, only that bursts are limited per endpoint
// (vendor documentation "Rate limiting", 2026).
func trackerLimits() map[string]httpcall.Limit {
	return map[string]httpcall.Limit{"": {PerSecond: 10, Burst: 50}}
}

// tracker builds the ticket tracker from the configuration and the policy's
// names for projects, statuses and fields.
func (a *App) tracker(count func(reason string)) (*jira.Client, error) {
	t := a.rules.Tickets()
	cfg := jira.Config{
		Site: t.Site, URL: a.cfg.JiraURL, Email: a.cfg.JiraEmail, Token: a.cfg.JiraAPIToken,
		BotAccountID: t.BotAccount, WebhookSecret: a.cfg.JiraWebhookSecret, Count: count,
		Project: t.Project, IssueType: t.IssueType, SubmitStatus: t.SubmitStatus, Statuses: t.Statuses,
		PublicURL: a.cfg.PublicURL,
		HTTP:      a.calls(), Logger: a.log.With("vendor", jira.Provider),
	}
	cfg.HTTP.Limits = a.cfg.limits(trackerLimits())
	for _, f := range a.rules.Fields() {
		cfg.Fields = append(cfg.Fields, jira.FieldMap{Name: f.Name, ID: f.ID, Kind: string(f.Kind)})
	}
	for kind, k := range t.Kinds {
		held := jira.KindConfig{Project: k.Project, IssueType: k.IssueType, Statuses: k.Statuses, Done: k.Done, WontDo: k.WontDo}
		for _, name := range slices.Sorted(maps.Keys(k.Fields)) {
			held.Fields = append(held.Fields, jira.FieldMap{Name: name, ID: k.Fields[name].ID, Kind: string(k.Fields[name].Kind)})
		}
		if cfg.Kinds == nil {
			cfg.Kinds = map[compliance.TicketKind]jira.KindConfig{}
		}
		cfg.Kinds[kind] = held
	}
	return jira.New(cfg)
}

// surface is the message surface's configuration; the gateway needs it besides the client.
func (a *App) surface(refused func(reason string)) slack.Config {
	cfg := slack.Config{
		APIURL: a.cfg.SlackAPIURL, BotToken: a.cfg.SlackBotToken, SigningSecret: a.cfg.SlackSigningSecret, AppToken: a.cfg.SlackAppToken, TeamID: a.cfg.SlackTeamID,
		Channels: a.rules.Organisation().Channels, Refused: refused,
		PublicURL: a.cfg.PublicURL,
		HTTP:      a.calls(), Logger: a.log.With("vendor", slack.Provider),
	}
	cfg.HTTP.Limits = a.cfg.limits(slack.DefaultLimits())
	return cfg
}
