package pages

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/evidence"
)

// vendorsPage is what vendors owe, with the ladder of each document.
type vendorsPage struct {
	Documents []documentView
	Vendors   []option
	Classes   []option
	Due       []option // in how many days a new document is needed
	Running   bool
	Channel   string // address of the channel for reminders
}

// documentView is one document as its tracker tells it.
type documentView struct {
	standingRow
	Vendor, Title, Tone string
	Owner               string
	Ends                string // last covered day, or the day it is needed by
	Last                string // the last reminder
	Next                string // what comes next, and when
	NextAt              *stamp
	Ladder              []rungView
	Asks                []string // conditions on changes
	Ticket, Card        string
	Renewal             string
}

type rungView struct {
	Name, Day, Asks, Tells string
	Past, Next             bool
}

func (p *Pages) vendors(w http.ResponseWriter, r *http.Request) {
	p.showVendors(w, r, http.StatusOK, "")
}

func (p *Pages) showVendors(w http.ResponseWriter, r *http.Request, status int, notice string) {
	artefacts, ok := p.cfg.Rules.Artefacts()
	if !ok {
		p.fail(w, r, http.StatusNotFound, "The policy says nothing about what vendors owe.")
		return
	}
	body := vendorsPage{Running: p.console() != nil, Documents: p.documents(r.Context(), zone(p.acting(r))), Due: dueIn()}
	for _, v := range p.cfg.Rules.Vendors() {
		body.Vendors = append(body.Vendors, option{Value: v.ID, Label: v.Name})
	}
	for _, name := range p.cfg.Rules.ArtefactClasses() {
		class, _ := p.cfg.Rules.ArtefactClass(name)
		body.Classes = append(body.Classes, option{Value: name, Label: class.Title})
	}
	if id, ok := p.cfg.Rules.Channel(artefacts.Channel); ok && p.cfg.Site.Slack != nil {
		body.Channel = "/slack/" + id
	}
	p.show(w, r, status, "vendors.html", page{Title: "Vendors", Section: "vendors", Notice: notice, Body: body})
}

// dueIn are the days until a new document is needed; each makes another rung due now.
func dueIn() []option {
	return []option{
		{Value: "60", Label: "in 60 days"}, {Value: "30", Label: "in 30 days", Chosen: true}, {Value: "14", Label: "in 14 days"},
		{Value: "7", Label: "in 7 days"}, {Value: "1", Label: "tomorrow"}, {Value: "0", Label: "today"},
	}
}

// documents lists what is tracked, by vendor.
func (p *Pages) documents(ctx context.Context, where *time.Location) []documentView {
	var rows []standingRow
	err := p.read(ctx, func(reader *evidence.Reader) error {
		all, err := reader.Standings(ctx, "CER")
		rows = p.rows(all, where)
		return err
	})
	if err != nil {
		p.cfg.Logger.Debug("vendors without evidence", "error", err)
	}
	out := make([]documentView, len(rows))
	var all sync.WaitGroup
	for i, row := range rows {
		all.Go(func() { out[i] = p.documentOf(ctx, row, where) })
	}
	all.Wait()
	slices.SortStableFunc(out, func(a, b documentView) int { return strings.Compare(a.Vendor+a.Subject, b.Vendor+b.Subject) })
	return out
}

func (p *Pages) documentOf(ctx context.Context, row standingRow, where *time.Location) documentView {
	v := documentView{standingRow: row, Title: row.Subject, Tone: certificationTone(certification.State(row.State))}
	if p.console() == nil {
		return v
	}
	s, err := p.console().Certification(ctx, row.Subject)
	if err != nil {
		return v
	}
	v.Vendor, v.Title, v.Owner, v.Tone = p.vendor(s.Vendor), s.Title, p.named(s.Owner), certificationTone(s.State)
	v.StateText, v.Renewal = strings.ReplaceAll(string(s.State), "_", " "), strings.ReplaceAll(string(s.Renewal), "_", " ")
	last := s.NeededBy
	switch {
	case !s.Coverage.IsZero():
		last = s.Coverage.To
		v.Ends = "covered until " + last.String()
	case !last.IsZero():
		v.Ends = "needed by " + last.String()
	}
	if s.Grace != nil {
		v.Ends += ", grace until " + s.Grace.Until.String()
	}
	if s.Rung != "" {
		v.Last = offsetText(s.Rung)
	}
	if !s.Wake.IsZero() {
		wake := p.stampOf(s.Wake, where)
		v.NextAt = &wake
	}
	v.Ladder = p.ladder(p.classOf(s.Vendor, s.Artefact), last, zoneNamed(s.Zone), s.Rung)
	for _, r := range v.Ladder {
		if r.Next {
			v.Next = r.Name + ": " + r.Asks
		}
	}
	for _, c := range s.Conditions {
		v.Asks = append(v.Asks, c.Reason.Text())
	}
	if p.cfg.Site.Jira != nil {
		v.Ticket = s.Ticket.Key
	}
	for _, c := range s.Cards {
		v.Card = p.cardPath(c)
	}
	return v
}

func certificationTone(s certification.State) string {
	switch s {
	case certification.Valid:
		return "good"
	case certification.Expired, certification.Missing:
		return "bad"
	}
	return "attention"
}

func (p *Pages) vendor(id string) string {
	if v, ok := p.cfg.Rules.Vendor(id); ok {
		return v.Name
	}
	return id
}

// classOf is the class of a document of the policy, or of one that was added here,
// whose id begins with it.
func (p *Pages) classOf(vendor, artefact string) string {
	if v, ok := p.cfg.Rules.Vendor(vendor); ok {
		if a, ok := v.Artefact(artefact); ok {
			return a.Class
		}
	}
	for _, name := range p.cfg.Rules.ArtefactClasses() {
		if strings.HasPrefix(artefact, name) {
			return name
		}
	}
	return ""
}
