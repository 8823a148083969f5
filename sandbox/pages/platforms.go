package pages

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/sandbox/standin"
)

// platformsPage is every installation that rollouts reach, ring by ring.
type platformsPage struct {
	Rings    []ringView
	Rollouts []rolloutView
	Findings []findingView
	Observed string         // how often they are looked at; empty: never
	Sources  []platformView // what a rollout takes its payload from
	Troubles []option       // what can be wrong with a stand-in
	Versions []option       // how a version can behave
	Running  bool           // somebody is there to begin a rollout
}

type ringView struct {
	Name      string
	About     string // what the policy says of the ring
	Platforms []platformView
}

// platformView is one installation as it is now.
type platformView struct {
	standin.Platform
	Editor   string // address of Node-RED's editor, where it is real
	Revision string
	Content  string // the version in the name of its flow
	Says     string // what it serves
	Status   int
	Tone     string
	Trouble  string // name of what is wrong with the stand-in
	Tests    []testView
	Deploys  int
}

// testView is the last result of a suite or a probe.
type testView struct {
	Name, Outcome, Tone, Detail string
	At                          stamp
}

func (p *Pages) platforms(w http.ResponseWriter, r *http.Request) {
	p.showPlatforms(w, r, http.StatusOK, "")
}

func (p *Pages) showPlatforms(w http.ResponseWriter, r *http.Request, status int, notice string) {
	where := zone(p.acting(r))
	body := platformsPage{Running: p.console() != nil, Troubles: troubles(), Versions: versions()}
	rollouts, tests := p.rollouts(r.Context(), where)
	body.Rollouts, body.Findings, body.Observed = rollouts, p.findings(r), p.observed()
	views := p.look(r.Context(), p.cfg.Site.Yard)
	for _, v := range views {
		v.Tests = tests[v.ID]
		name, about := v.Ring, p.about(v)
		if v.Use != "" {
			name = "beside the rings"
			if v.Use == policy.PlaceSource {
				body.Sources = append(body.Sources, v)
			}
		}
		i := slices.IndexFunc(body.Rings, func(r ringView) bool { return r.Name == name })
		if i < 0 {
			body.Rings = append(body.Rings, ringView{Name: name, About: about})
			i = len(body.Rings) - 1
		}
		body.Rings[i].Platforms = append(body.Rings[i].Platforms, v)
	}
	p.show(w, r, status, "platforms.html", page{Title: "Platforms", Section: "platforms", Notice: notice, Body: body})
}

// about tells a ring's rules in a line.
func (p *Pages) about(v platformView) string {
	if v.Use != "" {
		return "Payloads are taken from the source; backups are proved on the scratch place."
	}
	class, ok := p.cfg.Rules.PatchClass(v.Class)
	if !ok {
		return ""
	}
	for _, ring := range class.Rings {
		if ring.Name == v.Ring {
			text := "Tests " + strings.Join(ring.Suites, ", ") + ", then a soak of " + span(ring.Soak)
			if ring.Critical {
				text += "; critical: needs a backup that was restored elsewhere"
			}
			return text + "."
		}
	}
	return ""
}

// span is a duration without parts that are nought.
func span(d time.Duration) string {
	text := d.String()
	for _, nought := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, nought) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// outcomeTone colours what a test came to.
func outcomeTone(o patch.CheckOutcome) string {
	switch o {
	case patch.Pass:
		return "good"
	case patch.Fail:
		return "bad"
	}
	return "attention"
}
