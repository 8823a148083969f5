package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/gateway"
	"github.com/lowcodex/countersign/integrations/oidc"
	"github.com/lowcodex/countersign/stepup"
)

// checkSignIn looks at whether what is set of the sign-in is whole.
func (c Config) checkSignIn() []error {
	var errs []error
	if _, err := c.factors(); err != nil {
		errs = append(errs, fmt.Errorf("OIDC_ACR_VALUES or OIDC_AMR: %w", err))
	}
	if _, err := c.links(); err != nil {
		errs = append(errs, err)
	}
	if c.has(RoleGateway) && (c.OIDCIssuer != "" || c.OIDCClientID != "") {
		errs = append(errs, c.lackingSignIn()...)
	}
	return errs
}

// lackingSignIn lists what a gateway needs for people to sign in and is not set.
func (c Config) lackingSignIn() []error {
	var errs []error
	for _, v := range []struct{ value, name, what string }{
		{c.PublicURL, "COUNTERSIGN_PUBLIC_URL", "give the address at which people reach the gateway, such as https://countersign.example"},
		{c.OIDCIssuer, "OIDC_ISSUER", "give the issuer identifier of your OpenID provider"},
		{c.OIDCClientID, "OIDC_CLIENT_ID", "give this application's id at the provider"},
		{c.OIDCClientSecret, "OIDC_CLIENT_SECRET", "give this application's secret at the provider"},
	} {
		if v.value == "" {
			errs = append(errs, fmt.Errorf("%s is not set: %s", v.name, v.what))
		}
	}
	return errs
}

// factors is what counts as more than one factor.
func (c Config) factors() (change.Factors, error) {
	return change.ParseFactors(c.OIDCContexts, c.OIDCMethods)
}

// links seals and proves; without a key, which is no error, it does neither.
func (c Config) links() (stepup.Links, error) {
	links := stepup.Links{Base: c.PublicURL}
	secret, name := c.LinkKey, "COUNTERSIGN_LINK_KEY"
	if secret == "" {
		secret, name = c.OIDCClientSecret, "OIDC_CLIENT_SECRET"
	}
	if secret == "" {
		return links, nil
	}
	var err error
	if links.Key, err = stepup.NewKey(secret); err != nil {
		if name == "OIDC_CLIENT_SECRET" {
			return links, fmt.Errorf("OIDC_CLIENT_SECRET is too short to derive the key of the links from (%w): set COUNTERSIGN_LINK_KEY to a random text of at least %d characters", err, stepup.MinSecret)
		}
		return links, fmt.Errorf("%s: %w: set it to a random text of at least %d characters", name, err, stepup.MinSecret)
	}
	return links, nil
}

// checkStepUp refuses a policy whose levels nobody could decide: the gateway
// must be able to sign people in, and the judge to believe it.
func (a *App) checkStepUp() error {
	levels := a.rules.StepUp()
	if len(levels) == 0 {
		return nil
	}
	var errs []error
	if a.cfg.has(RoleGateway) {
		errs = append(errs, a.cfg.lackingSignIn()...)
	}
	if links, err := a.cfg.links(); err == nil && links.Key == nil && a.cfg.has(RoleEvidence) && !a.cfg.has(RoleGateway) {
		errs = append(errs, errors.New("COUNTERSIGN_LINK_KEY is not set: give the judge of the sign-ins the same one as the gateway"))
	}
	if len(errs) == 0 {
		return nil
	}
	return fmt.Errorf("the policy demands a sign-in (step_up) in %s, and nobody could sign in:\n%w", strings.Join(levels, "; "), errors.Join(errs...))
}

// signIn is what the gateway's sign-in pages need, nil where there are none.
func (a *App) signIn() (*gateway.SignIn, error) {
	if a.cfg.OIDCIssuer == "" {
		return nil, nil
	}
	links, err := a.cfg.links()
	if err != nil {
		return nil, err
	}
	factors, err := a.cfg.factors()
	if err != nil {
		return nil, err
	}
	client, err := a.signInProvider()
	if err != nil {
		return nil, err
	}
	// A provider that is down stops nothing: it is asked again with each sign-in.
	a.parts = append(a.parts, part{"sign-in check", func(ctx context.Context) error {
		a.checkVendors(ctx, map[string]check{oidc.Provider: client})
		return nil
	}})
	return &gateway.SignIn{Links: links, Provider: client, Factors: factors}, nil
}

// signInProvider is the client of the OpenID provider.
func (a *App) signInProvider() (*oidc.Client, error) {
	factors, err := a.cfg.factors()
	if err != nil {
		return nil, err
	}
	return oidc.New(oidc.Config{
		Issuer: a.cfg.OIDCIssuer, ClientID: a.cfg.OIDCClientID, ClientSecret: a.cfg.OIDCClientSecret,
		RedirectURL: gateway.CallbackURL(a.cfg.PublicURL), Contexts: factors.Contexts,
		HTTP: a.calls(), Logger: a.log.With("vendor", oidc.Provider),
	})
}
