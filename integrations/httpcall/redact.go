package httpcall

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// Redactor makes foreign text fit for errors and logs. Its zero value removes
// addresses and what looks like a credential.
type Redactor struct {
	secrets []string
}

const (
	redacted  = "[redacted]"
	maxDetail = 400 // runes
	// shortest secret that is searched for as it is; a shorter one would tear
	// ordinary words apart.
	minSecret = 4
)

// NewRedactor makes a Redactor that also removes the given secrets, in plain,
// URL-escaped and base64 form.
func NewRedactor(secrets ...string) Redactor {
	var all []string
	for _, s := range secrets {
		if len(s) < minSecret {
			continue
		}
		all = append(all, s)
		for _, form := range []string{
			url.QueryEscape(s), url.PathEscape(s),
			base64.StdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s)),
		} {
			if form != s {
				all = append(all, form)
			}
		}
	}
	return Redactor{secrets: all}
}

// credentialPattern finds credentials and addresses by their look:
// authorization headers, Slack tokens, Atlassian tokens, URLs.
var credentialPattern = regexp.MustCompile(
	`(?i)\b(?:basic|bearer|oauth|token)[ =:]+[A-Za-z0-9+/_.~-]{8,}={0,2}` +
		`|\bxox[a-z]-[A-Za-z0-9-]+|\bxapp-[A-Za-z0-9-]+|\bATATT[A-Za-z0-9+/_=.-]+` +
		`|\b[a-z][a-z0-9+.-]*://[^\s"'<>]+`)

// Text replaces secrets, credentials and addresses in s.
func (r Redactor) Text(s string) string {
	for _, secret := range r.secrets {
		s = strings.ReplaceAll(s, secret, redacted)
	}
	return credentialPattern.ReplaceAllString(s, redacted)
}

// Clean is Text on one line of at most 400 characters, without control characters.
func (r Redactor) Clean(s string) string {
	s = r.Text(strings.ToValidUTF8(s, "?"))
	s = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == '\u2028' || c == '\u2029' {
			return ' '
		}
		return c
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > maxDetail {
		s = string(runes[:maxDetail]) + "…"
	}
	return s
}
