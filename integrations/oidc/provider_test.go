package oidc_test

import (
	"bufio"
	"bytes"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/oidc"
)

// certified starts the certified provider of testdata/provider and returns its
// issuer. Where it cannot be installed the test skips and says why, or fails where
// COUNTERSIGN_REQUIRE demands it.
func certified(t *testing.T) string {
	t.Helper()
	prepare := exec.CommandContext(t.Context(), "../../.ci/oidc-provider")
	var said bytes.Buffer
	prepare.Stderr = &said
	folder, err := prepare.Output()
	if err != nil {
		why := "the certified OpenID provider is not here: " + strings.TrimSpace(said.String())
		if slices.Contains(strings.Split(os.Getenv("COUNTERSIGN_REQUIRE"), ","), "oidc-provider") {
			require.FailNow(t, why)
		}
		t.Skip(why)
	}
	node := exec.Command("node", "testdata/provider/provider.mjs", strings.TrimSpace(string(folder)))
	node.Env = append(os.Environ(), "CLIENT_ID="+clientID, "CLIENT_SECRET="+secret, "REDIRECT_URI="+callback)
	node.Stderr = &said
	stdin, err := node.StdinPipe()
	require.NoError(t, err)
	stdout, err := node.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, node.Start())
	t.Cleanup(func() {
		_ = stdin.Close() // it ends with its input
		done := make(chan error, 1)
		go func() { done <- node.Wait() }()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			_ = node.Process.Kill()
			<-done
		}
	})
	lines := bufio.NewScanner(stdout)
	require.True(t, lines.Scan(), "the provider did not start: %s", &said)
	return lines.Text()
}

// person is somebody in front of the certified provider's pages, in a browser
// that keeps cookies and so stays signed in.
type person struct {
	t      *testing.T
	client *http.Client
}

func newPerson(t *testing.T) *person {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &person{t, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// signIn goes where the provider leads, naming themselves when asked, until it
// sends them back; asked counts how often it did ask.
func (p *person) signIn(address, sub, amr, acr string) (back url.Values, asked int) {
	p.t.Helper()
	for range 10 {
		if strings.HasPrefix(address, callback) {
			return query(p.t, address), asked
		}
		if strings.Contains(address, "/interaction/") {
			asked++
			address += "?" + url.Values{"sub": {sub}, "amr": {amr}, "acr": {acr}}.Encode()
		}
		r, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, address, nil)
		require.NoError(p.t, err)
		resp, err := p.client.Do(r)
		require.NoError(p.t, err)
		require.NoError(p.t, resp.Body.Close())
		next, err := resp.Location()
		require.NoError(p.t, err, "status %d at %s", resp.StatusCode, address)
		address = next.String()
	}
	require.FailNow(p.t, "the provider leads in a circle")
	return nil, 0
}

// The client works with a certified provider as it does with the stand-in, which
// could share its misunderstandings.
func TestC18_CertifiedProvider(t *testing.T) {
	issuer := certified(t)
	client := connect(t, issuer, func(c *oidc.Config) { c.Contexts = []string{"urn:example:mfa"} })
	require.NoError(t, client.Check(t.Context()))
	p := newPerson(t)
	verifier := oauth2.GenerateVerifier()
	begin := func() string {
		address, err := client.Authorize(t.Context(), "state-1", "nonce-1", verifier)
		require.NoError(t, err)
		return address
	}
	begun := time.Now().Add(-2 * time.Second)
	back, asked := p.signIn(begin(), "sub-farah", "pwd otp mfa", "urn:example:mfa")
	require.Equal(t, 1, asked)
	require.Equal(t, "state-1", back.Get("state"))
	require.Equal(t, issuer, back.Get("iss"))
	who, how, err := client.Redeem(t.Context(), back.Get("code"), back.Get("iss"), "nonce-1", verifier)
	require.NoError(t, err)
	require.Equal(t, compliance.Account{Provider: "oidc", ID: "sub-farah"}, who)
	require.Equal(t, []string{"pwd", "otp", "mfa"}, how.Methods)
	require.Equal(t, "urn:example:mfa", how.Context)
	require.False(t, how.At.Before(begun), "authenticated now: %s", how.At)
	first := how.Session
	require.Len(t, first, 32)

	_, _, err = client.Redeem(t.Context(), back.Get("code"), back.Get("iss"), "nonce-1", verifier)
	require.Equal(t, compliance.Invalid, compliance.ClassOf(err), "a code works once: %v", err)

	// Signed in already, and asked again all the same; now with one factor, which
	// the provider says.
	back, asked = p.signIn(begin(), "sub-farah", "pwd", "")
	require.Equal(t, 1, asked, "a session is not enough")
	if code := back.Get("code"); code != "" {
		_, how, err = client.Redeem(t.Context(), code, back.Get("iss"), "nonce-1", verifier)
		require.NoError(t, err)
		require.Equal(t, []string{"pwd"}, how.Methods)
		require.NotEqual(t, "urn:example:mfa", how.Context)
	} else {
		require.NotEmpty(t, back.Get("error"), "it may refuse what was asked for as essential")
	}

	for name, c := range map[string]struct {
		nonce, verifier string
		class           compliance.Class
	}{
		"another nonce":    {"nonce-2", verifier, compliance.Refused},
		"another verifier": {"nonce-1", oauth2.GenerateVerifier(), compliance.Invalid},
	} {
		back, _ = p.signIn(begin(), "sub-farah", "pwd mfa", "urn:example:mfa")
		_, _, err = client.Redeem(t.Context(), back.Get("code"), back.Get("iss"), c.nonce, c.verifier)
		require.Equal(t, c.class, compliance.ClassOf(err), "%s: %v", name, err)
	}
	// A wrong secret is a matter for an administrator.
	stranger := connect(t, issuer, func(c *oidc.Config) { c.ClientSecret = "another-secret-0123456789abcdefghij" })
	back, _ = p.signIn(begin(), "sub-farah", "pwd mfa", "urn:example:mfa")
	_, _, err = stranger.Redeem(t.Context(), back.Get("code"), back.Get("iss"), "nonce-1", verifier)
	require.Equal(t, compliance.Blocked, compliance.ClassOf(err), "%v", err)
}
