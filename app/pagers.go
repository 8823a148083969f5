package app

import (
	"context"
	"maps"
	"slices"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/gateway"
	"github.com/lowcodex/countersign/integrations/mail"
	"github.com/lowcodex/countersign/integrations/pagerduty"
	"github.com/lowcodex/countersign/integrations/slack"
)

// buildPages serves the queue on which people are called. Which channels exist
// is said at the start: one that is not configured shows only when somebody is
// to be paged through it, and then as blocked.
func (a *App) buildPages(ctx context.Context, people activities.People, chat *slack.Client) error {
	channels, err := a.pagers(chat)
	if err != nil {
		return err
	}
	of := map[string]activities.SelfCheck{}
	for name, channel := range channels {
		if look, ok := channel.(activities.SelfCheck); ok { // the chat's looks at itself where cards are shown
			of[name] = look
		}
	}
	w, err := a.worker(ctx, compliance.QueuePages)
	if err != nil {
		return err
	}
	w.RegisterActivity(&activities.Pages{Channels: channels, People: people})
	serveCheckup(w, of)
	a.log.Info("paging channels", "configured", slices.Sorted(maps.Keys(channels)))
	return nil
}

// pagers are the configured channels by name. A channel has the name of the
// provider whose accounts it reaches.
func (a *App) pagers(chat *slack.Client) (map[string]activities.Pager, error) {
	channels := map[string]activities.Pager{slack.Provider: slack.NewPager(chat)}
	if a.cfg.PagerDutyRoutingKey != "" {
		pager, err := pagerduty.New(a.pagerDuty())
		if err != nil {
			return nil, err
		}
		channels[pagerduty.Provider] = pager
	}
	if a.cfg.SMTPURL != "" {
		pager, err := mail.New(mail.Config{
			URL: a.cfg.SMTPURL, Password: a.cfg.SMTPPassword, From: a.cfg.SMTPFrom,
			Observe: a.calls().Observe, Logger: a.log.With("vendor", mail.Provider),
		})
		if err != nil {
			return nil, err
		}
		channels[mail.Provider] = pager
	}
	return channels, nil
}

// pagerDuty is PagerDuty's configuration, for pages and for webhooks.
func (a *App) pagerDuty() pagerduty.Config {
	cfg := pagerduty.Config{
		EventsURL: a.cfg.PagerDutyEventsURL, RoutingKey: a.cfg.PagerDutyRoutingKey, WebhookSecrets: list(a.cfg.PagerDutyWebhookSecret),
		PublicURL: a.cfg.PublicURL,
		HTTP:      a.calls(), Logger: a.log.With("vendor", pagerduty.Provider),
	}
	cfg.HTTP.Limits = a.cfg.limits(pagerduty.DefaultLimits())
	return cfg
}

// mountPagers takes what people answer on paging channels that have a way back
// of their own. A channel that is not configured has no route.
func (a *App) mountPagers(g *gateway.Gateway) error {
	if a.cfg.PagerDutyRoutingKey == "" && a.cfg.PagerDutyWebhookSecret == "" {
		return nil
	}
	cfg := a.pagerDuty()
	cfg.Count = func(reason string) { g.Count(pagerduty.Provider, reason) }
	webhooks, err := pagerduty.NewHandler(cfg, g)
	if err != nil {
		return err
	}
	return g.Mount(pagerduty.PathWebhook, webhooks)
}
