package policy

import "github.com/lowcodex/countersign/compliance/patch"

// Installed lists what feeds are read for: each class with products, in each of
// its systems, in the order of the targets. The first class of a system in that
// order has the short place in the ids of rollouts.
func (r *Rules) Installed() []patch.Installed {
	var out []patch.Installed
	seen := map[string]bool{}
	for _, of := range r.Rollouts() {
		i := patch.Installed{System: of.System, Class: of.Class, Place: of.System}
		if seen[of.System] {
			i.Place += "." + of.Class
		}
		seen[of.System] = true
		if class, _ := r.PatchClass(of.Class); len(class.Products) > 0 {
			i.Products = class.Products
			out = append(out, i)
		}
	}
	return out
}
