package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/stepup"
)

// SignInProvider is the organisation's identity provider as the sign-in pages
// need it. Every error is a *compliance.Failure.
type SignInProvider interface {
	// Authorize is where a person is sent to authenticate afresh; the provider
	// sends them back to /signin/callback with the state. Nonce and verifier come
	// back to Redeem. Unavailable while the provider is down.
	Authorize(ctx context.Context, state, nonce, verifier string) (string, error)
	// Redeem turns the code that came back into who signed in and how, without
	// For and Proof. A code works once. from is the issuer that came with it.
	// Refused means that what the provider said proves nothing.
	Redeem(ctx context.Context, code, from, nonce, verifier string) (compliance.Account, compliance.SignIn, error)
}

// SignIn is what the pages need on which people sign in before they decide (C18).
type SignIn struct {
	// Links has the key and the public address, an origin such as
	// https://countersign.example. Both are mandatory.
	Links    stepup.Links
	Provider SignInProvider
	// Factors is what counts as more than one factor. The judge asks the same
	// again; here it saves people a form in vain.
	Factors rules.Factors
}

// signInVendor is the sign-in pages' name in the metrics.
const signInVendor = "signin"

// Paths below stepup.Path.
const (
	pathCallback = stepup.Path + "/callback"
	pathDecide   = stepup.Path + "/decide"
)

// signInPages serve the way from a link to a decision. They keep nothing here:
// what must be remembered is sealed in the person's browser for ten minutes.
type signInPages struct {
	g       *Gateway
	cfg     SignIn
	secure  bool   // the public address is https
	origin  string // of the public address
	guard   *http.CrossOriginProtection
	look    *look
	process func(subject string) (Process, bool)
}

// CallbackURL is the address to be registered at the provider, below the public one.
func CallbackURL(base string) string { return strings.TrimSuffix(base, "/") + pathCallback }

func newSignInPages(g *Gateway, cfg SignIn) (*signInPages, error) {
	u, err := url.Parse(cfg.Links.Base)
	switch {
	case cfg.Provider == nil || cfg.Links.Key == nil:
		return nil, errors.New("gateway: the sign-in pages need a provider and a key")
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return nil, errors.New("gateway: the public address must be an origin such as https://countersign.example, without a path")
	}
	p := &signInPages{
		g: g, cfg: cfg, secure: u.Scheme == "https", origin: u.Scheme + "://" + u.Host,
		guard: http.NewCrossOriginProtection(), process: g.processOf,
	}
	if err := p.guard.AddTrustedOrigin(p.origin); err != nil {
		return nil, fmt.Errorf("gateway: public address: %w", err)
	}
	p.look, err = newLook()
	return p, err
}

func (p *signInPages) mount(mux *http.ServeMux) {
	page := func(path string, h http.HandlerFunc) http.Handler {
		return p.g.guard(path, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			p.look.headers(w.Header(), p.secure)
			h(w, r)
		}))
	}
	mux.Handle("GET "+stepup.Path, page(stepup.Path, p.begin))
	mux.Handle("GET "+pathCallback, page(pathCallback, p.callback))
	mux.Handle("GET "+pathDecide, page(pathDecide, p.show))
	mux.Handle("POST "+pathDecide, page(pathDecide, p.decide))
}

// SignIn answers a pressed button whose act needs a sign-in: with a link for
// whoever pressed it, or, where the process is over, with where it stands. False
// means that nobody can sign in here, or not for this action: the form is then
// the way, and the judge says what it is worth.
func (g *Gateway) SignIn(ctx context.Context, in compliance.Inbound) (compliance.Reply, bool) {
	if g.signIn == nil {
		return compliance.Reply{}, false
	}
	if process, known := g.processOf(in.Subject); known && (process.SignsIn == nil || !process.SignsIn(in.Action)) {
		return compliance.Reply{}, false
	}
	if _, reply, open := g.Form(ctx, in); !open {
		return reply, true
	}
	in.SignIn = nil
	link := g.signIn.cfg.Links.Link(in)
	return compliance.Reply{
		Outcome: compliance.NotRecorded, Reason: string(rules.StepUpNeeded), Link: link,
		Text: fmt.Sprintf("This level needs a fresh sign-in with a second factor. The link is for you alone and works for %d minutes; you decide on the page it leads to.", stepup.LinkLife/time.Minute),
	}, link != ""
}

// begin verifies a link and sends the person to the provider. It changes
// nothing, so that whoever else opens the link, a preview for example, does no harm.
func (p *signInPages) begin(w http.ResponseWriter, r *http.Request) {
	link, err := p.cfg.Links.Read(r.URL.Query().Get(stepup.Param))
	switch {
	case errors.Is(err, stepup.ErrExpired):
		p.refuse(w, r, refusedPage{http.StatusGone, "link-expired", "This link has expired",
			fmt.Sprintf("It worked for %d minutes. Nothing was recorded; press the button on the card again for a new one.", stepup.LinkLife/time.Minute), ""})
		return
	case err != nil:
		p.refuse(w, r, refusedPage{http.StatusBadRequest, "link-broken", "This link cannot be used",
			"It was not made by this installation, or not copied whole. Nothing was recorded; press the button on the card again.", ""})
		return
	}
	f := newFlow(link, p.g.now())
	address, err := p.cfg.Provider.Authorize(r.Context(), f.State, f.Nonce, f.Verifier)
	if err != nil {
		p.providerFailed(w, r, err, "")
		return
	}
	if err := p.keep(w, kindFlow, f.id(), f, p.g.now().Add(stepup.LinkLife)); err != nil {
		p.broken(w, r, err)
		return
	}
	http.Redirect(w, r, address, http.StatusSeeOther)
}
