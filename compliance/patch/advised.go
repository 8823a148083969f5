package patch

import (
	"slices"
)

// Advised is a rollout that feeds opened or can inform, or a notice that was left
// alone, as the evidence log has it.
type Advised struct {
	Kind            AdviceKind      `json:"kind"` // OpenRollout or LeaveAlone
	Document        string          `json:"document"`
	Revision        string          `json:"revision,omitempty"`
	Name            string          `json:"name,omitempty"`
	System          string          `json:"system"`
	Class           string          `json:"class"`
	Rollout         string          `json:"rollout,omitempty"` // workflow id
	Vulnerabilities []Vulnerability `json:"vulnerabilities,omitempty"`
	Number          string          `json:"number,omitempty"` // empty until it is on record
	State           State           `json:"state,omitempty"`
	Over            bool            `json:"over,omitempty"` // it mends nothing any more: complete, or ended
	// Asked is set for a rollout that somebody asked for, until a feed has told it
	// something: once it is over, it is none of the feeds' then.
	Asked bool `json:"asked,omitempty"`
}

// Refresh says which open rollouts learn that the catalogue answers otherwise now,
// or became unreliable, or reliable again: what is decided shows it (P17). A
// rollout that ended otherwise than complete is told of when its vulnerability is
// exploited now.
func Refresh(known []Advised, c Catalogued) []AdvisedFacts {
	n := Notice{Feed: c.Feed, ID: c.Feed, Revision: c.Version, Catalogue: true}
	var out []AdvisedFacts
	for _, k := range known {
		if k.Kind != OpenRollout {
			continue
		}
		for _, own := range k.Vulnerabilities {
			v := c.about(Vulnerability{ID: own.ID})
			if k.Over && (v.Exploited != Yes || own.Exploited == Yes) {
				continue
			}
			out = n.tell(out, k, v)
		}
	}
	return out
}

func (k Advised) at(i Installed) bool { return k.System == i.System && k.Class == i.Class }

// covers reports whether a rollout mends a vulnerability here.
func (k Advised) covers(i Installed, vulnerability string) bool {
	return k.Kind == OpenRollout && k.at(i) &&
		slices.ContainsFunc(k.Vulnerabilities, func(v Vulnerability) bool { return v.ID == vulnerability })
}

// covering lists the rollouts that mend a vulnerability here: those that are under
// way, or where none is those that are over.
func covering(known []Advised, i Installed, vulnerability string) []Advised {
	var open, over []Advised
	for _, k := range known {
		switch {
		case !k.covers(i, vulnerability):
		case k.Over:
			over = append(over, k)
		default:
			open = append(open, k)
		}
	}
	if len(open) > 0 {
		return open
	}
	return over
}

// Remember adds to what is known a piece of advice that is on record.
func Remember(known []Advised, f AdvisedFacts) []Advised {
	switch f.Kind {
	case OpenRollout, LeaveAlone:
		same := func(k Advised) bool {
			return k.Kind == f.Kind && k.Rollout == f.Rollout && k.Document == f.Document && k.System == f.System && k.Class == f.Class
		}
		if slices.ContainsFunc(known, same) {
			return known
		}
		k := Advised{Kind: f.Kind, Document: f.Document, Revision: f.Revision, Name: f.Name, System: f.System, Class: f.Class, Rollout: f.Rollout}
		if f.Kind == OpenRollout {
			k.Vulnerabilities = slices.Clone(f.Vulnerabilities)
		}
		return append(known, k)
	}
	out := slices.Clone(known)
	for j, k := range out {
		if k.Kind != OpenRollout || k.Rollout != f.Rollout {
			continue
		}
		out[j].Asked = false
		if k.Document == f.Document {
			out[j].Revision = f.Revision
		}
		out[j].Vulnerabilities = slices.Clone(k.Vulnerabilities)
		for _, v := range f.Vulnerabilities {
			for at := range out[j].Vulnerabilities {
				if own := &out[j].Vulnerabilities[at]; own.ID == v.ID {
					*own = v
				}
			}
		}
	}
	return out
}
