package oidc

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/lowcodex/countersign/compliance"
)

// Bounds of what an ID token may say, in bytes. A subject identifier must fit
// into the directory, which takes 200 visible characters.
const (
	maxSubject = 200
	maxContext = 256
	maxMethod  = 64
	maxMethods = 16
)

// Redeem exchanges a one-time code for an ID token, and returns who signed in
// and how. The token must be signed by the provider's present keys, made for
// this application and this sign-in (nonce), unexpired, and say when the person
// authenticated. from is the issuer that came back with the code, if any did
// (RFC 9207).
//
// The error is a *compliance.Failure: Refused when the provider's answer proves
// nothing, Invalid when it does not know the code (any more), Blocked when the
// application's credentials are not accepted, Unavailable or UnknownOutcome when
// the provider did not answer; a code is never sent twice.
func (c *Client) Redeem(ctx context.Context, code, from, nonce, verifier string) (compliance.Account, compliance.SignIn, error) {
	p, err := c.provider(ctx)
	if err != nil {
		return compliance.Account{}, compliance.SignIn{}, err
	}
	if from != c.cfg.Issuer && (from != "" || p.meta.NamesIssuer) {
		return compliance.Account{}, compliance.SignIn{}, refused("the answer came from another provider")
	}
	exchange, x := c.wire.Begin(ctx, opRedeem)
	token, err := c.oauth(p).Exchange(c.through(exchange), code, oauth2.VerifierOption(verifier))
	if err != nil {
		return compliance.Account{}, compliance.SignIn{}, x.Failure(err)
	}
	raw, _ := token.Extra("id_token").(string)
	if raw == "" {
		return compliance.Account{}, compliance.SignIn{}, refused("the provider sent no ID token: is the scope openid allowed for this application?")
	}
	id, err := c.verify(ctx, p, raw)
	if err != nil {
		return compliance.Account{}, compliance.SignIn{}, err
	}
	if id.AccessTokenHash != "" && id.VerifyAccessToken(token.AccessToken) != nil {
		return compliance.Account{}, compliance.SignIn{}, refused("the ID token belongs to another access token")
	}
	return c.read(id, raw, nonce)
}

// verify checks signature, issuer, audience and times. The keys are fetched for
// every sign-in: those are few, and a key that the provider has withdrawn must
// not be believed. Signatures that prove nothing to a third party, "none" and
// those made with our own secret, are none of those the library accepts.
func (c *Client) verify(ctx context.Context, p *provider, raw string) (*gooidc.IDToken, error) {
	fetching, x := c.wire.Begin(ctx, opKeys)
	verifier := p.VerifierContext(c.through(fetching), &gooidc.Config{ClientID: c.cfg.ClientID, Now: c.cfg.Now})
	id, err := verifier.Verify(ctx, raw)
	if err == nil {
		return id, nil
	}
	text := err.Error()
	var expired *gooidc.TokenExpiredError
	switch {
	case strings.Contains(text, "fetching keys"):
		// The library keeps the text of a cancellation and not the error.
		return nil, x.Failure(errors.Join(err, ctx.Err()))
	case errors.As(err, &expired):
		return nil, refused("the ID token has expired: check both clocks")
	case strings.Contains(text, "expected audience"):
		return nil, refused("the ID token is for another application")
	case strings.Contains(text, "different provider"):
		return nil, refused("the ID token is from another issuer")
	default:
		return nil, refused("the ID token's signature is not the provider's")
	}
}

// methods reads "amr", which some providers send as one text.
type methods []string

func (m *methods) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*m = strings.Fields(one)
		return nil
	}
	return json.Unmarshal(data, (*[]string)(m))
}

// read takes out of a verified token what is asked of it.
func (c *Client) read(id *gooidc.IDToken, raw, nonce string) (compliance.Account, compliance.SignIn, error) {
	var claims struct {
		At      float64 `json:"auth_time"`
		Methods methods `json:"amr"`
		Context string  `json:"acr"`
		For     string  `json:"azp"`
		Session string  `json:"sid"`
	}
	if err := id.Claims(&claims); err != nil {
		return compliance.Account{}, compliance.SignIn{}, refused("the ID token's claims cannot be read")
	}
	var wrong string
	switch {
	case nonce == "" || subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(nonce)) != 1:
		wrong = "the ID token is for another sign-in (nonce)"
	case claims.For != "" && claims.For != c.cfg.ClientID, len(id.Audience) > 1 && claims.For == "":
		wrong = "the ID token was made for another application (azp)"
	case id.Subject == "" || len(id.Subject) > maxSubject || !visible(id.Subject):
		wrong = "the subject identifier is empty, too long for the directory or not plain text"
	case claims.At <= 0 || claims.At > 1<<40:
		wrong = "the ID token does not say when the person authenticated (auth_time)"
	case len(claims.Context) > maxContext || !visible(claims.Context) || len(claims.Methods) > maxMethods ||
		slices.ContainsFunc(claims.Methods, func(m string) bool { return len(m) > maxMethod || !visible(m) }):
		wrong = "the ID token says more about the authentication than can be kept"
	}
	if wrong != "" {
		return compliance.Account{}, compliance.SignIn{}, refused(wrong)
	}
	session := claims.Session
	if session == "" {
		session = raw // every token is one of its own
	}
	sum := sha256.Sum256([]byte(c.cfg.Issuer + "\x00" + id.Subject + "\x00" + session))
	return compliance.Account{Provider: Provider, ID: id.Subject}, compliance.SignIn{
		At: time.Unix(int64(claims.At), 0).UTC(), Methods: claims.Methods, Context: claims.Context,
		Session: hex.EncodeToString(sum[:16]), Issuer: c.cfg.Issuer,
	}, nil
}

// visible reports whether a text is visible ASCII without spaces, as the
// subject, class and method identifiers of OpenID Connect are.
func visible(s string) bool {
	for _, b := range []byte(s) {
		if b <= ' ' || b >= 0x7f {
			return false
		}
	}
	return true
}
