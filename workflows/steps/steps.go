// Package steps is the only place from which workflows run activities: each
// step is a typed function with its queue, time-outs and retries named here.
// It holds no branching and no state.
package steps

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
)

// run executes one activity method with one argument and one result, checked
// by the compiler: method must be func(ctx, I) (R, error).
func run[I, R any](ctx workflow.Context, opts workflow.ActivityOptions, method any, in I) (R, error) {
	var out R
	err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, opts), method, in).Get(ctx, &out)
	return out, err
}

// onRecord is for the evidence queue: appends are quick or the log is down. The
// step gives up after a minute so that the process can say so to the people
// waiting, and is then scheduled again: evidence is waited for without end.
func onRecord() workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:              compliance.QueueEvidence,
		StartToCloseTimeout:    10 * time.Second,
		ScheduleToCloseTimeout: time.Minute,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 5 * time.Second},
	}
}

// onVendor is for calls to a system we do not own. The HTTP time-out of the
// integrations is shorter than StartToClose, so an attempt ends with a
// classified error rather than a lost one.
func onVendor(queue string) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:              queue,
		StartToCloseTimeout:    20 * time.Second,
		ScheduleToCloseTimeout: time.Minute,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 20 * time.Second},
	}
}

// onFiles is for reading a ticket with all that is attached to it, within the
// minute after which the people waiting are told.
func onFiles(queue string) workflow.ActivityOptions {
	opts := onVendor(queue)
	opts.StartToCloseTimeout = 50 * time.Second
	return opts
}

// onSearch is for creating at a vendor whose search lags: before a repeat
// creates, it looks several times and waits out the index in between.
func onSearch(queue string) workflow.ActivityOptions {
	opts := onVendor(queue)
	opts.StartToCloseTimeout = time.Minute
	opts.ScheduleToCloseTimeout = 5 * time.Minute
	return opts
}

// onRules is for reading rules, directory and calendars: local files, so a
// failure is a fault of this host and another attempt may run elsewhere.
func onRules() workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:              compliance.QueueWorkflows,
		StartToCloseTimeout:    10 * time.Second,
		ScheduleToCloseTimeout: time.Minute,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 10 * time.Second},
	}
}

// onList is for comparing with everything that runs: the engine is asked page
// by page, 200 runs in some 50 ms.
func onList() workflow.ActivityOptions {
	opts := onRules()
	opts.StartToCloseTimeout = time.Minute
	opts.ScheduleToCloseTimeout = 5 * time.Minute
	return opts
}

// Failed says what a step ended with, for the process to decide upon.
type Failed struct {
	Class compliance.Class
	// Final is set when repeating the step cannot help.
	Final bool
	// Pause is how long the other side asked to be left alone; 0 if it did not.
	Pause time.Duration
	Text  string
}

// Explain reads the failure of a step. A time-out of the engine means that the
// outcome is unknown, so the step must look for its effect when it runs again.
func Explain(err error) Failed {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		f := Failed{Class: compliance.Class(app.Type()), Final: app.NonRetryable(), Text: app.Message()}
		if app.HasDetails() {
			// Best effort: an unreadable detail only loses the wish for a pause.
			_ = app.Details(&f.Pause)
		}
		if f.Class == "" {
			f.Class = compliance.UnknownOutcome
		}
		return f
	}
	var late *temporal.TimeoutError
	if errors.As(err, &late) {
		return Failed{Class: compliance.UnknownOutcome, Text: "no answer in time"}
	}
	return Failed{Class: compliance.UnknownOutcome, Text: err.Error()}
}
