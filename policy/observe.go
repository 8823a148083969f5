package policy

import (
	"fmt"
	"time"
)

// Observe is how often what a target serves is compared with what is on record.
type Observe struct {
	Every string `json:"every"` // a duration, one minute to seven days
}

// The bounds of Observe.Every.
const (
	shortestLook = time.Minute
	longestLook  = 7 * 24 * time.Hour
)

// Observed is a target that is observed. What its class says holds where the
// target says nothing.
type Observed struct {
	PatchTarget
	Every time.Duration
}

// Observed lists the targets that are observed, in the order of the file.
func (r *Rules) Observed() []Observed {
	var out []Observed
	for _, t := range r.PatchTargets() {
		every := r.patching.looks[t.Class]
		if t.Observe != nil {
			every, _ = parseDuration(t.Observe.Every) // checked when it was loaded
		}
		if every > 0 {
			out = append(out, Observed{PatchTarget: t, Every: every})
		}
	}
	return out
}

// looks reads how often the targets of each class are observed.
func (e patchEntry) looks() map[string]time.Duration {
	out := map[string]time.Duration{}
	for _, c := range e.Classes {
		if c.Observe != nil {
			out[c.Name], _ = parseDuration(c.Observe.Every) // checked when it was loaded
		}
	}
	return out
}

// observe checks an interval of observation, where there is one.
func observe[T any](c *check, e entry[T], o *Observe) {
	if o == nil {
		return
	}
	if d, ok := period(c, e, "/observe/every", o.Every); ok && (d < shortestLook || d > longestLook) {
		e.report(c, "/observe/every", fmt.Sprintf("%q is not between one minute and seven days", o.Every), `write "15m", or leave observe out: the target is not observed then`)
	}
}
