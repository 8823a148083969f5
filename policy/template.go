package policy

import (
	"maps"
	"slices"

	"github.com/lowcodex/countersign/compliance/change"
)

// Template returns the template of that name; false when the rules have none. Its
// chain exists, and it says everything that a change must state but for what the
// requester fills in.
func (r *Rules) Template(name string) (change.Template, bool) {
	t, ok := r.templates[name]
	t.Systems, t.Environments = slices.Clone(t.Systems), slices.Clone(t.Environments)
	t.Fixed, t.Fills = maps.Clone(t.Fixed), slices.Clone(t.Fills)
	return t, ok
}

// Templates returns all templates, by name.
func (r *Rules) Templates() []change.Template {
	out := make([]change.Template, 0, len(r.templates))
	for _, name := range sortedKeys(r.templates) {
		t, _ := r.Template(name)
		out = append(out, t)
	}
	return out
}
