package desk

import (
	"errors"
	"slices"
	"time"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Listen registers the updates that carry acts. It is called before anything
// can wait, so that no message finds the run deaf.
func (d *Desk) Listen(ctx workflow.Context, updates ...string) error {
	for _, name := range updates {
		err := workflow.SetUpdateHandlerWithOptions(ctx, name, d.act, workflow.UpdateHandlerOptions{Validator: d.admissible})
		if err != nil {
			return err
		}
	}
	return nil
}

// admissible refuses what leaves no trace: what no surface of ours sends, and
// what a client that is stuck repeats without end.
func (d *Desk) admissible(ctx workflow.Context, in compliance.Inbound) error {
	if err := d.wellFormed(ctx, in); err != nil {
		return err
	}
	if d.often(ctx, in) {
		d.Logger.Warn("act declined: too many of one account", "delivery", in.Delivery)
		return tooOften()
	}
	return nil
}

// wellFormed refuses only what no surface of ours sends; such a request leaves
// no trace. Everything a person can do wrong is accepted, judged and recorded (C17).
func (d *Desk) wellFormed(_ workflow.Context, in compliance.Inbound) error {
	switch {
	case in.Delivery == "":
		return errors.New("the request has no delivery id")
	case in.Actor.IsZero():
		return errors.New("the request names no account")
	case in.Subject != d.Self:
		return errors.New("the request is about another subject")
	case !d.process.Knows(in.Action):
		return errors.New("unknown action " + in.Action)
	}
	return nil
}

// act is the one handler of every act that came as an update.
func (d *Desk) act(ctx workflow.Context, in compliance.Inbound) (compliance.Reply, error) {
	d.takenUp(ctx, in)
	return d.actAt(ctx, in, workflow.Now(ctx))
}

// actAt judges an act that was durable at the instant came: what it has to wait
// for afterwards, the lock or the evidence log, does not make it late. The same
// delivery gets the first answer back (C15, C16).
func (d *Desk) actAt(ctx workflow.Context, in compliance.Inbound, came time.Time) (compliance.Reply, error) {
	// An operator's cancellation does not take away what a person was promised.
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	d.acts++
	defer func() { d.acts-- }()
	// An act may arrive before the subject has its number, or on one that gets none.
	if err := workflow.Await(ctx, d.process.Known); err != nil {
		return compliance.Reply{}, err
	}
	if d.process.Immediate(in.Action) {
		// Two at once may be one delivery over both paths.
		if err := workflow.Await(ctx, func() bool { return !slices.Contains(d.judging, in.Delivery) }); err != nil {
			return compliance.Reply{}, err
		}
		d.judging = append(d.judging, in.Delivery)
		defer func() { d.judging = slices.DeleteFunc(d.judging, func(s string) bool { return s == in.Delivery }) }()
	} else {
		if err := d.Acting.Lock(ctx); err != nil {
			return compliance.Reply{}, err
		}
		defer d.Acting.Unlock()
	}
	if r, ok := d.Answered(in.Delivery); ok {
		return r, nil
	}
	if d.Number == "" && !d.Early {
		late, err := Insist(ctx, d, AtEvidence, func(bool) (steps.LateAct, error) { return steps.RecordLateAct(ctx, in) })
		return late.Reply, err
	}
	reply, err := d.process.Judge(ctx, in, came)
	if err != nil {
		return compliance.Reply{}, err
	}
	if reply.Outcome != compliance.NotRecorded { // trying again must be able to help
		d.Delivered = append(d.Delivered, Delivered{Delivery: in.Delivery, Reply: reply})
	}
	d.behind = true
	return reply, nil
}

// ReceiveTicketEvents takes the facts that the ticket was touched.
func (d *Desk) ReceiveTicketEvents(ctx workflow.Context, signal string) {
	Receive(ctx, d, signal, func(ev compliance.TicketEvent) { d.Hinted = append(d.Hinted, ev) })
}

// ReceiveActs takes acts that no worker accepted as updates in time.
func (d *Desk) ReceiveActs(ctx workflow.Context, signal string) {
	Receive(ctx, d, signal, func(in compliance.Inbound) {
		if d.wellFormed(ctx, in) != nil {
			return
		}
		if d.often(ctx, in) {
			// In the history already, and nothing more follows from it than a count.
			d.Dropped++
			d.behind = true
			d.Logger.Warn("act not taken up: too many of one account", "delivery", in.Delivery, "dropped", d.Dropped)
			return
		}
		d.takenUp(ctx, in)
		// The engine does not say when the signal came; the one who sent it noted
		// when the act was verified. It cannot have come later than now.
		came := in.Received
		if now := workflow.Now(ctx); came.IsZero() || came.After(now) {
			came = now
		}
		d.Background(ctx, "act", func(ctx workflow.Context) {
			if _, err := d.actAt(ctx, in, came); err != nil {
				d.Logger.Error("act not judged", "delivery", in.Delivery, "error", err)
			}
		})
	})
}

// Receive takes signals as raw payloads: the SDK would drop one it cannot
// decode with no more than a log line. take must not wait.
func Receive[T any](ctx workflow.Context, d *Desk, signal string, take func(T)) {
	workflow.GoNamed(ctx, signal, func(ctx workflow.Context) {
		ch := workflow.GetSignalChannel(ctx, signal)
		for {
			var raw converter.RawValue
			ch.Receive(ctx, &raw)
			if ctx.Err() != nil {
				return
			}
			var message T
			if d.decode(ctx, raw, &message) {
				take(message)
			}
		}
	})
}

// decode reads a raw message; what cannot be read is put on record instead of
// being lost without a word.
func (d *Desk) decode(ctx workflow.Context, raw converter.RawValue, into any) bool {
	err := converter.GetDefaultDataConverter().FromPayload(raw.Payload(), into)
	if err == nil {
		return true
	}
	d.Logger.Error("message not readable", "error", err)
	d.Follow(ctx, "unreadable", "", d.process.Unreadable)
	return false
}
