package oidc_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/oidc"
	"github.com/lowcodex/countersign/integrations/oidc/oidctest"
)

// direct hands requests to the stand-in without a network between.
type direct struct{ h http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	d.h.ServeHTTP(w, r)
	return w.Result(), nil
}

// visit signs Farah in with two factors and returns what comes back.
func visit(server *oidctest.Server, address string) (code, from string, err error) {
	return visitAs(server, address, "sub-farah", oidctest.Second)
}

func visitAs(server *oidctest.Server, address, who, how string) (code, from string, err error) {
	back, err := oidctest.Choose(context.Background(), &http.Client{Transport: direct{server}}, address, who, how)
	if err != nil {
		return "", "", err
	}
	u, err := url.Parse(back)
	if err != nil {
		return "", "", err
	}
	return u.Query().Get("code"), u.Query().Get("iss"), nil
}

// stand is a stand-in that listens, and the client of it.
func stand(t *testing.T, vary func(*oidc.Config)) (*oidctest.Server, string, *oidc.Client) {
	t.Helper()
	server := provider(t)
	issuer, err := server.Listen("")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	return server, issuer, connect(t, issuer, vary)
}

func TestC18_SignInSaysWhoAndHow(t *testing.T) {
	server, issuer, client := stand(t, func(c *oidc.Config) { c.Contexts = []string{"urn:mfa", "phrh"} })
	address, err := client.Authorize(t.Context(), "st", "no", strings.Repeat("v", 43))
	require.NoError(t, err)
	q := query(t, address)
	for name, want := range map[string]string{
		"client_id": clientID, "redirect_uri": callback, "response_type": "code", "scope": "openid", "state": "st", "nonce": "no",
		"code_challenge_method": "S256", "code_challenge": oauth2.S256ChallengeFromVerifier(strings.Repeat("v", 43)),
		"prompt": "login", "max_age": "0", "acr_values": "urn:mfa phrh",
	} {
		require.Equal(t, want, q.Get(name), name)
	}
	code, from, err := visit(server, address)
	require.NoError(t, err)
	who, how, err := client.Redeem(t.Context(), code, from, "no", strings.Repeat("v", 43))
	require.NoError(t, err)
	require.Equal(t, compliance.Account{Provider: "oidc", ID: "sub-farah"}, who)
	require.WithinDuration(t, time.Now(), how.At, 5*time.Second)
	require.Equal(t, []string{"pwd", "otp", "mfa"}, how.Methods)
	require.Equal(t, "urn:mfa", how.Context)
	require.Equal(t, issuer, how.Issuer)
	require.Len(t, how.Session, 32)
	require.Empty(t, how.Proof)

	_, _, err = client.Redeem(t.Context(), code, from, "no", strings.Repeat("v", 43))
	require.Equal(t, compliance.Invalid, compliance.ClassOf(err), "a code works once")

	code, from, err = visitAs(server, address, "sub-alice", oidctest.Password)
	require.NoError(t, err)
	who, weak, err := client.Redeem(t.Context(), code, from, "no", strings.Repeat("v", 43))
	require.NoError(t, err, "whether one factor is enough is not for this package to say")
	require.Equal(t, "sub-alice", who.ID)
	require.Equal(t, []string{"pwd"}, weak.Methods)
	require.NotEqual(t, how.Session, weak.Session)

	code, from, err = visitAs(server, address, "sub-alice", oidctest.Cancel)
	require.NoError(t, err)
	require.Empty(t, code)
	require.Equal(t, issuer, from)
}

// Every way in which the provider can misbehave is refused, or shows in what is
// reported, and never as a failure that repeating could mend.
func TestC18_MisbehavingProvider(t *testing.T) {
	server, _, client := stand(t, nil)
	for _, fault := range oidctest.Faults() {
		t.Run(string(fault), func(t *testing.T) {
			server.Misbehave(fault)
			verifier := oauth2.GenerateVerifier()
			address, err := client.Authorize(t.Context(), "state", "nonce", verifier)
			require.NoError(t, err)
			code, from, err := visit(server, address)
			require.NoError(t, err)
			who, how, err := client.Redeem(t.Context(), code, from, "nonce", verifier)
			switch fault {
			case oidctest.SingleFactor:
				require.NoError(t, err)
				require.Equal(t, []string{"pwd"}, how.Methods)
			case oidctest.SomebodyElse:
				require.NoError(t, err)
				require.Equal(t, "sub-alice", who.ID)
			case oidctest.OldSignIn:
				require.NoError(t, err)
				require.WithinDuration(t, time.Now().Add(-time.Hour), how.At, 5*time.Second)
			case oidctest.EarlierSignIn:
				require.NoError(t, err)
				require.WithinDuration(t, time.Now().Add(-5*time.Minute), how.At, 5*time.Second)
			default:
				require.Equal(t, compliance.Refused, compliance.ClassOf(err), "%v", err)
				require.NotContains(t, err.Error(), "\n")
				require.NotContains(t, err.Error(), "://")
				require.Zero(t, who)
				require.Zero(t, how)
			}
		})
	}
}

func TestC18_CodesAreBoundToTheirSignIn(t *testing.T) {
	server, _, client := stand(t, nil)
	for name, c := range map[string]struct {
		nonce, verifier, from string
		class                 compliance.Class
	}{
		"another nonce":    {"other", strings.Repeat("v", 43), "", compliance.Refused},
		"no nonce":         {"", strings.Repeat("v", 43), "", compliance.Refused},
		"another verifier": {"nonce", strings.Repeat("w", 43), "", compliance.Invalid},
		"another issuer":   {"nonce", strings.Repeat("v", 43), "https://elsewhere.invalid", compliance.Refused},
		"no issuer":        {"nonce", strings.Repeat("v", 43), "none", compliance.Refused},
	} {
		address, err := client.Authorize(t.Context(), "state", "nonce", strings.Repeat("v", 43))
		require.NoError(t, err)
		code, from, err := visit(server, address)
		require.NoError(t, err)
		switch c.from {
		case "none":
			from = "" // this provider says that it always names itself
		case "":
		default:
			from = c.from
		}
		_, _, err = client.Redeem(t.Context(), code, from, c.nonce, c.verifier)
		require.Equal(t, c.class, compliance.ClassOf(err), "%s: %v", name, err)
	}
}

// A provider that is down at the start is found as soon as it is up, and one
// that goes down later is still known.
func TestC18_ProviderDownAtStart(t *testing.T) {
	server := provider(t)
	var up atomic.Bool
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !up.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		server.ServeHTTP(w, r)
	}))
	defer front.Close()
	now := time.Now()
	client := connect(t, front.URL, func(c *oidc.Config) { c.Now = func() time.Time { return now } })
	_, err := client.Authorize(t.Context(), "s", "n", "v")
	require.Equal(t, compliance.Unavailable, compliance.ClassOf(err))
	require.Equal(t, compliance.Unavailable, compliance.ClassOf(client.Check(t.Context())))
	up.Store(true)
	_, err = client.Authorize(t.Context(), "s", "n", "v")
	require.NoError(t, err)
	up.Store(false)
	now = now.Add(2 * time.Hour)
	_, err = client.Authorize(t.Context(), "s", "n", "v")
	require.NoError(t, err, "what is known of it is good enough")
}

func TestC18_ProviderThatIsNone(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"another issuer": {`{"issuer":"https://elsewhere.invalid"}`, "another issuer than OIDC_ISSUER"},
		"no endpoints":   {`{"issuer":"BASE"}`, "lacks an https address"},
		"plain http":     {`{"issuer":"BASE","authorization_endpoint":"http://id.example/a","token_endpoint":"BASE/t","jwks_uri":"BASE/k"}`, "lacks an https address"},
	} {
		front := httptest.NewServer(nil)
		front.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(strings.ReplaceAll(c.body, "BASE", front.URL)))
		})
		err := connect(t, front.URL, nil).Check(t.Context())
		require.Equal(t, compliance.Blocked, compliance.ClassOf(err), name)
		require.ErrorContains(t, err, c.want, name)
		front.Close()
	}
}

func TestConfigurationIsCheckedAtOnce(t *testing.T) {
	_, err := oidc.New(oidc.Config{Issuer: "http://id.example", RedirectURL: "ftp://gate.example"})
	for _, want := range []string{"OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "COUNTERSIGN_PUBLIC_URL"} {
		require.ErrorContains(t, err, want)
	}
}

func query(t *testing.T, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	return u.Query()
}
