package change

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// receiveMoved notes what of the policy came into force. Being told again of what
// is known costs nothing more: everybody is told once a day.
func (c *process) receiveMoved(ctx workflow.Context) {
	desk.Receive(ctx, c.Desk, SignalRulesMoved, func(m rules.Moved) {
		c.s.Look = c.s.Look || m.Retimes(c.s.Moved)
		c.s.Moved = &m
	})
}

// retime puts on record that the opening moved, and tells the people who plan by
// it; told says so. Where it did not move nobody hears anything: a calendar is read
// far more often than it changes. A crash before the record repeats it under its key.
func (c *process) retime(ctx workflow.Context, is rules.Schedule) (told bool, err error) {
	v := &c.s.Version
	s, now := v.Snapshot, workflow.Now(ctx)
	facts, why := rules.Retimed(v.Route.Schedule, is, now, s.PlannedStart, s.Duration)
	if why == rules.OK {
		return false, nil
	}
	facts.Version = v.N
	expires := rules.Shortened(v.Expires, v.Approved, v.Route.Validity, is, s.PlannedStart)
	if expires.Before(v.Expires) {
		facts.Expires = expires
	}
	c.s.Sequence++
	ev := c.head().Event(rules.VersionKey(c.Owner(), v.N, fmt.Sprintf("retimed/%d", c.s.Sequence)), rules.EventRetimed, now)
	ev.Facts, ev.ZoneHash = desk.Encoded(facts), facts.Zones
	if _, err := c.Record(ctx, steps.RecordEventsInput{Events: []evidence.Event{ev}}); err != nil {
		return false, err
	}
	v.Expires = expires
	text := c.s.Number + ": " + retimedText(facts)
	if is.Concurrency > 0 && (c.s.Line == nil || !c.s.Line.Turn.Granted) {
		text += " It takes its turn in the line of its environment."
	}
	c.s.Logged(compliance.Fact{Text: retimedText(facts), At: now})
	c.Tell(retimedNote(c.s.Number, facts), "")
	c.Call(fmt.Sprintf("%s/v%d/retimed/%d", c.s.Number, v.N, c.s.Sequence), text, people(v.Route.Requester, v.Route.Implementer)...)
	return true, nil
}

// people are these persons, each once.
func people(all ...compliance.PersonID) []compliance.PersonID {
	var out []compliance.PersonID
	for _, p := range all {
		if p != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// retimedText says in a line when the change may start now, and when it could before.
func retimedText(f rules.RetimedFacts) string {
	why := "The calendar was changed."
	if f.Reason == rules.ZonesChanged {
		why = "The clocks of a time zone change otherwise than was known."
	}
	return why + " It may start " + spokenOpening(f.Is) + "; before, " + spokenOpening(f.Was) + "."
}

// spokenOpening is an opening inside a sentence. Its instants are UTC, because a
// thread has many readers; the card beside it shows each their own.
func spokenOpening(o rules.Opening) string {
	text := "from " + spokenInstant(o.At)
	switch {
	case o.Reason == rules.NoOpening:
		return "at no time that is known"
	case o.Reason == rules.OK:
		text = "at once"
	}
	if !o.Until.IsZero() {
		text += ", in the time until " + spokenInstant(o.Until)
	}
	return text
}

func spokenInstant(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

// retimedNote is the same for the ticket, whose reader sees instants in their zone.
func retimedNote(number string, f rules.RetimedFacts) []compliance.Fact {
	facts := []compliance.Fact{{Text: number + ": " + f.Reason.Text()}}
	for _, o := range []struct {
		label string
		rules.Opening
	}{{"May start", f.Is}, {"Before", f.Was}} {
		if o.Reason == rules.NoOpening {
			facts = append(facts, compliance.Fact{Label: o.label, Text: "no window fits"})
			continue
		}
		facts = append(facts, compliance.Fact{Label: o.label, Text: o.Name, At: o.At})
		if !o.Until.IsZero() {
			facts = append(facts, compliance.Fact{Label: o.label + ", until", At: o.Until})
		}
	}
	if !f.Expires.IsZero() {
		facts = append(facts, compliance.Fact{Label: "Approval valid until", At: f.Expires})
	}
	return facts
}
