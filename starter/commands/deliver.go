package commands

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/workflows/record"
)

const (
	// acceptWithin bounds the wait for a worker to accept an act; after it the
	// act is left as a signal, which is durable without any worker.
	acceptWithin = 10 * time.Second
	signalWithin = 5 * time.Second
)

// deliver makes an act durable and gives its answer. The order is the one of
// every surface (C15): an update, accepted into the history; failing that a
// signal with the same delivery id, of which the process keeps the outcome, so
// that both arriving count once; and for a subject that is over, the record of
// a late act.
//
// A kill before the update is accepted leaves nothing, and the person has seen
// no answer; a kill afterwards loses only the display. Either way repeating
// with the same delivery gives the first answer.
func (p *program) deliver(ctx context.Context, e engine, d *descriptor, in compliance.Inbound) (compliance.Reply, error) {
	name, ok := d.desk.update(in.Action)
	if !ok {
		return compliance.Reply{}, usage(d.a()+" has no action "+quote(in.Action), "see starter "+d.group+" --help")
	}
	accept, cancel := p.bounded(ctx, acceptWithin)
	defer cancel()
	handle, err := e.UpdateWorkflow(accept, client.UpdateWorkflowOptions{
		WorkflowID: in.Subject, UpdateID: in.Delivery, UpdateName: name,
		Args: []any{in}, WaitForStage: client.WorkflowUpdateStageAccepted,
	})
	switch {
	case err == nil:
		return p.outcome(ctx, d, handle, in)
	case isGone(err):
		return p.late(ctx, e, d, in)
	case ctx.Err() != nil:
		return compliance.Reply{}, undecided("interrupted before the act was accepted", in, err)
	case isTimeout(err):
		return p.leave(ctx, e, d, in)
	}
	return compliance.Reply{}, err
}

// outcome waits for the answer to an accepted update.
func (p *program) outcome(ctx context.Context, d *descriptor, handle client.WorkflowUpdateHandle, in compliance.Inbound) (compliance.Reply, error) {
	wait, cancel := context.WithTimeout(ctx, p.options.timeout)
	defer cancel()
	var reply compliance.Reply
	err := handle.Get(wait, &reply)
	var rejected *temporal.ApplicationError
	switch {
	case err == nil:
		return reply, nil
	case wait.Err() != nil || isTimeout(err):
		return compliance.Reply{Outcome: compliance.Received,
			Text: "The act is recorded; its outcome follows on the card and in " + d.command("show") + "."}, nil
	case errors.As(err, &rejected) && rejected.Type() == compliance.TooManyActs:
		return compliance.Reply{Outcome: compliance.NotRecorded, Reason: "too-many", Text: "Nothing was recorded: " + rejected.Message() + "."}, nil
	case errors.As(err, &rejected):
		return compliance.Reply{}, usage("the "+d.Noun+" cannot take this message: "+rejected.Message(),
			"the command line and the worker may be of different versions; see starter version")
	}
	return compliance.Reply{}, undecided("the "+d.Noun+" ended while the act was on its way: "+err.Error(), in, err)
}

// leave signals an act that no worker accepted in time. The update may still
// be accepted later: the process answers the second arrival of a delivery with
// the first one's outcome.
func (p *program) leave(ctx context.Context, e engine, d *descriptor, in compliance.Inbound) (compliance.Reply, error) {
	ctx, cancel := p.bounded(ctx, signalWithin)
	defer cancel()
	err := e.SignalWorkflow(ctx, in.Subject, "", d.desk.acted, in)
	switch {
	case err == nil:
		return compliance.Reply{Outcome: compliance.Received,
			Text: "Received; no worker has taken it up yet. The outcome follows on the card and in " + d.command("show") + "."}, nil
	case isGone(err):
		return p.late(ctx, e, d, in)
	}
	return compliance.Reply{}, undecided("it is not known whether the act was accepted: "+err.Error(), in, err)
}

// late puts an act on a subject that is over on record and gives the answer of
// the record. Its id is the delivery's, so a repetition finds the first one.
func (p *program) late(ctx context.Context, e engine, d *descriptor, in compliance.Inbound) (compliance.Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, p.options.timeout)
	defer cancel()
	run, err := e.ExecuteWorkflow(ctx, once(record.WorkflowID(record.LateKey(in.Delivery))), record.Type, record.Input{Late: &in})
	if err != nil {
		return compliance.Reply{}, undecided("the "+d.Noun+" is over, and the late act could not be put on record: "+err.Error(), in, err)
	}
	var result record.Result
	switch err := run.Get(ctx, &result); {
	case err == nil:
		return result.Reply, nil
	case ctx.Err() != nil:
		return compliance.Reply{Outcome: compliance.Received,
			Text: "The " + d.Noun + " is over. The act is durable and will be put on record as late."}, nil
	default:
		return compliance.Reply{}, undecided("the "+d.Noun+" is over, and the late act could not be put on record: "+err.Error(), in, err)
	}
}

// undecided is the failure of an act that may have arrived.
func undecided(what string, in compliance.Inbound, err error) *failure {
	return unreachable(what, "repeat the command with --delivery "+in.Delivery+": it counts once", err)
}

// isTimeout reports whether a call ended for want of time, on either side.
func isTimeout(err error) bool {
	var update *client.WorkflowUpdateServiceTimeoutOrCanceledError
	return errors.As(err, &update) || errors.Is(err, context.DeadlineExceeded)
}
