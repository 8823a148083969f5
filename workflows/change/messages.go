package change

import (
	"errors"
	"time"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/steps"
)

// wellFormed refuses only what no surface of ours sends; such a request leaves
// no trace. Everything a person can do wrong is accepted, judged and recorded (C17).
func (c *process) wellFormed(_ workflow.Context, in compliance.Inbound) error {
	switch {
	case in.Delivery == "":
		return errors.New("the request has no delivery id")
	case in.Actor.IsZero():
		return errors.New("the request names no account")
	case in.Subject != c.self:
		return errors.New("the request is about another subject")
	}
	if _, ok := UpdateFor(in.Action); !ok {
		return errors.New("unknown action " + in.Action)
	}
	return nil
}

// act is the one handler of every act, whether it came as an update or as the
// fallback signal. The same delivery gets the first answer back (C15, C16).
func (c *process) act(ctx workflow.Context, in compliance.Inbound) (compliance.Reply, error) {
	return c.actAt(ctx, in, workflow.Now(ctx))
}

// actAt judges an act that was durable at the instant came: what it has to wait
// for afterwards, the lock or the evidence log, does not make it late.
func (c *process) actAt(ctx workflow.Context, in compliance.Inbound, came time.Time) (compliance.Reply, error) {
	// An operator's cancellation does not take away what a person was promised.
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	c.acts++
	defer func() { c.acts-- }()
	// An act may arrive before the change has its number, or on one that gets none.
	if err := workflow.Await(ctx, c.admitted); err != nil {
		return compliance.Reply{}, err
	}
	if err := c.acting.Lock(ctx); err != nil {
		return compliance.Reply{}, err
	}
	defer c.acting.Unlock()
	if r, ok := c.s.answered(in.Delivery); ok {
		return r, nil
	}
	if c.s.Number == "" {
		late, err := insist(ctx, c, onEvidence, func(bool) (steps.LateAct, error) { return steps.RecordLateAct(ctx, in) })
		return late.Reply, err
	}
	var (
		reply compliance.Reply
		err   error
	)
	switch in.Action {
	case rules.ActionApprove, rules.ActionDeny, rules.ActionAbstain:
		reply, err = c.decide(ctx, in, came)
	case rules.ActionStart:
		reply, err = c.start(ctx, in)
	case rules.ActionFinish:
		reply, err = c.finish(ctx, in)
	case rules.ActionWithdraw:
		reply, err = c.withdraw(ctx, in)
	}
	if err != nil {
		return compliance.Reply{}, err
	}
	if reply.Outcome != compliance.NotRecorded { // trying again must be able to help
		c.s.Delivered = append(c.s.Delivered, Delivered{Delivery: in.Delivery, Reply: reply})
	}
	c.card = true
	return reply, nil
}

// receive takes signals as raw payloads: the SDK would drop one it cannot
// decode with no more than a log line.
func (c *process) receive(ctx workflow.Context) {
	workflow.GoNamed(ctx, "ticket-changed", func(ctx workflow.Context) {
		ch := workflow.GetSignalChannel(ctx, SignalTicketChanged)
		for {
			var raw converter.RawValue
			ch.Receive(ctx, &raw)
			if ctx.Err() != nil {
				return
			}
			var ev compliance.TicketEvent
			if c.decode(ctx, raw, &ev) {
				c.hints = append(c.hints, ev)
			}
		}
	})
	workflow.GoNamed(ctx, "acted", func(ctx workflow.Context) {
		ch := workflow.GetSignalChannel(ctx, SignalActed)
		for {
			var raw converter.RawValue
			ch.Receive(ctx, &raw)
			if ctx.Err() != nil {
				return
			}
			var in compliance.Inbound
			if !c.decode(ctx, raw, &in) || c.wellFormed(ctx, in) != nil {
				continue
			}
			// The engine does not say when the signal came; the one who sent it noted
			// when the act was verified. It cannot have come later than now.
			came := in.Received
			if now := workflow.Now(ctx); came.IsZero() || came.After(now) {
				came = now
			}
			c.busy++ // the run does not close before the act is answered
			workflow.GoNamed(ctx, "act", func(ctx workflow.Context) {
				defer func() { c.busy-- }()
				if _, err := c.actAt(ctx, in, came); err != nil {
					c.log.Error("act not judged", "delivery", in.Delivery, "error", err)
				}
			})
		}
	})
}

// decode reads a raw message; what cannot be read is put on record instead of
// being lost without a word.
func (c *process) decode(ctx workflow.Context, raw converter.RawValue, into any) bool {
	err := converter.GetDefaultDataConverter().FromPayload(raw.Payload(), into)
	if err == nil {
		return true
	}
	c.log.Error("message not readable", "error", err)
	c.busy++
	workflow.GoNamed(ctx, "unreadable", func(ctx workflow.Context) {
		defer func() { c.busy-- }()
		err := workflow.Await(ctx, c.admitted)
		if err == nil {
			err = c.locked(ctx, func() error {
				return c.move(ctx, rules.EventUnreadable, rules.MovedFacts{Detail: "a message could not be decoded"})
			})
		}
		if err != nil {
			c.log.Error("unreadable message not on record", "error", err)
		}
	})
	return false
}

// admitted reports whether it is known what becomes of the ticket: it has its
// number, or there is nothing to give one to.
func (c *process) admitted() bool { return c.s.Number != "" || c.s.State.Terminal() }

// yield lets every other coroutine run once, so that the messages that came
// with this workflow task have been taken.
func yield(ctx workflow.Context) error {
	done, set := workflow.NewFuture(ctx)
	workflow.GoNamed(ctx, "yield", func(workflow.Context) { set.Set(nil, nil) })
	return done.Get(ctx, nil)
}
