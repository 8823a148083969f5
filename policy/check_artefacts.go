package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
)

const durationHint = `write "48h", "90m" or "14d" (a day is 24 hours)`

// known is what the kinds that build on the others may refer to.
type known struct {
	people      people
	systems     []entry[System]
	systemNames names
	channels    names
	chains      names
	tickets     names // kinds of ticket that the organisation uses
}

// document decodes the one file of a kind whose content is a mapping; false
// when there is none or it could not be read.
func document[T any](c *check, kind string) (entry[T], bool) {
	if len(c.byKind[kind]) == 0 {
		return entry[T]{}, false
	}
	t := c.byKind[kind][0]
	content := map[string]any{}
	for k, v := range t.root.(map[string]any) {
		if k != "apiVersion" && k != "kind" {
			content[k] = v
		}
	}
	e := entry[T]{tree: t}
	return e, decode(c, t, "", content, &e.value)
}

// part is an item of a list inside an entry, as an entry of its own.
func part[T, P any](e entry[T], at string, value P) entry[P] {
	return entry[P]{value: value, tree: e.tree, at: e.at + at}
}

func parts[T, P any](e entry[T], key string, list []P) []entry[P] {
	out := make([]entry[P], len(list))
	for i, v := range list {
		out[i] = part(e, fmt.Sprintf("/%s/%d", key, i), v)
	}
	return out
}

func localNames[T any](what string, list []entry[T], name func(T) string) names {
	n := names{known: true, what: what}
	for _, e := range list {
		n.list = append(n.list, name(e.value))
	}
	slices.Sort(n.list)
	n.list = slices.Compact(n.list)
	return n
}

// needs reports kinds of ticket that a process opens and that the organisation
// does not say how to.
func needs[T any](c *check, e entry[T], k known, kinds ...compliance.TicketKind) {
	for _, kind := range kinds {
		if !k.tickets.has(string(kind)) {
			e.report(c, "", fmt.Sprintf("the tracker has no tickets of kind %s", kind), fmt.Sprintf("add tickets.kinds.%s to the file of kind organisation", kind))
		}
	}
}

// artefacts checks the vendors, what they owe and how it is chased.
func (c *check) artefacts(k known) *artefactsEntry {
	e, ok := document[artefactsEntry](c, kindArtefacts)
	if !ok {
		return nil
	}
	refer(c, e, "/channel", e.value.Channel, k.channels)
	needs(c, e, k, compliance.TicketRenewal)
	refer(c, e, "/fallback", string(e.value.Fallback), k.people.persons)
	ladders := unique(c, parts(e, "ladders", e.value.Ladders), "name", "ladder", func(l ladderEntry) string { return l.Name })
	for _, l := range ladders {
		c.ladder(l)
	}
	ladderNames := localNames("ladder", ladders, func(l ladderEntry) string { return l.Name })
	ladderNames.list = append(ladderNames.list, defaultLadder)
	slices.Sort(ladderNames.list)
	classes := unique(c, parts(e, "classes", e.value.Classes), "name", "class", func(l classEntry) string { return l.Name })
	c.approvers(part(e, "", struct{}{}), e.value.GraceApprovers, k)
	approvers := map[string][]string{}
	for _, class := range classes {
		if class.value.Ladder != "" {
			refer(c, class, "/ladder", class.value.Ladder, ladderNames)
		}
		c.approvers(part(class, "", struct{}{}), class.value.GraceApprovers, k)
		approvers[class.value.Name] = class.value.GraceApprovers
		if len(class.value.GraceApprovers) == 0 {
			approvers[class.value.Name] = e.value.GraceApprovers
		}
	}
	refs := vendorRefs{
		persons: k.people.persons, systems: k.systemNames, approvers: approvers, members: k.people.members,
		classes: localNames("class", classes, func(l classEntry) string { return l.Name }),
	}
	for _, v := range unique(c, parts(e, "vendors", e.value.Vendors), "id", "vendor", func(v vendorEntry) string { return v.ID }) {
		for _, f := range refs.check(v.value) {
			v.report(c, f.at, f.text, f.hint)
		}
	}
	done := e.value.complete()
	return &done
}

func (c *check) approvers(e entry[struct{}], groups []string, k known) {
	for i, g := range groups {
		refer(c, e, fmt.Sprintf("/grace_approvers/%d", i), g, k.people.groups)
	}
}

func (c *check) ladder(e entry[ladderEntry]) {
	ladder, wrong := e.value.ladder()
	if wrong != nil {
		e.report(c, wrong.at, wrong.text, wrong.hint)
		return
	}
	var p *certification.LadderProblem
	if errors.As(ladder.Check(), &p) {
		e.report(c, pointerOf(p.Place, 0), p.Text, "the default ladder is 90, 60, 30, 14, 7, 1, 0 days, then weekly")
	}
}

// pointerOf turns a place such as "rungs[2].action" into a pointer; first is the
// number that the place gives to the first item of a list.
func pointerOf(place string, first int) string {
	if place == "" {
		return ""
	}
	var b strings.Builder
	for part := range strings.SplitSeq(place, ".") {
		name, index, listed := strings.Cut(part, "[")
		b.WriteString("/" + escapePointer(name))
		if listed {
			n := 0
			_, _ = fmt.Sscanf(index, "%d]", &n) // places are the program's own
			fmt.Fprintf(&b, "/%d", n-first)
		}
	}
	return b.String()
}
