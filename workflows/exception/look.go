package exception

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// look has everything put on record that was due at the instant at, and then says
// it: on the card, in its thread to the people told, and in the ticket. It runs
// while nobody acts. The instant is fixed here, so that a repetition of the step
// answers for the same one.
func (c *process) look(ctx workflow.Context, at time.Time) error {
	out, err := desk.Outlast(ctx, c.Desk, desk.AtEvidence, func(bool) (steps.AdvancedException, error) {
		return steps.AdvanceException(ctx, steps.AdvanceExceptionInput{
			Head: c.head(), Exception: c.s.Exception, Zone: c.s.Setup.Zone, Now: at,
		})
	})
	if err != nil {
		return err
	}
	was := c.s.Exception.State
	c.s.Exception, c.s.Setup, c.s.Wake, c.s.At = out.Exception, out.Setup, out.Wake, at
	c.turn++
	c.Show()
	if out.Index > 0 {
		c.s.Index = out.Index
	}
	if out.Moved {
		c.s.Logged(compliance.Fact{Text: "Its end moved with the owner's time zone to", At: c.s.Exception.Ends})
	}
	for _, told := range out.Told {
		c.s.OverdueDays = told.OverdueDays
		text := toldText(c.s, told)
		c.Call(told.Key, text, told.Told...)
		c.Tell([]compliance.Fact{{Text: text}}, "")
	}
	if status := ticketStatus(c.s.Exception.State, was); status != "" {
		c.Tell(movedNote(c.s), status)
	}
	if len(out.Told) > 0 {
		c.stage(ctx)
	}
	return nil
}

// note records what no act of a person and no instant of the calendar explains.
func (c *process) note(ctx workflow.Context, kind, detail string) error {
	c.s.Sequence++
	key := fmt.Sprintf("%s/%s/%d", c.Owner(), strings.TrimPrefix(kind, "exception."), c.s.Sequence)
	ev := c.head().Event(key, kind, workflow.Now(ctx))
	ev.Facts = desk.Encoded(rules.MovedFacts{Detail: detail})
	_, err := c.Record(ctx, steps.RecordEventsInput{Events: []evidence.Event{ev}})
	return err
}
