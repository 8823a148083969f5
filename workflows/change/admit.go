package change

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// unfoundReads bounds how often, once an hour, a submitted ticket is looked for
// that the tracker does not know: a week, in which a permission can be mended.
const unfoundReads = 7 * 24

// unfound is what people are told meanwhile.
const unfound = "the tracker says that there is no such ticket; was our account's permission taken away?"

// admit reads the ticket for the first time and gives the change its number.
// A ticket whose change is over gets no second life: it is told so, and the
// run ends without a record of its own.
func (c *process) admit(ctx workflow.Context) error {
	if c.s.Number != "" {
		return nil // continued as new
	}
	if err := c.Acting.Lock(ctx); err != nil {
		return err
	}
	defer c.Acting.Unlock()
	if err := desk.Yield(ctx); err != nil {
		return err
	}
	c.hints = nil // what they are about is read now; a later one is about something newer
	reading, gone, err := c.read(ctx)
	for n := 0; err == nil && gone && !deleted(c.hints) && n < unfoundReads; n++ {
		// The tracker answers the same when our account lacks a permission, and
		// nobody submits a ticket twice because we could not see it.
		c.Troubled(ctx, desk.AtTicket, unfound)
		if err = workflow.Sleep(ctx, steps.LongestPause); err == nil {
			reading, gone, err = c.read(ctx)
		}
	}
	switch {
	case temporal.IsCanceledError(err):
		c.s.State, c.s.Reason = rules.WithdrawnChange, rules.WithdrawnByPerson
		return nil // there was never a change, as below
	case err != nil:
		return err
	case gone:
		c.s.State, c.s.Reason = rules.WithdrawnChange, rules.TicketDeleted
		return nil // there was never a change: nothing was submitted that could be read
	}
	// From here on there is something on record, which a cancellation may not leave half done.
	calm, _ := workflow.NewDisconnectedContext(ctx)
	return c.submit(calm, reading)
}

// read reads the truth about the ticket, but for the bytes of the attachments
// known already. gone reports that it no longer exists.
func (c *process) read(ctx workflow.Context, known ...rules.Attached) (reading steps.ChangeReading, gone bool, err error) {
	return c.readFrom(ctx, func() {}, known...)
}

// readFrom is read; begin is called before each try.
func (c *process) readFrom(ctx workflow.Context, begin func(), known ...rules.Attached) (reading steps.ChangeReading, gone bool, err error) {
	reading, err = desk.Outlast(ctx, c.Desk, desk.AtTicket, func(bool) (steps.ChangeReading, error) {
		begin()
		return steps.ReadChangeTicket(ctx, steps.ReadChangeTicketInput{Ref: c.s.Ticket, Known: known})
	})
	if err == nil {
		c.s.Ticket, c.s.Link = reading.Ref, reading.Link
		return reading, false, nil
	}
	if steps.Explain(err).Class == compliance.Gone {
		return reading, true, nil
	}
	return reading, false, err
}
