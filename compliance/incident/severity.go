package incident

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

// Severity is how bad an incident is; Sev1 is the worst.
type Severity string

const (
	Sev1 Severity = "sev1" // the business stands still, or data is lost
	Sev2 Severity = "sev2" // a service is badly degraded
	Sev3 Severity = "sev3" // degraded, with a way round
	Sev4 Severity = "sev4" // nobody notices yet
)

// Severities lists every severity, the worst first.
func Severities() []Severity { return []Severity{Sev1, Sev2, Sev3, Sev4} }

// ParseSeverity reads "sev1", "SEV-1" or "1". How a source's own words map to
// severities is configuration. It returns an error for anything else.
func ParseSeverity(s string) (Severity, error) {
	digit := strings.ToLower(strings.TrimSpace(s))
	digit = strings.TrimPrefix(strings.TrimPrefix(digit, "sev"), "-")
	if v := Severity("sev" + digit); slices.Contains(Severities(), v) {
		return v, nil
	}
	return "", fmt.Errorf("%q is no severity; write sev1 (worst), sev2, sev3 or sev4", compliance.Cut(s, 40))
}

// rank is 1 for the worst. An unknown severity counts as the worst: not knowing
// how bad it is is no reason to take longer.
func (s Severity) rank() int {
	if i := slices.Index(Severities(), s); i >= 0 {
		return i + 1
	}
	return 1
}

// WorseThan reports whether s is worse than the other. An unknown severity
// counts as the worst.
func (s Severity) WorseThan(other Severity) bool { return s.rank() < other.rank() }
