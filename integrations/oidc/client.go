package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/httpcall"
)

// Names of the operations, in errors, counters and limits.
const (
	opDiscover = "discover the provider"
	opRedeem   = "redeem the sign-in"
	opKeys     = "fetch the signing keys"
	opVerify   = "verify the sign-in"
)

const (
	// freshFor is how long a discovery document is used before it is read again.
	freshFor = time.Hour
	// staleFor is how long the last good one is used between attempts that fail.
	staleFor = time.Minute
)

// Client signs people in at one provider. It is safe for concurrent use and
// never retries: every error is a *compliance.Failure whose class says what may
// be done. A provider that is down stops nothing but the sign-in under way.
type Client struct {
	cfg  Config
	wire *httpcall.Transport

	mu    sync.Mutex
	known *provider // the last good discovery; nil until one succeeded
	until time.Time // when it is read again
}

// provider is a discovered provider.
type provider struct {
	*gooidc.Provider
	meta metadata
}

// metadata is what of the discovery document go-oidc does not hand on.
type metadata struct {
	AuthURL     string   `json:"authorization_endpoint"`
	TokenURL    string   `json:"token_endpoint"`
	KeysURL     string   `json:"jwks_uri"`
	AuthMethods []string `json:"token_endpoint_auth_methods_supported"`
	ClaimsParam bool     `json:"claims_parameter_supported"`
	NamesIssuer bool     `json:"authorization_response_iss_parameter_supported"` // RFC 9207
}

// New makes a Client; it calls nobody. The error lists every fault of the
// configuration.
func New(cfg Config) (*Client, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	return &Client{cfg: cfg, wire: httpcall.New(cfg.HTTP)}, nil
}

// Check asks the provider for its discovery document, for readiness.
func (c *Client) Check(ctx context.Context) error {
	_, err := c.discover(ctx)
	return err
}

// provider is the discovered provider. It is discovered with the first sign-in
// and again every hour; while the provider does not answer, the last good
// document is good enough.
func (c *Client) provider(ctx context.Context) (*provider, error) {
	c.mu.Lock()
	known, until := c.known, c.until
	c.mu.Unlock()
	if known != nil && c.cfg.Now().Before(until) {
		return known, nil
	}
	fresh, err := c.discover(ctx)
	if err != nil && known == nil {
		return nil, err
	}
	if err != nil {
		c.cfg.Logger.WarnContext(ctx, "the provider could not be discovered again; what is known of it is used on", "failure", err)
		c.mu.Lock()
		c.until = c.cfg.Now().Add(staleFor)
		c.mu.Unlock()
		return known, nil
	}
	return fresh, nil
}

func (c *Client) discover(ctx context.Context) (*provider, error) {
	ctx, x := c.wire.Begin(ctx, opDiscover)
	found, err := gooidc.NewProvider(c.through(ctx), c.cfg.Issuer)
	if err != nil {
		f := x.Failure(err)
		var mismatch *gooidc.IssuerMismatchError
		switch {
		case errors.As(err, &mismatch):
			f = blocked(opDiscover, "the provider names another issuer than OIDC_ISSUER: correct it, to the last slash")
		case f.Class == compliance.Gone:
			f = blocked(opDiscover, "there is no discovery document at OIDC_ISSUER: correct the address")
		}
		return nil, f
	}
	p := &provider{Provider: found}
	if err := found.Claims(&p.meta); err != nil {
		return nil, x.Failure(err)
	}
	for _, address := range []string{p.meta.AuthURL, p.meta.TokenURL, p.meta.KeysURL} {
		if !secure(address) || strings.HasPrefix(c.cfg.Issuer, "https:") && !strings.HasPrefix(address, "https:") {
			return nil, blocked(opDiscover, "the discovery document lacks an https address that signing in needs: is OIDC_ISSUER an OpenID provider?")
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known, c.until = p, c.cfg.Now().Add(freshFor)
	return p, nil
}

// through lets the libraries call through our transport.
func (c *Client) through(ctx context.Context) context.Context {
	return gooidc.ClientContext(ctx, c.wire.Client())
}

func (c *Client) oauth(p *provider) *oauth2.Config {
	// Named, because the library would else try both and send a code twice.
	style := oauth2.AuthStyleInHeader
	if m := p.meta.AuthMethods; len(m) > 0 && !slices.Contains(m, "client_secret_basic") {
		style = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID: c.cfg.ClientID, ClientSecret: c.cfg.ClientSecret, RedirectURL: c.cfg.RedirectURL,
		Endpoint: oauth2.Endpoint{AuthURL: p.meta.AuthURL, TokenURL: p.meta.TokenURL, AuthStyle: style},
		Scopes:   []string{gooidc.ScopeOpenID},
	}
}

// Authorize is the address to which a person is sent to sign in: afresh, whoever
// is signed in there, with a code challenge (PKCE, S256) of the verifier. The
// error is a *compliance.Failure, Unavailable while the provider is down.
func (c *Client) Authorize(ctx context.Context, state, nonce, verifier string) (string, error) {
	p, err := c.provider(ctx)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{
		gooidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier),
		oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"),
	}
	if len(c.cfg.Contexts) > 0 {
		options = append(options, oauth2.SetAuthURLParam("acr_values", strings.Join(c.cfg.Contexts, " ")))
	}
	if p.meta.ClaimsParam {
		options = append(options, oauth2.SetAuthURLParam("claims", c.claims()))
	}
	return c.oauth(p).AuthCodeURL(state, options...), nil
}

// claims asks by name for what providers that support it may else leave out
// (OpenID Connect Core 1.0, section 5.5).
func (c *Client) claims() string {
	essential := map[string]any{"essential": true}
	acr := map[string]any{"essential": len(c.cfg.Contexts) > 0}
	if len(c.cfg.Contexts) > 0 {
		acr["values"] = c.cfg.Contexts
	}
	out, _ := json.Marshal(map[string]any{"id_token": map[string]any{"auth_time": essential, "amr": nil, "acr": acr}}) // plain values
	return string(out)
}

func blocked(op, detail string) *compliance.Failure {
	return &compliance.Failure{Class: compliance.Blocked, Op: op, Detail: detail}
}

func refused(detail string) *compliance.Failure {
	return &compliance.Failure{Class: compliance.Refused, Op: opVerify, Detail: detail}
}
