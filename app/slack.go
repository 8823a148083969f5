package app

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/gateway"
	"github.com/lowcodex/countersign/integrations/slack"
)

// slackIn is how Slack reaches the gateway: it posts, and with SLACK_APP_TOKEN the
// gateway opens a connection besides.
type slackIn struct{ socket *slack.Socket }

// mountSlack takes what Slack sends. Both ways end at the same handlers.
func (a *App) mountSlack(g *gateway.Gateway, in *slackIn) error {
	cfg := a.surface(func(reason string) { g.Count(slack.Provider, reason) })
	envelopes := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "countersign_slack_socket_envelopes_total",
		Help: "What came over connections to Slack, by kind and result (acknowledged; left: it comes again, or Slack tells the person).",
	}, []string{"kind", "result"})
	cfg.Envelope = func(kind, result string) { envelopes.WithLabelValues(kind, result).Inc() }
	messages, err := slack.New(cfg)
	if err != nil {
		return err
	}
	interactions, err := slack.NewHandler(cfg, messages, g)
	if err != nil {
		return err
	}
	commands, err := slack.NewCommandHandler(cfg, messages, g, slashCommands())
	if err != nil {
		return err
	}
	if err := g.Mount(slack.PathInteractions, interactions); err != nil {
		return err
	}
	if err := g.Mount(slack.PathCommands, commands); err != nil || a.cfg.SlackAppToken == "" {
		return err
	}
	if in.socket, err = slack.NewSocket(cfg, messages, g.Handler()); err != nil {
		return err
	}
	a.readiness.rests("slack", func(context.Context) error { return lacksSlack(in.socket.Standing(), time.Now()) })
	a.registry.MustRegister(append(socketMetrics(in.socket), envelopes)...)
	a.parts = append(a.parts, part{"connection to Slack", in.socket.Run})
	return nil
}

// ready says what the connection to Slack means for /readyz.
func (in *slackIn) ready(context.Context) error {
	if in.socket == nil {
		return nil
	}
	return standsFor(in.socket.Standing())
}

// standsFor tells a token that Slack refused from the start, which is a
// configuration that is wrong as one that is missing is, from a connection that was
// lost: that must not keep alerts and tickets from a gateway.
func standsFor(stands slack.Standing) error {
	switch {
	case stands.Connected:
		return nil
	case !stands.Ever && compliance.ClassOf(stands.Failure) == compliance.Blocked:
		return fmt.Errorf("no connection to Slack: %w", stands.Failure)
	}
	return gateway.Without("a connection to Slack")
}

// reconnectWithin is how long a connection to Slack may be gone while it is only
// being replaced: the first tries follow at once and after seconds, and one may take a
// quarter of a minute.
const reconnectWithin = time.Minute

// lacksSlack says what the connection means to whoever watches this process. Other than
// to whoever sends requests here, one that is gone for longer than a reconnect takes is
// a fault: what is clicked in Slack does not arrive.
func lacksSlack(stands slack.Standing, now time.Time) error {
	refused := !stands.Ever && compliance.ClassOf(stands.Failure) == compliance.Blocked
	if stands.Connected || !refused && now.Sub(stands.Since) < reconnectWithin {
		return nil
	}
	since := stands.Since.UTC().Format(time.RFC3339)
	if stands.Failure == nil {
		return fmt.Errorf("no connection to Slack since %s", since)
	}
	return fmt.Errorf("no connection to Slack since %s: %w", since, stands.Failure)
}

// socketMetrics are how the connection to Slack stands.
func socketMetrics(s *slack.Socket) []prometheus.Collector {
	return []prometheus.Collector{
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "countersign_slack_socket_connected",
			Help: "1 while Slack sends over a connection of this gateway, 0 otherwise; absent without SLACK_APP_TOKEN.",
		}, func() float64 {
			if s.Standing().Connected {
				return 1
			}
			return 0
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "countersign_slack_socket_since_seconds",
			Help: "Unix time at which countersign_slack_socket_connected last changed.",
		}, func() float64 { return float64(s.Standing().Since.UnixMilli()) / 1000 }),
	}
}
