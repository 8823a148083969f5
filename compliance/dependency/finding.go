package dependency

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance/patch"
)

// Findings are what a database of vulnerabilities answered about a manifest. Its
// JSON names are frozen.
type Findings struct {
	// Source names the database, such as "osv".
	Source string    `json:"source,omitempty"`
	At     time.Time `json:"at,omitzero"` // when it answered, UTC
	// Asked are the package URLs, with versions, that the answer is about.
	Asked []string  `json:"asked,omitempty"`
	List  []Finding `json:"list,omitempty"`
	// Standing is OK when the answer is whole, else NobodyAsked or SourceFailed.
	Standing Reason `json:"standing,omitempty"`
	// Note says what was wrong; one line, no body.
	Note string `json:"note,omitempty"`
}

// Finding is one vulnerability of one component.
type Finding struct {
	ID      string   `json:"id"`                // such as "GHSA-35jh-r3h4-6jhm"
	Aliases []string `json:"aliases,omitempty"` // such as "CVE-2021-23337"
	PURL    string   `json:"purl"`              // as it was asked for
	// Severity is the worst that is stated; patch.SeverityUnknown when nothing is.
	Severity patch.Severity `json:"severity"`
	Score    float64        `json:"score,omitempty"` // CVSS, 0.0 to 10.0; 0 when none is stated
	Summary  string         `json:"summary,omitempty"`
	Fixed    []string       `json:"fixed,omitempty"` // versions in which it is mended
	// Source names who said so, where it is not Findings.Source.
	Source string `json:"source,omitempty"`
	// Withdrawn is when the database took it back, UTC; it then counts for nothing.
	Withdrawn time.Time `json:"withdrawn,omitzero"`
}

// With adds what another source knows of the same manifest; what both know is kept once.
func (f Findings) With(list []Finding) Findings {
	seen := map[[2]string]bool{}
	var all []Finding
	for _, known := range slices.Concat(f.List, list) {
		if key := [2]string{known.ID, known.PURL}; !seen[key] {
			seen[key] = true
			all = append(all, known)
		}
	}
	f.List = all
	return f
}
