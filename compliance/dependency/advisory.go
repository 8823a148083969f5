package dependency

import (
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
)

// Match finds the components that published advisories say are affected. A
// publisher's product is a component when its package URL is; products without one
// are no packages and match nothing. A range of versions that cannot be read covers
// every version: what is not known to be well is looked at by a person.
func Match(m Manifest, advisories []patch.Advisory) []Finding {
	var out []Finding
	for _, a := range latest(advisories) {
		for _, p := range a.Products {
			pkg, version, _, err := split(p.PURL)
			if !p.Affected || p.PURL == "" || err != nil {
				continue
			}
			for _, c := range m.Components {
				if c.Package == pkg && c.Version != "" && affected(c.Version, version, p.Range) {
					out = append(out, Finding{
						ID: a.ID, Aliases: a.CVEs[:min(len(a.CVEs), 10)], PURL: c.PURL(), Severity: a.Class, Summary: compliance.Cut(a.Title, 200), Fixed: fixes(a, p.ID), Source: compliance.Cut(a.Publisher, 100),
					})
				}
			}
		}
	}
	return Findings{}.With(out).List
}

// latest keeps of each advisory the revision that was made last.
func latest(advisories []patch.Advisory) []patch.Advisory {
	var out []patch.Advisory
	for _, a := range advisories {
		switch i := slices.IndexFunc(out, func(b patch.Advisory) bool { return a.ID == b.ID && a.Publisher == b.Publisher }); {
		case i < 0:
			out = append(out, a)
		case a.Updated.After(out[i].Updated):
			out[i] = a
		}
	}
	return out
}

// fixes lists the versions of a product in which an advisory says that it is mended.
func fixes(a patch.Advisory, product string) []string {
	var out []string
	for _, f := range a.Fixes {
		if f.ProductID == product && f.Version != "" && !slices.Contains(out, f.Version) {
			out = append(out, f.Version)
		}
	}
	return out[:min(len(out), 10)]
}

// affected reports whether a version is the one that is named, or in the range.
func affected(version, named, within string) bool {
	if named != "" {
		return version == named
	}
	if within == "" || strings.HasSuffix(within, "*") {
		return true
	}
	v, err := semver.NewVersion(version)
	constraint, bad := semver.NewConstraint(alternatives(within))
	return err != nil || bad != nil || inside(constraint, v)
}

// inside is Check, but for a version before its release, which is no less affected
// than the release that it becomes.
func inside(c *semver.Constraints, v *semver.Version) bool {
	whole, err := v.SetPrerelease("")
	return c.Check(v) || err == nil && v.Prerelease() != "" && c.Check(&whole)
}

// alternatives writes a range of the form vers:npm/>=1.0|<1.4|>=2.0|<2.1 as
// ">=1.0, <1.4 || >=2.0, <2.1": a lower bound and the upper one after it belong
// together (https://github.com/package-url/vers-spec). Other texts stay as they are.
func alternatives(text string) string {
	rest, vers := strings.CutPrefix(text, "vers:")
	if _, bounds, ok := strings.Cut(rest, "/"); vers && ok {
		text = bounds
	}
	var out strings.Builder
	open := false // a lower bound waits for its upper one
	for i, bound := range strings.Split(text, "|") {
		bound = strings.TrimSpace(bound)
		switch {
		case i == 0:
		case open && strings.HasPrefix(bound, "<"):
			out.WriteString(", ")
		default:
			out.WriteString(" || ")
		}
		out.WriteString(bound)
		open = strings.HasPrefix(bound, ">")
	}
	return out.String()
}
