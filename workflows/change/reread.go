package change

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// reread follows up hints that the ticket was touched: it reads the ticket and
// believes only that. Hints that arrived together are one reading. Nobody is kept
// from acting while the tracker is slow: the lock is taken afterwards. Where the
// reading was given up before the ticket could be read, the hints wait.
func (c *process) reread(ctx, reading workflow.Context) error {
	hints := c.hints
	c.hints = nil
	var asked int
	var idle bool
	begin := func() { asked, idle = c.s.Sequence, len(c.s.Steps) == 0 }
	was := c.s.Version
	known := was.known(hints)
	r, gone, err := c.readFrom(reading, begin, known...)
	if err == nil && !gone && len(known) > 0 && rules.Void(c.edits(r)) {
		r, gone, err = c.readFrom(reading, begin) // a new version begins: nothing attached to it is taken over unread
	}
	if err != nil && reading.Err() != nil && ctx.Err() == nil {
		c.hints = append(hints, c.hints...)
		return nil
	}
	if err != nil {
		return err
	}
	return c.Locked(ctx, func() error {
		switch {
		case c.s.State.Terminal():
			return nil
		case c.calling():
			c.hints = append(hints, c.hints...) // what people on call are asked about is what the card shows
			return nil
		case gone && deleted(hints):
			return c.vanished(ctx)
		case gone:
			// A tracker answers the same when our account lost its permission:
			// that must not end a change for good.
			c.Troubled(ctx, desk.AtTicket, unfound)
			return nil
		case c.s.Version.N != was.N || was.live() && !c.s.Version.live() || c.s.Version.Snapshot.Blob != was.Snapshot.Blob:
			c.hints = append(hints, c.hints...) // older than what it would be held against: read again
			return nil
		}
		// A status read while we were setting another one says nothing about anybody's hand.
		return c.follow(ctx, r, hints, idle && c.s.Sequence == asked)
	})
}

// vanished ends a change whose ticket was deleted, unless it is being carried
// out: then the implementer still has to report.
func (c *process) vanished(ctx workflow.Context) error {
	if c.s.State == rules.Executing || c.s.State == rules.Verifying || c.s.State == rules.ExecutingUnapproved || c.s.State == rules.RetroReview {
		return c.move(ctx, rules.EventDrift, rules.MovedFacts{Reason: rules.TicketDeleted, Detail: "the ticket was deleted during execution"})
	}
	return c.withdrawn(ctx, rules.TicketDeleted, "the ticket was deleted")
}

// follow compares the ticket with the version under review or approved. settled
// says that no step of ours was under way while it was read.
func (c *process) follow(ctx workflow.Context, r steps.ChangeReading, hints []compliance.TicketEvent, settled bool) error {
	v := c.s.Version
	c.s.Place = r.Snapshot.Place()
	edits := c.edits(r)
	live := v.live()
	if live {
		c.named(r)
	}
	entered := false
	for _, h := range hints {
		entered = entered || h.Entered
	}
	switch {
	case c.s.State == rules.Executing || c.s.State == rules.Verifying || c.s.State == rules.ExecutingUnapproved || c.s.State == rules.RetroReview:
		// Edits are compared when it is finished; where it stands only the
		// implementer's report says.
		if c.s.State != rules.Verifying && settled && r.Status != c.s.Expected {
			return c.drifted(ctx, r.Status, mover(hints, r.Status))
		}
		return nil
	case r.Status == statusWithdrawn && movedBy(hints, v.Snapshot.Requester, statusWithdrawn):
		return c.withdrawn(ctx, rules.WithdrawnByPerson, "the requester moved the ticket to withdrawn")
	case c.s.State == rules.Held && !live:
		// Edited while on hold: what it says then is submitted when it is resumed.
		return c.setBack(ctx, r.Status, live, settled, mover(hints, r.Status))
	case live && rules.Void(edits):
		return c.replace(ctx, r, rules.ContentChanged, edits)
	case !live && r.Status == statusSubmitted && entered:
		return c.submit(ctx, r) // a new version under the same number (C2)
	}
	if live && len(edits) > 0 {
		if err := c.edited(ctx, r, edits); err != nil {
			return err
		}
	}
	if live && len(c.s.Asked) > v.Resolved {
		if over, err := c.askersDecide(ctx, r); over || err != nil {
			return err
		}
	}
	return c.setBack(ctx, r.Status, live, settled, mover(hints, r.Status))
}

// deleted reports whether the tracker said that the ticket was deleted.
func deleted(hints []compliance.TicketEvent) bool {
	for _, h := range hints {
		if h.Deleted {
			return true
		}
	}
	return false
}
