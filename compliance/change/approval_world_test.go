package change_test

import (
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// The people who are drawn, and the groups they come and go in.
var (
	everybody = ids{"p-0", "p-1", "p-2", "p-3", "p-4", "p-5", "p-ext"}
	allGroups = []string{"owners", "board"}
)

// orgchart is the organisation as it is now: what the live directory says.
type orgchart struct {
	in       map[string]bool // "owners/p-1": membership
	inactive map[compliance.PersonID]bool
	removed  map[compliance.PersonID]bool // no longer in the directory
	acts     map[string]bool              // "p-1/p-2": p-2 acts for p-1
	loose    ids                          // whose "chat:loose" is: of nobody, one or several
}

func drawOrganisation(t *rapid.T) *orgchart {
	o := &orgchart{map[string]bool{}, map[compliance.PersonID]bool{}, map[compliance.PersonID]bool{}, map[string]bool{}, nil}
	for _, p := range everybody[:6] {
		for _, g := range allGroups {
			o.in[g+"/"+string(p)] = rapid.IntRange(0, 3).Draw(t, "in "+g) > 0
		}
	}
	return o
}

// change lets one thing in the directory be otherwise.
func (o *orgchart) change(t *rapid.T) {
	p := rapid.SampledFrom(everybody).Draw(t, "who")
	flip := func(m map[compliance.PersonID]bool) { m[p] = !m[p] && rapid.Bool().Draw(t, "leaves") }
	switch rapid.IntRange(0, 5).Draw(t, "what") {
	case 0, 1:
		k := rapid.SampledFrom(allGroups).Draw(t, "group") + "/" + string(p)
		o.in[k] = !o.in[k]
	case 2:
		flip(o.inactive)
	case 3:
		flip(o.removed)
	case 4:
		k := string(rapid.SampledFrom(everybody).Draw(t, "for")) + "/" + string(p)
		o.acts[k] = !o.acts[k] && rapid.Bool().Draw(t, "acts")
	case 5:
		o.loose = rapid.SliceOfNDistinct(rapid.SampledFrom(everybody), 0, 2, rapid.ID).Draw(t, "loose")
	}
}

// owners are whose account it is: everybody has one in the chat and one in the
// tracker, "loose" changes hands, and "stray" is nobody's.
func (o *orgchart) owners(a compliance.Account) ids {
	var out ids
	for _, p := range everybody {
		own := a.ID == string(p) || a.ID == "loose" && slices.Contains(o.loose, p)
		if own && !o.removed[p] {
			out = append(out, p)
		}
	}
	return out
}

func drawAccount(t *rapid.T, label string) compliance.Account {
	id := rapid.SampledFrom(everybody).Draw(t, label)
	if rapid.IntRange(0, 7).Draw(t, label+" is odd") == 0 {
		id = rapid.SampledFrom(ids{"loose", "stray"}).Draw(t, label)
	}
	return compliance.Account{Provider: rapid.SampledFrom([]string{"chat", "tracker"}).Draw(t, "surface"), ID: string(id)}
}

// What the rules are given of it, as activities hand it to them.

func (o *orgchart) person(p compliance.PersonID) (compliance.Person, bool) {
	out := compliance.Person{ID: p}
	if o.inactive[p] {
		out.ActiveTo = noon
	}
	return out, slices.Contains(everybody, p) && !o.removed[p]
}

func (o *orgchart) members() []change.Member {
	var out []change.Member
	for _, g := range allGroups {
		for _, p := range everybody {
			if who, known := o.person(p); known && o.in[g+"/"+string(p)] {
				out = append(out, change.Member{Person: who, Group: g})
			}
		}
	}
	return out
}

func (o *orgchart) duties(requester, implementer compliance.PersonID, asked []change.Asker) change.Duties {
	d := change.Duties{Requester: requester, Implementer: implementer}
	for _, a := range asked {
		for _, p := range o.owners(a.Account) {
			if p != requester && !slices.ContainsFunc(d.AskedBy, func(e change.Exclusion) bool { return e.Person == p }) {
				d.AskedBy = append(d.AskedBy, change.Exclusion{Person: p, Reason: a.As})
			}
		}
	}
	for k, acts := range o.acts {
		principal, deputy, _ := strings.Cut(k, "/")
		if acts && d.Reason(compliance.PersonID(principal)) != change.OK && d.Reason(compliance.PersonID(principal)) != change.IsActing {
			d.Acting = append(d.Acting, compliance.PersonID(deputy))
		}
	}
	return d
}
