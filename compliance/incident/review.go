package incident

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Review is the review of a resolved incident (I27).
type Review struct {
	Author    compliance.PersonID `json:"author"`
	At        time.Time           `json:"at"`
	RootCause string              `json:"root_cause"`
	// Change is the number of the change that mends the cause, or the control;
	// empty where NoChange says why none is needed. The author signs that, and
	// whoever closes the incident signs it again.
	Change   string `json:"change"`
	NoChange string `json:"no_change,omitempty"`
	// Actions are the things to be done. Each gets a ticket.
	Actions []ActionItem `json:"actions,omitempty"`
}

// Pending reports whether a thing that is still to be done has no ticket yet.
func (r Review) Pending() bool {
	return slices.ContainsFunc(r.Actions, func(a ActionItem) bool { return a.Open() && a.Ticket.ID == "" })
}

// LinkedChange is what the evidence knows about the change a review names.
type LinkedChange struct {
	Number string
	Exists bool
	// Abandoned is set when it ended without effect: withdrawn, superseded, failed or rolled back.
	Abandoned bool
}

// ReviewDue is when the review of an incident of this severity is due, counted
// from its resolution (I27): an elapsed time, or the end of the n-th business
// day that begins after the resolution. Workdays are those days as half-open
// UTC intervals, sorted, resolved by whoever knows zones and holidays; where
// they do not reach far enough a business day counts as 24 hours, which is
// earlier and never later. Silent rules give DefaultReview.
func ReviewDue(p Policy, sev Severity, resolved time.Time, workdays []compliance.Interval) time.Time {
	rule := p.rule(sev)
	if n := rule.ReviewBusinessDays; n > 0 {
		for _, day := range workdays {
			if !day.Start.After(resolved) || day.End.IsZero() {
				continue
			}
			if n--; n == 0 {
				return day.End.UTC()
			}
		}
		return resolved.Add(time.Duration(rule.ReviewBusinessDays) * 24 * time.Hour).UTC()
	}
	return resolved.Add(stated(rule.ReviewWithin, DefaultReview)).UTC()
}

// ReviewRepeat is how often an overdue review is chased.
const ReviewRepeat = 24 * time.Hour

// NextReview says at the instant now whether the review is to be chased:
// ReviewOverdue, or ReviewWaits with the instant to come back at. Reminded is
// when it was chased last, zero for never. After an outage it is chased once,
// not once for every day missed (I31).
func NextReview(s State, due, reminded, now time.Time) (Reason, time.Time) {
	switch {
	case s == Closed:
		return AlreadyClosed, time.Time{}
	case s != Resolved && s != Reviewed:
		return NotResolved, time.Time{}
	case now.Before(due):
		return ReviewWaits, due.UTC()
	case reminded.IsZero() || !now.Before(reminded.Add(ReviewRepeat)):
		return ReviewOverdue, time.Time{}
	default:
		return ReviewWaits, reminded.Add(ReviewRepeat).UTC()
	}
}

// JudgeReview says whether a review may be recorded, besides its form: the
// incident is resolved, the root cause says something, and the change it links
// exists and has not ended without effect, or it says why none is needed. A reviewed incident that is not
// closed may be reviewed anew; the last review is the one to be accepted.
func JudgeReview(s State, r Review, linked LinkedChange, by Actor) Reason {
	switch {
	case s == Closed:
		return AlreadyClosed
	case s != Resolved && s != Reviewed:
		return NotResolved
	case by.judge() != OK:
		return by.judge()
	}
	return r.sound(linked)
}

func (r Review) sound(linked LinkedChange) Reason {
	none := r.Change == "" && compliance.Says(r.NoChange)
	switch {
	case !compliance.Says(r.RootCause):
		return NoRootCause
	case r.Change == "" && !none:
		return NoLinkedChange
	case r.Change != "" && r.NoChange != "":
		return ChangeAndNone
	case !none && (linked.Number != r.Change || !linked.Exists):
		return ChangeUnknown
	case !none && linked.Abandoned:
		return ChangeAbandoned
	case len(r.Actions) == 0:
		return NoActionItems
	case len(r.Actions) > MaxItems:
		return TooManyItems
	}
	return OK
}

// JudgeClose says whether this person may close the incident (I27): a review
// with root cause and a change that still stands is on record, each thing to be
// done has its ticket, no rollback is asked for or running (I23), and the person
// has the authority, by the caller's live check, and did not write the review. The change is looked up again: it may have been withdrawn since.
func JudgeClose(s State, r Review, linked LinkedChange, rollbacks []Rollback, by Actor) Reason {
	switch {
	case s == Closed:
		return AlreadyClosed
	case s == Resolved:
		return NotReviewed
	case s != Reviewed:
		return NotResolved
	case slices.ContainsFunc(rollbacks, Rollback.Open):
		return RollbackOpen
	}
	if bad := r.sound(linked); bad != OK {
		return bad
	}
	switch {
	case r.Pending():
		return ActionsPending
	case by.judge() != OK:
		return by.judge()
	case by.Person == r.Author:
		return IsReviewer
	}
	return OK
}
