package timeline

import (
	"fmt"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
)

// timed tells the events of a change that follow from calendars and clocks, empty
// for others.
func (t teller) timed(r evidence.Record) (string, []string) {
	switch r.Type {
	case change.EventRetimed:
		f, ok := facts[change.RetimedFacts](r)
		if !ok || f.Version == 0 {
			return "The time at which it may start moved.", raw(r.Facts)
		}
		var n notes
		n.add("before: %s", t.opening(f.Was))
		t.at(&n, "approval valid until", f.Expires)
		if f.WasCalendar != f.Calendar {
			n.add("calendar %s, before %s", compliance.ShortDigest(f.Calendar), compliance.ShortDigest(f.WasCalendar))
		}
		if f.WasZones != f.Zones {
			n.add("zone data %s, before %s", compliance.ShortDigest(f.Zones), compliance.ShortDigest(f.WasZones))
		}
		why := "the calendar was changed"
		if f.Reason == change.ZonesChanged {
			why = "the clocks of a time zone change otherwise than was known"
		}
		return fmt.Sprintf("The time at which version %d may start moved, because %s: now %s.", f.Version, why, t.opening(f.Is)), n
	case change.EventProceeded:
		f, ok := facts[change.ActFacts](r)
		if !ok || f.Point == 0 {
			return "At a safe point the implementer asked, and may go on.", raw(r.Facts)
		}
		var n notes
		if f.Remaining > 0 {
			n.add("left, by their estimate: %s", f.Remaining)
		}
		return fmt.Sprintf("Asked at safe point %d, and may go on.", f.Point), n
	case change.EventPaused:
		f, ok := facts[change.ProceedFacts](r)
		if !ok || f.Point == 0 {
			return "The work waits at a safe point.", raw(r.Facts)
		}
		return fmt.Sprintf("The work waits at safe point %d of %d. It may go on %s.", f.Point, f.Points, t.opening(f.Opening)), []string{"reason: " + words(string(f.Reason))}
	case change.EventOverrun:
		f, ok := facts[change.OverrunFacts](r)
		if !ok || f.Version == 0 {
			return "Its window ended while it was being carried out.", raw(r.Facts)
		}
		what := "Its window closed"
		if f.Reason == change.Frozen {
			what = "A freeze began"
		}
		var n notes
		t.at(&n, "since", f.Since)
		n.plain(f.Name)
		n.add("safe points passed: %d of %d", f.Passed, f.Points)
		return what + " while the change was being carried out; the implementer was called to stop at the next safe point or go back.", n
	}
	return "", nil
}

// opening is when something may start, inside a sentence.
func (t teller) opening(o change.Opening) string {
	text := "from " + t.when(o.At)
	switch o.Reason {
	case change.NoOpening:
		return "at no time that is known"
	case change.OK:
		text = "at once"
	}
	if !o.Until.IsZero() {
		text += " until " + t.when(o.Until)
	}
	return with(text, o.Name)
}
