package pages

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/integrations/jira"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
)

// formPage is the form for a new or an edited ticket.
type formPage struct {
	Key    string // empty for a new one
	Fields []field
	Seen   string // digest of the fields as they stood when the form was shown
}

// errChanged keeps an older form from taking back what somebody else wrote since.
var errChanged = errors.New("somebody changed this ticket since you opened the form. Nothing was saved. What you wrote stands below; look at the ticket, and save again if it shall be so")

// seen is the digest of a ticket's fields.
func seen(fields map[string]string) string {
	hash := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		_, _ = fmt.Fprintf(hash, "%q=%q\n", name, fields[name]) // a hash never fails
	}
	return hex.EncodeToString(hash.Sum(nil)[:8])
}

// template is a ticket that would be admitted as it stands, so that a newcomer
// can submit at once and change it later.
func (p *Pages) template() map[string]string {
	return map[string]string{
		"title": "Raise the invoice limit", "purpose": "Larger customers are turned away.",
		"system": "sandbox", "environment": "sandbox", "risk": "medium",
		"plan": "1. Import the package\n2. Restart the flows", "test_plan": "Run the regression suite.",
		"rollback": "Import the former package.", "rollback_owner": "acc-goran", "implementer": "acc-goran",
		"rollback_tested_on": p.cfg.Now().UTC().AddDate(0, 0, -7).Format(time.DateOnly), "duration": "30m",
	}
}

func (p *Pages) ticketNew(w http.ResponseWriter, r *http.Request) {
	p.showForm(w, r, "", p.template(), nil)
}

// showForm shows the form for a ticket, with what is wrong beside its fields and
// above the form.
func (p *Pages) showForm(w http.ResponseWriter, r *http.Request, key string, values map[string]string, err error) {
	title, status, notice := "New ticket", http.StatusOK, ""
	if key != "" {
		title = "Edit " + key
	}
	body := formPage{Key: key, Fields: p.form(values, zone(p.acting(r)))}
	if issue, ok := p.cfg.Site.Jira.Issue(key); ok {
		body.Seen = seen(issue.Fields)
	}
	if err != nil {
		status, notice = http.StatusUnprocessableEntity, trackerError(err)
	}
	var wrong jiratest.FieldErrors
	if errors.As(err, &wrong) {
		notice = "Nothing was saved: " + strings.Join(beside(body.Fields, wrong), ", ") + "."
	}
	p.show(w, r, status, "ticketform.html", page{Title: title, Section: "jira", Notice: notice, Body: body})
}

// beside puts what is wrong beside its fields, and returns the names of these fields.
func beside(fields []field, wrong jiratest.FieldErrors) []string {
	var names []string
	for i, f := range fields {
		if text, ok := wrong[f.Name]; ok {
			fields[i].Error, names = text, append(names, "see "+f.Label)
		}
	}
	return names
}

func (p *Pages) ticketCreate(w http.ResponseWriter, r *http.Request) {
	acting := p.acting(r)
	values, err := p.given(r, nil, zone(acting))
	if err != nil {
		p.showForm(w, r, "", values, err)
		return
	}
	filled := maps.Clone(values)
	maps.DeleteFunc(values, func(_, v string) bool { return v == "" })
	issue, err := p.cfg.Site.Jira.CreateIssue(acting.Accounts[jira.Provider], values)
	if err == nil && r.PostFormValue("do") == "submit" {
		err = p.cfg.Site.Jira.Transition(acting.Accounts[jira.Provider], issue.Key, p.cfg.Rules.Tickets().SubmitStatus)
	}
	if err != nil {
		p.showForm(w, r, "", filled, err)
		return
	}
	http.Redirect(w, r, TicketPath+issue.Key, http.StatusSeeOther)
}

func (p *Pages) ticketEdit(w http.ResponseWriter, r *http.Request) {
	issue, ok := p.cfg.Site.Jira.Issue(r.PathValue("key"))
	if !ok || issue.Deleted || !p.change(issue) {
		p.fail(w, r, http.StatusNotFound, "There is no such ticket.")
		return
	}
	p.showForm(w, r, issue.Key, issue.Fields, nil)
}

func (p *Pages) ticketSave(w http.ResponseWriter, r *http.Request) {
	acting := p.acting(r)
	issue, ok := p.cfg.Site.Jira.Issue(r.PathValue("key"))
	if !ok || issue.Deleted || !p.change(issue) {
		p.fail(w, r, http.StatusNotFound, "There is no such ticket.")
		return
	}
	changed, err := p.given(r, issue.Fields, zone(acting))
	if was := r.PostFormValue("seen"); err == nil && was != "" && was != seen(issue.Fields) {
		err = errChanged
	}
	if err == nil && len(changed) > 0 {
		err = p.cfg.Site.Jira.EditIssue(acting.Accounts[jira.Provider], issue.Key, changed)
	}
	if err != nil {
		maps.Copy(issue.Fields, changed)
		p.showForm(w, r, issue.Key, issue.Fields, err)
		return
	}
	http.Redirect(w, r, TicketPath+issue.Key, http.StatusSeeOther)
}

// ticketAct moves a ticket, comments on it, or attaches a file to it.
func (p *Pages) ticketAct(w http.ResponseWriter, r *http.Request) {
	j, me, key := p.cfg.Site.Jira, p.acting(r).Accounts[jira.Provider], r.PathValue("key")
	var err error
	switch r.PostFormValue("do") {
	case "move":
		// Where the way's screen asks how the ticket ended, the answer goes with it.
		var fields map[string]string
		to, resolution := r.PostFormValue("status"), r.PostFormValue("resolution")
		asks := func(w jiratest.Way) bool { return w.To == to && len(w.Resolutions) > 0 }
		if resolution != "" && slices.ContainsFunc(j.Ways(key), asks) {
			fields = map[string]string{"resolution": resolution}
		}
		err = j.TransitionWith(me, key, to, fields)
	case "comment":
		text := strings.TrimSpace(strings.ReplaceAll(r.PostFormValue("text"), "\r\n", "\n"))
		if text == "" {
			err = errors.New("write something first")
			break
		}
		err = j.Comment(me, key, text)
	case "attach":
		err = p.attach(r, me, key)
	case "detach":
		err = j.Detach(me, key, r.PostFormValue("id"))
	case "delete":
		if err = j.DeleteIssue(me, key); err == nil {
			http.Redirect(w, r, "/jira", http.StatusSeeOther)
			return
		}
	default:
		err = errors.New("there is no such action")
	}
	if err != nil {
		p.showTicket(w, r, http.StatusUnprocessableEntity, trackerError(err))
		return
	}
	http.Redirect(w, r, TicketPath+key, http.StatusSeeOther)
}

// trackerError is what a person is told, without the stand-in's own prefix.
func trackerError(err error) string {
	text := strings.TrimPrefix(err.Error(), "jiratest: ")
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}
