package gateway

import (
	"crypto/rand"
	"math"
	"net/http"
	"regexp"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/stepup"
)

// flow is what is remembered while a person is at the provider.
type flow struct {
	Link     stepup.Link `json:"l"`
	State    string      `json:"s"`
	Nonce    string      `json:"n"`
	Verifier string      `json:"v"`
	Begun    time.Time   `json:"b"`
}

// session is what is remembered while a signed-in person reads and decides.
type session struct {
	ID     string             `json:"i"`
	Link   stepup.Link        `json:"l"`
	Actor  compliance.Account `json:"a"`
	SignIn compliance.SignIn  `json:"s"`
	CSRF   string             `json:"c"`
}

// What a cookie holds, which is also the purpose it is sealed for.
const (
	kindFlow    = "flow"
	kindSession = "session"
)

var idPattern = regexp.MustCompile(`^[a-z2-7]{12}$`)

// secretText is a new text of at least 128 random bits.
func secretText() string { return strings.ToLower(rand.Text()) }

func newFlow(link stepup.Link, now time.Time) flow {
	return flow{Link: link, State: secretText(), Nonce: secretText(), Verifier: oauth2.GenerateVerifier(), Begun: now.UTC()}
}

// id names the flow's cookie, so that two sign-ins in two tabs do not take each
// other's place. It is the beginning of the state, of which enough stays secret.
func (f flow) id() string { return f.State[:12] }

// cookieName is bound to this host and to https by its prefix, where there is https.
func (p *signInPages) cookieName(kind, id string) string {
	name := "countersign-" + kind + "-" + id
	if p.secure {
		return "__Host-" + name
	}
	return name
}

// keep seals a value in the person's browser until the instant.
func (p *signInPages) keep(w http.ResponseWriter, kind, id string, v any, until time.Time) error {
	token, err := p.cfg.Links.Key.Seal(kind, v, until)
	if err != nil {
		return err
	}
	http.SetCookie(w, p.cookie(kind, id, token, int(math.Ceil(until.Sub(p.g.now()).Seconds()))))
	return nil
}

// forget removes a cookie.
func (p *signInPages) forget(w http.ResponseWriter, kind, id string) {
	http.SetCookie(w, p.cookie(kind, id, "", -1))
}

// cookie is unreadable for scripts, and not sent from other sites, except when
// a person is led here from one, as the provider does.
func (p *signInPages) cookie(kind, id, token string, seconds int) *http.Cookie {
	return &http.Cookie{
		Name: p.cookieName(kind, id), Value: token, Path: "/", MaxAge: seconds,
		HttpOnly: true, Secure: p.secure, SameSite: http.SameSiteLaxMode,
	}
}

// recall opens what keep has sealed; false when there is nothing, it is over or
// it is not ours.
func (p *signInPages) recall(r *http.Request, kind, id string, v any) bool {
	if !idPattern.MatchString(id) {
		return false
	}
	c, err := r.Cookie(p.cookieName(kind, id))
	return err == nil && p.cfg.Links.Key.Open(kind, c.Value, p.g.now(), v) == nil
}
