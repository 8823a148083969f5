package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/lowcodex/countersign/compliance/certification"
)

// artefacts checks what is wanted of vendors against the rest of the policy;
// nil when there is no such file.
func (c *check) artefacts(p people, systems []entry[System], channels names) *artefactsEntry {
	c.single(kindArtefacts)
	if len(c.byKind[kindArtefacts]) == 0 {
		return nil
	}
	t := c.byKind[kindArtefacts][0]
	content := maps.Clone(t.root.(map[string]any))
	delete(content, "apiVersion")
	delete(content, "kind")
	e := entry[artefactsEntry]{tree: t}
	if !decode(c, t, "", content, &e.value) {
		return nil
	}
	refer(c, e, "/channel", e.value.Channel, channels)
	refer(c, e, "/fallback", string(e.value.Fallback), p.persons)
	for i, g := range e.value.Approvers {
		refer(c, e, fmt.Sprintf("/approvers/%d", i), g, p.groups)
	}
	ladders := c.ladders(e)
	known := namesOf(c, kindSystems, "system", systems, func(s System) string { return s.ID })
	seen := map[string]bool{}
	for i, v := range e.value.Vendors {
		at := fmt.Sprintf("/vendors/%d", i)
		if seen[v.ID] {
			e.report(c, at+"/id", fmt.Sprintf("the vendor %q is defined twice", v.ID), "rename or remove one")
		}
		seen[v.ID] = true
		c.vendor(e, at, v, p, known, ladders)
	}
	slices.SortFunc(e.value.Ladders, func(a, b ladderEntry) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(e.value.Vendors, func(a, b vendorEntry) int { return cmp.Compare(a.ID, b.ID) })
	for _, v := range e.value.Vendors {
		slices.SortFunc(v.Artefacts, func(a, b artefactEntry) int { return cmp.Compare(a.ID, b.ID) })
	}
	return &e.value
}

func (c *check) ladders(e entry[artefactsEntry]) names {
	known := names{what: "ladder", known: true, list: []string{DefaultLadder}}
	for i, l := range e.value.Ladders {
		at := fmt.Sprintf("/ladders/%d", i)
		if slices.Contains(known.list, l.Name) {
			e.report(c, at+"/name", fmt.Sprintf("the ladder %q exists already", l.Name), "rename it; default is the built-in one")
		}
		if _, err := l.ladder(); err != nil {
			e.report(c, at, err.Error(), "")
		}
		known.list = append(known.list, l.Name)
	}
	slices.Sort(known.list)
	return known
}

func (c *check) vendor(e entry[artefactsEntry], at string, v vendorEntry, p people, systems, ladders names) {
	refer(c, e, at+"/sponsor", string(v.Sponsor), p.persons)
	for j, s := range v.Systems {
		refer(c, e, fmt.Sprintf("%s/systems/%d", at, j), s, systems)
	}
	seen := map[string]bool{}
	for j, a := range v.Artefacts {
		at := fmt.Sprintf("%s/artefacts/%d", at, j)
		if seen[a.ID] {
			e.report(c, at+"/id", fmt.Sprintf("the artefact %q of %s is defined twice", a.ID, v.ID), "rename or remove one")
		}
		seen[a.ID] = true
		refer(c, e, at+"/owner", string(a.Owner), p.persons)
		refer(c, e, at+"/ladder", nameOr(a.Ladder, DefaultLadder), ladders)
		if a.NeededBy == "" {
			continue
		}
		if _, err := certification.ParseDate(a.NeededBy); err != nil {
			e.report(c, at+"/needed_by", err.Error(), "")
		}
	}
}
