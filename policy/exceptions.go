package policy

import (
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/exception"
)

// exceptionsEntry is a file of kind exceptions.
type exceptionsEntry struct {
	Channel string       `json:"channel"`
	Terms   []termsEntry `json:"terms"`
}

// termsEntry says who decides on exceptions from some controls. Times are days.
type termsEntry struct {
	Controls      []string `json:"controls"`
	Approvers     []string `json:"approvers"`
	Quorum        int      `json:"quorum,omitempty"`
	DecideWithin  int      `json:"decide_within,omitempty"`
	MaxDays       int      `json:"max_days,omitempty"`
	MaxRenewals   *int     `json:"max_renewals,omitempty"` // none and 0 differ
	RecheckEvery  int      `json:"recheck_every,omitempty"`
	RecheckWithin int      `json:"recheck_within,omitempty"`
	NewDeadline   int      `json:"new_deadline,omitempty"`
	Warn          []int    `json:"warn,omitempty"`
}

// What holds where a file is silent (A16 to A18), in days where it is a time.
const (
	defaultDecideWithin  = 7
	defaultMaxDays       = 90
	defaultMaxRenewals   = 1
	defaultRecheckEvery  = 30
	defaultRecheckWithin = 7
	defaultNewDeadline   = 7
)

func defaultWarnings() []int { return []int{14, 7, 1} }

// complete writes out what stands where the file is silent, so that a later
// release's defaults do not change what a run was pinned to.
func (t termsEntry) complete() termsEntry {
	for _, d := range []struct {
		value *int
		usual int
	}{
		{&t.Quorum, 1}, {&t.DecideWithin, defaultDecideWithin}, {&t.MaxDays, defaultMaxDays}, {&t.RecheckEvery, defaultRecheckEvery},
		{&t.RecheckWithin, defaultRecheckWithin}, {&t.NewDeadline, defaultNewDeadline},
	} {
		if *d.value == 0 {
			*d.value = d.usual
		}
	}
	if t.MaxRenewals == nil {
		renewals := defaultMaxRenewals
		t.MaxRenewals = &renewals
	}
	if len(t.Warn) == 0 {
		t.Warn = slices.DeleteFunc(defaultWarnings(), func(days int) bool { return days >= t.MaxDays })
	}
	t.Warn = slices.Clone(t.Warn)
	slices.SortFunc(t.Warn, func(a, b int) int { return b - a })
	return t
}

// compileExceptions makes the file as it is read: whole, also where a snapshot is not.
func compileExceptions(e exceptionsEntry) *exceptionsEntry {
	e.Terms = slices.Clone(e.Terms)
	for i := range e.Terms {
		e.Terms[i] = e.Terms[i].complete()
	}
	return &e
}

// matches reports whether an entry is about a control: one it names, or one that
// begins as it says before a "*".
func (t termsEntry) matches(control string) bool {
	return slices.ContainsFunc(t.Controls, func(pattern string) bool { return covered(pattern, control) })
}

// covered reports whether everything that control stands for matches the pattern.
func covered(pattern, control string) bool {
	prefix, open := strings.CutSuffix(pattern, "*")
	return pattern == control || open && strings.HasPrefix(control, prefix)
}

// terms is the entry as the rules of exceptions read it.
func (t termsEntry) terms() exception.Terms {
	return exception.Terms{
		Approvers: slices.Clone(t.Approvers), Quorum: t.Quorum, DecideWithin: t.DecideWithin, MaxDays: t.MaxDays, MaxRenewals: *t.MaxRenewals,
		RecheckEvery: t.RecheckEvery, RecheckWithin: t.RecheckWithin, NewDeadline: t.NewDeadline, Warn: slices.Clone(t.Warn),
	}
}

// ExceptionTerms are the terms of exceptions from a control: the first entry that
// matches. False when the policy has none, and nobody may grant one.
func (r *Rules) ExceptionTerms(control string) (exception.Terms, bool) {
	if r.exceptions == nil {
		return exception.Terms{}, false
	}
	for _, t := range r.exceptions.Terms {
		if t.matches(control) {
			return t.terms(), true
		}
	}
	return exception.Terms{}, false
}

// ExceptionChannel is the logical channel for the cards of exceptions; empty
// without a file of kind exceptions.
func (r *Rules) ExceptionChannel() string {
	if r.exceptions == nil {
		return ""
	}
	return r.exceptions.Channel
}

// HasEnvironment reports whether a system of the policy has an environment.
func (s System) HasEnvironment(name string) bool {
	return slices.ContainsFunc(s.Environments, func(e Environment) bool { return e.Name == name })
}

// approverPool counts the people of groups.
func approverPool(p people, groups []string) int {
	pool := map[compliance.PersonID]bool{}
	for _, g := range groups {
		for _, m := range p.members[g] {
			pool[m] = true
		}
	}
	return len(pool)
}
