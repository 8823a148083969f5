package patch

import (
	"fmt"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Point is a place on the ladder of warnings (P19): 1 to 4 stand for 50, 75, 90
// and 100 % of the time from start to deadline, 5 for 24 hours after it, 6 for
// 48 hours, and so on without end. 0 is none.
type Point int

// The points with a name.
const (
	Half       Point = 1
	Quarter    Point = 2 // a quarter of the time is left
	Tenth      Point = 3 // a tenth of the time is left
	AtDeadline Point = 4
)

const day = 24 * time.Hour

// lateAfter is how long after its instant a warning counts as late.
const lateAfter = 5 * time.Minute

// Warned says which warning was the last one sent, and under which deadline: a
// deadline that moved has a ladder of its own.
type Warned struct {
	Due  time.Time `json:"due,omitzero"`
	Last Point     `json:"last,omitempty"`
}

// Warning is one warning about a deadline. Each pair of deadline and point is
// sent at most once.
type Warning struct {
	Point Point     `json:"point"`
	At    time.Time `json:"at"` // when it is due, UTC
	Due   time.Time `json:"due"`
	// Missed counts the earlier points that nobody was told about, because the
	// process was down or the deadline moved; they are not sent any more.
	Missed int  `json:"missed,omitempty"`
	Late   bool `json:"late,omitempty"`
}

// Key is the part of an event key that names this warning.
func (w Warning) Key() string {
	return fmt.Sprintf("warning/%s/%d", w.Due.UTC().Format("20060102T150405Z"), w.Point)
}

// Label says in words where the clock stands.
func (p Point) Label() string {
	switch p {
	case Half:
		return "50 % of the time is used"
	case Quarter:
		return "75 % of the time is used"
	case Tenth:
		return "90 % of the time is used"
	case AtDeadline:
		return "the deadline has been reached"
	default:
		return fmt.Sprintf("overdue by %d × 24 hours", int(p-AtDeadline))
	}
}

// NextWarning gives the warning to send now or next: At not after now means
// send it, otherwise it is the instant of the one timer to set. A late start
// sends only the latest point reached. It returns false without a deadline, and
// when the ladder is longer than 3650 days past it.
func NextWarning(c Clock, sent Warned, now time.Time) (Warning, bool) {
	if c.Due.IsZero() {
		return Warning{}, false
	}
	last := max(0, sent.Last)
	if !sent.Due.Equal(c.Due) {
		last = 0
	}
	reached := reachedBy(c, now)
	next := max(last+1, reached)
	if next > AtDeadline+3650 {
		return Warning{}, false
	}
	w := Warning{Point: next, At: pointAt(c, next), Due: c.Due.UTC(), Missed: int(next - last - 1)}
	w.Late = now.Sub(w.At) > lateAfter
	return w, true
}

// reachedBy is the latest point whose instant is not after now.
func reachedBy(c Clock, now time.Time) Point {
	if !now.Before(c.Due) {
		return AtDeadline + Point(now.Sub(c.Due)/day)
	}
	var p Point
	for next := Half; next < AtDeadline && !pointAt(c, next).After(now); next++ {
		p = next
	}
	return p
}

func pointAt(c Clock, p Point) time.Time {
	if p >= AtDeadline {
		return c.Due.UTC().Add(time.Duration(p-AtDeadline) * day)
	}
	percent := map[Point]time.Duration{Half: 50, Quarter: 75, Tenth: 90}[p]
	span := max(0, c.Due.Sub(c.Start.At))
	// Divided first: a hundred times a span of years does not fit a Duration.
	return c.Start.At.UTC().Add(span/100*percent + span%100*percent/100)
}

// Audience is who a warning may go to, as the directory says now; ids may be empty.
type Audience struct {
	Owner, Manager, Sponsor compliance.PersonID
}

// Addressees lists who is told at a point: the owner always, the owner's
// manager from 90 % on, the sponsor from the deadline on (P19). Where those
// people are missing the next one stands in, so that a warning reaches nobody
// only when the whole audience is empty, which is a finding.
func Addressees(p Point, a Audience) []compliance.PersonID {
	line := []compliance.PersonID{a.Owner, a.Manager, a.Sponsor}
	reach := 1
	if p >= Tenth {
		reach = 2
	}
	if p >= AtDeadline {
		reach = 3
	}
	var out []compliance.PersonID
	for i, id := range line {
		if i >= reach && len(out) > 0 {
			break
		}
		if id != "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}
