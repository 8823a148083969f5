package change

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Retro is the review of an emergency after the fact (C33). JSON names are frozen.
type Retro struct {
	// Reviewers are the independent people who could review it when it became due.
	Reviewers []compliance.PersonID `json:"reviewers,omitempty"`
	Due       time.Time             `json:"due"` // UTC, resolved with the zone data Zones
	Zones     string                `json:"zones,omitempty"`
	// Reminded counts the reminders of the present wait that are over; Escalated
	// is when the control owner was called.
	Reminded  int       `json:"reminded,omitempty"`
	Escalated time.Time `json:"escalated,omitzero"`

	By compliance.PersonID `json:"by,omitempty"`
	At time.Time           `json:"at,omitzero"`
	// Verdict says whether it would have been approved.
	Verdict RetroVerdict `json:"verdict,omitempty"`
	InTime  bool         `json:"in_time,omitempty"` // reviewed before it was due

	RemedyDue time.Time `json:"remedy_due,omitzero"`
	Remedy    Remedy    `json:"remedy,omitempty"`
	FollowUp  string    `json:"follow_up,omitempty"` // number of the change that follows it up
}

// RetroVerdict is what the reviewer says.
type RetroVerdict string

// The verdicts of a retrospective review.
const (
	WouldApprove RetroVerdict = "would_approve" // a real emergency, and it would have been approved
	WouldNot     RetroVerdict = "would_not"     // no emergency, or it would not have been approved
)

// Remedy is what is done about an emergency that should not have been carried out.
type Remedy string

const (
	RemedyRollback Remedy = "rolled_back" // the way back was taken
	RemedyFollowUp Remedy = "follow_up"   // another change, reviewed as any other, mends it
)

// Outstanding reports whether a remedy is owed.
func (r *Retro) Outstanding() bool { return r != nil && r.Verdict == WouldNot && r.Remedy == "" }

// Over reports whether nothing is owed any more.
func (r *Retro) Over() bool {
	return r != nil && (r.Verdict == WouldApprove || r.Verdict == WouldNot && r.Remedy != "")
}

// JudgeRetro says whether this person may review, whose duty in the change is
// given, OK when none. member says that they are in a group of reviewers now.
// Whoever gave the go-ahead would be judging their own word.
func JudgeRetro(e *Emergency, state State, by compliance.PersonID, member bool, duty Reason) Reason {
	switch {
	case state.Terminal():
		return AlreadyClosed
	case state != RetroReview || e == nil || e.Retro == nil:
		return NotInRetroReview
	case e.Retro.Verdict != "":
		return AlreadyReviewed
	case duty != OK:
		return duty
	case e.Answer == GoAhead && by == e.AnsweredBy:
		return GaveGoAhead
	case !member:
		return NotReviewer
	}
	return OK
}

// Reviewed applies a review at the instant now and says where the change goes:
// Closed still has to be compared with the ticket, and RetroReview waits for a remedy.
func (e Emergency) Reviewed(by compliance.PersonID, verdict RetroVerdict, now time.Time) (Emergency, State) {
	r := *e.Retro
	r.By, r.At, r.Verdict, r.InTime, r.Reminded = by, now.UTC(), verdict, now.Before(r.Due), 0
	e.Retro = &r
	switch {
	case e.Outcome == RolledBack: // nothing is left to be undone
		if verdict == WouldNot {
			r.Remedy = RemedyRollback
		}
		return e, RolledBack
	case verdict == WouldNot:
		r.RemedyDue = now.Add(e.Rules.RemedyWithin).UTC()
		return e, RetroReview
	case e.Outcome == Failed:
		return e, Failed
	}
	return e, Closed
}

// FollowUp is what the evidence log knows of a change named as a remedy.
type FollowUp struct {
	Number    string
	Exists    bool
	System    string
	Submitted time.Time // of its first version
	Abandoned bool      // it ended without effect
}

// JudgeRemedy says whether this person's remedy counts. f is what is known of the
// change that they name, nil for the way back.
func JudgeRemedy(e *Emergency, state State, implementer, by compliance.PersonID, system string, f *FollowUp) Reason {
	switch {
	case state.Terminal():
		return AlreadyClosed
	case state != RetroReview || e == nil || !e.Retro.Outstanding():
		return NothingToRemedy
	case by != implementer:
		return NotImplementer
	case f == nil:
		return OK
	case !f.Exists:
		return NoFollowUp
	case f.System != system:
		return FollowUpElsewhere
	case !f.Submitted.After(e.AnsweredAt):
		return FollowUpTooEarly
	case f.Abandoned:
		return FollowUpAbandoned
	}
	return OK
}

// Remedied applies a remedy and says where the change goes.
func (e Emergency) Remedied(what Remedy, followUp string) (Emergency, State) {
	r := *e.Retro
	r.Remedy, r.FollowUp = what, followUp
	e.Retro = &r
	if what == RemedyRollback {
		return e, RolledBack
	}
	return e, Closed
}

// RetroStep is what a wait for a review or a remedy asks for.
type RetroStep string

const (
	RetroWait     RetroStep = "wait"     // look again at the instant given
	RetroRemind   RetroStep = "remind"   // call those who are to act
	RetroEscalate RetroStep = "escalate" // call the control owner
	RetroViolate  RetroStep = "violate"  // it was not done in time
)

// dayBefore is how long before the deadline the last reminder comes.
const dayBefore = 24 * time.Hour

// reminders are when those who are to act are called, once each: at half time
// and a day before, where that is later than the beginning.
func reminders(from, due time.Time) []time.Time {
	at := []time.Time{from.Add(due.Sub(from) / 2)}
	if last := due.Add(-dayBefore); last.After(from) && !last.Equal(at[0]) {
		at = append(at, last)
	}
	slices.SortFunc(at, time.Time.Compare)
	return at
}

// NextRetro says what the wait for the review, or for the remedy, asks for at the
// instant now, and when to look again. After an outage there is one reminder, not
// one for each that was missed; passed is how many are over with it.
func NextRetro(e *Emergency, now time.Time) (step RetroStep, passed int, at time.Time) {
	r := e.Retro
	from, due, end := e.FinishedAt, r.Due, r.Due.Add(e.Rules.EscalateFor)
	if r.Outstanding() {
		from, due, end = r.At, r.RemedyDue, r.RemedyDue
	}
	marks := reminders(from, due)
	for _, m := range marks {
		if !m.After(now) {
			passed++
		}
	}
	switch {
	case !now.Before(end):
		return RetroViolate, passed, time.Time{}
	case !now.Before(due) && r.Escalated.IsZero():
		return RetroEscalate, passed, time.Time{}
	case now.Before(due) && passed > r.Reminded:
		return RetroRemind, passed, time.Time{}
	case now.Before(due) && passed < len(marks):
		return RetroWait, passed, marks[passed]
	case now.Before(due):
		return RetroWait, passed, due
	}
	return RetroWait, passed, end
}
