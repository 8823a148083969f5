package gateway

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/stepup"
)

// surfaceWeb is the surface of the gateway's own pages.
const surfaceWeb = "web"

// maxDecision bounds a submitted decision, in bytes, as maxAct does an act.
const maxDecision = maxAct

// show shows the decision form to whoever has just signed in.
func (p *signInPages) show(w http.ResponseWriter, r *http.Request) {
	s, form, ok := p.signedIn(w, r, r.URL.Query().Get("session"))
	if ok {
		p.form(w, r, http.StatusOK, s, form, nil, compliance.Reply{})
	}
}

// decide makes the decision an act of the process, under the same delivery for
// the same answers: sent twice, it gets its first outcome.
func (p *signInPages) decide(w http.ResponseWriter, r *http.Request) {
	if err := p.guard.Check(r); err != nil {
		p.refuse(w, r, refusedPage{http.StatusForbidden, "cross-site", "This came from another site",
			"A page that is not this installation's tried to decide for you. Nothing was recorded.", ""})
		return
	}
	if status, reason, text := p.g.readBody(w, r); status != 0 {
		p.refuse(w, r, refusedPage{status, reason, "This could not be read", "Nothing was recorded: " + text + ".", ""})
		return
	}
	if r.ContentLength > maxDecision || r.ParseForm() != nil {
		p.refuse(w, r, refusedPage{http.StatusRequestEntityTooLarge, ReasonTooLarge, "This is too long",
			"Nothing was recorded: the answers are longer than a decision can hold. Go back and shorten them.", ""})
		return
	}
	s, form, ok := p.signedIn(w, r, r.PostForm.Get("session"))
	if !ok {
		return
	}
	if subtle.ConstantTimeCompare([]byte(r.PostForm.Get("csrf")), []byte(s.CSRF)) != 1 {
		p.refuse(w, r, refusedPage{http.StatusForbidden, "csrf", "This did not come from the form",
			"Nothing was recorded; open the form again and send it from there.", p.again(s.Link)})
		return
	}
	answers := answersOf(form, r.PostForm)
	in := p.cfg.Links.Prove(compliance.Inbound{
		Delivery: deliveryOf(s.ID, answers), Surface: surfaceWeb, Actor: s.Actor,
		Subject: s.Link.Subject, Action: s.Link.Action, Ref: s.Link.Ref, Message: s.Link.Message,
		Answers: answers, Received: p.g.now().UTC(), SignIn: &s.SignIn,
	})
	reply := p.g.submit(r.Context(), in)
	if reply.Outcome == compliance.Declined && reply.Field != "" || reply.Outcome == compliance.NotRecorded {
		p.form(w, r, http.StatusUnprocessableEntity, s, form, answers, reply)
		return
	}
	p.outcome(w, r, s, form, reply)
}

// signedIn finds the session and its form; when there is none it has answered.
func (p *signInPages) signedIn(w http.ResponseWriter, r *http.Request, id string) (session, compliance.Form, bool) {
	var s session
	if !p.recall(r, kindSession, id, &s) || s.ID != id {
		p.refuse(w, r, refusedPage{http.StatusBadRequest, "no-session", "You are not signed in any more",
			"A sign-in is good for ten minutes and for one browser. Press the button on the card again; what you have recorded already stands.", ""})
		return session{}, compliance.Form{}, false
	}
	process, known := p.process(s.Link.Subject)
	form, ok := compliance.Form{}, false
	if known && process.SignsIn != nil && process.SignsIn(s.Link.Action) {
		form, ok = process.Form(s.Link.Action)
	}
	if !ok {
		p.refuse(w, r, refusedPage{http.StatusBadRequest, ReasonUnknownAction, "There is nothing to decide here",
			"This action is not known here. Nothing was recorded; open the newest card.", ""})
	}
	return s, form, ok
}

// answersOf reads the form's own fields, each with the text that stood beside it.
func answersOf(form compliance.Form, given map[string][]string) []compliance.Answer {
	var out []compliance.Answer
	for _, f := range form.Fields {
		value := strings.Join(given[fieldPrefix+f.Name], ",")
		if value == "" {
			continue
		}
		shown := f.Label
		if f.Hint != "" {
			shown += "\n" + f.Hint
		}
		for _, o := range f.Options {
			if o.Value == value {
				shown += "\n→ " + o.Label
			}
		}
		out = append(out, compliance.Answer{Name: f.Name, Value: value, Shown: shown})
	}
	return out
}

// deliveryOf is the delivery of these answers in this session. The session alone
// would give somebody who has corrected an answer the first refusal again (C16).
func deliveryOf(session string, answers []compliance.Answer) string {
	raw, _ := json.Marshal(answers) // plain texts
	return surfaceWeb + "/" + session + "/" + digest(string(raw))
}

// again is a new link for the same act, for somebody whose sign-in did not do.
func (p *signInPages) again(l stepup.Link) string {
	return p.cfg.Links.Link(compliance.Inbound{Actor: l.Account, Subject: l.Subject, Action: l.Action, Ref: l.Ref, Message: l.Message})
}
