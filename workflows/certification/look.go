package certification

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// look has everything put on record that has become due, and then says it: on
// the card, in its thread to the people told, and in the renewal's ticket. The
// calendar is resolved again in the same step (G1).
func (c *process) look(ctx workflow.Context) error {
	return c.Locked(ctx, func() error {
		began := c.s.Number == ""
		out, err := c.advance(ctx)
		if err != nil {
			return err
		}
		was := c.s.Tracker.Current
		c.s.Tracker, c.s.Setup, c.s.Wake, c.s.Look = out.Tracker, out.Setup, out.Wake, false
		c.turn++
		if out.Index > 0 {
			c.s.Index = out.Index
		}
		if began {
			c.s.Number = out.Tracker.Number
			if out.Resumed {
				c.takeUp(out)
			}
		}
		if len(out.Changed) > 0 && !began {
			c.s.Logged(compliance.Fact{Text: "The policy or the directory changed: " + strings.Join(out.Changed, ", "), At: workflow.Now(ctx)})
			c.Show()
		}
		for _, told := range out.Told {
			c.say(told)
		}
		for _, m := range out.Moves {
			if m.To == rules.Expired && c.s.openTask() {
				c.Tell(expiredNote(c.s), "")
			}
		}
		if began || was.State != c.s.Tracker.Current.State || was.Version != c.s.Tracker.Current.Version {
			c.stage(ctx)
		}
		return nil
	})
}

// advance is the step itself. A tracker without a number has nothing to lose
// yet: when it cannot begin, the run says why and ends. Later on nothing ends it.
func (c *process) advance(ctx workflow.Context) (steps.AdvancedTracker, error) {
	first := workflow.Now(ctx)
	step := func(bool) (steps.AdvancedTracker, error) {
		t := c.s.Tracker
		t.Schedule.Rungs = nil // resolved again by the step
		in := steps.AdvanceTrackerInput{
			Head: c.head(), Vendor: c.in.Vendor, Artefact: c.in.Artefact, Asked: c.in.Asked,
			Tracker: t, Setup: c.s.Setup, Now: workflow.Now(ctx), First: first,
		}
		if c.s.Number == "" {
			in.Series = Series
		}
		return steps.AdvanceTracker(ctx, in)
	}
	if c.s.Number == "" {
		return desk.Insist(ctx, c.Desk, desk.AtEvidence, step)
	}
	return desk.Outlast(ctx, c.Desk, desk.AtEvidence, step)
}

// say makes a recorded reminder or escalation known. The key of its record is
// the key of the note, so that a repetition finds the first one.
func (c *process) say(told steps.Telling) {
	if told.Reminder != nil {
		if c.s.Shown != told.Reminder.Version {
			// Each period of cover has a card of its own: nobody looks for this
			// year's reminders below those of the years before.
			c.s.Shown, c.s.Posted = told.Reminder.Version, nil
		}
		c.s.Told = &told
		if !c.s.openTask() && c.s.Setup.Tasks {
			c.openTask(reminderNote(c.s, told), "")
		}
	}
	c.Call(told.Key, tellingText(c.s, told), told.Told.People...)
}

// openTask begins the ticket of the next renewal with its first comment.
func (c *process) openTask(comment []compliance.Fact, status string) {
	c.s.Task++
	c.s.TaskDone = false
	c.s.Ticket, c.s.Link, c.s.Expected = compliance.TicketRef{}, "", ""
	c.TicketGone = false
	c.Tell(comment, status)
}

// note records what no act of a person and no instant of the calendar explains.
func (c *process) note(ctx workflow.Context, kind string, facts rules.MovedFacts) error {
	c.s.Sequence++
	key := fmt.Sprintf("%s/%s/%d", c.Owner(), strings.TrimPrefix(kind, "certification."), c.s.Sequence)
	ev := c.head().Event(key, kind, workflow.Now(ctx))
	ev.Facts = desk.Encoded(facts)
	_, err := c.Record(ctx, steps.RecordEventsInput{Events: []evidence.Event{ev}})
	return err
}

// head is what every record of this artefact has in common.
func (c *process) head() steps.Head {
	return c.Head(evidence.Rules{Version: c.s.Setup.Rules, Hash: c.s.Setup.Hash}, c.s.Tracker.Schedule.ZoneHash)
}

// stage shows the state in lists; called on stage changes only.
func (c *process) stage(ctx workflow.Context) {
	awaiting, due := c.awaiting()
	system := ""
	if len(c.s.Setup.Systems) > 0 {
		system = c.s.Setup.Systems[0]
	}
	c.Stage(ctx, desk.Stage{
		Process: "certification", Stage: string(c.s.Tracker.Current.State), System: system, Systems: c.s.Setup.Systems,
		Awaiting: awaiting, Due: due, Title: c.s.Setup.Title + " of " + c.s.Setup.Vendor, Status: status(c.s),
	})
}

// followTicket follows up hints that the renewal's ticket was touched. Moving
// it is no act: what the artefact's state is, people say where they can be asked.
func (c *process) followTicket(ctx workflow.Context) error {
	hints := c.Hinted
	c.Hinted = nil
	moved, deleted := false, false
	for _, h := range hints {
		if c.s.Ticket.ID == "" || h.TicketID != c.s.Ticket.ID || h.Site != c.s.Ticket.Site {
			continue // an older renewal's, or forged: whoever may edit a ticket may name any subject
		}
		moved, deleted = moved || h.MovedTo != "", deleted || h.Deleted
	}
	switch {
	case c.s.TaskDone || !moved && !deleted:
		return nil
	case deleted:
		return c.Locked(ctx, func() error {
			if err := c.note(ctx, rules.EventDrift, rules.MovedFacts{Detail: "the renewal's task " + c.s.Ticket.Key + " was deleted", Reopened: true}); err != nil {
				return err
			}
			c.TicketGone, c.s.Steps = true, nil
			c.openTask(deletedNote(c.s), "")
			return nil
		})
	}
	asked, idle := c.s.Sequence, len(c.s.Steps) == 0
	r, err := desk.Outlast(ctx, c.Desk, desk.AtTicket, func(bool) (steps.TicketReading, error) {
		return steps.ReadTicket(ctx, steps.ReadTicketInput{Ref: c.s.Ticket, Kind: compliance.TicketRenewal})
	})
	if err != nil {
		return err
	}
	return c.Locked(ctx, func() error {
		// A status read while we were setting another one says nothing about anybody's hand.
		if r.Gone || !idle || c.s.Sequence != asked || c.s.TaskDone || r.Status == c.s.Expected {
			return nil
		}
		if err := c.note(ctx, rules.EventDrift, rules.MovedFacts{Detail: "the renewal's task " + c.s.Ticket.Key + " was moved by hand to " + r.Status}); err != nil {
			return err
		}
		c.Tell(driftNote(c.s, r.Status), c.s.Expected)
		c.s.Steps[len(c.s.Steps)-1].From = r.Status
		return nil
	})
}
