package activities

import (
	"fmt"

	"github.com/lowcodex/countersign/compliance/certification"
)

// Telling is a reminder or an escalation that is on record and is now to be
// said. Key is the event key of its record.
type Telling struct {
	Key        string                    `json:"key"`
	Reminder   *certification.Reminder   `json:"reminder,omitempty"`
	Escalation *certification.Escalation `json:"escalation,omitempty"`
	Told       certification.Recipients  `json:"told"`
}

// mostParts bounds what can be due at once: the ladder's begin, the end of
// coverage or grace, one reminder and one escalation, with room.
const mostParts = 20

// refit takes over what was edited since the last wake, and says so on record
// when it moves an instant or a person (G1).
func (a *advance) refit() error {
	was := a.in.Tracker
	t, changed := was.Refit(a.owed.ladder, a.owed.setup.NeededBy, a.in.Now)
	a.out.Changed = a.owed.setup.Differs(a.in.Setup)
	if changed {
		a.out.Changed = append(a.out.Changed, "ladder")
	}
	schedule := certification.Resolve(t, a.owed.local, a.in.Now)
	if schedule.Moved(was.Schedule) && len(a.out.Changed) == 0 {
		a.out.Changed = append(a.out.Changed, "rules of the zone")
	}
	var err error
	if a.out.Tracker, err = t.Placed(schedule, a.in.Now); err != nil {
		return placed(err)
	}
	if len(a.out.Changed) > 0 {
		facts := certification.MovedFacts{Ends: schedule.Ends, Owner: a.owed.setup.Owner, Zone: a.owed.setup.Zone, Changed: a.out.Changed}
		if t.Current.Version != was.Current.Version { // another day is another version
			facts.NeededBy, facts.Undated = t.Current.NeededBy, t.Current.NeededBy.IsZero()
		}
		a.add(fmt.Sprintf("%s/rescheduled/%d", a.in.Head.owner(), a.in.Now.UnixNano()), certification.EventRescheduled, "", facts)
	}
	return nil
}

// apply makes events of what is due and applies them to the tracker.
func (a *advance) apply(due certification.Due) error {
	t, owner := a.out.Tracker, a.in.Head.owner()
	coverage := t.Current.Coverage
	for _, m := range due.Moves {
		kind := certification.EventExpiring
		if m.To == certification.Expired {
			kind = certification.EventExpired
		}
		a.add(certification.MoveKey(owner, m), kind, string(m.To), certification.MovedFacts{Move: &m, Coverage: &coverage, Ends: t.Schedule.Ends})
	}
	a.out.Moves = append(a.out.Moves, due.Moves...)
	t = t.Moved(due.Moves)
	var audience []certification.Role
	told := Telling{Reminder: due.Send, Escalation: due.Escalation}
	kind := certification.EventReminded
	switch {
	case due.Send != nil:
		told.Key, audience = due.Send.Key(owner), due.Send.Audience
		t = t.Sent(*due.Send, a.in.Now)
	case due.Escalation != nil:
		e := due.Escalation
		told.Key, audience = e.Key(owner), []certification.Role{e.Role}
		t, kind = t.Escalated(*e), certification.EventEscalated
	default:
		a.out.Tracker = t
		return nil
	}
	told.Told = certification.Tell(audience, a.owed.contacts())
	if told.Told.Reason == certification.NobodyToTell {
		kind = certification.EventUntold
	}
	a.add(told.Key, kind, "", certification.ReminderFacts{Reminder: due.Send, Escalation: due.Escalation, Told: told.Told, Zone: a.owed.setup.Zone})
	a.out.Told = append(a.out.Told, told)
	a.out.Tracker = t
	return nil
}

func (a *advance) add(key, kind, state string, facts any) {
	ev := a.in.Head.Event(key, kind, a.in.Now)
	ev.State, ev.Facts = state, encoded(facts)
	a.events = append(a.events, ev)
}
