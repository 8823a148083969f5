package pages

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"time"
	"unicode"

	"github.com/lowcodex/countersign/compliance"
)

//go:embed templates static
var files embed.FS

// page is what every page has. Notice is said above the content, Body is the
// page's own.
type page struct {
	Title        string
	Section      string
	Organisation string
	Acting       compliance.Person
	People       []choice
	Back         string
	Slack, Jira  bool
	// Alerts, Vendors and Platforms say whether there is such a page.
	Alerts, Vendors, Platforms bool
	TemporalUI                 string
	Troubles                   []troubleView // those that last
	Notice                     string
	Body                       any
}

func parseTemplates() (map[string]*template.Template, error) {
	layout, err := template.New("layout.html").Funcs(template.FuncMap{"initial": initial}).ParseFS(files, "templates/layout.html", "templates/parts.html")
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	out := map[string]*template.Template{}
	for _, name := range names {
		base := name[len("templates/"):]
		if base == "layout.html" || base == "parts.html" {
			continue
		}
		t, err := layout.Clone()
		if err == nil {
			t, err = t.ParseFS(files, name)
		}
		if err != nil {
			return nil, fmt.Errorf("pages: %w", err)
		}
		out[base] = t
	}
	return out, nil
}

// initial is the letter that stands for a name.
func initial(name string) string {
	for _, r := range name {
		return string(unicode.ToUpper(r))
	}
	return "·"
}

// show renders a page whole before anything of it is sent.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, status int, name string, pg page) {
	pg.Organisation = p.cfg.Rules.Organisation().Name
	pg.Acting = p.acting(r)
	pg.People = p.people(pg.Acting)
	pg.Back = r.URL.RequestURI()
	pg.Slack, pg.Jira = p.cfg.Site.Slack != nil, p.cfg.Site.Jira != nil
	pg.Alerts, pg.Platforms = p.cfg.Site.Monitoring != nil, len(p.cfg.Site.Yard) > 0
	_, pg.Vendors = p.cfg.Rules.Artefacts()
	pg.TemporalUI, pg.Troubles = p.cfg.TemporalUI, lasting(p.troubles())
	var buf bytes.Buffer
	if err := p.templates[name].Execute(&buf, pg); err != nil {
		p.cfg.Logger.Error("page", "name", name, "error", err)
		http.Error(w, "this page cannot be shown; the log says why", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(buf.Bytes()) // the reader is gone if this fails
}

// fail shows a page that only says what went wrong.
func (p *Pages) fail(w http.ResponseWriter, r *http.Request, status int, what string) {
	p.show(w, r, status, "error.html", page{Title: http.StatusText(status), Notice: what})
}

func static() http.Handler {
	sub, err := fs.Sub(files, "static")
	if err != nil {
		panic(err) // the name is a constant
	}
	serve := http.StripPrefix("/static/", http.FileServerFS(sub))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		serve.ServeHTTP(w, r)
	})
}

// stamp is an instant as a template shows it: in the acting person's zone,
// with the exact instant for machines and on hover.
type stamp struct {
	Machine string // RFC 3339, UTC
	Exact   string
	Text    string
}

// stampOf tells an instant as today, yesterday or tomorrow where it is.
func (p *Pages) stampOf(t time.Time, where *time.Location) stamp {
	local := t.In(where)
	return stamp{
		Machine: t.UTC().Format(time.RFC3339), Exact: local.Format("2006-01-02 15:04:05 MST"),
		Text: day(local, p.cfg.Now().In(where), "2 Jan 2006") + " " + local.Format("15:04"),
	}
}

// day names a day relative to now, in the given layout when it is far.
func day(t, now time.Time, layout string) string {
	date := func(t time.Time) time.Time { y, m, d := t.Date(); return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	switch date(t).Sub(date(now)) {
	case 0:
		return "Today"
	case -24 * time.Hour:
		return "Yesterday"
	case 24 * time.Hour:
		return "Tomorrow"
	}
	return t.Format(layout)
}
