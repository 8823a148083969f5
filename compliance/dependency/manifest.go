// Package dependency reads what a change brings along: the packages that a lock
// file or a software bill of materials names. It judges them by the list of
// packages that are allowed, and by the vulnerabilities that are known of them.
//
// A gate needs three calls:
//
//	m, err := dependency.Parse(name, bytes)       // an error: the check's outcome is error
//	v := dependency.Allow(m, rules, now)          // the check "allowlist"
//	v := dependency.Judge(m, findings, threshold) // the check "dependencies"
//
// Verdict.Outcome is one of compliance.CheckPass, CheckFail, CheckError and
// CheckNoData; Verdict.Artefact is the digest of the bytes that were judged, and
// Verdict.Detail(n) what to tell people. What is not known to be well has not passed.
package dependency

import (
	"cmp"
	"slices"
)

// Kind is the form of a manifest.
type Kind string

// The forms that are read.
const (
	LockFile    Kind = "lock-file"    // package-lock.json or npm-shrinkwrap.json, lockfileVersion 2 or 3
	PackageFile Kind = "package-file" // package.json: ranges, and only what is asked for directly
	SBOM        Kind = "sbom"         // CycloneDX JSON, specVersion 1.2 to 1.7
)

// Manifest is what was read of one file.
type Manifest struct {
	Name   string `json:"name"` // the file's name
	Kind   Kind   `json:"kind"`
	Digest string `json:"digest"` // "sha256:" and the hex digest of its bytes
	// Components are sorted and none occurs twice; the change's own code is left out.
	Components []Component `json:"components,omitempty"`
}

// Partial reports whether it names only what is asked for and not what will be
// there: nothing then passes.
func (m Manifest) Partial() bool { return m.Kind == PackageFile }

// Component is one package.
type Component struct {
	// Package is the package URL without version and qualifiers, such as
	// "pkg:npm/%40scope/name"; empty when the manifest does not give one.
	Package string `json:"package,omitempty"`
	Name    string `json:"name"` // for people, such as "@scope/name"
	// Version is the exact version; empty when only a range is asked for.
	Version string `json:"version,omitempty"`
	Range   string `json:"range,omitempty"` // what is asked for where there is no version
	// Source is the host it is taken from, such as "registry.npmjs.org"; with a scheme
	// other than https before it, such as "git+ssh://github.com". Empty: not said.
	Source string `json:"source,omitempty"`
}

// PURL is the package URL with the version, such as "pkg:npm/lodash@4.17.21"; empty
// when either is missing.
func (c Component) PURL() string {
	if c.Package == "" || c.Version == "" {
		return ""
	}
	return withVersion(c.Package, c.Version)
}

// String names the component for people.
func (c Component) String() string {
	if v := cmp.Or(c.Version, c.Range); v != "" {
		return c.Name + " " + v
	}
	return c.Name
}

// PURLs lists what can be asked about, sorted.
func (m Manifest) PURLs() []string {
	var out []string
	for _, c := range m.Components {
		if p := c.PURL(); p != "" {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// sorted puts components into one order and drops repeated ones.
func sorted(list []Component) []Component {
	slices.SortFunc(list, func(a, b Component) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Package, b.Package), cmp.Compare(a.Version, b.Version),
			cmp.Compare(a.Range, b.Range), cmp.Compare(a.Source, b.Source))
	})
	return slices.Compact(list)
}
