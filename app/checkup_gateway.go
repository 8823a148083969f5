package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/integrations/httpcall"
)

// lookAtGateway asks the gateway, where the world reaches it, whether it is ready.
func (a *App) lookAtGateway(ctx context.Context) []checkup.Check {
	const part, item = checkup.Part("gateway"), "public address"
	if a.cfg.PublicURL == "" && a.cfg.SlackAppToken != "" {
		return []checkup.Check{part.Wrong(item, checkup.Unseen, "COUNTERSIGN_PUBLIC_URL is not set where the processes run; Slack needs none",
			"set it, for every role, if Jira, PagerDuty, sources of alerts or people who sign in are to reach the gateway")}
	}
	if a.cfg.PublicURL == "" {
		return []checkup.Check{part.Wrong(item, checkup.Unseen, "COUNTERSIGN_PUBLIC_URL is not set where the processes run",
			"set it, for every role, to the address at which vendors reach the gateway")}
	}
	calls := a.calls()
	calls.Vendor, calls.AnyType = "gateway", true
	wire := httpcall.New(calls)
	ctx, x := wire.Begin(ctx, "ask the gateway")
	body, err := a.ready(ctx, wire.Client())
	switch {
	case x.Status() == http.StatusServiceUnavailable && strings.Contains(body, "not"):
		return []checkup.Check{part.Wrong(item, checkup.Broken, "it is not ready: "+strings.TrimSpace(body), "look at the gateway's log")}
	case err == nil && strings.HasPrefix(body, "ready, without "):
		return []checkup.Check{part.Wrong(item, checkup.Broken, "it is "+strings.TrimSpace(body), "look at what is said about that part, and at the gateway's log")}
	case err == nil && strings.TrimSpace(body) != "ready":
		return []checkup.Check{part.Wrong(item, checkup.ElsewhereAPI, fmt.Sprintf("HTTP %d, and not the gateway's answer", x.Status()),
			"set COUNTERSIGN_PUBLIC_URL to the gateway's own address, and let whatever stands before it pass requests on unchanged")}
	case err != nil:
		return []checkup.Check{x.Check(part, item, x.Failure(err), "", "COUNTERSIGN_PUBLIC_URL", "let whatever stands before the gateway pass requests on unchanged")}
	}
	checks := []checkup.Check{part.OK(item, "it answers, and is ready")}
	if !strings.HasPrefix(a.cfg.PublicURL, "https:") && !loopback(a.cfg.PublicURL) {
		checks = append(checks, part.Wrong("encryption", checkup.Different, "the address is not https", "vendors send to https addresses only: put TLS before the gateway"))
	}
	return checks
}

func (a *App) ready(ctx context.Context, caller *http.Client) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.cfg.PublicURL+"/readyz", nil)
	if err != nil {
		return "", err
	}
	resp, err := caller.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= http.StatusBadRequest {
		err = errors.New(resp.Status)
	}
	return string(body), err
}
