package stepup_test

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/stepup"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func links(t testing.TB, secret string, now time.Time) stepup.Links {
	key, err := stepup.NewKey(secret)
	require.NoError(t, err)
	return stepup.Links{Key: key, Base: "https://gate.example", Now: func() time.Time { return now }}
}

const secret = "a secret of at least thirty-two bytes"

func act() compliance.Inbound {
	return compliance.Inbound{
		Delivery: "slack/V1/abc", Surface: "slack", Actor: compliance.Account{Provider: "slack", ID: "U06FARAH"},
		Subject: "change/example/10042", Action: "approve", Ref: "CHG-7.1.2.n1.0123456789ab", Message: "C01/17.0001", Received: noon,
	}
}

func token(t testing.TB, link string) string {
	u, err := url.Parse(link)
	require.NoError(t, err)
	require.Equal(t, stepup.Path, u.Path)
	return u.Query().Get(stepup.Param)
}

func TestC18_ALinkBindsOneActOfOneAccount(t *testing.T) {
	l := links(t, secret, noon)
	link := l.Link(act())
	require.True(t, strings.HasPrefix(link, "https://gate.example/signin?link="))
	require.Less(t, len(link), 700, "it must fit into a message")
	raw, err := base64.RawURLEncoding.DecodeString(token(t, link))
	require.NoError(t, err)
	for _, personal := range []string{"U06FARAH", "slack", "10042", "CHG-7"} {
		require.NotContains(t, link, personal)
		require.NotContains(t, string(raw), personal, "an address is kept in histories and logs: nothing in it may be read")
	}
	got, err := l.Read(token(t, link))
	require.NoError(t, err)
	require.Equal(t, stepup.Link{Account: act().Actor, Subject: act().Subject, Action: "approve", Ref: act().Ref, Message: act().Message}, got)

	in := act()
	in.SignIn = &compliance.SignIn{For: compliance.Account{Provider: "cli", ID: "farah"}}
	got, err = l.Read(token(t, l.Link(in)))
	require.NoError(t, err)
	require.Equal(t, in.SignIn.For, got.Account, "signing in again is for the same account")
}

func TestC18_ALinkEnds(t *testing.T) {
	made := token(t, links(t, secret, noon).Link(act()))
	_, err := links(t, secret, noon.Add(stepup.LinkLife-time.Second)).Read(made)
	require.NoError(t, err)
	_, err = links(t, secret, noon.Add(stepup.LinkLife)).Read(made)
	require.ErrorIs(t, err, stepup.ErrExpired)
	_, err = links(t, "another secret of at least 32 bytes", noon).Read(made)
	require.ErrorIs(t, err, stepup.ErrBroken)
}

func TestC18_NoLinkWhereNoneCanBeMade(t *testing.T) {
	l := links(t, secret, noon)
	for name, spoil := range map[string]func(*compliance.Inbound){
		"no account": func(in *compliance.Inbound) { in.Actor = compliance.Account{} },
		"no subject": func(in *compliance.Inbound) { in.Subject = "" },
		"no action":  func(in *compliance.Inbound) { in.Action = "" },
		"no ref":     func(in *compliance.Inbound) { in.Ref = "" },
		"too long":   func(in *compliance.Inbound) { in.Ref = strings.Repeat("x", 4000) },
	} {
		in := act()
		spoil(&in)
		require.Empty(t, l.Link(in), name)
	}
	l.Base = ""
	require.Empty(t, l.Link(act()))
	_, err := stepup.NewKey("short")
	require.ErrorContains(t, err, "at least 32")
}

// Whatever is done to a token, it is either the same token or refused.
func TestC18_TokensCannotBeAltered(t *testing.T) {
	l := links(t, secret, noon)
	made := token(t, l.Link(act()))
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(0, len(made)-1).Draw(t, "at")
		c := rapid.SampledFrom([]byte("ABCxyz019-_=. ")).Draw(t, "char")
		altered := made[:at] + string(c) + made[at+1:]
		_, err := l.Read(altered)
		if altered == made {
			require.NoError(t, err)
			return
		}
		require.ErrorIs(t, err, stepup.ErrBroken)
	})
	for _, bad := range []string{"", "A", made[:len(made)-1], made + "A", made + made, strings.Repeat("A", 100_000)} {
		_, err := l.Read(bad)
		require.ErrorIs(t, err, stepup.ErrBroken)
	}
	// What was sealed for something else is no link.
	other, err := l.Key.Seal("cookie", stepup.Link{Account: act().Actor, Subject: "s", Action: "a", Ref: "r"}, noon.Add(time.Hour))
	require.NoError(t, err)
	_, err = l.Read(other)
	require.ErrorIs(t, err, stepup.ErrBroken)
	empty, err := l.Key.Seal("link", stepup.Link{}, noon.Add(time.Hour))
	require.NoError(t, err)
	_, err = l.Read(empty)
	require.ErrorIs(t, err, stepup.ErrBroken)
	_, err = l.Key.Seal("link", strings.Repeat("x", 4000), noon)
	require.ErrorContains(t, err, "that fit")
}

func signedIn() compliance.Inbound {
	in := act()
	in.Surface, in.Actor = "web", compliance.Account{Provider: "oidc", ID: "sub-farah"}
	in.Answers = []compliance.Answer{{Name: "tests", Value: "yes", Shown: "I have."}, {Name: "risk", Value: "yes"}}
	in.SignIn = &compliance.SignIn{
		At: noon.Add(-time.Minute), Methods: []string{"pwd", "mfa"}, Context: "phrh", Session: "5e55", Issuer: "https://id.example", For: act().Actor,
	}
	return in
}

// A proof holds for exactly one act, also after it has been stored.
func TestC18_AProofIsForOneAct(t *testing.T) {
	l := links(t, secret, noon)
	proven := l.Prove(signedIn())
	require.True(t, l.Proven(proven))
	require.Empty(t, signedIn().SignIn.Proof)
	stored, err := json.Marshal(proven)
	require.NoError(t, err)
	var back compliance.Inbound
	require.NoError(t, json.Unmarshal(stored, &back))
	require.True(t, l.Proven(back))
	require.False(t, links(t, "another secret of at least 32 bytes", noon).Proven(proven))
	require.False(t, stepup.Links{}.Proven(proven), "no key, no belief")
	require.False(t, l.Proven(act()), "nothing to prove")
	require.Equal(t, act(), l.Prove(act()))

	for name, spoil := range map[string]func(*compliance.Inbound){
		"no proof":         func(in *compliance.Inbound) { in.SignIn.Proof = "" },
		"broken proof":     func(in *compliance.Inbound) { in.SignIn.Proof = in.SignIn.Proof[1:] },
		"delivery":         func(in *compliance.Inbound) { in.Delivery += "x" },
		"surface":          func(in *compliance.Inbound) { in.Surface = "slack" },
		"provider":         func(in *compliance.Inbound) { in.Actor.Provider = "cli" },
		"actor":            func(in *compliance.Inbound) { in.Actor.ID = "sub-alice" },
		"subject":          func(in *compliance.Inbound) { in.Subject = "change/example/10043" },
		"action":           func(in *compliance.Inbound) { in.Action = "deny" },
		"ref":              func(in *compliance.Inbound) { in.Ref = "CHG-8.1.2.n1.0123456789ab" },
		"message":          func(in *compliance.Inbound) { in.Message = "" },
		"received":         func(in *compliance.Inbound) { in.Received = in.Received.Add(time.Nanosecond) },
		"acted":            func(in *compliance.Inbound) { in.Acted = noon },
		"an answer":        func(in *compliance.Inbound) { in.Answers[0].Value = "no" },
		"what was shown":   func(in *compliance.Inbound) { in.Answers[0].Shown = "" },
		"an answer less":   func(in *compliance.Inbound) { in.Answers = in.Answers[:1] },
		"moved text":       func(in *compliance.Inbound) { in.Answers[0].Name, in.Answers[0].Value = "test", "syes" },
		"authenticated at": func(in *compliance.Inbound) { in.SignIn.At = noon },
		"methods":          func(in *compliance.Inbound) { in.SignIn.Methods = []string{"mfa"} },
		"joined methods":   func(in *compliance.Inbound) { in.SignIn.Methods = []string{"pwdmfa"} },
		"context":          func(in *compliance.Inbound) { in.SignIn.Context = "" },
		"session":          func(in *compliance.Inbound) { in.SignIn.Session = "" },
		"issuer":           func(in *compliance.Inbound) { in.SignIn.Issuer = "" },
		"whose link":       func(in *compliance.Inbound) { in.SignIn.For.ID = "U01ALICE" },
	} {
		in := l.Prove(signedIn())
		spoil(&in)
		require.False(t, l.Proven(in), name)
	}
}

// What a link's token is read as, nobody but us has made: the parser takes any
// text without falling over, and accepts only what seals to the same link.
func FuzzLink(f *testing.F) {
	l := links(f, secret, noon)
	good := token(f, l.Link(act()))
	for _, s := range []string{good, good[:40], "", "AAAA", strings.Repeat("A", 5000), "%", good + "="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := l.Read(s)
		if err != nil {
			require.Equal(t, stepup.Link{}, got)
			return
		}
		again, err := l.Read(token(t, l.Link(compliance.Inbound{Actor: got.Account, Subject: got.Subject, Action: got.Action, Ref: got.Ref, Message: got.Message})))
		require.NoError(t, err)
		require.Equal(t, got, again)
	})
}
