package pages

import (
	"net/http"
	"path/filepath"
	"slices"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/evidence"
)

type startPage struct {
	Stories []storyView
	Trials  []step
	Can     []troubleView // what can be made to go wrong
	Dir     string
	Policy  string
	// Open lists what moved last and is not over, of any process.
	Open []standingRow
}

// step is something to try, as somebody, somewhere.
type step struct {
	Person compliance.PersonID // empty: as anybody
	Name   string
	Text   string
	Where  string // path of the page
	Link   string
}

func (p *Pages) start(w http.ResponseWriter, r *http.Request) {
	body := startPage{Dir: filepath.Dir(p.cfg.Evidence), Policy: p.cfg.Policy, Open: p.open(r), Stories: p.stories(), Trials: p.trials(), Can: p.troubles()}
	p.show(w, r, http.StatusOK, "start.html", page{Title: "Start", Section: "start", Body: body})
}

// maxOpen bounds what the first page lists; the evidence page lists everything.
const maxOpen = 8

// open lists what is under way. The first page is there before anything is on
// record, so evidence that cannot be read is told on its own page only.
func (p *Pages) open(r *http.Request) []standingRow {
	var under []evidence.Standing
	if err := p.read(r.Context(), func(reader *evidence.Reader) error {
		all, err := reader.Standings(r.Context(), "")
		under = slices.DeleteFunc(all, func(s evidence.Standing) bool { return s.Final || s.State == "" })
		return err
	}); err != nil {
		p.cfg.Logger.Debug("start page without evidence", "error", err)
		return nil
	}
	rows := p.rows(under, zone(p.acting(r)))
	return rows[:min(len(rows), maxOpen)]
}
