package policy

import (
	"encoding/json"
	"slices"

	"github.com/lowcodex/countersign/compliance"
)

// Comparison is what two policies say differently. Its JSON names are a
// contract with scripts and only added to.
type Comparison struct {
	Old Revision `json:"old"`
	New Revision `json:"new"`
	// Differences are by kind of file and entry; what only layout, order without
	// meaning or notation changes is none.
	Differences []Difference `json:"differences"`
	// Routes are the changes that another rule or another chain takes, and Levels
	// those whose deciding people or quorum differ: what the differences come to.
	Routes []RouteDifference `json:"routes"`
	Levels []LevelDifference `json:"levels"`
}

// Same reports whether there is no difference.
func (c Comparison) Same() bool {
	return len(c.Differences)+len(c.Routes)+len(c.Levels) == 0
}

// Revision names the two halves of a policy.
type Revision struct {
	RulesHash        string `json:"rules_hash"`
	DirectoryVersion string `json:"directory_version"`
}

// Difference is one thing that two policies say differently.
type Difference struct {
	Kind string     `json:"kind"`           // of the file, e.g. "chains"
	Path string     `json:"path,omitempty"` // e.g. "standard.levels[Change board].quorum"
	What Alteration `json:"what"`
	// Old and New are texts as they are and everything else as JSON.
	Old string `json:"old,omitempty"`
	New string `json:"new,omitempty"`
}

// Alteration is how something differs.
type Alteration string

// Added and removed are entries and values; changed is a value; reordered is a
// list whose order means something.
const (
	Added     Alteration = "added"
	Removed   Alteration = "removed"
	Changed   Alteration = "changed"
	Reordered Alteration = "reordered"
)

// Compare says what a policy says differently from another. The two must both
// have been loaded; Restore gives rules, too.
func Compare(oldRules *Rules, oldDirectory *Directory, newRules *Rules, newDirectory *Directory) (Comparison, error) {
	out := Comparison{
		Old:         Revision{oldRules.Hash, oldDirectory.Version},
		New:         Revision{newRules.Hash, newDirectory.Version},
		Differences: []Difference{}, Routes: []RouteDifference{}, Levels: []LevelDifference{},
	}
	before, err := oldRules.document(oldDirectory)
	if err != nil {
		return Comparison{}, err
	}
	after, err := newRules.document(newDirectory)
	if err != nil {
		return Comparison{}, err
	}
	for _, kind := range append(Kinds(), DirectoryKinds()...) {
		w := walk{kind: kind}
		w.compare("", kind, before[kind], after[kind])
		out.Differences = append(out.Differences, w.found...)
	}
	out.Routes = append(out.Routes, compareRoutes(oldRules, newRules)...)
	out.Levels = append(out.Levels, compareLevels(oldRules, oldDirectory, newRules, newDirectory)...)
	return out, nil
}

// document is a whole policy as plain values, by kind of file.
func (r *Rules) document(d *Directory) (map[string]any, error) {
	var doc map[string]any
	if err := json.Unmarshal(r.canonical, &doc); err != nil {
		return nil, err
	}
	people := map[string]any{
		kindPeople: d.listed(),
		kindGroups: d.groups,
	}
	data, err := json.Marshal(people)
	if err != nil {
		return nil, err
	}
	return doc, json.Unmarshal(data, &doc) // into the same map, beside the rules
}

// listedPerson is a person with their deputies, as the directory has them.
type listedPerson struct {
	compliance.Person
	Deputies []Deputy `json:"deputies,omitempty"`
	// Groups are compared where they stand, in the groups' own entries.
	Groups []string `json:"groups,omitempty"`
}

func (d *Directory) listed() []listedPerson {
	var out []listedPerson
	for _, p := range d.People() {
		one := listedPerson{Person: p}
		one.Deputies = slices.Clone(d.deputies[p.ID])
		slices.SortFunc(one.Deputies, func(a, b Deputy) int { return a.Start.Compare(b.Start) })
		out = append(out, one)
	}
	return out
}
