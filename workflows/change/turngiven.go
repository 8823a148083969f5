package change

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/queue"
	"github.com/lowcodex/countersign/workflows/desk"

	line "github.com/lowcodex/countersign/workflows/queue"
)

// receiveTurns takes what the line tells: the place, the turn, and that it passed.
func (c *process) receiveTurns(ctx workflow.Context) {
	desk.Receive(ctx, c.Desk, line.SignalTurn, func(t queue.Turn) {
		if c.s.Line == nil || c.s.State != rules.WaitingWindow {
			return // it left meanwhile, and the line is told so
		}
		was := c.s.Line.Turn
		c.s.Line.Turn = t
		c.Show()
		switch {
		case t.Granted && !was.Granted:
			c.callTurn(ctx, t)
		case t.Passed:
			c.Background(ctx, "turn", func(ctx workflow.Context) {
				if err := c.Locked(ctx, func() error { return c.turnPassed(ctx, was) }); err != nil {
					c.Logger.Error("a turn that passed is not on record", "error", err)
				}
			})
		}
	})
}

// callTurn calls the implementer, now and not before.
func (c *process) callTurn(ctx workflow.Context, t queue.Turn) {
	if c.s.Executor != "" {
		return // it asks again by itself
	}
	v := c.s.Version
	text := c.s.Number + " may be started now: it is its turn"
	if !t.Deadline.IsZero() {
		text += ", until " + spokenInstant(t.Deadline)
	}
	c.Call(fmt.Sprintf("%s/v%d/turn/%d", c.s.Number, v.N, workflow.Now(ctx).Unix()), text+".", v.Route.Implementer)
}

// turnPassed puts on record that the turn was not used.
func (c *process) turnPassed(ctx workflow.Context, was queue.Turn) error {
	if c.s.State != rules.WaitingWindow {
		return nil
	}
	err := c.move(ctx, rules.EventTurnPassed, rules.MovedFacts{Reason: rules.TurnPassed, Expires: c.s.Version.Expires, Detail: "it was to be used by " + spokenInstant(was.Deadline)})
	if err == nil {
		c.s.Logged(compliance.Fact{Text: "Its turn passed unused.", At: workflow.Now(ctx)})
		c.Show()
	}
	return err
}
