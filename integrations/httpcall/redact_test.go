package httpcall_test

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/integrations/httpcall"
)

func TestRedactByLook(t *testing.T) {
	r := httpcall.NewRedactor()
	for in, gone := range map[string]string{
		"Authorization: Basic Ym90OnRva2VuMTIz was sent":       "Ym90OnRva2VuMTIz",
		"bearer abcdefgh12345678":                              "abcdefgh12345678",
		"token=abcdefgh12345678":                               "abcdefgh12345678",
		"used xoxb-123-456-abc here":                           "xoxb-123-456-abc",
		"ATATT3xFfGF0abc=12":                                   "ATATT3xFfGF0abc",
		`Get "https://user:pass@example.com/a?b=c": no answer`: "example.com",
	} {
		require.NotContains(t, r.Clean(in), gone)
	}
	require.Equal(t, "The field 'risk' is required.", r.Clean("The field\n'risk' is\t required."))
}

// No configured secret survives in any form, wherever it stands.
func TestPropertySecretsNeverSurvive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`[A-Za-z0-9+/=_%& -]{4,60}`).Draw(t, "secret")
		before := rapid.String().Draw(t, "before")
		form := rapid.SampledFrom([]string{
			secret, url.QueryEscape(secret), url.PathEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret)),
		}).Draw(t, "form")
		text := httpcall.NewRedactor(secret).Text(before + form + " after")
		if strings.Contains(before+"[redacted] after", form) {
			t.Skip("the secret is part of the surrounding text")
		}
		require.NotContains(t, text, form)
	})
}

func TestPropertyCleanIsOneShortLine(t *testing.T) {
	r := httpcall.NewRedactor("secret")
	rapid.Check(t, func(t *rapid.T) {
		text := r.Clean(rapid.String().Draw(t, "text"))
		require.NotContains(t, text, "\n")
		require.LessOrEqual(t, len([]rune(text)), 401)
	})
}
