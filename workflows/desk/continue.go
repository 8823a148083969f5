package desk

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

// ShouldContinue reports whether the engine suggests a fresh history and
// nobody is in the middle of acting.
func (d *Desk) ShouldContinue(ctx workflow.Context) bool {
	return workflow.GetInfo(ctx).GetContinueAsNewSuggested() && workflow.AllHandlersFinished(ctx)
}

// Drain makes the papers ready for a fresh run, which must be given Carried of
// them. Mirrors get a moment to finish; what they did not manage is carried over
// and looked for first. Signals that arrived up to here have been taken by
// their coroutines; those that arrive later fail this task and are taken in the
// next attempt.
//
// It waits on calm. Where ctx, the context of whatever cancellation is not
// answered yet, was cancelled by then, it reports false: the engine cancels one
// run, and the next would never learn of it. The process answers that here, and
// starts its mirrors anew.
func (d *Desk) Drain(ctx, calm workflow.Context, stopMirrors func()) (bool, error) {
	d.closing = true
	idle := func() bool { return d.busy == 0 && workflow.AllHandlersFinished(calm) }
	if done, err := workflow.AwaitWithTimeout(calm, 30*time.Second, idle); err != nil {
		return false, err
	} else if !done {
		stopMirrors()
		if err := workflow.Await(calm, idle); err != nil {
			return false, err
		}
	}
	return d.drained(ctx), nil
}

// drained hands the papers over, unless the run was cancelled meanwhile.
func (d *Desk) drained(ctx workflow.Context) bool {
	if ctx.Err() != nil {
		d.Reopen()
		return false
	}
	d.Hints, d.Unshown = d.Hinted, d.behind
	return true
}

// DrainWithin is Drain for a process that must not be deaf for long. Mirrors get
// this much patience and are stopped then; where something is still under way
// soon after that, it gives up and reports false: the process goes on, and starts
// its mirrors anew. An act may have come that waits for a log that is away.
func (d *Desk) DrainWithin(ctx, calm workflow.Context, patience time.Duration, stopMirrors func()) (bool, error) {
	d.closing = true
	idle := func() bool { return d.busy == 0 && workflow.AllHandlersFinished(calm) }
	done, err := workflow.AwaitWithTimeout(calm, patience, idle)
	if err == nil && !done {
		stopMirrors()
		done, err = workflow.AwaitWithTimeout(calm, stopWithin, idle)
	}
	if err != nil {
		return false, err
	}
	if !done {
		d.Reopen()
		return false, nil
	}
	return d.drained(ctx), nil
}

// Reopen takes a drain back: the run goes on, and its mirrors are started anew.
func (d *Desk) Reopen() { d.closing = false }

// stopWithin is how long what was cancelled may take to end.
const stopWithin = 5 * time.Second

// Settle waits until people have been shown the end and every record is in the
// log, then lets the run close. The subject itself is over and on record; only
// its mirrors are still busy.
func (d *Desk) Settle(ctx workflow.Context) error {
	d.closing = true
	for {
		err := workflow.Await(ctx, func() bool { return d.busy == 0 && workflow.AllHandlersFinished(ctx) })
		if err != nil || d.Caught() {
			return err
		}
		d.appendBehind(ctx) // of an act that came when its coroutine had ended
	}
}
