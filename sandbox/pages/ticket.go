package pages

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/integrations/jira"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
)

// ticketView is one ticket as a person sees it.
type ticketView struct {
	jiratest.Issue
	ReporterName     string
	Tone             string
	Fields           []shownField
	Files            []attachment
	Notes            []comment
	Changes          []edit
	Submit           string // the status to submit to, empty when it is past that
	Editable         bool
	Ways             []jiratest.Way
	Resolutions      []string // what may be chosen on some way, "" among them
	Owner            string
	Subject          string // workflow id of the process that opened it
	Created, Updated stamp
	Number           string // of the change, empty before there is one
	State            string
	Card             string // address of its card
	Draft            string // a comment that could not be sent
}

type shownField struct {
	Label, Text string
	Long        bool
}

type comment struct {
	By   string
	App  bool
	At   stamp
	Text string
}

type edit struct {
	By, Field, From, To string
	At                  stamp
}

func (p *Pages) ticketPage(w http.ResponseWriter, r *http.Request) {
	p.showTicket(w, r, http.StatusOK, "")
}

func (p *Pages) showTicket(w http.ResponseWriter, r *http.Request, status int, notice string) {
	issue, ok := p.cfg.Site.Jira.Issue(r.PathValue("key"))
	if !ok || issue.Deleted {
		p.fail(w, r, http.StatusNotFound, "There is no such ticket.")
		return
	}
	v := p.ticket(r.Context(), issue, zone(p.acting(r)))
	if status >= http.StatusBadRequest {
		v.Draft = r.PostFormValue("text")
	}
	p.show(w, r, status, "ticket.html", page{Title: issue.Key + " " + issue.Title, Section: "jira", Notice: notice, Body: v})
}

func (p *Pages) ticket(ctx context.Context, i jiratest.Issue, where *time.Location) ticketView {
	j := p.cfg.Site.Jira
	v := ticketView{
		Issue: i, ReporterName: p.by(jira.Provider, i.Reporter), Files: attachments(i), Tone: p.tone(i.Status), Ways: j.Ways(i.Key), Editable: p.change(i), Owner: p.owner(i.Assignee),
		Created: p.stampOf(i.Created, where), Updated: p.stampOf(i.Updated, where), Card: p.cardOf(i.Key),
	}
	if submit := p.cfg.Rules.Tickets().SubmitStatus; v.Editable && slices.ContainsFunc(v.Ways, func(w jiratest.Way) bool { return w.To == submit }) && p.resubmittable(i.Status) {
		v.Submit = submit
	}
	for _, way := range v.Ways {
		if len(way.Resolutions) > 0 {
			v.Resolutions = append([]string{""}, way.Resolutions...)
		}
	}
	labels := map[string]string{}
	if v.Editable {
		labels = p.content(&v, where)
	} else {
		p.task(&v)
	}
	for _, c := range i.Comments {
		v.Notes = append(v.Notes, comment{p.by(jira.Provider, c.Author), c.Author == p.cfg.Rules.Tickets().BotAccount, p.stampOf(c.Created, where), j.PlainText(c.Body)})
	}
	for _, e := range slices.Backward(i.History) {
		name := labels[e.Field]
		if name == "" {
			name = label(e.Field)
		}
		v.Changes = append(v.Changes, edit{p.by(jira.Provider, e.By), name, p.account(e.From), p.account(e.To), p.stampOf(e.At, where)})
	}
	if st, ok := p.standing(ctx, i.ID); ok {
		v.Number, v.State = st.Number, strings.ReplaceAll(st.State, "_", " ")
	}
	return v
}

// content shows what a change holds, and returns the names of its fields by the
// tracker's ids.
func (p *Pages) content(v *ticketView, where *time.Location) map[string]string {
	labels := map[string]string{}
	for _, f := range p.fields() {
		labels[f.ID] = label(f.Name)
		if text := p.fieldText(f, v.Issue.Fields[f.Name], where); text != "" && f.Name != "title" {
			v.Fields = append(v.Fields, shownField{label(f.Name), text, slices.Contains(prose(), f.Name)})
		}
	}
	return labels
}

// task shows what a ticket of another kind holds.
func (p *Pages) task(v *ticketView) {
	for _, name := range slices.Sorted(maps.Keys(v.Issue.Fields)) {
		v.Fields = append(v.Fields, shownField{Label: label(name), Text: v.Issue.Fields[name]})
	}
	if v.Text != "" {
		v.Fields = append(v.Fields, shownField{"Description", p.cfg.Site.Jira.PlainText(v.Text), true})
	}
	for _, l := range v.Labels {
		if subject, ok := strings.CutPrefix(l, jira.SubjectLabel); ok {
			v.Subject = subject
		}
	}
}

// resubmittable reports whether submitting is what a person would do next.
func (p *Pages) resubmittable(status string) bool {
	for logical, name := range p.cfg.Rules.Tickets().Statuses {
		if name == status {
			return logical == "rejected" || logical == "expired"
		}
	}
	return true // a status of the workflow before ours
}

// account names the owner of an account, where a history holds one.
func (p *Pages) account(text string) string {
	if name := p.by(jira.Provider, text); text != "" {
		return name
	}
	return "nothing"
}

// standing is what is on record about a ticket's change.
func (p *Pages) standing(ctx context.Context, ticketID string) (st evidence.Standing, ok bool) {
	err := p.read(ctx, func(r *evidence.Reader) error {
		var err error
		st, err = r.Standing(ctx, "change/"+p.cfg.Rules.Tickets().Site+"/"+ticketID)
		return err
	})
	return st, err == nil
}

// cardOf finds the message that links to a ticket.
func (p *Pages) cardOf(key string) string {
	if p.cfg.Site.Slack == nil {
		return ""
	}
	for _, m := range slices.Backward(p.cfg.Site.Slack.Snapshot().Messages) {
		if m.ThreadTS == "" && !m.Deleted && m.BotID != "" && strings.Contains(string(m.Blocks), "/browse/"+key+"|") {
			return "/slack/" + m.Channel + "#m" + m.TS
		}
	}
	return ""
}
