package oidc

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/lowcodex/countersign/compliance/checkup"
)

const part = checkup.Part(Provider)

// Checkup reads the provider's discovery document and its clock. That the client's
// id and secret are right, and that the redirect address is registered, shows with
// the first sign-in only.
func (c *Client) Checkup(ctx context.Context) []checkup.Check {
	const item, mend = "provider", "correct OIDC_ISSUER, to the last slash"
	call, x := c.wire.Begin(ctx, opDiscover)
	err := c.document(call)
	if f := x.Failure(err); f != nil {
		if x.Status() == http.StatusNotFound {
			return []checkup.Check{part.Wrong(item, checkup.ElsewhereAPI, "there is no discovery document", mend)}
		}
		return []checkup.Check{x.Check(part, item, f, "", "OIDC_ISSUER", mend)}
	}
	checks := []checkup.Check{part.OK(item, "it can be discovered")}
	if err := c.Check(ctx); err != nil {
		checks[0] = part.Wrong(item, checkup.Different, err.Error(), mend)
	}
	if clock, ok := x.Clock(part, c.cfg.Now()); ok {
		checks = append(checks, clock)
	}
	return append(checks, part.Wrong("application", checkup.Unseen, "a provider tells nobody which applications it has",
		"register "+c.cfg.RedirectURL+" as the redirect address, and sign in once at the gateway's /signin"))
}

func (c *Client) document(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(c.cfg.Issuer, "/")+"/.well-known/openid-configuration", nil)
	if err != nil {
		return err
	}
	resp, err := c.wire.Client().Do(req)
	if err != nil {
		return err
	}
	_ = resp.Body.Close() // the transport has read it whole
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return nil
}
