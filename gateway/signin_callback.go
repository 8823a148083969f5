package gateway

import (
	"crypto/subtle"
	"net/http"
	"net/url"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// Bounds of what a provider sends back with a person, in bytes.
const (
	maxState = 64
	maxCode  = 4096
	maxFrom  = 1024
)

// callback takes a person back from the provider: it believes nothing but what
// the flow in their own browser asked for and the provider's signature says. The
// code works once, so a callback that is repeated ends at the provider.
//
// A crash in here loses a sign-in and no decision: there is none yet.
func (p *signInPages) callback(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	state, code, from := q.Get("state"), q.Get("code"), q.Get("iss")
	var f flow
	if len(state) < 12 || len(state) > maxState || !p.recall(r, kindFlow, state[:12], &f) ||
		subtle.ConstantTimeCompare([]byte(f.State), []byte(state)) != 1 {
		p.refuse(w, r, refusedPage{http.StatusBadRequest, "no-flow", "This sign-in is over",
			"It was begun in another browser, has taken too long, or has been used already. Nothing was recorded by it; press the button on the card again.", ""})
		return
	}
	p.forget(w, kindFlow, f.id())
	again := p.again(f.Link)
	switch {
	case q.Get("error") != "":
		p.refuse(w, r, refusedPage{http.StatusForbidden, "provider-declined", "You are not signed in",
			"The sign-in was cancelled, or your organisation's provider declined it (" + word(q.Get("error")) + "). Nothing was recorded.", again})
		return
	case code == "" || len(code) > maxCode || len(from) > maxFrom:
		p.refuse(w, r, refusedPage{http.StatusBadRequest, "malformed", "You are not signed in",
			"The provider's answer came back damaged. Nothing was recorded.", again})
		return
	}
	who, how, err := p.cfg.Provider.Redeem(r.Context(), code, from, f.Nonce, f.Verifier)
	if err != nil {
		p.providerFailed(w, r, err, again)
		return
	}
	how.For, how.Proof = f.Link.Account, ""
	bad := p.cfg.Factors.Judge(&how, p.g.now())
	if bad == rules.OK && f.Begun.Sub(how.At) > rules.SignInSkew {
		bad = rules.StepUpStale // a session from before: the provider did not ask again
	}
	if bad != rules.OK {
		p.refuse(w, r, refusedPage{http.StatusForbidden, string(bad), "This sign-in is not enough", bad.Text(), again})
		return
	}
	s := session{ID: secretText()[:12], Link: f.Link, Actor: who, SignIn: how, CSRF: secretText()}
	if err := p.keep(w, kindSession, s.ID, s, p.g.now().Add(rules.SignInAge)); err != nil {
		p.broken(w, r, err)
		return
	}
	// Away from the address with the code in it.
	http.Redirect(w, r, pathDecide+"?session="+url.QueryEscape(s.ID), http.StatusSeeOther)
}

// word is a provider's error code, such as access_denied, fit to be shown.
func word(s string) string {
	if len(s) > 40 {
		return "unknown"
	}
	return label(s)
}

// providerFailed tells what became of a question to the provider.
func (p *signInPages) providerFailed(w http.ResponseWriter, r *http.Request, err error, again string) {
	class := compliance.ClassOf(err)
	p.g.log.WarnContext(r.Context(), "the identity provider", "failure", err, "request", requestFrom(r.Context()))
	page := refusedPage{http.StatusBadGateway, "provider-" + string(class), "The sign-in did not work",
		"Your organisation's identity provider cannot be asked at the moment. Nothing was recorded; try again in a minute.", again}
	switch class {
	case compliance.Refused:
		page.status, page.text = http.StatusForbidden, "What your organisation's identity provider answered does not prove who you are. Nothing was recorded; try again, and tell an administrator if it happens twice."
	case compliance.Invalid:
		page.status, page.text = http.StatusBadRequest, "This sign-in has been used already or has taken too long. Nothing was recorded by it; sign in again."
	case compliance.Blocked, compliance.Gone:
		page.text = "This installation is not set up at your organisation's identity provider as it should be. Nothing was recorded; tell an administrator."
	}
	p.refuse(w, r, page)
}
