package app

import (
	"github.com/lowcodex/countersign/gateway"
	"github.com/lowcodex/countersign/integrations/alertmanager"
)

// mountAlerts takes alerts in, each source under a path and a name of its own.
// Without a token there is no route. d makes an alert durable before the source
// is answered.
func (a *App) mountAlerts(g *gateway.Gateway, d alertmanager.Dispatcher) error {
	if a.cfg.AlertsToken == "" {
		return nil
	}
	cfg := alertmanager.Config{
		Tokens: list(a.cfg.AlertsToken), Logger: a.log,
		Count: func(reason string) { g.Count("alerts", reason) },
	}
	for _, source := range []string{"alertmanager", "grafana"} { // Grafana sends the same notification
		cfg.Source = source
		h, err := alertmanager.NewHandler(cfg, d)
		if err != nil {
			return err
		}
		if err := g.Mount("/alerts/"+source, h); err != nil {
			return err
		}
	}
	cfg.Source = "generic"
	h, err := alertmanager.NewGenericHandler(cfg, d)
	if err != nil {
		return err
	}
	if err := g.Mount("/alerts/generic", h); err != nil {
		return err
	}
	cfg.Source = "intake"
	if h, err = alertmanager.NewElsewhere(cfg, d); err != nil {
		return err
	}
	return g.Mount("/alerts/", h)
}
