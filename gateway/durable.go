package gateway

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/lowcodex/countersign/compliance"
)

// act is one Inbound on its way into a process.
type act struct {
	g       *Gateway
	in      compliance.Inbound
	process Process
	update  string
	log     *slog.Logger
}

// next is what remains to be done for an act.
type next int

const (
	answered  next = iota // the reply is the answer
	askAgain              // the run that accepted it ended before it answered
	useSignal             // nobody can look at it yet
)

// submit walks C15's order: update, else signal, else say that nothing was
// recorded. It goes round a second time when the process ended in between,
// because an update that was accepted just before the end is then answered with
// its outcome, and only an act that really came too late is recorded as late.
//
// A crash anywhere here loses an act whose sender was told nothing; the sender's
// repetition has the same delivery and gets the first outcome.
func (a act) submit(ctx context.Context) compliance.Reply {
	for range 2 {
		reply, next, err := a.offer(ctx)
		switch {
		case isOver(err):
			return a.late(ctx)
		case next == answered:
			return reply
		case next == askAgain:
			continue
		}
		err = a.signal(ctx)
		if err == nil {
			return compliance.Reply{
				Outcome: compliance.Received, Reason: ReasonSignalled,
				Text: "Received; the outcome follows on the card.",
			}
		}
		if !isOver(err) {
			a.log.ErrorContext(ctx, "act not recorded", "error", err)
			return unreachable()
		}
	}
	return a.late(ctx)
}

// offer sends the act as an update, when it is its turn. The error is set only
// when the process is over; every other trouble means that the signal must do it.
func (a act) offer(ctx context.Context) (compliance.Reply, next, error) {
	accepting, cancel := context.WithTimeout(ctx, min(acceptWithin, max(left(ctx)-signalWithin, left(ctx)/2)))
	defer cancel()
	release, err := a.g.turns.take(accepting, a.in.Subject)
	if err == nil {
		defer release() // after the outcome: an update counts as in flight until then
		var handle client.WorkflowUpdateHandle
		if handle, err = a.send(accepting); err == nil {
			reply, next := a.outcome(ctx, handle, a.g.now())
			return reply, next, nil
		}
	}
	if isOver(err) {
		return compliance.Reply{}, useSignal, err
	}
	a.log.WarnContext(ctx, "update not accepted in time, sending a signal", "error", err)
	return compliance.Reply{}, useSignal, nil
}

// send returns when the update is accepted in history or refused. Where the
// engine has too many in flight for the process, the SDK repeats it about every
// 200 ms until ctx ends.
func (a act) send(ctx context.Context) (client.WorkflowUpdateHandle, error) {
	return a.g.engine.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		UpdateID:     updateID(a.in.Delivery),
		WorkflowID:   a.in.Subject,
		UpdateName:   a.update,
		Args:         []any{a.in},
		WaitForStage: client.WorkflowUpdateStageAccepted,
	})
}

// outcome waits for what the process makes of an update that came back at the
// instant at: accepted, or refused before acceptance, in which case the handle
// knows the failure already.
func (a act) outcome(ctx context.Context, handle client.WorkflowUpdateHandle, at time.Time) (compliance.Reply, next) {
	var reply compliance.Reply
	err := handle.Get(ctx, &reply)
	var failure *temporal.ApplicationError
	switch {
	case err == nil && reply.Outcome != "":
		a.g.durable(a.in, "update", at)
		return reply, answered
	case err == nil:
		a.log.ErrorContext(ctx, "the process answered without an outcome")
	case errors.As(err, &failure) && failure.Type() == acceptedButEnded:
		a.log.WarnContext(ctx, "the run ended before it answered, asking again", "error", err)
		return compliance.Reply{}, askAgain
	case errors.As(err, &failure) && notUnderstood(failure):
		// The worker is older than this gateway, or dropped the update. A signal
		// waits in history for one that understands it.
		a.log.WarnContext(ctx, "no worker understands the update, sending a signal", "error", err)
		return compliance.Reply{}, useSignal
	case errors.As(err, &failure) && failure.Type() == compliance.TooManyActs:
		return a.g.turnAway(ctx, a.in, tooMany()), answered // over several gateways, or past them
	case errors.As(err, &failure):
		return compliance.Reply{Outcome: compliance.Declined, Reason: ReasonRejected, Text: failure.Message()}, answered
	default:
		// Deadline, lost connection, cancelled handler: it is in history all the same.
		a.log.DebugContext(ctx, "accepted, outcome not yet known", "error", err)
	}
	a.g.durable(a.in, "update", at)
	return compliance.Reply{
		Outcome: compliance.Received, Reason: ReasonPending,
		Text: "Recorded; the outcome follows on the card.",
	}, answered
}

// acceptedButEnded is the server's own failure of an update whose run closed or
// continued as new before the handler returned (server 1.32,
// service/history/workflow/update/errors_failures.go).
const acceptedButEnded = "AcceptedUpdateCompletedWorkflow"

// notUnderstood recognises a refusal by the machinery instead of the process:
// the server's for an update that no worker processed, and the SDK's for one
// without a handler.
func notUnderstood(f *temporal.ApplicationError) bool {
	return f.Type() == "UnprocessedUpdate" || strings.HasPrefix(f.Message(), "unknown update ")
}

// signal puts the act into the process's history without anybody looking at
// it, in the time that is left, which is at least signalWithin. The process
// keeps delivery → outcome, so that an update that was accepted after all and
// this signal count once.
func (a act) signal(ctx context.Context) error {
	err := a.g.engine.SignalWorkflow(ctx, a.in.Subject, "", a.process.ActedSignal, a.in)
	if err == nil {
		a.g.durable(a.in, "signal", a.g.now())
	}
	return err
}

func unreachable() compliance.Reply {
	return compliance.Reply{
		Outcome: compliance.NotRecorded, Reason: ReasonUnreachable,
		Text: "Nothing was recorded: the process could not be reached in time. Please try again in a minute; a repetition never counts twice.",
	}
}
