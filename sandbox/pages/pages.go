// Package pages is what a person opens to try the product: a page for each
// vendor's stand-in, one for the evidence, and a choice of whom to act as. It
// keeps no state of its own: everything shown is the stand-ins' or the log's,
// and every act goes through the stand-ins to the product, as a signed request.
package pages

import (
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/lowcodex/countersign/integrations/jira"
	"github.com/lowcodex/countersign/integrations/pagerduty"
	"github.com/lowcodex/countersign/integrations/slack"
	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/sandbox/console"
	"github.com/lowcodex/countersign/sandbox/standin"
	"github.com/lowcodex/countersign/sandbox/trouble"
)

// TicketPath is where a ticket's page is; its key follows.
const TicketPath = "/jira/"

// Config says what to show. Everything is mandatory but Console, Troubles,
// TemporalUI and Now.
type Config struct {
	// Site holds the stand-ins; of one that is nil the real vendor is used, and
	// there is no page for it.
	Site      *standin.Site
	Rules     *policy.Rules
	Directory *policy.Directory
	// Console begins what people begin at the command line, and asks how something
	// stands; nil shows only what stand-ins and log hold.
	Console *console.Console
	// Evidence, Anchors and Policy are directories.
	Evidence string
	Anchors  string
	Policy   string
	// Troubles are what can be made to go wrong here; nil for nothing.
	Troubles *trouble.Troubles
	// TemporalUI is the address of Temporal's own interface; empty hides the link.
	TemporalUI string
	Logger     *slog.Logger
	// Now is the clock by which "today" is told; default time.Now.
	Now func() time.Time
}

// Pages is an http.Handler for the whole site.
type Pages struct {
	cfg       Config
	handler   http.Handler
	templates map[string]*template.Template
	hub       *hub
	drawn     drawn
	verifying sync.Mutex // one verification at a time: it reads the whole log
}

// New checks the configuration and prepares the pages.
func New(c Config) (*Pages, error) {
	if c.Site == nil || c.Rules == nil || c.Directory == nil || c.Evidence == "" || c.Logger == nil {
		return nil, errors.New("pages: the configuration is not complete")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	p := &Pages{cfg: c, hub: newHub()}
	var err error
	if p.templates, err = parseTemplates(); err != nil {
		return nil, err
	}
	p.handler = p.guard(p.formed(p.routes()))
	return p, nil
}

// ServeHTTP implements http.Handler.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }

// Changed tells open pages that something else may be on record now. It may be
// called from anywhere and never waits.
func (p *Pages) Changed() { p.hub.changed() }

func (p *Pages) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.start)
	mux.HandleFunc("POST /act-as", p.actAs)
	mux.HandleFunc("POST /trouble/{name}", p.troubleAct)
	mux.HandleFunc("GET /events", p.events)
	mux.Handle("GET /docs", http.RedirectHandler("/docs/"+firstDoc, http.StatusSeeOther))
	mux.HandleFunc("GET /docs/{page...}", p.doc)
	mux.Handle("GET /static/", static())
	mux.HandleFunc("GET /evidence", p.evidenceList)
	mux.HandleFunc("GET /evidence/log/verify", p.evidenceVerify)
	mux.HandleFunc("GET /evidence/blob/{digest}", p.evidenceBlob)
	mux.HandleFunc("GET /evidence/subject/{subject...}", p.evidenceSubject)
	mux.HandleFunc("GET /evidence/{number}", p.evidenceNumber)
	if p.cfg.Site.Slack != nil {
		mux.HandleFunc("GET /slack", p.slackHome)
		mux.HandleFunc("GET /slack/{channel}", p.slackChannel)
		mux.HandleFunc("POST /slack/{channel}", p.unless(downSlack, p.linked(slack.Provider, "Slack", p.slackAct)))
	}
	if p.cfg.Site.Jira != nil {
		mux.HandleFunc("GET /jira", p.ticketList)
		mux.HandleFunc("GET /jira/new", p.ticketNew)
		mux.HandleFunc("POST /jira/new", p.unless(downJira, p.linked(jira.Provider, "Jira", p.ticketCreate)))
		mux.HandleFunc("GET /jira/{key}", p.ticketPage)
		mux.HandleFunc("POST /jira/{key}", p.unless(downJira, p.linked(jira.Provider, "Jira", p.ticketAct)))
		mux.HandleFunc("GET /jira/{key}/edit", p.ticketEdit)
		mux.HandleFunc("POST /jira/{key}/edit", p.unless(downJira, p.linked(jira.Provider, "Jira", p.ticketSave)))
	}
	if len(p.cfg.Site.Yard) > 0 {
		mux.HandleFunc("GET /platforms", p.platforms)
		mux.HandleFunc("POST /platforms", p.lookNow)
		mux.HandleFunc("POST /platforms/{platform}", p.platformAct)
	}
	if p.cfg.Site.Monitoring != nil {
		mux.HandleFunc("GET /alerts", p.alerts)
		mux.HandleFunc("POST /alerts", p.alertAct)
		mux.HandleFunc("GET /pager", p.pager)
		mux.HandleFunc("POST /pager", p.linked(pagerduty.Provider, "PagerDuty", p.pagerAct))
	}
	mux.HandleFunc("GET /vendors", p.vendors)
	mux.HandleFunc("POST /vendors", p.vendorAdd)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		p.fail(w, r, http.StatusNotFound, "There is no such page.")
	})
	return mux
}
