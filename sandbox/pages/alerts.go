package pages

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/sandbox/standin"
)

// source is whose words the form's severities are, as the policy knows it.
const source = "alertmanager"

// alertsPage is what monitoring noticed, and what became of it.
type alertsPage struct {
	Systems    []option
	Severities []option
	Alerts     []alertView
	Incidents  []incidentView
}

type alertView struct {
	standin.Alert
	At         int // in the list of alerts
	SystemName string
	SinceAt    stamp
	OverAt     *stamp
}

// incidentView is one incident as it stands.
type incidentView struct {
	standingRow
	Title, Severity, Tone string
	Owner                 string // who acknowledged it
	Paged                 []string
	Next                  *stamp // when somebody is paged next
	Silent                bool   // only unless a word comes
	Room, Ticket, Card    string // addresses
	Trouble               []string
}

func (p *Pages) alerts(w http.ResponseWriter, r *http.Request) { p.showAlerts(w, r, http.StatusOK, "") }

func (p *Pages) showAlerts(w http.ResponseWriter, r *http.Request, status int, notice string) {
	where := zone(p.acting(r))
	body := alertsPage{Severities: severities(), Incidents: p.incidents(r.Context(), where)}
	for _, s := range p.cfg.Rules.Systems() {
		body.Systems = append(body.Systems, option{Value: s.ID, Label: s.Name, Chosen: s.ID == exampleSystem})
	}
	for i, a := range p.cfg.Site.Monitoring.Alerts() {
		v := alertView{Alert: a, At: i, SystemName: p.system(a.System), SinceAt: p.stampOf(a.Since, where)}
		if !a.Over.IsZero() {
			over := p.stampOf(a.Over, where)
			v.OverAt = &over
		}
		body.Alerts = append(body.Alerts, v)
	}
	slices.Reverse(body.Alerts)
	p.show(w, r, status, "alerts.html", page{Title: "Alerts", Section: "alerts", Notice: notice, Body: body})
}

// exampleSystem is what the form's text is about.
const exampleSystem = "order-portal"

// severities are Prometheus's usual words, the worst first.
func severities() []option {
	return []option{
		{Value: "critical", Label: "critical"}, {Value: "error", Label: "error"},
		{Value: "warning", Label: "warning"}, {Value: "info", Label: "info"},
	}
}

// alertAct has monitoring notice something, or that it is over.
func (p *Pages) alertAct(w http.ResponseWriter, r *http.Request) {
	a := standin.Alert{
		Name: strings.TrimSpace(r.PostFormValue("name")), System: r.PostFormValue("system"), Severity: r.PostFormValue("severity"),
		Summary: strings.TrimSpace(r.PostFormValue("summary")), Target: r.PostFormValue("target"),
	}
	if _, here := p.cfg.Rules.PatchTarget(a.Target); a.Target != "" && !here {
		p.showAlerts(w, r, http.StatusUnprocessableEntity, "The policy knows no such installation.")
		return
	}
	known := func(all []option, value string) bool {
		return slices.ContainsFunc(all, func(o option) bool { return o.Value == value })
	}
	if a.Name == "" || len(a.Name) > 200 || len(a.Summary) > 2000 || !known(severities(), a.Severity) {
		p.showAlerts(w, r, http.StatusUnprocessableEntity, "Say what is wrong, in a line, and how bad it is.")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), alertWithin)
	defer cancel()
	var err error
	if r.PostFormValue("do") == "resolve" {
		err = p.cfg.Site.Monitoring.Resolve(ctx, a)
	} else {
		err = p.cfg.Site.Monitoring.Fire(ctx, a)
	}
	if err != nil {
		p.showAlerts(w, r, http.StatusBadGateway, "The gateway did not take it; it is sent again with the next one: "+err.Error())
		return
	}
	http.Redirect(w, r, "/alerts", http.StatusSeeOther)
}

// alertWithin bounds the sending of an alert with its repetitions.
const alertWithin = 20 * time.Second

// shownIncidents bounds the list on the page; the evidence page lists everything.
const shownIncidents = 8

// incidents lists the newest incidents as their processes tell them.
func (p *Pages) incidents(ctx context.Context, where *time.Location) []incidentView {
	var rows []standingRow
	err := p.read(ctx, func(reader *evidence.Reader) error {
		all, err := reader.Standings(ctx, incident.Series)
		rows = p.rows(all, where)
		return err
	})
	if err != nil {
		p.cfg.Logger.Debug("alerts without evidence", "error", err)
	}
	var out []incidentView
	for _, row := range rows[:min(len(rows), shownIncidents)] {
		out = append(out, p.incidentOf(ctx, row, where))
	}
	return out
}

func (p *Pages) incidentOf(ctx context.Context, row standingRow, where *time.Location) incidentView {
	v := incidentView{standingRow: row, Tone: incidentTone(incident.State(row.State))}
	if p.console() == nil {
		return v
	}
	s, err := p.console().Incident(ctx, row.Subject)
	if err != nil {
		return v
	}
	v.Title, v.Severity, v.StateText, v.Tone, v.Trouble = s.Title, string(s.Severity), strings.ReplaceAll(string(s.State), "_", " "), incidentTone(s.State), s.Trouble
	if s.Owner != "" {
		v.Owner = p.named(s.Owner)
	}
	for _, page := range s.Paged {
		text := p.named(page.Person) + ", " + strings.ReplaceAll(string(page.Reach), "_", " ")
		if n := len(page.Attempts); n > 0 {
			text += " by " + page.Attempts[n-1].Channel
		}
		v.Paged = append(v.Paged, text)
	}
	if s.State.Pages() && s.Next.Do == incident.Wait && !s.Next.At.IsZero() {
		next := p.stampOf(s.Next.At, where)
		v.Next, v.Silent = &next, s.State == incident.Acknowledged
	}
	if s.Room != "" && p.cfg.Site.Slack != nil {
		v.Room = "/slack/" + s.Room
	}
	if s.Ticket.Key != "" && p.cfg.Site.Jira != nil {
		v.Ticket = s.Ticket.Key
	}
	for _, c := range s.Cards {
		v.Card = p.cardPath(c)
	}
	return v
}

func incidentTone(s incident.State) string {
	switch s {
	case incident.Triggered:
		return "bad"
	case incident.Acknowledged, incident.Resolved, incident.Reviewed:
		return "attention"
	case incident.Closed:
		return "good"
	}
	return "neutral"
}
