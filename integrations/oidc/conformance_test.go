package oidc_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/httpcall"
	"github.com/lowcodex/countersign/integrations/integrationtest"
	"github.com/lowcodex/countersign/integrations/oidc"
	"github.com/lowcodex/countersign/integrations/oidc/oidctest"
)

const (
	clientID = "countersign"
	secret   = "conformance-client-secret-0123456789"
	callback = "http://127.0.0.1:1/signin/callback"
)

func TestConformance(t *testing.T) {
	integrationtest.Run(t, integrationtest.Subject{
		Name: "oidc", Secrets: []string{secret},
		Start: func(t *testing.T) integrationtest.Stand {
			server := provider(t)
			return integrationtest.Stand{Handler: server, Connect: func(base string, timeout time.Duration, log *slog.Logger) []integrationtest.Call {
				client := connect(t, base, func(c *oidc.Config) {
					c.Logger, c.HTTP.Timeout = log, timeout
				})
				return calls(server, client)
			}}
		},
	})
}

func provider(t testing.TB) *oidctest.Server {
	t.Helper()
	server, err := oidctest.New(oidctest.Options{
		ClientID: clientID, ClientSecret: secret, RedirectURLs: []string{callback},
		People: []oidctest.Person{{Subject: "sub-farah", Name: "Farah"}, {Subject: "sub-alice", Name: "Alice"}},
	})
	require.NoError(t, err)
	return server
}

func connect(t testing.TB, issuer string, vary func(*oidc.Config)) *oidc.Client {
	t.Helper()
	cfg := oidc.Config{
		Issuer: issuer, ClientID: clientID, ClientSecret: secret, RedirectURL: callback,
		HTTP: httpcall.Config{Timeout: 2 * time.Second, Limits: map[string]httpcall.Limit{}},
	}
	if vary != nil {
		vary(&cfg)
	}
	client, err := oidc.New(cfg)
	require.NoError(t, err)
	return client
}

// calls lists what the client does. A code works once, so every redemption has
// a code of its own, as a person who signs in again has; the browser's part goes
// to the stand-in directly, past the faults.
func calls(server *oidctest.Server, client *oidc.Client) []integrationtest.Call {
	to := func(path string) func(*http.Request) bool {
		return func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, path) }
	}
	redeem := func(ctx context.Context, _ bool) error {
		verifier := oauth2.GenerateVerifier()
		address, err := client.Authorize(ctx, "state", "nonce", verifier)
		if err != nil {
			return err
		}
		code, from, err := visit(server, address)
		if err != nil {
			return err
		}
		_, _, err = client.Redeem(ctx, code, from, "nonce", verifier)
		return err
	}
	return []integrationtest.Call{
		{
			Name: "discover", Match: to("/openid-configuration"),
			// No document at the configured address is an address to be corrected.
			Classes: map[int]compliance.Class{http.StatusNotFound: compliance.Blocked, http.StatusGone: compliance.Blocked},
			Do:      func(ctx context.Context, _ bool) error { return client.Check(ctx) },
		},
		{
			Name: "redeem", Write: true, Idempotent: true, Match: to("/token"), Do: redeem,
			Effects: server.Tokens,
		},
		{Name: "keys", Match: to("/keys"), Do: redeem},
	}
}
