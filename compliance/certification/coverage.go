package certification

import "fmt"

// Coverage is the span an artefact speaks about, both days included: the
// period of a report or the validity of a certificate, apart from when it was
// issued or received (A4).
type Coverage struct {
	From Date `json:"from,omitzero"`
	To   Date `json:"to,omitzero"`
}

// maxCoverage is the longest plausible coverage in days. The longest we know is
// the three years of an ISO/IEC 27001 certificate; ten leave room for a
// contract and still stop a slip such as 2062 for 2026.
const maxCoverage = 3660

// IsZero reports whether nothing is covered.
func (c Coverage) IsZero() bool { return c == Coverage{} }

// Contains reports whether the day is covered.
func (c Coverage) Contains(d Date) bool {
	return !c.IsZero() && !d.IsZero() && !d.Before(c.From) && !d.After(c.To)
}

// Check says whether the coverage is possible: OK, MissingAnswer when one of
// the dates is not there, BadDates when it ends before it begins or is longer
// than ten years.
func (c Coverage) Check() Reason {
	switch {
	case c.From.IsZero() || c.To.IsZero():
		return MissingAnswer
	case c.To.Before(c.From), c.To.Days(c.From) > maxCoverage:
		return BadDates
	}
	return OK
}

// Extends reports whether c reaches beyond the given coverage. It is the whole
// test of a renewal (A4): a report that was uploaded later and ends earlier
// renews nothing. Anything extends no coverage at all.
func (c Coverage) Extends(other Coverage) bool { return c.To.After(other.To) }

// GapDays is the number of days between the end of prev and the start of next
// that neither covers: next.From − prev.To − 1 (A4). It is 0 when they touch
// and negative when they overlap; without a previous coverage there is no gap.
func GapDays(prev, next Coverage) int {
	if prev.IsZero() || next.IsZero() {
		return 0
	}
	return next.From.Days(prev.To) - 1
}

// Gap is a finding: days between two artefacts that nothing covers. It needs a
// bridge letter from the vendor, and closes no other way.
type Gap struct {
	From Date `json:"from"` // first uncovered day
	To   Date `json:"to"`   // last uncovered day
	Days int  `json:"days"` // always positive
}

// FindGap gives the gap between two coverages, false when there is none.
func FindGap(prev, next Coverage) (Gap, bool) {
	days := GapDays(prev, next)
	if days <= 0 {
		return Gap{}, false
	}
	return Gap{From: prev.To.Add(1), To: next.From.Add(-1), Days: days}, true
}

// Text says the gap and how to mend it, in two sentences.
func (g Gap) Text() string {
	if g.Days == 1 {
		return fmt.Sprintf("Nothing covers %s. Ask the vendor for a bridge letter for that day.", g.From)
	}
	if g.Days == 1 {
		return fmt.Sprintf("Nothing covers the day %s. Ask the vendor for a bridge letter for it.", g.From)
	}
	return fmt.Sprintf("Nothing covers the %d days from %s to %s. Ask the vendor for a bridge letter for them.", g.Days, g.From, g.To)
}
