// Package oidc signs people in at the organisation's OpenID provider and reads
// from its ID token who they are and how strongly they authenticated. It decides
// nothing: what counts as strong enough is the policy's and the process's
// business.
package oidc

import (
	"errors"
	"log/slog"
	"net"
	"net/url"
	"time"

	"github.com/lowcodex/countersign/integrations/httpcall"
)

// Provider is the name of the identity provider in compliance.Account. There is
// one per installation, so an account is the subject identifier as that provider
// gives it; another provider means other accounts in the directory.
const Provider = "oidc"

// DefaultTimeout bounds one request: a person waits in a browser, and the
// gateway answers within 12 seconds, of which a sign-in needs up to three requests.
const DefaultTimeout = 3500 * time.Millisecond

// Config is what signing in needs.
type Config struct {
	// Issuer is the provider's issuer identifier, an https address; on a loopback
	// address http is accepted as well. Its discovery document says the rest.
	Issuer string
	// ClientID and ClientSecret are those of this application at the provider.
	// The secret appears in no error and no log line.
	ClientID     string
	ClientSecret string
	// RedirectURL is where the provider sends people back to, registered there.
	RedirectURL string
	// Contexts are the authentication context classes asked for, best first.
	Contexts []string
	// HTTP configures the calls. Vendor, Secrets and Logger are filled in here.
	// Limits nil: five requests a second, twenty at once.
	HTTP httpcall.Config
	// Logger receives what operators must know. Default: discards.
	Logger *slog.Logger
	// Now is the clock that tokens are judged by. Default time.Now.
	Now func() time.Time
}

func (c Config) withDefaults() Config {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.HTTP = c.HTTP.Or(httpcall.Config{
		Vendor: Provider, Secrets: []string{c.ClientSecret}, Logger: c.Logger, Timeout: DefaultTimeout,
		MaxAnswer: 1 << 20, // a discovery document, a few keys, one token
		Limits:    map[string]httpcall.Limit{"": {PerSecond: 5, Burst: 20}},
	})
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// check reports everything that is wrong at once.
func (c Config) check() error {
	var errs []error
	if !secure(c.Issuer) {
		errs = append(errs, errors.New("oidc: Issuer is not an https address: set OIDC_ISSUER to the provider's issuer identifier"))
	}
	if c.ClientID == "" {
		errs = append(errs, errors.New("oidc: ClientID is empty: set OIDC_CLIENT_ID to the application's id at the provider"))
	}
	if c.ClientSecret == "" {
		errs = append(errs, errors.New("oidc: ClientSecret is empty: set OIDC_CLIENT_SECRET to the application's secret at the provider"))
	}
	if !secure(c.RedirectURL) {
		errs = append(errs, errors.New("oidc: RedirectURL is not an https address: set COUNTERSIGN_PUBLIC_URL to the gateway's address"))
	}
	return errors.Join(errs...)
}

// secure reports whether an address is https, or http on this machine.
func secure(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}
