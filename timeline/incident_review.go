package timeline

import (
	"fmt"

	"github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/evidence"
)

// review tells of the review and of the end that rests on it (I27).
func (t teller) review(r evidence.Record) (string, []string) {
	f, ok := holding[incident.ReviewFacts](r, "author")
	if !ok || f.Author == "" { // an exercise ends without a review
		return t.incidentMoved(r)
	}
	var details notes
	t.at(&details, "was due", f.Due)
	if f.Late > 0 {
		details.add("%s late", span(f.Late))
	}
	if f.Shown != "" {
		details.add("confirmed: “%s”", f.Shown)
	}
	for i, a := range f.Asked {
		details.add("thing %d to be done: by %s", i+1, t.people(a.Owner))
		t.at(&details, fmt.Sprintf("thing %d is due", i+1), a.Due)
	}
	mends := f.Change + " mends the cause."
	if f.NoneNeeded {
		mends = "No change is needed, as the review says why."
	}
	if r.Type == incident.EventClosed {
		return fmt.Sprintf("Accepted the review of %s: the incident is closed. %s", t.people(f.Author), mends), details
	}
	return "Recorded the review: " + lower(mends), details
}

// item tells of one thing that the review asked for, which is followed after the
// incident is closed (I27).
func (t teller) item(r evidence.Record) (string, []string) {
	f, ok := holding[incident.ItemFacts](r, "item")
	if !ok {
		return t.incidentMoved(r)
	}
	var details notes
	details.say("ticket", f.Ticket)
	if f.Owner != "" {
		details.add("to be done by %s", t.people(f.Owner))
	}
	t.at(&details, "due", f.Due)
	if f.Late > 0 {
		details.add("%s late", span(f.Late))
	}
	switch r.Type {
	case incident.EventItemChased:
		return fmt.Sprintf("Reminded %s of thing %d that is to be done.", t.names(f.People), f.Item), append(details, because(f.Reason)...)
	case incident.EventItemKept:
		return fmt.Sprintf("The ticket of thing %d ended as %s without its being done: it stays open.", f.Item, spoken(f.Resolution)), details
	case incident.EventItemWithdrawn:
		return fmt.Sprintf("Withdrew thing %d: it will not be done.", f.Item), details
	default:
		if f.ActFacts == nil {
			return fmt.Sprintf("Thing %d is done, says its ticket.", f.Item), details
		}
		return fmt.Sprintf("Reported that thing %d is done.", f.Item), details
	}
}

// reassigned tells that a page was given to somebody else where it rang.
func (t teller) reassigned(r evidence.Record) (string, []string) {
	f, ok := holding[incident.ReassignedFacts](r, "action")
	if !ok {
		return t.incidentMoved(r)
	}
	var details notes
	if f.Unknown > 0 {
		details.add("%d of them are not in the directory", f.Unknown)
	}
	to := "somebody the directory does not know"
	if len(f.To) > 0 {
		to = t.names(f.To)
	}
	return fmt.Sprintf("Gave the page to %s where it rang; that is no acknowledgement.", to), details
}
