package timeline

import (
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/evidence"
)

// incident tells an event of an incident or of its alert, empty when it does
// not know the type.
func (t teller) incident(r evidence.Record) (string, []string) {
	switch r.Type {
	case incident.EventAlertTriggered, incident.EventAlertCleared, incident.EventAlertOver:
		return t.alert(r)
	case incident.EventPaging, incident.EventPaged:
		return t.page(r)
	case incident.EventOffered, incident.EventAccepted, incident.EventNotAccepted:
		return t.handover(r)
	case incident.EventRollbackAsked, incident.EventRollbackApproved, incident.EventRollbackDenied,
		incident.EventRollbackStarted, incident.EventRollbackDone, incident.EventRollbackFailed:
		return t.rollback(r)
	case incident.EventReviewed, incident.EventClosed:
		return t.review(r)
	case incident.EventItemChased, incident.EventItemKept, incident.EventItemDone, incident.EventItemWithdrawn:
		return t.item(r)
	case incident.EventReassigned:
		return t.reassigned(r)
	case incident.EventReceived:
		return t.opened(r)
	case incident.EventFinding:
		return t.finding(r)
	case incident.EventStoodDown:
		f, ok := holding[incident.StandDownFacts](r, "people")
		if !ok {
			return "People were told that they are no longer needed.", raw(r.Facts)
		}
		were := "were"
		if len(f.People) == 1 {
			were = "was"
		}
		return fmt.Sprintf("%s %s told that they are no longer needed.", t.names(f.People), were), because(f.Reason)
	case incident.EventAcknowledged, incident.EventUpdated, incident.EventRefused, incident.EventResolved:
		if f, ok := holding[incident.ActFacts](r, "action"); ok {
			return t.responded(r.Type, f)
		}
	case incident.EventLate:
		return over(r)
	}
	return t.incidentMoved(r)
}

func (t teller) alert(r evidence.Record) (string, []string) {
	f, ok := holding[incident.AlertFacts](r, "source")
	details := notes(raw(r.Facts))
	source := "A source"
	if ok {
		details, source = nil, "The source “"+f.Source+"”"
		details.say("severity", string(f.Severity))
		t.at(&details, "began", f.Began)
		details.say("incident", f.Incident)
		details.say("follows", f.Before)
		if f.Count > 1 {
			details.add("reported %s", compliance.Count(f.Count, "time", "times"))
		}
		if f.Flaps > 0 {
			details.add("came back %s within its flap window", compliance.Count(f.Flaps, "time", "times"))
		}
		if f.Reason != incident.OK {
			details.add("%s", f.Reason.Text())
		}
	}
	switch r.Type {
	case incident.EventAlertTriggered:
		return source + " reported that something is wrong.", details
	case incident.EventAlertCleared:
		return source + " says that it is over.", details
	default:
		return "The alert did not come back within its flap window: it is over.", details
	}
}

func (t teller) opened(r evidence.Record) (string, []string) {
	f, ok := holding[incident.ReceivedFacts](r, "severity")
	if !ok {
		return fmt.Sprintf("An incident began; it got the number %s.", r.Number), raw(r.Facts)
	}
	var details notes
	details.say("title:", f.Title)
	details.say("system", f.System)
	details.say("severity", string(f.Severity))
	details.say("escalation policy", f.Policy)
	details.say("from", f.Alert)
	details.say("follows", f.Before)
	what := "An incident began"
	switch {
	case f.Drill:
		what = "An exercise began"
	case f.Declarer != "":
		what = t.people(f.Declarer) + " declared an incident"
	case f.Alert != "":
		what = "An alert opened an incident"
	}
	return fmt.Sprintf("%s; it got the number %s.", what, r.Number), details
}

func (t teller) responded(kind string, f incident.ActFacts) (string, []string) {
	var details notes
	if f.Page > 0 {
		details.add("about page %d", f.Page)
	}
	switch kind {
	case incident.EventAcknowledged:
		t.at(&details, "stands until", f.Until)
		if f.Reason == incident.Joined && f.First != "" {
			t.at(&details, "first acknowledged", f.FirstAt)
			return fmt.Sprintf("Joined %s, who had acknowledged before.", t.people(f.First)), details
		}
		return "Acknowledged: they are on it.", details
	case incident.EventUpdated:
		t.at(&details, "the acknowledgement stands until", f.Until)
		if f.Reason != incident.OK {
			details.add("%s", f.Reason.Text())
		}
		return "Gave an update.", details
	case incident.EventResolved:
		return "Resolved the incident.", details
	default:
		return fmt.Sprintf("Tried to %s. %s", spoken(f.Action), f.Reason.Text()), append(details, because(f.Reason)...)
	}
}

func (t teller) handover(r evidence.Record) (string, []string) {
	f, ok := holding[incident.HandoverFacts](r, "from")
	details := notes(raw(r.Facts))
	from, to := "the owner", "The newcomer"
	if ok {
		details, from, to = nil, t.people(f.From), t.people(f.To)
		t.at(&details, "to be accepted until", f.Until)
	}
	switch r.Type {
	case incident.EventOffered:
		return fmt.Sprintf("The shift changed: %s was asked to take the incident over from %s.", to, from), details
	case incident.EventAccepted:
		return fmt.Sprintf("%s took the incident over from %s.", to, from), details
	default:
		return fmt.Sprintf("%s did not accept in time: the incident stays with %s.", to, from), details
	}
}

func (t teller) finding(r evidence.Record) (string, []string) {
	if f, ok := holding[incident.PageFacts](r, "finding"); ok {
		return "A finding: " + lower(f.Finding.Text()), because(f.Why)
	}
	f, ok := facts[incident.MovedFacts](r)
	if !ok || f.Reason == incident.OK {
		return "A finding was made.", raw(r.Facts)
	}
	var details notes
	t.at(&details, "was due", f.Due)
	details.plain(f.Detail)
	return "A finding: " + lower(f.Reason.Text()), details
}

// incidentMoved tells what happened without an act that explains it.
func (t teller) incidentMoved(r evidence.Record) (string, []string) {
	text := map[string]string{
		incident.EventHeld:         "A maintenance window holds the incident back: nobody is paged before it ends.",
		incident.EventAcknowledged: "The incident was acknowledged.",
		incident.EventAckExpired:   "No word came in time, so the acknowledgement aged out and paging starts anew.",
		incident.EventUpdated:      "An update was given.",
		incident.EventResolved:     "The source took it back: the incident is resolved.",
		incident.EventRefused:      "An act was refused.",
		incident.EventReviewed:     "The review was recorded.",
		incident.EventClosed:       "The incident is closed.",
		incident.EventReassigned:   "A page was given to somebody else where it rang.",
		incident.EventItemChased:   "Somebody was reminded of what is to be done.",
		incident.EventItemKept:     "The ticket of something to be done ended without its being done.",
		incident.EventItemDone:     "Something that was to be done is done.",

		incident.EventItemWithdrawn: "Something that was to be done was withdrawn.",
		incident.EventUnreadable:    "A message about the incident could not be read.",
	}[r.Type]
	f, ok := facts[incident.MovedFacts](r)
	if !ok {
		return text, raw(r.Facts)
	}
	details := notes(because(f.Reason))
	t.at(&details, "until", f.Until)
	t.at(&details, "due", f.Due)
	details.plain(f.Detail)
	return text, details
}

// lower begins a sentence that stands after a colon.
func lower(sentence string) string {
	if sentence == "" {
		return sentence
	}
	return strings.ToLower(sentence[:1]) + sentence[1:]
}
