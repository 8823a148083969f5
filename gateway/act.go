package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"time"

	enumspb "go.temporal.io/api/enums/v1"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/connect"
)

// Time budgets of an act (C15). A message surface gives 3 seconds in all and
// its handler passes on 2.6 of them; these fit with a margin for the answer.
const (
	acceptWithin  = 1500 * time.Millisecond // for the update to be accepted in history
	signalWithin  = 700 * time.Millisecond  // kept for the fallback, which may use what is left
	answerMargin  = 150 * time.Millisecond  // left for the surface to answer
	defaultBudget = 2500 * time.Millisecond // where the caller set no deadline
	closedWithin  = 400 * time.Millisecond  // for the look before a form opens
)

// maxUpdateID is the longest delivery used as an update id as it is.
const maxUpdateID = 200

// Form gives the form that an action needs before it counts. Where there is
// none to fill in, the bool is false and the reply is what to tell the person:
// the action is unknown, or the process is over, in which case the click has
// been put on record and is answered with where the subject stands (C19). An
// action that needs no form is done by the press, and the reply says what came
// of it. Opening a form decides nothing (C18).
func (g *Gateway) Form(ctx context.Context, in compliance.Inbound) (compliance.Form, compliance.Reply, bool) {
	process, no := g.admit(in)
	if no == nil && process.begins(in) {
		return process.Begins.Form(g.systems()), compliance.Reply{}, true
	}
	if no == nil {
		if process.Immediate != nil && process.Immediate(in.Action) {
			return compliance.Form{}, g.Submit(ctx, in), false
		}
		form, known := process.Form(in.Action)
		if process.Live != nil && process.Live(in.Action) {
			return g.live(ctx, in)
		}
		if known {
			if !g.closed(ctx, in.Subject) {
				return form, compliance.Reply{}, true
			}
			// Half of the time, because the surface has to tell the person itself.
			ctx, cancel := context.WithTimeout(ctx, left(ctx)/2)
			defer cancel()
			return compliance.Form{}, g.Submit(ctx, in), false
		}
		no = &refusal{ReasonUnknownAction, "there is nothing to fill in for this action. Please open the newest card."}
	}
	return compliance.Form{}, g.turnAway(ctx, in, no), false
}

// closed reports whether the subject's process is known to be over. When the
// engine does not say so in time the form opens: the act that follows is judged
// by the process anyway.
func (g *Gateway) closed(ctx context.Context, subject string) bool {
	ctx, cancel := context.WithTimeout(ctx, closedWithin)
	defer cancel()
	described, err := g.engine.DescribeWorkflowExecution(ctx, subject, "")
	if err != nil {
		return isOver(err)
	}
	switch described.GetWorkflowExecutionInfo().GetStatus() {
	case enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, enumspb.WORKFLOW_EXECUTION_STATUS_FAILED,
		enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED, enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED,
		enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT:
		return true
	default:
		return false
	}
}

// Submit makes an act durable and says what became of it, within the deadline
// of ctx, or 2.5 s where it has none. It never returns an error: an act that
// could not be made durable is a NotRecorded reply. Cancelling ctx does not
// stop it, because a person who closed the window still wanted it done; only
// the deadline does. Repeating a delivery gives its first outcome.
//
// A sign-in that a surface sends is dropped: only the gateway's own pages know
// whether there was one.
func (g *Gateway) Submit(ctx context.Context, in compliance.Inbound) compliance.Reply {
	in.SignIn = nil
	return g.submit(ctx, in)
}

// submit is Submit for whoever may say that a person signed in.
func (g *Gateway) submit(ctx context.Context, in compliance.Inbound) compliance.Reply {
	process, no := g.admit(in)
	if no != nil {
		return g.turnAway(ctx, in, no)
	}
	if process.begins(in) {
		return g.begin(ctx, process, in)
	}
	if g.crowded(process, in) {
		return g.turnAway(ctx, in, tooMany())
	}
	if in.Received.IsZero() {
		in.Received = g.now().UTC()
	}
	ctx, cancel := withBudget(connect.WithCorrelation(ctx, short(in.Delivery)))
	defer cancel()

	update, _ := process.Update(in.Action) // admit has seen it
	a := act{
		g: g, in: in, process: process, update: update,
		log: g.log.With("subject", in.Subject, "action", in.Action, "delivery", short(in.Delivery),
			"request", requestFrom(ctx)),
	}
	reply := a.submit(ctx)
	reply = g.told(reply, in.Actor)
	g.measured.acts.WithLabelValues(process.Name, label(string(reply.Outcome))).Inc()
	if reply.Outcome == compliance.NotRecorded {
		g.Count(in.Surface, reply.Reason)
	}
	a.log.InfoContext(ctx, "act answered", "outcome", reply.Outcome, "reason", reply.Reason,
		slog.Duration("took", g.now().Sub(in.Received)))
	return reply
}

// told is a reply as who acted reads it: people by their names, instants by the
// reader's own clock.
func (g *Gateway) told(reply compliance.Reply, reader compliance.Account) compliance.Reply {
	if len(reply.Times) > 0 {
		reply.Text = compliance.PlaceTimes(reply.Text, reply.Times, g.zone(reader))
	}
	reply.Text = compliance.NamePeople(reply.Text, reply.People, g.name)
	return reply
}

// withBudget detaches ctx from its caller's cancellation and keeps a margin
// before its deadline for the answer.
func withBudget(ctx context.Context) (context.Context, context.CancelFunc) {
	until := time.Now().Add(defaultBudget)
	if deadline, ok := ctx.Deadline(); ok {
		until = deadline.Add(-answerMargin)
	}
	return context.WithDeadline(context.WithoutCancel(ctx), until)
}

// left is the time until ctx's deadline, never negative.
func left(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return defaultBudget
	}
	return max(time.Until(deadline), 0)
}

// digest is a name of any delivery that is safe in ids: 64 hex digits.
func digest(delivery string) string {
	sum := sha256.Sum256([]byte(delivery))
	return hex.EncodeToString(sum[:])
}

// short is the delivery in log lines and, as the correlation id, in every call
// that follows from it. A digest, because some surfaces put an account into the
// delivery and correlation ids are never encrypted.
func short(delivery string) string { return digest(delivery)[:12] }

// updateID is the delivery itself, or its digest where the engine would find
// it too long.
func updateID(delivery string) string {
	if len(delivery) > maxUpdateID {
		return "sha256-" + digest(delivery)
	}
	return delivery
}
