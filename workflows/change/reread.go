package change

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// reread follows up hints that the ticket was touched: it reads the ticket and
// believes only that. Hints that arrived together are one reading. Nobody is
// kept from deciding while the tracker is slow: the lock is taken afterwards. Where
// it does not answer, reading gives way to people on call who are to be asked, and
// to what is due at the instant until; the hints wait. A zero instant never comes.
func (c *process) reread(ctx workflow.Context, until time.Time) error {
	hints := c.Hinted
	c.Hinted = nil
	asked, idle, was := c.s.Sequence, len(c.s.Steps) == 0, c.s.Version
	known := was.known(hints)
	reading, done := c.givingWay(ctx, until)
	r, gone, err := c.read(reading, known...)
	if err == nil && !gone && len(known) > 0 && rules.Void(c.edits(r)) {
		r, gone, err = c.read(reading) // a new version begins: nothing attached to it is taken over unread
	}
	done()
	if err != nil && reading.Err() != nil && ctx.Err() == nil {
		c.Hinted = append(hints, c.Hinted...)
		return nil
	}
	if err != nil {
		return err
	}
	return c.Locked(ctx, func() error {
		switch {
		case c.s.State.Terminal():
			return nil
		case gone && deleted(hints):
			return c.vanished(ctx)
		case gone:
			// A tracker answers the same when our account lost its permission:
			// that must not end a change for good.
			c.Troubled(ctx, desk.AtTicket, unfound)
			return nil
		case c.s.Version.N != was.N || was.live() && !c.s.Version.live() || c.s.Version.Snapshot.Blob != was.Snapshot.Blob:
			c.Hinted = append(hints, c.Hinted...) // older than what it would be held against: read again
			return nil
		}
		// A status read while we were setting another one says nothing about anybody's hand.
		return c.follow(ctx, r, hints, idle && c.s.Sequence == asked)
	})
}

// givingWay is a context for a reading that others do not wait for. The clock is
// looked at whenever the reading is tried again, so no timer is needed; done ends it.
func (c *process) givingWay(ctx workflow.Context, until time.Time) (reading workflow.Context, done func()) {
	reading, stop := workflow.WithCancel(ctx)
	over := false
	workflow.GoNamed(ctx, "give way", func(ctx workflow.Context) {
		due := func() bool { return c.calling() || !until.IsZero() && !workflow.Now(ctx).Before(until) }
		if workflow.Await(ctx, func() bool { return over || due() }) == nil && !over {
			stop()
		}
	})
	return reading, func() { over = true }
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

// setBack puts a ticket back that was moved by hand, where that claims something.
func (c *process) setBack(ctx workflow.Context, status string, live, settled bool, by compliance.Account) error {
	switch {
	case !settled || status == c.s.Expected:
		return nil
	case live, claims(status): // nobody's denial becomes an approval by moving the ticket
		return c.drifted(ctx, status, by)
	}
	return nil
}

// claims reports whether a status says something about the change that only
// its process can say. Where a requester keeps a ticket that was denied, in a
// backlog for example, is their own business, and submitted asks for a new version.
func claims(status string) bool {
	switch status {
	case statusInReview, statusApproved, statusWaiting, statusExecuting, string(rules.Verifying), statusRejected, statusExpired,
		statusWithdrawn, statusHeld, statusSuperseded, string(rules.Closed), string(rules.Failed), string(rules.RolledBack),
		string(rules.ExecutingUnapproved), string(rules.RetroReview), string(rules.Violation):
		return true
	}
	return false
}

// replace voids a version whose content changed, or whose deciders turned out to
// have asked for it: its votes stay visible and no longer count, and what the
// ticket says now is reviewed from the start (C5, C11, C13). It stays the request
// of whoever requested it: editing the reporter submits nothing.
func (c *process) replace(ctx workflow.Context, r steps.ChangeReading, why rules.Reason, changed []rules.FieldChange) error {
	v := &c.s.Version
	r.Snapshot.Requester = v.Snapshot.Requester
	to, held := rules.Open, c.s.State == rules.Held
	if held {
		to = rules.Held // an edit lifts nobody's hold
	}
	err := c.move(ctx, rules.EventVoided, rules.MovedFacts{
		From: string(v.State), To: string(to), Reason: why, Hash: v.Snapshot.Hash, Changes: changed,
	})
	if err != nil {
		return err
	}
	v.State, v.Ready = rules.Withdrawn, false
	for i := range v.Votes {
		v.Votes[i].Void = why
	}
	c.s.State = to
	c.s.Logged(compliance.Fact{Text: voidedText(v.N, why, changed), At: workflow.Now(ctx)})
	if held {
		c.stage(ctx)
		return nil
	}
	return c.submit(ctx, r)
}

// drifted puts a status moved by hand back: it is a claim, never a vote. Who made it
// is on record where the tracker said so.
func (c *process) drifted(ctx workflow.Context, status string, by compliance.Account) error {
	note := driftNote(c.s, status)
	if by.IsZero() {
		if err := c.move(ctx, rules.EventDrift, rules.MovedFacts{From: c.s.Expected, Detail: "the ticket was moved by hand to " + status}); err != nil {
			return err
		}
	} else {
		told, err := c.claimed(ctx, status, by)
		if err != nil {
			return err
		}
		note = append(note, told...)
	}
	c.Tell(note, c.s.Expected)
	c.s.Steps[len(c.s.Steps)-1].From = status
	return nil
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

// movedBy reports whether one of the events was this account moving the ticket
// into the status. That somebody touched it while another moved it is not enough.
func movedBy(hints []compliance.TicketEvent, a compliance.Account, status string) bool {
	for _, h := range hints {
		if !a.IsZero() && h.Actor == a && h.MovedTo == status {
			return true
		}
	}
	return false
}
