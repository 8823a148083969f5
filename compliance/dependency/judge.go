package dependency

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
)

// Judge judges a manifest by what is known of its components. A vulnerability as
// severe as the threshold or worse fails it; so does one of which nobody says how
// severe it is. What the database was not asked about, or could not be, is no data;
// a database that gave no answer is an error. The threshold is low, medium, high
// or critical.
func Judge(m Manifest, f Findings, threshold patch.Severity) Verdict {
	if rank(threshold) == 0 {
		return broken(m, BadThreshold, fmt.Sprintf("threshold %q", compliance.Cut(string(threshold), 20)))
	}
	v := judged(m)
	if f.Standing != OK {
		v.note(Line{Reason: f.Standing, Detail: f.Note})
	}
	asked, known := map[string]bool{}, map[string][]Finding{}
	for _, p := range f.Asked {
		asked[p] = true
	}
	for _, found := range f.List {
		known[found.PURL] = append(known[found.PURL], found)
	}
	for _, c := range m.Components {
		purl := c.PURL()
		switch {
		case c.Package == "":
			v.add(c, Unnamed, "")
		case c.Version == "":
			v.add(c, Unpinned, "")
		case !asked[purl] && f.Standing == OK:
			v.add(c, NotAsked, "")
		}
		for _, found := range known[purl] {
			v.add(c, found.against(threshold), found.String())
		}
	}
	return v.whole(m)
}

// against says whether a finding is in the way.
func (f Finding) against(threshold patch.Severity) Reason {
	switch {
	case !f.Withdrawn.IsZero():
		return OK
	case rank(f.Severity) == 0:
		return SeverityUnstated
	case rank(f.Severity) >= rank(threshold):
		return AboveThreshold
	}
	return OK
}

// String is the finding for people, such as
// "GHSA-35jh-r3h4-6jhm, CVE-2021-23337, high 7.2, fixed in 4.17.21".
func (f Finding) String() string {
	parts := append([]string{f.ID}, f.Aliases[:min(len(f.Aliases), 3)]...)
	severity := string(cmp.Or(f.Severity, patch.SeverityUnknown))
	if f.Score > 0 {
		severity = fmt.Sprintf("%s %.1f", severity, f.Score)
	}
	parts = append(parts, severity)
	if len(f.Fixed) > 0 {
		parts = append(parts, "fixed in "+strings.Join(f.Fixed[:min(len(f.Fixed), 3)], " or "))
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}
