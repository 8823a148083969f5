package pages

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/lowcodex/countersign/sandbox/console"
	"github.com/lowcodex/countersign/sandbox/trouble"
)

// Troubles that pages heed: people cannot act at a vendor that is down.
const (
	downSlack = "slack"
	downJira  = "jira"
	// deadWorker answers no question about a process.
	deadWorker = "worker"
)

// troubleView is one thing that can go wrong, and how it stands.
type troubleView struct {
	trouble.Trouble
	Now string // empty while all is well
}

func (p *Pages) troubles() []troubleView {
	var all []troubleView
	for _, t := range p.cfg.Troubles.All() {
		all = append(all, troubleView{t, t.Lasts()})
	}
	return all
}

func lasting(all []troubleView) []troubleView {
	return slices.DeleteFunc(all, func(t troubleView) bool { return t.Now == "" })
}

// troubleWithin bounds the beginning and the undoing: a worker may have to start.
const troubleWithin = 90 * time.Second

// troubleAct begins or undoes a trouble and goes back to the page it was pressed on.
func (p *Pages) troubleAct(w http.ResponseWriter, r *http.Request) {
	// It is carried out whole, also when the browser does not wait for it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), troubleWithin)
	defer cancel()
	do := p.cfg.Troubles.Begin
	if r.PostFormValue("do") == "end" {
		do = p.cfg.Troubles.End
	}
	switch ok, err := do(ctx, r.PathValue("name")); {
	case !ok:
		p.fail(w, r, http.StatusNotFound, "There is no such trouble here.")
	case err != nil:
		p.fail(w, r, http.StatusInternalServerError, "That did not work: "+err.Error())
	default:
		http.Redirect(w, r, ownPath(r.PostFormValue("back")), http.StatusSeeOther)
	}
}

// unless lets people act on a vendor's pages unless that vendor is down.
func (p *Pages) unless(down string, act http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if now := p.cfg.Troubles.Lasts(down); now != "" {
			p.fail(w, r, http.StatusServiceUnavailable, now+" Nothing was done. Bring it up again and go back.")
			return
		}
		act(w, r)
	}
}

// console asks processes, nil while nobody could answer: a page then shows what is on
// record, at once, instead of waiting for each answer that does not come.
func (p *Pages) console() *console.Console {
	if p.cfg.Troubles.Lasts(deadWorker) != "" {
		return nil
	}
	return p.cfg.Console
}
