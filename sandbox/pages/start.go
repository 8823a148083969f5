package pages

import (
	"net/http"
	"path/filepath"
	"slices"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/evidence"
)

type startPage struct {
	Steps   []step
	Trials  []step
	Dir     string
	Policy  string
	Tickets int
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
	body := startPage{Dir: filepath.Dir(p.cfg.Evidence), Policy: p.cfg.Policy}
	if p.cfg.Site.Jira != nil {
		body.Tickets = len(p.cfg.Site.Jira.Issues())
	}
	body.Open = p.open(r)
	channel := "/slack"
	if id, ok := p.cfg.Rules.Channel("changes"); ok {
		channel += "/" + id
	}
	for _, s := range []step{
		{Person: "p-jonas", Text: "opens a ticket from the template and submits it.", Where: "/jira/new", Link: "New ticket"},
		{Person: "p-bruno", Text: "presses “Approve…” on the card and confirms the three statements.", Where: channel, Link: "#changes"},
		{Person: "p-chidi", Text: "approves too: two of the platform owners are needed.", Where: channel, Link: "#changes"},
		{Person: "p-farah", Text: "of the change board approves the second level.", Where: channel, Link: "#changes"},
		{Person: "p-goran", Text: "starts the change, then reports its outcome.", Where: channel, Link: "#changes"},
		{Text: "See what remains: who did what, when, and the proof that nobody rewrote it.", Where: "/evidence", Link: "Evidence"},
	} {
		if person, ok := p.cfg.Directory.Person(s.Person); ok {
			s.Name = person.Name
		} else if s.Person != "" {
			continue // another policy has other people
		}
		body.Steps = append(body.Steps, s)
	}
	body.Trials = []step{
		{Text: "Approve a change you requested yourself: the refusal is recorded, and counts for nothing.", Where: channel, Link: "#changes"},
		{Text: "Edit the plan of an approved ticket: the approvals are void, because people approved something else.", Where: "/jira", Link: "Tickets"},
		{Text: "Move a ticket in review to “Done” by hand: the status is set back.", Where: "/jira", Link: "Tickets"},
		{Text: "Submit a ticket without a rollback, or with risk high: see what is asked, and of whom.", Where: "/jira/new", Link: "New ticket"},
		{Text: "Submit one of high risk and have its first level approved: the others are decided after a sign-in with a second factor. Try it as somebody else.", Where: "/jira/new", Link: "New ticket"},
		{Text: "Kill this program in the middle of a change (kill -9) and start it again: it goes on.", Where: "/evidence", Link: "Evidence"},
		{Text: "Change a byte of a file in the evidence directory, then verify.", Where: "/evidence/log/verify", Link: "Verify"},
	}
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
