package oidctest

import (
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// request is a sign-in that was asked for and is not answered yet.
type request struct {
	redirect, state, nonce, challenge string
	contexts                          []string
	until                             time.Time
}

//go:embed pages/signin.html
var pageText string

var challengePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// authorize checks what was asked and shows who can sign in. What is wrong with
// the application or its address is shown here; everything else goes back to it.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s.mu.Lock()
	registered := slices.Contains(s.o.RedirectURLs, q.Get("redirect_uri"))
	s.mu.Unlock()
	switch {
	case q.Get("client_id") != s.o.ClientID:
		http.Error(w, "this application is not known here", http.StatusBadRequest)
		return
	case !registered:
		http.Error(w, "the application may not send people to this address; register it first", http.StatusBadRequest)
		return
	}
	in := request{
		redirect: q.Get("redirect_uri"), state: q.Get("state"), nonce: q.Get("nonce"), challenge: q.Get("code_challenge"),
		contexts: strings.Fields(q.Get("acr_values")), until: s.o.Now().Add(requestLife),
	}
	why := ""
	switch {
	case q.Get("response_type") != "code":
		why = "unsupported_response_type"
	case !slices.Contains(strings.Fields(q.Get("scope")), "openid"):
		why = "invalid_scope"
	case q.Get("code_challenge_method") != "S256" || !challengePattern.MatchString(in.challenge), in.state == "", in.nonce == "",
		!slices.Contains(strings.Fields(q.Get("prompt")), "login") && q.Get("max_age") != "0":
		why = "invalid_request"
	}
	if why != "" {
		s.back(w, r, in, url.Values{"error": {why}})
		return
	}
	id := fresh()
	s.mu.Lock()
	err := prune(s.requests, func(old request) bool { return s.o.Now().After(old.until) })
	if err == nil {
		s.requests[id] = in
	}
	s.mu.Unlock()
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	page, err := template.New("signin").Parse(pageText)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
	_ = page.Execute(w, map[string]any{"ID": id, "People": s.o.People}) // the reader is gone if this fails
}

// choose is the answer of the page: who, and with which factors. A request is
// answered once.
func (s *Server) choose(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form cannot be read", http.StatusBadRequest)
		return
	}
	id := r.PostFormValue("request")
	s.mu.Lock()
	in, ok := s.requests[id]
	delete(s.requests, id)
	fault := s.fault
	s.mu.Unlock()
	if !ok || s.o.Now().After(in.until) {
		http.Error(w, "this sign-in is over; begin again where you came from", http.StatusBadRequest)
		return
	}
	if r.PostFormValue("do") == "cancel" {
		s.back(w, r, in, url.Values{"error": {"access_denied"}})
		return
	}
	person, ok := s.person(r.PostFormValue("person"))
	if !ok {
		http.Error(w, "nobody of that name can sign in here", http.StatusBadRequest)
		return
	}
	if fault == SomebodyElse {
		person = s.o.People[(slices.Index(s.o.People, person)+1)%len(s.o.People)]
	}
	code := fresh()
	g := grant{request: in, person: person, second: r.PostFormValue("do") == "second", at: s.o.Now(), until: s.o.Now().Add(codeLife), session: fresh()}
	s.mu.Lock()
	err := prune(s.codes, func(old grant) bool { return s.o.Now().After(old.until.Add(requestLife)) })
	if err == nil {
		s.codes[code] = g
	}
	s.mu.Unlock()
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	s.back(w, r, in, url.Values{"code": {code}})
}

// back sends the person back to the application.
func (s *Server) back(w http.ResponseWriter, r *http.Request, in request, with url.Values) {
	with.Set("state", in.state)
	with.Set("iss", s.issuer(r))
	s.mu.Lock()
	if s.fault == StolenResponse {
		with.Set("iss", "https://elsewhere.invalid")
	}
	s.mu.Unlock()
	http.Redirect(w, r, in.redirect+"?"+with.Encode(), http.StatusSeeOther)
}
