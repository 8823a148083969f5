package slack

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/integrations/httpcall"
)

const opReach = "reach Slack's connections"

// incoming looks at the ways from Slack to the gateway: its own connection, what
// Slack posts, or both.
func (c *Client) incoming(ctx context.Context) []checkup.Check {
	if c.cfg.AppToken == "" {
		return c.secret(ctx)
	}
	checks := c.connections(ctx)
	if c.cfg.SigningSecret == "" {
		return append(checks, part.OK("signing secret", "not needed: Slack sends over the gateway's own connection"), commandsInSlack())
	}
	return append(checks, c.secret(ctx)...)
}

// connections looks at the app-level token, and whether a connection could be
// opened with it. None is: Slack would send somebody's click there, where nobody
// takes it.
func (c *Client) connections(ctx context.Context) []checkup.Check {
	const kind, token = "app token kind", "app token"
	if !strings.HasPrefix(c.cfg.AppToken, "xapp-") {
		return []checkup.Check{part.Wrong(kind, checkup.Malformed, "it is no app-level token", mendAppToken)}
	}
	checks := []checkup.Check{part.OK(kind, "an app-level token")}
	ctx, x := c.transport.Begin(ctx, opConnect)
	_, given, err := c.api.StartSocketModeContext(ctx)
	address, err := c.socketAddress(given, failure(c.transport, x, opConnect, err))
	switch {
	case codeOf(err) == "missing_scope":
		return append(checks, part.Wrong(token, checkup.Lacking, scopeConnections, mendAppToken))
	case err != nil:
		return append(checks, x.Check(part, token, err, "", "SLACK_API_URL", mendAppToken))
	}
	return append(checks, part.OK(token, "Slack gives an address for a connection"), c.reach(ctx, address))
}

// reach asks the host of a connection for anything: whatever it answers, it is there.
func (c *Client) reach(ctx context.Context, address *url.URL) checkup.Check {
	const item = "connection to Slack"
	at := url.URL{Scheme: strings.Replace(address.Scheme, "ws", "http", 1), Host: address.Host, Path: "/"}
	cfg := c.cfg.HTTP
	cfg.AnyType, cfg.Limits = true, nil
	wire := httpcall.New(cfg)
	ctx, _ = wire.Begin(ctx, opReach)
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, at.String(), nil)
	if err == nil {
		var resp *http.Response
		if resp, err = wire.Client().Do(req); err == nil {
			_ = resp.Body.Close()
		}
	}
	if err != nil {
		return part.Wrong(item, checkup.Unreachable, "no answer from "+address.Host, "let the gateway open WebSockets (wss) there: name resolution, proxy, firewall")
	}
	return part.OK(item, "%s answers; countersign_slack_socket_connected says whether a gateway is connected", address.Host)
}

// commandsInSlack is what only a person sees.
func commandsInSlack() checkup.Check {
	return part.Wrong("commands in Slack", checkup.Unseen, "Slack does not tell an app which commands, request URLs and settings it has",
		"type /incident in Slack: a form must open. If Slack knows no such command, paste the manifest: "+appPage+"App Manifest; "+
			"with SLACK_APP_TOKEN, Socket Mode must be on, and without it off: "+appPage+"Socket Mode")
}
