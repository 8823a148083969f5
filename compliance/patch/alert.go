package patch

import (
	"slices"

	"github.com/lowcodex/countersign/compliance"
)

// AlertSource is the source under which the product reports alerts about itself,
// such as a rollout that needs somebody, to the incident process; the rules of
// escalation may name it like any other.
const AlertSource = compliance.OwnSource

// AlertWord is how bad an alert of a rollout is, in the source's own words. The
// rules of escalation say what they mean.
type AlertWord string

// The words.
const (
	AlertCritical AlertWord = compliance.OwnCritical // a target is in no verified state
	AlertWarning  AlertWord = compliance.OwnWarning  // nothing moves on before somebody looks
)

// Alert is what somebody has to be called about, until they acknowledge. JSON
// names are frozen.
type Alert struct {
	Word    AlertWord `json:"word"`
	Reason  Reason    `json:"reason"`
	Targets []string  `json:"targets,omitempty"` // sorted, each once
	Detail  string    `json:"detail,omitempty"`  // one line of what was seen
}

// Same reports whether two alerts call for the same: what was seen may differ.
func (a Alert) Same(b Alert) bool {
	return a.Word == b.Word && a.Reason == b.Reason && slices.Equal(a.Targets, b.Targets)
}

// Alerting is what decides whether somebody has to be called.
type Alerting struct {
	State State
	// HeldFor, HeldAt and Detail say why it is held and what was seen.
	HeldFor Reason
	HeldAt  string
	Detail  string
	Stuck   []StuckTarget // what the way back left behind so far
	Undone  []Undone
	// Platform is why a platform is waited for; empty when none is.
	Platform string
	Last     *Alert // that was raised last and is not over
}

// Undone is a target that was found after the close not to be as it was proven.
type Undone struct {
	Target string `json:"target"`
	Reason Reason `json:"reason"` // PayloadUndone or TestsFailed
	Detail string `json:"detail,omitempty"`
}

// NeedsSomebody says what somebody has to be called about as a rollout stands;
// false when nothing. A target in no verified state counts until every target is
// back, also while one more try is under way (P7). A halt counts where a machine
// stopped: whoever stopped it by hand knows. The order of the way back by itself
// calls nobody while it works.
func NeedsSomebody(s Alerting) (Alert, bool) {
	switch {
	case s.State == Stranded, s.State == Reverting && len(s.Stuck) > 0:
		a := Alert{Word: AlertCritical, Reason: worst(s.Stuck)}
		for _, t := range s.Stuck {
			a.Targets = append(a.Targets, t.Target)
		}
		a.Targets = slices.Compact(slices.Sorted(slices.Values(a.Targets)))
		return a, true
	case s.State == Reverting && s.Last != nil && s.Last.Word == AlertCritical:
		return *s.Last, true
	case s.State == Held && stoppedByItself(s.HeldFor):
		a := Alert{Word: AlertWarning, Reason: s.HeldFor, Detail: compliance.Cut(s.Detail, 200)}
		if s.HeldAt != "" {
			a.Targets = []string{s.HeldAt}
		}
		return a, true
	case s.State == Completed && len(s.Undone) > 0:
		a := Alert{Word: AlertWarning, Reason: s.Undone[0].Reason, Detail: compliance.Cut(s.Undone[0].Detail, 200)}
		for _, u := range s.Undone {
			a.Targets = append(a.Targets, u.Target)
		}
		a.Targets = slices.Compact(slices.Sorted(slices.Values(a.Targets)))
		return a, true
	case s.Platform != "" && !s.State.Terminal() && s.State != Stranded:
		return Alert{Word: AlertWarning, Reason: PlatformDown, Detail: compliance.Cut(s.Platform, 200)}, true
	}
	return Alert{}, false
}

// worst is the reason that somebody has to hear first of targets that the way back
// left behind.
func worst(stuck []StuckTarget) Reason {
	for _, reason := range []Reason{NoVerifiedState, RollbackFailed, NotOurs} {
		if slices.ContainsFunc(stuck, func(t StuckTarget) bool { return t.Reason == reason }) {
			return reason
		}
	}
	return RollbackFailed
}

// stoppedByItself reports whether a rollout is held for something that was found
// and not for something that people did or have to decide in their own time.
func stoppedByItself(r Reason) bool {
	switch r {
	case TestsErred, TestsNoData, DigestDrift, TargetChanged, DeployRefused, DeployUnknown, DeployStuck, NoVerifiedState, RestoreFailed:
		return true
	}
	return false
}
