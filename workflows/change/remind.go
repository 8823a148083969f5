package change

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// clock is how the time of the open level stands. It counts back from the deadline,
// which a hold moves: the time on hold is no part of the level's.
func (v Version) clock() rules.Clock {
	l, _ := v.level()
	return rules.Clock{Opened: v.Deadline.Add(-l.Deadline), Deadline: v.Deadline, Reminded: v.Reminded}
}

// nextCall is when the open level calls somebody by itself: at a reminder, at its
// escalation, at the start of a delegation; else its deadline. One timer waits for
// the next of them, and each is reckoned from the deadline as it then is.
func (v Version) nextCall(now time.Time) time.Time {
	l, _ := v.level()
	due := rules.Prompted(l, v.clock(), now)
	if due.Reminded != v.Reminded || due.Escalate {
		return now
	}
	next := due.Next
	for _, d := range v.uncalled() {
		if d.Start.Before(next) {
			next = d.Start
		}
	}
	return next
}

// prompt does the first thing that is due at the open level; the review looks
// again afterwards. A crash anywhere in it repeats it from what is in the history:
// the record and the call have keys of their own.
func (c *process) prompt(ctx workflow.Context, moved func() bool) error {
	l, _ := c.s.Version.level()
	due := rules.Prompted(l, c.s.Version.clock(), workflow.Now(ctx))
	switch {
	case due.Reminded != c.s.Version.Reminded:
		return c.Locked(ctx, func() error {
			if moved() {
				return nil
			}
			return c.remind(ctx, due)
		})
	case due.Escalate:
		return c.escalate(ctx, moved)
	default:
		return c.Locked(ctx, func() error {
			if moved() {
				return nil
			}
			return c.callDeputies(ctx)
		})
	}
}

// remind calls those who have not decided, on record and once (C10).
func (c *process) remind(ctx workflow.Context, due rules.Prompt) error {
	v := &c.s.Version
	v.Reminded = due.Reminded
	called := v.asking()
	if len(called) == 0 {
		return nil // nobody is left to remind
	}
	facts := rules.CalledFacts{Level: v.Level, Deadline: v.Deadline, Share: due.Remind, Called: called}
	if err := c.recordCalled(ctx, rules.EventReminded, fmt.Sprint("reminded/", due.Remind), facts); err != nil {
		return err
	}
	if !workflow.Now(ctx).Before(v.Deadline) {
		return nil // the record took until then: nobody is asked for what is too late
	}
	c.calls(fmt.Sprint("reminded/", due.Remind), fmt.Sprintf("your decision is still asked for: %d%% of the time is over. Without enough decisions it expires.", due.Remind), called)
	c.s.Logged(compliance.Fact{Text: fmt.Sprintf("Level %d: reminded:", v.Level), People: called, At: workflow.Now(ctx)})
	return nil
}

// escalate lets the fallback's groups decide, too, from now on (C10). Its people are
// looked up first, while nobody is kept from deciding.
func (c *process) escalate(ctx workflow.Context, moved func() bool) error {
	open, _ := c.s.Version.level()
	open.Escalated = true
	found, err := c.peopleOf(ctx, open)
	if err != nil {
		return err
	}
	return c.Locked(ctx, func() error {
		v := &c.s.Version
		if moved() || !workflow.Now(ctx).Before(v.Deadline) {
			return nil
		}
		was, is := v.Route.Levels[v.Level-1], found.Levels[0]
		came := rules.Came(was.Eligible, is.Eligible)
		facts := rules.CalledFacts{
			Level: v.Level, Deadline: v.Deadline, Share: is.Fallback.After, Groups: is.Fallback.Groups, Called: came,
			Left: rules.Came(is.Eligible, was.Eligible), Excluded: is.Excluded, Directory: found.Directory,
		}
		if err := c.recordCalled(ctx, rules.EventEscalated, "escalated", facts); err != nil {
			return err
		}
		v.Route.Levels[v.Level-1], v.Route.DirectoryVersion = is, found.Directory
		if len(came) > 0 && workflow.Now(ctx).Before(v.Deadline) {
			c.calls("escalated", "you may decide now, too, because it has waited long.", came)
		}
		c.s.Logged(compliance.Fact{Text: fmt.Sprintf("Level %d: escalated to:", v.Level), People: came, At: workflow.Now(ctx)})
		c.stage(ctx)
		return nil
	})
}

// recordCalled puts on record whom the open level calls. step is said once of a
// level's opening.
func (c *process) recordCalled(ctx workflow.Context, kind, step string, facts rules.CalledFacts) error {
	v := c.s.Version
	facts.Version, facts.Hash = v.N, v.Snapshot.Hash
	ev := c.head().Event(rules.VersionKey(c.Owner(), v.N, fmt.Sprintf("l%d/%s", facts.Level, step)), kind, workflow.Now(ctx))
	ev.Facts = desk.Encoded(facts)
	_, err := c.Record(ctx, steps.RecordEventsInput{Events: []evidence.Event{ev}})
	return err
}

// calls adds one call of people of the open level to the card's thread, which an
// edited card alone does not make.
func (c *process) calls(step, text string, people []compliance.PersonID) {
	v := c.s.Version
	c.Call(fmt.Sprintf("%s/v%d/l%d/%s", c.s.Number, v.N, v.Level, step),
		fmt.Sprintf("%s, level %d of %d (%s): %s", c.s.Number, v.Level, len(v.Route.Levels), v.Route.Levels[v.Level-1].Name, text), people...)
}
