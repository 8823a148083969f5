package change

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/desk"
)

// Hints that the ticket was touched are followed up beside the process. What has its
// time waits for no tracker: a reminder, a fallback, the expiry of a level or of an
// approval, a window, the end of a hold, people on call, a review that is due. What
// was edited meanwhile is followed up as soon as it can be read; a start and a
// resumption read the ticket themselves, and where one change takes another's place
// both wait until nothing is left to be read.

// receiveTicketEvents takes the facts that the ticket was touched. Whoever moved
// it to be submitted is noted at once, whatever becomes of the hint: the next
// vote is judged with it, and so are those counted already, before the start.
// The hints are not the desk's own: those would wake the process.
func (c *process) receiveTicketEvents(ctx workflow.Context) {
	desk.Receive(ctx, c.Desk, SignalTicketChanged, func(ev compliance.TicketEvent) {
		if ev.Entered {
			c.s.asked(ev.Actor, rules.IsSubmitter)
		}
		c.hints = append(c.hints, ev)
		c.followUp()
	})
}

// followHints follows up one batch of hints after the other until it is stopped. A
// reading that is under way then is given up, and its hints are there for the next
// run; what was read by then is followed up to its end.
func (c *process) followHints(ctx workflow.Context) (stop func()) {
	following, stopped := false, false
	due := func() bool { return stopped || !c.rereading && (len(c.hints) == 0 || c.follows()) }
	c.followUp = func() {
		if following || stopped || len(c.hints) == 0 {
			return
		}
		following = true
		workflow.GoNamed(ctx, "hints", func(ctx workflow.Context) {
			defer func() { following = false }()
			for workflow.Await(ctx, due) == nil && !stopped && len(c.hints) > 0 {
				c.rereading = true
				c.Background(ctx, "reread", func(ctx workflow.Context) { c.rereadOnce(ctx, func() bool { return stopped }) })
			}
		})
	}
	c.followUp()
	return func() { stopped = true }
}

// rereadOnce follows up the hints that there are. The reading is given up when it is
// stopped, and when the change is over.
func (c *process) rereadOnce(ctx workflow.Context, stopped func() bool) {
	defer func() { c.rereading = false }()
	reading, done := givingUp(ctx, func() bool { return stopped() || c.s.State.Terminal() })
	defer done()
	if err := c.reread(ctx, reading); err != nil {
		c.Logger.Error("hints not followed up", "error", err)
	}
}

// follows reports whether hints are followed up where the change stands. While people
// on call are asked they are not: what they answer about is what the card shows.
// What is being verified is read by that.
func (c *process) follows() bool {
	switch {
	case !c.Known() || c.s.State.Terminal() || c.s.State == rules.Verifying:
		return false
	case c.s.State == rules.RetroReview && c.s.Emergency.Retro.Over():
		return false
	}
	return !c.calling()
}

// givingUp is a context for a reading that nobody wants any more at some time; done
// ends the waiting for that.
func givingUp(ctx workflow.Context, unwanted func() bool) (reading workflow.Context, done func()) {
	reading, stop := workflow.WithCancel(ctx)
	finished := false
	workflow.GoNamed(ctx, "give up", func(ctx workflow.Context) {
		if workflow.Await(ctx, func() bool { return finished || unwanted() }) == nil && !finished {
			stop()
		}
	})
	return reading, func() {
		finished = true
		stop()
	}
}

// current reports whether nothing is left to be read of what the ticket was touched for.
func (c *process) current() bool { return len(c.hints) == 0 && !c.rereading }
