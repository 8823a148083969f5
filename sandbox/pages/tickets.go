package pages

import (
	"cmp"
	"html/template"
	"net/http"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/jira"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
)

// boardPage is all tickets, by status.
type boardPage struct {
	Groups []statusGroup
	Total  int
}

type statusGroup struct {
	Status  string
	Tone    string
	Tickets []template.HTML // a row each
}

type ticketRow struct {
	Key, Type, Title, System, Environment, Risk, Assignee, Due, Reporter string
	Updated                                                              stamp
}

func (p *Pages) ticketList(w http.ResponseWriter, r *http.Request) {
	where := zone(p.acting(r))
	issues := p.cfg.Site.Jira.Issues()
	today := p.cfg.Now().In(where).Format(time.DateOnly)
	by := map[string][]template.HTML{}
	for _, i := range slices.Backward(issues) {
		row := ticketRow{
			Key: i.Key, Type: i.Type, Title: i.Title, System: p.system(i.Fields["system"]), Environment: i.Fields["environment"],
			Risk: cmp.Or(i.Fields["risk"], i.Fields["severity"]), Assignee: p.owner(i.Assignee), Due: i.Due, Reporter: p.by(jira.Provider, i.Reporter), Updated: p.stampOf(i.Updated, where),
		}
		from := []string{today, row.Key, row.Type, row.Title, row.System, row.Environment, row.Risk, row.Assignee, row.Due, row.Reporter, row.Updated.Exact}
		part, err := p.drawn.part(from, func() (template.HTML, error) { return p.fragment("tickets.html", "row", row) })
		if err != nil {
			p.fail(w, r, http.StatusInternalServerError, "The tickets cannot be shown: "+err.Error())
			return
		}
		by[i.Status] = append(by[i.Status], part)
	}
	body := boardPage{Total: len(issues)}
	for _, status := range p.statuses() {
		if len(by[status]) > 0 {
			body.Groups = append(body.Groups, statusGroup{status, p.tone(status), by[status]})
		}
	}
	p.show(w, r, http.StatusOK, "tickets.html", page{Title: "Tickets", Section: "jira", Body: body})
}

// statuses are those of all workflows, in their order.
func (p *Pages) statuses() []string { return p.cfg.Site.Jira.SiteStatuses() }

// owner names who a ticket is assigned to, empty for nobody.
func (p *Pages) owner(account string) string {
	if account == "" {
		return ""
	}
	return p.by(jira.Provider, account)
}

// change reports whether a ticket is one that can become a change.
func (p *Pages) change(i jiratest.Issue) bool { return i.Type == p.cfg.Rules.Tickets().IssueType }

// tone colours a status by what it means to the process.
func (p *Pages) tone(status string) string {
	for logical, name := range p.cfg.Rules.Tickets().Statuses {
		if name != status {
			continue
		}
		switch logical {
		case "closed", "approved":
			return "good"
		case "rejected", "failed", "expired":
			return "bad"
		case "withdrawn", "rolled_back", "superseded":
			return "neutral"
		default:
			return "attention"
		}
	}
	kinds := p.cfg.Rules.Tickets().Kinds
	for _, kind := range compliance.TicketKinds() {
		for logical, name := range kinds[kind].Statuses {
			switch {
			case name != status:
			case kind.Ends(logical) == compliance.ResolvedDone:
				return "good"
			case kind.Ends(logical) == "":
				return "attention"
			}
		}
	}
	return "neutral"
}

func (p *Pages) system(id string) string {
	if s, ok := p.cfg.Rules.System(id); ok {
		return s.Name
	}
	return id
}
