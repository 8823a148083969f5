package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance/patch"
)

// patchTarget reports whether the target has its place in a ring.
func (c *check) patchTarget(t entry[PatchTarget], k known, classes []entry[patchClassEntry]) bool {
	observe(c, t, t.value.Observe)
	sound := refer(c, t, "/system", t.value.System, k.systemNames)
	if sound {
		environments := environmentsOf(k.systems, []string{t.value.System})
		environments.known = !c.unsound[kindSystems]
		refer(c, t, "/environment", t.value.Environment, environments)
	}
	if !refer(c, t, "/class", t.value.Class, localNames("class", classes, func(p patchClassEntry) string { return p.Name })) {
		return false
	}
	at := slices.IndexFunc(classes, func(p entry[patchClassEntry]) bool { return p.value.Name == t.value.Class })
	rings := names{known: true, what: "ring"}
	for _, r := range classes[at].value.Rings {
		rings.list = append(rings.list, r.Name)
	}
	slices.Sort(rings.list)
	rings.list = slices.Compact(rings.list)
	return refer(c, t, "/ring", t.value.Ring, rings) && sound
}

// plans checks each rollout that the targets make possible by the rules of a
// ring plan itself. What is wrong with a class is said once, whatever the
// number of systems it serves. Where some target has no place, which rings lack
// one only follows from that.
func (c *check) plans(classes []entry[patchClassEntry], targets []entry[PatchTarget], placed bool) {
	list := values(targets)
	for _, class := range classes {
		compiled := class.value.class(func(at string, err error) { class.report(c, at, err.Error(), durationHint) })
		var systems []string
		for _, t := range list {
			if t.Class == class.value.Name && !slices.Contains(systems, t.System) {
				systems = append(systems, t.System)
			}
		}
		if len(systems) == 0 && placed {
			class.report(c, "", fmt.Sprintf("no target is of the class %q", class.value.Name), "give it targets, or remove it")
			continue
		}
		said := map[patch.Problem]bool{}
		for _, system := range systems {
			for _, p := range compiled.plan(list, system, soundPayload()).Check() {
				if strings.HasSuffix(p.Field, ".targets") {
					if !placed {
						continue
					}
					p.Text = fmt.Sprintf("%s: %s", system, p.Text)
				}
				if !said[p] {
					said[p] = true
					class.report(c, pointerOf(p.Field, 0), p.Text, planHint(p.Field))
				}
			}
		}
	}
}

// patchPlaces checks the installations outside the rings. A critical ring needs a
// place in which its backups are proved (P23).
func (c *check) patchPlaces(e entry[patchEntry], k known, classes []entry[patchClassEntry], targets []entry[PatchTarget], placed bool) {
	places := unique(c, parts(e, "places", e.value.Places), "id", "place", func(p PatchPlace) string { return p.ID })
	scratch := map[Rollout]bool{}
	for _, p := range places {
		refer(c, p, "/system", p.value.System, k.systemNames)
		refer(c, p, "/class", p.value.Class, localNames("class", classes, func(p patchClassEntry) string { return p.Name }))
		if slices.ContainsFunc(targets, func(t entry[PatchTarget]) bool {
			return t.value.ID == p.value.ID || t.value.Address == p.value.Address
		}) {
			p.report(c, "/id", fmt.Sprintf("%q, or its address, is a target already", p.value.ID), "a place is outside the rings: nothing is restored over what is in use")
		}
		of := Rollout{p.value.Class, p.value.System}
		if p.value.Use == PlaceScratch {
			if scratch[of] {
				p.report(c, "/use", "a second scratch place of this class in this system", "backups are proved in one; remove the other")
			}
			scratch[of] = true
		}
	}
	for _, class := range classes {
		critical := slices.ContainsFunc(class.value.Rings, func(r ringEntry) bool { return r.Critical })
		said := map[string]bool{}
		for _, t := range targets {
			of := Rollout{class.value.Name, t.value.System}
			if critical && placed && t.value.Class == of.Class && !scratch[of] && !said[of.System] {
				said[of.System] = true
				class.report(c, "/rings", fmt.Sprintf("%s: a ring is critical, and there is no place where its backups could be proved", of.System), "add a place with use: scratch")
			}
		}
	}
}

func planHint(field string) string {
	if strings.HasSuffix(field, ".targets") {
		return "every ring needs a target in every system of the class; add one, or give the system a class of its own"
	}
	return ""
}

// soundPayload stands for the payload when a plan is checked without one.
func soundPayload() patch.Payload {
	return patch.Payload{Title: "any", Version: "any", Digest: "sha256:" + strings.Repeat("0", 64)}
}
