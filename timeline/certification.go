package timeline

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/evidence"
)

// certification tells an event of a vendor's document, empty when it does not
// know the type.
func (t teller) certification(r evidence.Record) (string, []string) {
	switch r.Type {
	case certification.EventTracked:
		return t.tracked(r)
	case certification.EventReminded, certification.EventEscalated, certification.EventUntold:
		return t.reminded(r)
	case certification.EventAcknowledged, certification.EventRequested, certification.EventReceived, certification.EventReviewing,
		certification.EventAccepted, certification.EventReturned, certification.EventGranted, certification.EventDenied,
		certification.EventWithdrawn, certification.EventRefused:
		return t.certified(r)
	case certification.EventGap, certification.EventExpiring, certification.EventExpired,
		certification.EventRescheduled, certification.EventUnreadable, certification.EventDrift, certification.EventStopped:
		return t.certificationMoved(r)
	case certification.EventLate:
		return over(r)
	}
	return "", nil
}

func (t teller) tracked(r evidence.Record) (string, []string) {
	f, ok := holding[certification.TrackedFacts](r, "vendor")
	if !ok {
		return fmt.Sprintf("A document of a vendor is tracked from now on; it got the number %s.", r.Number), raw(r.Facts)
	}
	var details notes
	details.say("needed by", f.NeededBy.String())
	if l := f.Ladder; len(l.Rungs) > 0 {
		details.add("reminders %s days before the end of the coverage, then every %d days, at %d:00 of the owner",
			joined(l.Rungs, func(r certification.Rung) string { return strconv.Itoa(r.Offset) }), l.Every, l.Hour)
		if l.Patience > 0 {
			details.add("a reminder that nobody acknowledges within %s goes to the next role", span(l.Patience))
		}
		details.add("a grace of at most %s", compliance.Count(l.MaxGrace, "day", "days"))
	}
	return fmt.Sprintf("“%s” of the vendor “%s” is tracked from now on; it got the number %s.", f.Artefact, f.Vendor, r.Number), details
}

// away says where a rung stands against the end of the coverage.
func away(offset int) string {
	switch {
	case offset == 0:
		return "at the end of the coverage"
	case offset == 1:
		return "1 day before the end of the coverage"
	case offset > 0:
		return compliance.Count(offset, "day", "days") + " before the end of the coverage"
	default:
		return compliance.Count(-offset, "day", "days") + " after the end of the coverage"
	}
}

func (t teller) reminded(r evidence.Record) (string, []string) {
	f, ok := holding[certification.ReminderFacts](r, "told")
	var details notes
	if !ok {
		details = raw(r.Facts)
	}
	rung := "A reminder"
	if m := f.Reminder; m != nil {
		rung = "The reminder " + away(m.Offset)
		details.say("planned for", m.Date.String())
		if m.Timing != certification.OnTime {
			details.say("timing:", spoken(m.Timing))
		}
		if len(m.Do) > 0 {
			details.add("asks to %s", joined(m.Do, func(a certification.Action) string { return spoken(a) }))
		}
		if len(m.Skipped) > 0 {
			details.add("stands for those of %s days, too", joined(m.Skipped, strconv.Itoa))
		}
	}
	if e := f.Escalation; e != nil {
		rung = "The reminder " + away(e.Offset)
	}
	if len(f.Told.People) > 0 {
		details.add("told: %s", t.names(f.Told.People))
	}
	for _, c := range f.Told.Unreachable {
		details.add("not told: the %s (%s)", spoken(c.Role), spoken(c.Reason))
	}
	switch r.Type {
	case certification.EventReminded:
		return rung + " was sent.", details
	case certification.EventEscalated:
		return rung + " was not acknowledged, so further people were told.", details
	default:
		return rung + " has no reader: nobody who should be told can be reached.", details
	}
}

func (t teller) certified(r evidence.Record) (string, []string) {
	f, ok := holding[certification.ActFacts](r, "action")
	if !ok {
		f.Action = "act" // the sentence holds without; the facts are shown as they are
	}
	details := t.actDetails(f)
	if !ok {
		details = raw(r.Facts)
	}
	switch r.Type {
	case certification.EventAcknowledged:
		return "Acknowledged the last reminder.", details
	case certification.EventRequested:
		return "Asked the vendor for the document.", details
	case certification.EventReceived:
		what := "a document"
		if f.Corrects {
			what = "a corrected document"
		}
		if f.Coverage == nil {
			return "Recorded the receipt of " + what + ".", details
		}
		return fmt.Sprintf("Recorded the receipt of %s that covers %s to %s.", what, f.Coverage.From, f.Coverage.To), details
	case certification.EventReviewing:
		return "Took up the review of the document.", details
	case certification.EventAccepted:
		return "Accepted the document: it counts for the days it covers.", details
	case certification.EventReturned:
		return "Returned the document: the vendor has to send another one.", details
	case certification.EventGranted:
		if f.Until.IsZero() {
			return "Granted a grace.", details
		}
		return fmt.Sprintf("Granted a grace until %s, that day included.", f.Until), details
	case certification.EventDenied:
		return "Granted no grace.", details
	case certification.EventWithdrawn:
		return "Recorded that the vendor took the document back: it covers nothing any more.", details
	default:
		return fmt.Sprintf("Tried to %s. %s", spoken(f.Action), f.Reason.Text()), append(details, because(f.Reason)...)
	}
}

func (t teller) actDetails(f certification.ActFacts) []string {
	var details notes
	if f.Attested != "" {
		details.add("confirmed: “%s”", f.Attested)
	}
	if len(f.Roles) > 0 {
		details.add("as %s", joined(f.Roles, func(r certification.Role) string { return spoken(r) }))
	}
	if e := f.Effect; e != nil {
		for _, m := range e.Moves {
			details.add("%s", m.Describe())
		}
		if e.Gap != nil {
			details.add("%s", e.Gap.Text())
		}
		if e.Overlap > 0 {
			details.add("overlaps the one before by %s", compliance.Count(e.Overlap, "day", "days"))
		}
	}
	return details
}

// certificationMoved tells what time, the calendar or a damaged message brought.
func (t teller) certificationMoved(r evidence.Record) (string, []string) {
	text := map[string]string{
		certification.EventGap:         "A finding: days that no document covers.",
		certification.EventExpiring:    "The time of reminders before the end of the coverage began.",
		certification.EventExpired:     "The coverage is over, and with it any grace.",
		certification.EventRescheduled: "Who owns the document, or the rules of their time zone, changed: the reminders have new instants.",
		certification.EventUnreadable:  "A message about the document could not be read.",
		certification.EventDrift:       "The task of the renewal was moved or deleted by hand, which decides nothing.",
		certification.EventStopped:     "An operator of the engine ended the tracking of the document.",
	}[r.Type]
	f, ok := facts[certification.MovedFacts](r)
	if !ok {
		return text, raw(r.Facts)
	}
	var details notes
	if f.Gap != nil {
		details.add("%s", f.Gap.Text())
	}
	if f.Move != nil {
		details.add("%s", f.Move.Describe())
		t.at(&details, "true since", f.Move.At)
	}
	if f.Coverage != nil {
		details.add("covers %s to %s", f.Coverage.From, f.Coverage.To)
	}
	t.at(&details, "coverage ends", f.Ends)
	if f.Owner != "" {
		details.add("owner: %s", t.people(f.Owner))
	}
	details.say("time zone", f.Zone)
	if len(f.Changed) > 0 {
		details.say("changed:", strings.Join(f.Changed, ", "))
	}
	details.say("what:", f.Detail)
	return text, details
}
