package timeline

import (
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/evidence"
)

// exception tells an event of an exception from a control, empty when it does not
// know the type.
func (t teller) exception(r evidence.Record) (string, []string) {
	switch r.Type {
	case exception.EventRequested, exception.EventNotRequested, exception.EventApproved, exception.EventGranted, exception.EventDenied,
		exception.EventConfirmed, exception.EventFailed, exception.EventRenewing, exception.EventRenewed, exception.EventRevoked,
		exception.EventEnded, exception.EventWithdrawn, exception.EventRefused:
		return t.excepted(r)
	case exception.EventLapsed, exception.EventAsked, exception.EventUnanswered, exception.EventWarned, exception.EventExpired,
		exception.EventEscalated, exception.EventReminded, exception.EventRescheduled, exception.EventUnreadable, exception.EventDrift,
		exception.EventStopped:
		return t.exceptionMoved(r)
	case exception.EventLate:
		return over(r)
	}
	return "", nil
}

// excepted tells what somebody did.
func (t teller) excepted(r evidence.Record) (string, []string) {
	f, ok := holding[exception.ActFacts](r, "action")
	details := t.exceptionDetails(r, f)
	if !ok {
		f.Action, details = "act", raw(r.Facts)
	}
	var until string
	if f.After != nil {
		until = f.After.Last.String()
	}
	switch r.Type {
	case exception.EventRequested:
		return fmt.Sprintf("Asked for an exception; it got the number %s.", r.Number), details
	case exception.EventNotRequested:
		return "Asked for an exception, which was not taken. " + f.Reason.Text(), append(details, because(f.Reason)...)
	case exception.EventApproved:
		return "Approved; others have to approve as well.", details
	case exception.EventGranted:
		return strings.TrimSuffix("Approved: the exception is in force until "+until, " until ") + ".", details
	case exception.EventRenewed:
		return strings.TrimSuffix("Approved the renewal: the exception is in force until "+until, " until ") + ".", details
	case exception.EventDenied:
		if f.After != nil && f.After.State != exception.Denied {
			return "Denied the renewal: the exception ends when it was going to.", details
		}
		return "Denied the exception.", details
	case exception.EventConfirmed:
		return "Confirmed that the compensating control works.", details
	case exception.EventFailed:
		return "Found that the compensating control fails: the exception is over.", details
	case exception.EventRenewing:
		return "Asked for a renewal, which is decided anew.", details
	case exception.EventRevoked:
		return "Revoked the exception: what it excused is open again.", details
	case exception.EventEnded:
		return "Said that what the exception excused is remedied.", details
	case exception.EventWithdrawn:
		return "Took the request for the exception back.", details
	default:
		return fmt.Sprintf("Tried to %s. %s", spoken(f.Action), f.Reason.Text()), append(details, because(f.Reason)...)
	}
}

func (t teller) exceptionDetails(r evidence.Record, f exception.ActFacts) []string {
	var details notes
	if e := f.After; e != nil {
		if r.Type == exception.EventRequested {
			details.add("from %s for %s", e.Control, strings.TrimSuffix(e.System+", "+e.Environment, ", "))
			details.say("only for", e.Change)
			details.say("what it excuses began on", e.Since.String())
			details.add("owner: %s", t.people(e.Owner))
			details.add("verifier: %s", t.people(e.Verifier))
			if e.Round != nil {
				details.say("asked until", e.Round.Until.String())
				t.at(&details, "decided by", e.Round.By)
			}
		}
		if r.Type == exception.EventRenewing && e.Round != nil {
			details.say("asked until", e.Round.Until.String())
		}
		if e.State == exception.Reopened {
			details.say("to be remedied by", e.Due.String())
		}
	}
	if len(f.Roles) > 0 {
		details.add("as %s", strings.Join(f.Roles, ", "))
	}
	return details
}

// exceptionMoved tells what time, or a hand on the ticket, brought.
func (t teller) exceptionMoved(r evidence.Record) (string, []string) {
	text := map[string]string{
		exception.EventLapsed:      "Nobody decided in time, so nothing was granted.",
		exception.EventAsked:       "The verifier was asked whether the compensating control works.",
		exception.EventUnanswered:  "The verifier did not answer in time: the exception is over.",
		exception.EventWarned:      "The end of the exception was announced.",
		exception.EventExpired:     "The last day of the exception is over: what it excused is open again.",
		exception.EventEscalated:   "What the exception excused was not remedied by the short deadline; the owner's manager was told.",
		exception.EventReminded:    "What the exception excused is open still.",
		exception.EventRescheduled: "The end of the exception moved with the owner's time zone.",
		exception.EventUnreadable:  "A message about the exception could not be read.",
		exception.EventDrift:       "The ticket of the exception was moved or deleted by hand, which decides nothing.",
		exception.EventStopped:     "An operator of the engine ended the run of the exception: it excuses nothing any more.",
	}[r.Type]
	f, ok := facts[exception.MovedFacts](r)
	if !ok {
		return text, raw(r.Facts)
	}
	var details notes
	if d := f.Due; d != nil {
		if d.Rung > 0 {
			details.add("%s before the end", compliance.Count(d.Rung, "day", "days"))
		}
		if d.Late {
			t.at(&details, "late; planned for", d.At)
		}
	}
	if e := f.After; e != nil {
		switch r.Type {
		case exception.EventExpired, exception.EventUnanswered:
			details.say("what it excused began on", e.Since.String())
			details.say("to be remedied by", e.Due.String())
		case exception.EventAsked:
			t.at(&details, "answer due by", e.Check.By)
		case exception.EventRescheduled:
			t.at(&details, "ends", e.Ends)
		}
	}
	if f.OverdueDays > 0 {
		details.add("without an exception for %s", compliance.Count(f.OverdueDays, "day", "days"))
	}
	if len(f.Told) > 0 {
		details.add("told: %s", t.names(f.Told))
	}
	details.say("what:", f.Detail)
	return text, details
}
