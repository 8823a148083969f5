package gateway

import (
	"context"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/door"
	"github.com/lowcodex/countersign/connect"
	"github.com/lowcodex/countersign/workflows/record"
)

const (
	// refusalWithin bounds the start of a refusal's recording: it is a courtesy
	// to the record, and the person waits for the answer.
	refusalWithin = time.Second
	// refusalsPerMinute of one account go on record; a client that is stuck
	// must not fill a log that nothing is ever removed from.
	refusalsPerMinute = 20
	// maxDoorAccounts is how many accounts are counted apart. The one that was
	// quiet longest is forgotten first.
	maxDoorAccounts = 10_000
)

// What became of the record of an act that was turned away; metric labels, frozen.
const (
	doorStarted     = "started"     // durable: the record follows
	doorLimited     = "limited"     // too many of this account: counted and logged only
	doorUnreachable = "unreachable" // the engine did not take it: counted and logged only
)

// turnAway counts and logs an act that cannot be routed, and has it put on
// record (E15). Only what a surface has authenticated comes here. The recording
// is started and not waited for: once started it cannot get lost, and a
// repetition of the delivery finds it. A crash before the start loses an
// attempt whose sender was told nothing.
func (g *Gateway) turnAway(ctx context.Context, in compliance.Inbound, no *refusal) compliance.Reply {
	g.Count(in.Surface, no.reason)
	if in.Received.IsZero() {
		in.Received = g.now().UTC()
	}
	result := g.recordRefusal(ctx, in, no.reason)
	g.measured.door.WithLabelValues(result).Inc()
	g.log.WarnContext(ctx, "act turned away", "reason", no.reason, "record", result,
		"delivery", short(in.Delivery), "request", requestFrom(ctx))
	return no.reply(result == doorStarted)
}

// recordRefusal starts the recording and says what became of it.
func (g *Gateway) recordRefusal(ctx context.Context, in compliance.Inbound, reason string) string {
	if !g.door.allow(in.Actor, g.now()) {
		return doorLimited
	}
	ctx, cancel := withBudget(connect.WithCorrelation(ctx, short(in.Delivery)))
	defer cancel()
	ctx, stop := context.WithTimeout(ctx, refusalWithin)
	defer stop()

	about := ""
	if process, known := g.processOf(in.Subject); known && process.owns(in.Subject) {
		about = in.Subject
	}
	r := door.New(in, about, reason)
	_, err := g.engine.ExecuteWorkflow(ctx, connect.Once(record.WorkflowID(r.Key), g.taskQueue), record.Type, record.Input{Door: &r})
	if err != nil {
		g.log.ErrorContext(ctx, "refusal not recorded", "error", err)
		return doorUnreachable
	}
	return doorStarted
}

// doorLimits bounds what one account can put on record at the door.
type doorLimits struct{ perMinute[compliance.Account] }

func newDoorLimits() (*doorLimits, error) {
	counted, err := newPerMinute[compliance.Account](refusalsPerMinute, maxDoorAccounts)
	return &doorLimits{counted}, err
}

// allow reports whether one more refusal of the account may go on record at an
// instant. Names that are too long to be accounts share one.
func (d *doorLimits) allow(who compliance.Account, at time.Time) bool {
	if len(who.Provider) > maxID || len(who.ID) > maxID {
		who = compliance.Account{}
	}
	return d.take(who, at)
}
