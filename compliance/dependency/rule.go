package dependency

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/Masterminds/semver/v3"

	"github.com/lowcodex/countersign/compliance"
)

// Rules are the list of what a change may bring along. Its JSON names are frozen.
type Rules struct {
	Packages []Rule `json:"packages"`
	// Sources are the hosts that packages may be fetched from, as in
	// Component.Source. None: the public registries of npm.
	Sources []string `json:"sources,omitempty"`
}

// Rule allows a package.
type Rule struct {
	// Package is a package URL without a version, such as "pkg:npm/lodash" or
	// "pkg:npm/@scope/name"; "pkg:npm/@scope/*" is every package of a scope.
	Package string `json:"package"`
	// Versions is a range such as "^4.17.21" or ">=1.2 <2", or one exact version of
	// any form. Empty: every version. A version before its release, such as
	// 5.0.0-rc.1, is in a range only when the range names one.
	Versions string `json:"versions,omitempty"`
	// Until is when the entry ends, UTC; zero: it does not.
	Until time.Time `json:"until,omitzero"`
}

// RuleFault is what is wrong with an entry, and how to mend it.
type RuleFault struct {
	At     int // index in Rules.Packages
	Detail string
}

// Check lists every entry that cannot be read; none is what Allow needs.
func (r Rules) Check() []RuleFault {
	_, faults := r.compile()
	return faults
}

func (r Rules) sources() []string {
	if len(r.Sources) == 0 {
		return publicRegistries()
	}
	return r.Sources
}

// allowed is a list that has been read: by package, and by scope.
type allowed map[string][]entry

type entry struct {
	Rule
	within *semver.Constraints // nil: every version, or the exact one
}

func (r Rules) compile() (allowed, []RuleFault) {
	list, faults := allowed{}, []RuleFault(nil)
	for i, rule := range r.Packages {
		key, err := rule.key()
		if err != nil {
			faults = append(faults, RuleFault{i, err.Error()})
			continue
		}
		e := entry{Rule: rule}
		if rule.Versions != "" {
			if e.within, err = semver.NewConstraint(rule.Versions); err != nil && strings.ContainsAny(rule.Versions, " <>=~^|*,") {
				faults = append(faults, RuleFault{i, fmt.Sprintf("versions %q is no range: write it as in \"^4.17.21\" or \">=1.2 <2\"", compliance.Cut(rule.Versions, 60))})
				continue
			}
		}
		list[key] = append(list[key], e)
	}
	return list, faults
}

// key is the package, or for a whole scope its package URL with a slash at the end.
func (r Rule) key() (string, error) {
	text, whole := strings.CutSuffix(r.Package, "/*")
	if whole {
		text += "/any" // a scope alone is no package URL
	}
	pkg, version, _, err := split(text)
	switch {
	case err != nil || strings.ContainsAny(text, "*?#"):
		return "", fmt.Errorf("package %q is no package URL: write it as in pkg:npm/lodash or pkg:npm/@scope/*", compliance.Cut(r.Package, 60))
	case version != "":
		return "", fmt.Errorf("package %q has a version: give it as versions", compliance.Cut(r.Package, 60))
	case whole:
		return strings.TrimSuffix(pkg, "any"), nil
	}
	return pkg, nil
}

// entries are what the list says of a package, the exact ones first.
func (a allowed) entries(pkg string) []entry {
	scope := pkg[:strings.LastIndex(pkg, "/")+1]
	return slices.Concat(a[pkg], a[scope])
}

// covers reports whether the entry's versions hold one; a version that is no
// semantic one is held only by itself.
func (e entry) covers(version string) bool {
	if e.Versions == "" || e.Versions == version {
		return true
	}
	v, err := semver.NewVersion(version)
	return err == nil && e.within != nil && e.within.Check(v)
}

// ended reports whether the entry no longer counts at an instant.
func (e entry) ended(now time.Time) bool { return !e.Until.IsZero() && !now.Before(e.Until) }

// versions lists what a package is allowed in, for people.
func versions(list []entry) string {
	var out []string
	for _, e := range list {
		out = append(out, cmp.Or(e.Versions, "every version"))
	}
	return strings.Join(out, " or ")
}
