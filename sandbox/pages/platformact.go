package pages

import (
	"net/http"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/integrations/nodered/noderedtest"
	"github.com/lowcodex/countersign/sandbox/console"
	"github.com/lowcodex/countersign/sandbox/standin"
)

// troubles are what can be wrong with a stand-in, by name.
func troubles() []option {
	return []option{
		{Value: "fine", Label: "Nothing is wrong"}, {Value: "starting", Label: "Shows a starting page"}, {Value: "refuses", Label: "Refuses saves"},
		{Value: "stuck", Label: "Takes saves, never serves them"}, {Value: "failing", Label: "Health check fails"},
	}
}

func troubleOf(name string) (noderedtest.Trouble, bool) {
	t, ok := map[string]noderedtest.Trouble{
		"fine": {}, "starting": {Starting: true}, "refuses": {Saving: http.StatusServiceUnavailable}, "stuck": {Stuck: true}, "failing": {Failing: true},
	}[name]
	return t, ok
}

// nameOf is the name of what is wrong.
func nameOf(t noderedtest.Trouble) string {
	for _, o := range troubles() {
		if known, _ := troubleOf(o.Value); known == t {
			return o.Value
		}
	}
	return ""
}

func versions() []option {
	return []option{
		{Value: string(standin.Works), Label: "works"}, {Value: string(standin.Sick), Label: "says that it is not well"},
		{Value: string(standin.Wrong), Label: "forgets to name its gate"}, {Value: string(standin.Mute), Label: "does not answer at all"},
	}
}

// platformAct breaks an installation, edits it by hand, or begins a rollout of
// what a source holds.
func (p *Pages) platformAct(w http.ResponseWriter, r *http.Request) {
	at, ok := p.cfg.Site.Yard.Platform(r.PathValue("platform"))
	if !ok {
		p.fail(w, r, http.StatusNotFound, "There is no such installation.")
		return
	}
	version, health := strings.TrimSpace(r.PostFormValue("version")), standin.Health(r.PostFormValue("health"))
	var err error
	switch do := r.PostFormValue("do"); do {
	case "break":
		t, known := troubleOf(r.PostFormValue("trouble"))
		if !known {
			p.showPlatforms(w, r, http.StatusUnprocessableEntity, "Nothing like that can be wrong with it.")
			return
		}
		err = at.Break(t)
	case "edit":
		err = at.Save(r.Context(), standin.Flows("edited by hand", standin.Works))
	case "save", "rollout":
		if !slices.ContainsFunc(versions(), func(o option) bool { return o.Value == string(health) }) || version == "" || len(version) > 40 {
			p.showPlatforms(w, r, http.StatusUnprocessableEntity, "Give the version a name of at most 40 characters, and choose how it behaves.")
			return
		}
		if err = at.Save(r.Context(), standin.Flows(version, health)); err == nil && do == "rollout" {
			err = p.rollOut(r, at, version)
		}
	default:
		p.showPlatforms(w, r, http.StatusUnprocessableEntity, "There is no such action.")
		return
	}
	if err != nil {
		p.showPlatforms(w, r, http.StatusBadGateway, "It did not work: "+err.Error())
		return
	}
	p.Changed()
	http.Redirect(w, r, "/platforms", http.StatusSeeOther)
}

func (p *Pages) rollOut(r *http.Request, at standin.Platform, version string) error {
	if p.console() == nil {
		return errNobody
	}
	_, err := p.console().RollOut(r.Context(), console.Rollout{
		System: at.System, Source: at.ID, Title: p.system(at.System), Version: version, By: p.acting(r).Accounts[console.Provider],
	})
	return err
}
