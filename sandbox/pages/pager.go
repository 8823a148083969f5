package pages

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/pagerduty"
	"github.com/lowcodex/countersign/integrations/pagerduty/pagerdutytest"
)

// pagerPage is what calls one person, and who is on call.
type pagerPage struct {
	Order   []compliance.Account // in which they are called
	OnCall  []dutyView
	Calls   []callView
	Mails   []mailView
	Direct  string // address of their direct messages; empty before the first
	Directs int
	Others  []bell // everybody who was called
}

type dutyView struct {
	Rotation, Person, Why string
	Mine                  bool
	Until                 *stamp
}

// callView is one incident at PagerDuty that calls the person.
type callView struct {
	pagerdutytest.Incident
	Text string
	Tone string
	At   stamp
	Open bool
}

type mailView struct {
	Subject, Text string
	At            stamp
}

// bell counts what called somebody.
type bell struct {
	Person                 compliance.PersonID
	Name                   string
	Phone, Messages, Mails int
	Ringing                int
}

func (p *Pages) pager(w http.ResponseWriter, r *http.Request) { p.showPager(w, r, http.StatusOK, "") }

func (p *Pages) showPager(w http.ResponseWriter, r *http.Request, status int, notice string) {
	acting := p.acting(r)
	where := zone(acting)
	body := pagerPage{Order: p.cfg.Rules.Reach(acting), OnCall: p.onCall(acting.ID, where), Direct: p.directPath(p.slackAccount(r)), Directs: p.directs(acting)}
	for _, i := range slices.Backward(p.calls(acting)) {
		text, _ := i.Details["text"].(string)
		v := callView{Incident: i, Text: text, At: p.stampOf(i.Created, where), Tone: "bad", Open: i.Status != pagerdutytest.Resolved}
		switch i.Status {
		case pagerdutytest.Acknowledged:
			v.Tone = "attention"
		case pagerdutytest.Resolved:
			v.Tone = "good"
		}
		body.Calls = append(body.Calls, v)
	}
	for _, m := range slices.Backward(p.cfg.Site.Mail.Mailbox(acting.Email)) {
		body.Mails = append(body.Mails, mailView{m.Subject(), strings.TrimSpace(m.Text), p.stampOf(m.At, where)})
	}
	for _, person := range p.cfg.Directory.People() {
		b := bell{Person: person.ID, Name: person.Name, Messages: p.directs(person), Mails: len(p.cfg.Site.Mail.Mailbox(person.Email))}
		for _, c := range p.calls(person) {
			b.Phone++
			if c.Status == pagerdutytest.Triggered {
				b.Ringing++
			}
		}
		if b.Phone+b.Messages+b.Mails > 0 {
			body.Others = append(body.Others, b)
		}
	}
	p.show(w, r, status, "pager.html", page{Title: "Pager", Section: "pager", Notice: notice, Body: body})
}

// calls are the incidents at PagerDuty that call a person: it calls whoever its
// own service has on call, and names the person whom the page is for.
func (p *Pages) calls(person compliance.Person) []pagerdutytest.Incident {
	account := person.Accounts[pagerduty.Provider]
	if account == "" {
		return nil
	}
	return slices.DeleteFunc(p.cfg.Site.PagerDuty.Incidents(), func(i pagerdutytest.Incident) bool {
		paged, _ := i.Details["paged"].(string)
		return cmp.Or(paged, i.Assigned) != account
	})
}

// directs counts the direct messages that call a person.
func (p *Pages) directs(person compliance.Person) int {
	if p.cfg.Site.Slack == nil {
		return 0
	}
	at := strings.TrimPrefix(p.directPath(person.Accounts["slack"]), "/slack/")
	if at == "" {
		return 0
	}
	return len(p.cfg.Site.Slack.Messages(at))
}

// onCall lists who is on call now by every rotation.
func (p *Pages) onCall(me compliance.PersonID, where *time.Location) []dutyView {
	now := p.cfg.Now()
	var out []dutyView
	for _, name := range p.cfg.Rules.Rotations() {
		v := dutyView{Rotation: name, Person: "nobody"}
		duty, _, err := p.cfg.Rules.OnCall(name, p.active, now)
		switch {
		case err != nil:
			v.Why = err.Error()
		case duty.Person != "":
			v.Person, v.Mine = p.named(duty.Person), duty.Person == me
			if !duty.Until.IsZero() {
				until := p.stampOf(duty.Until, where)
				v.Until = &until
			}
		}
		out = append(out, v)
	}
	return out
}

// active reports whether somebody is there now.
func (p *Pages) active(id compliance.PersonID) bool {
	who, ok := p.cfg.Directory.Person(id)
	return ok && who.ActiveAt(p.cfg.Now())
}

// pagerAct acknowledges or resolves at PagerDuty, as in its app.
func (p *Pages) pagerAct(w http.ResponseWriter, r *http.Request) {
	me, call := p.acting(r).Accounts[pagerduty.Provider], r.PostFormValue("call")
	var err error
	switch r.PostFormValue("do") {
	case "acknowledge":
		err = p.cfg.Site.PagerDuty.Acknowledge(me, call)
	case "resolve":
		err = p.cfg.Site.PagerDuty.Resolve(me, call)
	default:
		p.showPager(w, r, http.StatusUnprocessableEntity, "There is no such button.")
		return
	}
	if err != nil {
		text := strings.TrimPrefix(err.Error(), "pagerdutytest: ")
		p.showPager(w, r, http.StatusUnprocessableEntity, strings.ToUpper(text[:1])+text[1:]+".")
		return
	}
	http.Redirect(w, r, "/pager", http.StatusSeeOther)
}
