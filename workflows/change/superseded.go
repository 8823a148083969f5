package change

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/desk"
)

// The other side of supersede.go: a newer change that was approved would take the
// place of this one.

// receiveNewcomers takes what newer changes tell.
func (c *process) receiveNewcomers(ctx workflow.Context) {
	desk.Receive(ctx, c.Desk, SignalSuperseded, func(s rules.Superseding) {
		c.s.Newcomers = append(c.s.Newcomers, s)
		c.answerNewcomers(ctx)
	})
	c.answerNewcomers(ctx)
}

// answerNewcomers answers newer changes, in their order, once nothing that may have
// been edited here is left to be read: what this one is about must be known before it
// gives way. A change that is over answers at once.
func (c *process) answerNewcomers(ctx workflow.Context) {
	if c.answering || len(c.s.Newcomers) == 0 {
		return
	}
	c.answering = true
	calm, _ := workflow.NewDisconnectedContext(ctx)
	workflow.GoNamed(calm, "newcomers", func(ctx workflow.Context) {
		defer func() { c.answering = false }()
		for len(c.s.Newcomers) > 0 && workflow.Await(ctx, c.mayGiveWay) == nil {
			looked := false
			c.Background(ctx, SignalSuperseded, func(ctx workflow.Context) {
				defer func() { looked = true }()
				err := c.Locked(ctx, func() error {
					if len(c.s.Newcomers) == 0 || !c.mayGiveWay() { // while the lock was waited for, a start gave way, or the ticket was touched again
						return nil
					}
					return c.giveWay(ctx)
				})
				if err != nil {
					c.Logger.Error("a newer change is not answered", "error", err)
				}
			})
			if workflow.Await(ctx, func() bool { return looked }) != nil {
				return
			}
		}
	})
}

// mayGiveWay reports whether it is known what this change is about. While people on
// call are asked nothing is read: that is then what they are asked about.
func (c *process) mayGiveWay() bool {
	return c.Known() && (c.current() || c.calling() || c.s.State.Terminal())
}

// giveWay answers the newer change that was first. The lock is held.
func (c *process) giveWay(ctx workflow.Context) error {
	s := c.s.Newcomers[0]
	c.s.Newcomers = c.s.Newcomers[1:]
	return c.superseded(ctx, s)
}

// superseded ends this change for a newer one, unless it is being carried out or is
// about something else by now, and answers. Either is on record before anybody hears
// of it; a crash before the record repeats it under its key.
func (c *process) superseded(ctx workflow.Context, s rules.Superseding) error {
	s.Stood, s.Met = c.s.State, c.s.Place
	s.Reason = rules.JudgeSuperseded(c.s.State, s.Met, s.Place)
	switch {
	case s.Reason == rules.OK:
		err := c.move(ctx, rules.EventSuperseded, rules.MovedFacts{
			From: string(c.s.State), To: string(rules.Superseded), Reason: rules.SupersededByNewer, Newer: s.Newer,
		})
		if err != nil {
			return err
		}
		s.Done, c.s.Newer = true, s.Newer
		c.ended(ctx, rules.Superseded, rules.SupersededByNewer)
		c.Call(c.s.Number+"/superseded", c.s.Number+" was replaced by "+s.Newer+" and is not carried out.", c.s.Version.Route.Requester)
	case !c.s.State.Terminal():
		if err := c.notReplaced(ctx, s); err != nil {
			return err
		}
	}
	if err := workflow.SignalExternalWorkflow(ctx, s.Subject, "", SignalSupersedes, s).Get(ctx, nil); err != nil {
		c.Logger.Warn("the newer change was not told", "newer", s.Newer, "error", err) // it is over by now
	}
	return nil
}

// notReplaced puts on record that this change keeps its place, and tells its people.
func (c *process) notReplaced(ctx workflow.Context, s rules.Superseding) error {
	facts := rules.MovedFacts{From: string(c.s.State), Reason: s.Reason, Newer: s.Newer, Detail: s.Refused()}
	if err := c.move(ctx, rules.EventNotReplaced, facts); err != nil {
		return err
	}
	c.s.Logged(compliance.Fact{Text: s.Refused(), At: workflow.Now(ctx)})
	c.Tell([]compliance.Fact{{Text: s.Refused()}}, "")
	c.Call(fmt.Sprintf("%s/not-replaced/%d", c.s.Number, c.s.Sequence), c.s.Number+": "+s.Refused(), c.s.Version.Route.Requester)
	return nil
}
