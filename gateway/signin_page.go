package gateway

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

//go:embed pages/signin.html
var signInHTML string

//go:embed pages/signin.css
var signInCSS string

// fieldPrefix keeps the form's fields apart from our own.
const fieldPrefix = "in."

// describeWithin bounds what the pages find out about an act before they show it.
const describeWithin = 1500 * time.Millisecond

// look is how the sign-in pages look and what a browser may do with them.
type look struct {
	page   *template.Template
	policy string
}

func newLook() (*look, error) {
	page, err := template.New("signin").Funcs(template.FuncMap{
		"style": func() template.HTML { return template.HTML("<style>" + signInCSS + "</style>") }, // our own text, named in the policy by its hash
	}).Parse(signInHTML)
	if err != nil {
		return nil, fmt.Errorf("gateway: sign-in page: %w", err)
	}
	sum := sha256.Sum256([]byte(signInCSS))
	return &look{page: page, policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"}, nil
}

// headers lets a browser run no script, load nothing, show the page in no frame
// and keep no copy.
func (l *look) headers(h http.Header, secure bool) {
	h.Set("Content-Security-Policy", l.policy)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Robots-Tag", "noindex")
	if secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// shownPage is everything that a page can show.
type shownPage struct {
	Title  string
	Tone   string // "", "good", "bad", "attention"
	Text   string
	Again  string // link to sign in once more
	Closes bool   // nothing is left to do here

	// The form.
	Form     bool
	Heading  string
	Facts    []aboutFact
	Intro    string
	Danger   bool
	Submit   string
	Fields   []shownField
	Session  string
	CSRF     string
	SignedIn string // instant, machine-readable
	SignedAt string
	Problem  string // why it was not taken
	AtField  bool   // it stands beside the field it belongs to
}

// shownField is one input.
type shownField struct {
	compliance.Field
	Input   string // name and id
	Value   string
	Problem string
}

// Chosen reports whether an option was chosen.
func (f shownField) Chosen(value string) bool { return f.Value == value }

// render writes a whole page or none.
func (p *signInPages) render(w http.ResponseWriter, status int, page shownPage) {
	var out bytes.Buffer
	if err := p.look.page.Execute(&out, page); err != nil {
		p.g.log.Error("sign-in page", "error", err)
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // the reader is gone if this fails
}

// refusedPage is why a request to the sign-in pages came to nothing. The reason
// is what is counted.
type refusedPage struct {
	status              int
	reason, title, text string
	again               string
}

// refuse counts and shows a refusal.
func (p *signInPages) refuse(w http.ResponseWriter, r *http.Request, page refusedPage) {
	p.g.Count(signInVendor, page.reason)
	p.g.log.WarnContext(r.Context(), "sign-in refused", "reason", page.reason, "status", page.status, "request", requestFrom(r.Context()))
	p.render(w, page.status, shownPage{Title: page.title, Tone: "bad", Text: page.text, Again: page.again})
}

// broken is a fault of ours.
func (p *signInPages) broken(w http.ResponseWriter, r *http.Request, err error) {
	p.g.log.ErrorContext(r.Context(), "sign-in page", "error", err, "request", requestFrom(r.Context()))
	p.refuse(w, r, refusedPage{http.StatusInternalServerError, "internal", "Something is broken here",
		"Nothing was recorded. Please tell an administrator: " + requestFrom(r.Context()) + ".", ""})
}

// form shows the decision form, with what was filled in before and why that was
// not taken.
func (p *signInPages) form(w http.ResponseWriter, r *http.Request, status int, s session, form compliance.Form, filled []compliance.Answer, reply compliance.Reply) {
	about := p.about(r, s)
	page := shownPage{
		Title: form.Title, Form: true, Heading: about.Title, Facts: about.Facts, Intro: form.Intro, Danger: form.Danger, Submit: form.Submit,
		Session: s.ID, CSRF: s.CSRF, SignedIn: s.SignIn.At.UTC().Format(time.RFC3339), SignedAt: s.SignIn.At.UTC().Format("15:04 UTC"),
		Problem: reply.Text, Text: about.Warning,
	}
	given := compliance.Inbound{Answers: filled}
	for _, f := range form.Fields {
		shown := shownField{Field: f, Input: fieldPrefix + f.Name, Value: given.Answer(f.Name)}
		if f.Name == reply.Field && reply.Text != "" {
			shown.Problem, page.AtField = reply.Text, true
		}
		page.Fields = append(page.Fields, shown)
	}
	p.render(w, status, page)
}

// outcome shows what became of the decision.
func (p *signInPages) outcome(w http.ResponseWriter, r *http.Request, s session, form compliance.Form, reply compliance.Reply) {
	page := shownPage{Title: "Recorded", Tone: "good", Text: reply.Text, Again: reply.Link, Heading: p.about(r, s).Title, Closes: true}
	status := http.StatusOK
	switch reply.Outcome {
	case compliance.Received:
		page.Title, page.Tone = "Received", "attention"
	case compliance.Declined:
		page.Title, page.Tone, status = "Not accepted", "bad", http.StatusForbidden
		p.g.Count(signInVendor, reply.Reason)
	}
	p.render(w, status, page)
}
