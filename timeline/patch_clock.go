package timeline

import (
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
)

// clock tells of deadlines and of the feeds that they rest on.
func (t teller) clock(r evidence.Record) (string, []string) {
	switch r.Type {
	case patch.EventWarned:
		return t.warned(r)
	case patch.EventQuarantined, patch.EventFeed:
		return t.feed(r)
	case patch.EventAdvised:
		return t.advised(r)
	}
	if f, ok := holding[patch.ActFacts](r, "action"); ok && r.Type == patch.EventLater {
		var details notes
		if f.Shown != "" {
			details.add("confirmed: “%s”", f.Shown)
		}
		return "Accepted the later or milder deadline.", details
	}
	f, ok := holding[patch.ClockFacts](r, "clock")
	if !ok {
		if r.Type == patch.EventLater {
			return "A later or milder deadline was asked for.", raw(r.Facts)
		}
		return "A deadline was set.", raw(r.Facts)
	}
	about := fmt.Sprintf("%s on %s", f.Clock.Vulnerability, f.Clock.Asset)
	details := t.clockDetails(f)
	switch {
	case r.Type == patch.EventLater && f.Proposed != nil:
		return fmt.Sprintf("%s: a later or milder deadline was asked for, %s instead of %s.", about, t.due(*f.Proposed), t.due(f.Clock)), details
	case r.Type == patch.EventLater:
		return fmt.Sprintf("%s: a later or milder deadline is in force, %s.", about, t.due(f.Clock)), details
	case f.Before != nil:
		return fmt.Sprintf("%s: the deadline is %s; before it was %s.", about, t.due(f.Clock), t.due(*f.Before)), details
	default:
		return fmt.Sprintf("%s: the deadline is %s.", about, t.due(f.Clock)), details
	}
}

func (t teller) due(c patch.Clock) string {
	if c.Due.IsZero() {
		return "the next regular upgrade"
	}
	return t.when(c.Due)
}

func (t teller) clockDetails(f patch.ClockFacts) []string {
	details := notes{}
	c := f.Clock
	if !c.Start.At.IsZero() {
		details.add("runs from %s: %s by %s", t.when(c.Start.At), words(string(c.Start.Kind)), c.Start.Source)
	}
	details.add("row %d of the table %s", c.Ruling.Row+1, compliance.ShortDigest(c.Ruling.Table))
	if c.Ruling.Forensic {
		details.add("traces of an attack are secured first")
	}
	if len(c.Ruling.Assumed) > 0 {
		details.add("not known, so the worse was assumed: %s", strings.Join(c.Ruling.Assumed, ", "))
	}
	if c.Feed != patch.OK {
		details.add("%s", c.Feed.Text())
	}
	if g := c.Granted; g != nil {
		details.add("accepted by %s, asked by %s", t.people(g.Approver), t.people(g.AskedBy))
	}
	for _, u := range f.Unused {
		details.add("not used: %s by %s (%s)", words(string(u.Evidence.Kind)), u.Evidence.Source, spoken(u.Reason))
	}
	return append(details, because(f.Reason)...)
}

func (t teller) warned(r evidence.Record) (string, []string) {
	f, ok := holding[patch.WarnedFacts](r, "warning")
	if !ok {
		return "A warning about a deadline was sent.", raw(r.Facts)
	}
	var details notes
	t.at(&details, "deadline", f.Warning.Due)
	if f.Warning.Missed > 0 {
		details.add("earlier warnings that were not sent: %d", f.Warning.Missed)
	}
	if f.Warning.Late {
		details.add("the warning came late")
	}
	if len(f.Told) > 0 {
		details.add("told: %s", t.names(f.Told))
	}
	return fmt.Sprintf("A warning was sent about %s on %s: %s.", f.Vulnerability, f.Asset, f.Warning.Point.Label()), details
}
