package pages

import (
	"errors"
	"net"
	"net/http"
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

// maxBody bounds a form: the largest is a ticket with several long texts.
const maxBody = 1 << 20

// guard lets only this machine's own pages act. The server listens on loopback,
// but any page of the web can make a browser send a request there: what changes
// something must come from our own origin, and the host must be a loopback name,
// so that no foreign name that resolves to loopback becomes our origin.
func (p *Pages) guard(next http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "this request came from another site and was not carried out", http.StatusForbidden)
	}))
	checked := origin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "+
			"img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if !loopback(r.Host) {
			http.Error(w, "open these pages by a loopback address such as 127.0.0.1", http.StatusMisdirectedRequest)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		checked.ServeHTTP(w, r)
	})
}

// formed reads a form before anybody asks who acts, and has the browser stay with the
// person the form was shown to.
func (p *Pages) formed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var large *http.MaxBytesError
		err := r.ParseForm()
		if err == nil && strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
			err = r.ParseMultipartForm(maxBody)
		}
		switch {
		case errors.As(err, &large):
			p.fail(w, r, http.StatusRequestEntityTooLarge, "That is more than a form takes, which is 1 MB. Nothing was done: go back and shorten it.")
			return
		case err != nil:
			p.fail(w, r, http.StatusBadRequest, "The form could not be read, and nothing was done: "+err.Error()+".")
			return
		}
		if id := r.PostForm.Get(actingField); id != "" && id != chosen(r) {
			if person, ok := p.cfg.Directory.Person(compliance.PersonID(id)); ok {
				choose(w, person.ID)
			}
		}
		next.ServeHTTP(w, r)
	})
}

func loopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if host == "localhost" {
		return true
	}
	if len(host) > 1 && host[0] == '[' {
		host = host[1 : len(host)-1]
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
