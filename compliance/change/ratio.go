package change

import (
	"cmp"
	"slices"
	"time"
)

// Counted is one change that was received, for the ratio: when, and whether it
// was carried out, or begun, without approval.
type Counted struct {
	Received  time.Time
	Emergency bool
}

// Ratio is how many of a quarter's changes were emergencies.
type Ratio struct {
	Quarter     string `json:"quarter"` // of receipt, in UTC, such as "2026-Q4"
	All         int    `json:"all"`
	Emergencies int    `json:"emergencies"`
	// Flagged is set above a tenth, from which auditors ask
	// (screenata.com on emergency changes and hotfixes in SOC 2).
	Flagged bool `json:"flagged,omitempty"`
}

// Percent is the share of emergencies, 0 to 100.
func (r Ratio) Percent() float64 {
	if r.All == 0 {
		return 0
	}
	return 100 * float64(r.Emergencies) / float64(r.All)
}

// EmergencyRatio counts emergencies against all changes received, by quarter,
// oldest first (C34). A quarter without any change has no line. A change counts
// once, in the quarter it was received in, whenever the emergency was.
func EmergencyRatio(all []Counted) []Ratio {
	byQuarter := map[string]Ratio{}
	for _, c := range all {
		q := Quarter(c.Received)
		r := byQuarter[q]
		r.Quarter = q
		r.All++
		if c.Emergency {
			r.Emergencies++
		}
		r.Flagged = 10*r.Emergencies > r.All
		byQuarter[q] = r
	}
	out := make([]Ratio, 0, len(byQuarter))
	for _, r := range byQuarter {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Ratio) int { return cmp.Compare(a.Quarter, b.Quarter) })
	return out
}
