package change

import (
	"errors"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
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
	// An act may arrive before the change has its number.
	if err := workflow.Await(ctx, func() bool { return c.s.Number != "" }); err != nil {
		return compliance.Reply{}, err
	}
	if err := c.acting.Lock(ctx); err != nil {
		return compliance.Reply{}, err
	}
	defer c.acting.Unlock()
	if r, ok := c.s.answered(in.Delivery); ok {
		return r, nil
	}
	var (
		reply compliance.Reply
		err   error
	)
	switch in.Action {
	case rules.ActionApprove, rules.ActionDeny, rules.ActionAbstain:
		reply, err = c.decide(ctx, in)
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
	c.s.Delivered = append(c.s.Delivered, Delivered{Delivery: in.Delivery, Reply: reply})
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
			workflow.GoNamed(ctx, "act", func(ctx workflow.Context) {
				c.mirrors++ // the run does not close before the act is answered
				defer func() { c.mirrors-- }()
				if _, err := c.act(ctx, in); err != nil {
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
	workflow.GoNamed(ctx, "unreadable", func(ctx workflow.Context) {
		if err := c.move(ctx, rules.EventUnreadable, rules.MovedFacts{Detail: "a message could not be decoded"}); err != nil {
			c.log.Error("unreadable message not on record", "error", err)
		}
	})
	return false
}
