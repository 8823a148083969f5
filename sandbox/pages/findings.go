package pages

import (
	"cmp"
	"context"
	"net/http"

	"github.com/lowcodex/countersign/compliance/observation"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
)

// shownFindings bounds the list on the page; the evidence page lists everything.
const shownFindings = 6

// findingView is one finding, that an installation serves what nothing on record put there.
type findingView struct {
	standingRow
	Target string
	Status string
	Tone   string
	Card   string // address of its card
}

// findings lists the newest ones, from what is on record and what they say themselves.
func (p *Pages) findings(r *http.Request) []findingView {
	var rows []standingRow
	err := p.read(r.Context(), func(reader *evidence.Reader) error {
		all, err := reader.Standings(r.Context(), observation.Series)
		rows = p.rows(all, zone(p.acting(r)))
		return err
	})
	if err != nil {
		p.cfg.Logger.Debug("platforms without findings", "error", err)
		return nil
	}
	var views []findingView
	for _, row := range rows[:min(len(rows), shownFindings)] {
		views = append(views, p.findingOf(r.Context(), row))
	}
	return views
}

// findingOf asks the finding itself; one whose run is gone is told from its record.
func (p *Pages) findingOf(ctx context.Context, row standingRow) findingView {
	v := findingView{standingRow: row, Tone: "bad"}
	if observation.State(row.State) == observation.Explained {
		v.Tone = "good"
	}
	if p.console() == nil {
		return v
	}
	if s, err := p.console().Finding(ctx, row.Subject); err == nil {
		v.Target, v.Status = s.Found.Target, cmp.Or(s.By, "nobody has explained it")
		for _, c := range s.Cards {
			v.Card = p.cardPath(c)
		}
	}
	return v
}

// observed says how often the installations are looked at; empty where none is.
func (p *Pages) observed() string {
	var shortest policy.Observed
	for _, t := range p.cfg.Rules.Observed() {
		if shortest.Every == 0 || t.Every < shortest.Every {
			shortest = t
		}
	}
	if shortest.Every == 0 {
		return ""
	}
	return span(shortest.Every)
}

// lookNow has the installations looked at, as somebody does at the command line.
func (p *Pages) lookNow(w http.ResponseWriter, r *http.Request) {
	if p.console() == nil {
		p.showPlatforms(w, r, http.StatusServiceUnavailable, "Nobody is there to look.")
		return
	}
	if err := p.console().LookNow(r.Context()); err != nil {
		p.showPlatforms(w, r, http.StatusBadGateway, "It did not work: "+err.Error())
		return
	}
	p.Changed()
	http.Redirect(w, r, "/platforms", http.StatusSeeOther)
}
