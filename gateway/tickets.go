package gateway

import (
	"context"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/connect"
	"github.com/lowcodex/countersign/workflows/change"
)

const (
	// deliverWithin is how long a tracker waits for one event to become durable;
	// trackers give 5 to 20 seconds.
	deliverWithin = 4 * time.Second
	// recentDeliveries bounds the memory of what was delivered already. It only
	// saves work: the process reads the ticket again, so a repetition is harmless.
	recentDeliveries = 4096
)

// What became of a ticket event, as metric labels.
const (
	ticketStarted   = "started"   // the process exists and has the event
	ticketSignalled = "signalled" // a running process has it
	ticketRepeated  = "repeated"  // this gateway has delivered it before
	ticketNoProcess = "no-process"
	ticketMalformed = "malformed"
	ticketFailed    = "failed"
)

// Deliver hands the fact that a ticket changed to its process, and returns once
// that is durable. A ticket that entered the submit status starts a process
// unless one is running; every other event only reaches a running one, and is
// dropped, counted, where there is none, because most tickets are not changes.
//
// A ticket that a process opened carries that process's id as its subject, and
// its events go there as well. It is data on the ticket, not a search, because
// the engine's lists lag behind a ticket that is a second old. Whoever may edit
// the ticket may remove or forge it, so it only ever adds a receiver: a change
// has the events of its own ticket whatever its labels say, nothing is started,
// and a process that needs to know reads its tickets once a day besides.
//
// An error is a *compliance.Failure: Unavailable when the engine did not take
// the event, and the tracker must be asked to repeat it; Invalid when no
// repetition can help. It may be called again with the same delivery.
func (g *Gateway) Deliver(ctx context.Context, ev compliance.TicketEvent) error {
	ctx = connect.WithCorrelation(context.WithoutCancel(ctx), short(ev.Delivery))
	ctx, cancel := context.WithTimeout(ctx, deliverWithin)
	defer cancel()
	if !wellFormed(ev.Site+"/"+ev.TicketID) || ev.Delivery == "" || len(ev.Delivery) > maxDeliver ||
		len(ev.Site)+len(ev.TicketID) > maxID-len(change.IDPrefix) || len(ev.Key) > maxID {
		g.measured.tickets.WithLabelValues(ticketMalformed).Inc()
		return &compliance.Failure{
			Class: compliance.Invalid, Op: "deliver ticket event",
			Detail: "site, ticket id or delivery is missing or not usable in an id",
		}
	}
	seen := ev.Site + "\x00" + ev.Delivery
	if g.recent.Contains(seen) {
		g.measured.tickets.WithLabelValues(ticketRepeated).Inc()
		return nil
	}
	if ev.Received.IsZero() {
		ev.Received = g.now().UTC()
	}
	result, err := g.signalTicket(ctx, ev)
	g.measured.tickets.WithLabelValues(result).Inc()
	log := g.log.With("site", ev.Site, "ticket", ev.TicketID, "delivery", short(ev.Delivery), "result", result, "request", requestFrom(ctx))
	if err != nil {
		log.ErrorContext(ctx, "ticket event not delivered", "error", err)
		return err
	}
	// Only now: marked before, a failed delivery's repetition would be dropped.
	if result != ticketNoProcess {
		g.recent.Add(seen, struct{}{})
	}
	log.InfoContext(ctx, "ticket event delivered", "entered", ev.Entered)
	return nil
}

// signalTicket reports the better of what became of the event at its change and
// at its subject. When one of the two failed, both get the repetition: each
// reads the ticket again anyway.
func (g *Gateway) signalTicket(ctx context.Context, ev compliance.TicketEvent) (string, error) {
	result, err := g.signalChange(ctx, ev)
	if err != nil {
		return result, err
	}
	told, err := g.signalSubject(ctx, ev)
	if err != nil || result == ticketNoProcess {
		return told, err
	}
	return result, nil
}

// signalSubject tells the process that the ticket names. A subject that is not
// one, or is over, is as good as none.
func (g *Gateway) signalSubject(ctx context.Context, ev compliance.TicketEvent) (string, error) {
	process, known := g.processOf(ev.Subject)
	if !known || process.TicketSignal == "" || len(ev.Subject) > maxID || !wellFormed(strings.TrimPrefix(ev.Subject, process.Prefix)) {
		return ticketNoProcess, nil
	}
	return g.signalled(ctx, ev.Subject, process.TicketSignal, ev)
}

func (g *Gateway) signalChange(ctx context.Context, ev compliance.TicketEvent) (string, error) {
	id := change.WorkflowID(ev.Site, ev.TicketID)
	if !ev.Entered {
		return g.signalled(ctx, id, change.SignalTicketChanged, ev)
	}
	// A closed run does not stand in the way of a new one: the process's first
	// step looks the ticket up in the evidence index, so that a closed change is
	// never resurrected by its own echo.
	_, err := g.engine.SignalWithStartWorkflow(ctx, id, change.SignalTicketChanged, ev, client.StartWorkflowOptions{
		ID:                    id,
		TaskQueue:             g.taskQueue,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:         ev.Key,
	}, change.Type, change.Input{Ticket: compliance.TicketRef{Site: ev.Site, ID: ev.TicketID, Key: ev.Key}})
	if err != nil {
		return ticketFailed, undelivered(err)
	}
	return ticketStarted, nil
}

// signalled tells a process of the event, and says what became of it there.
func (g *Gateway) signalled(ctx context.Context, id, signal string, ev compliance.TicketEvent) (string, error) {
	told, err := tell(ctx, g.engine, id, signal, ev)
	switch {
	case err != nil:
		return ticketFailed, err
	case told:
		return ticketSignalled, nil
	}
	return ticketNoProcess, nil
}
