package policy

import (
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
)

func lower(word string) string { return strings.ToLower(strings.TrimSpace(word)) }

func (w AlertWhen) matches(a compliance.AlertEvent, system string, severity incident.Severity) bool {
	for name, want := range w.Labels {
		if !slices.Contains(a.Labels, compliance.Label{Name: name, Value: want}) {
			return false
		}
	}
	return allows(w.Sources, a.Source) && (len(w.Systems) == 0 || system != "" && slices.Contains(w.Systems, system)) &&
		(len(w.Severities) == 0 || slices.Contains(w.Severities, severity))
}

// everything reports whether the condition excludes nothing.
func (w AlertWhen) everything() bool {
	return len(w.Sources)+len(w.Systems)+len(w.Severities)+len(w.Labels) == 0
}

// covers reports whether every alert that meets the other condition meets this
// one too, so that a rule with the other one, standing later, never acts.
func (w AlertWhen) covers(other AlertWhen) bool {
	for name, want := range w.Labels {
		if got, has := other.Labels[name]; !has || got != want {
			return false
		}
	}
	return within(w.Sources, other.Sources) && within(w.Systems, other.Systems) && within(w.Severities, other.Severities)
}

// within reports whether a list that allows only theirs allows no more than one
// with mine; an empty list allows everything.
func within[T comparable](mine, theirs []T) bool {
	if len(mine) == 0 {
		return true
	}
	return len(theirs) > 0 && !slices.ContainsFunc(theirs, func(v T) bool { return !slices.Contains(mine, v) })
}

func (r AlertRule) clone() AlertRule {
	r.When.Sources, r.When.Systems, r.When.Severities = slices.Clone(r.When.Sources), slices.Clone(r.When.Systems), slices.Clone(r.When.Severities)
	labels := map[string]string{}
	for k, v := range r.When.Labels {
		labels[k] = v
	}
	r.When.Labels = labels
	return r
}
