package steps

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// LongestPause bounds how long a failing step is left alone before it is tried
// again: an hour keeps a run that waits for months far from the engine's limits.
const LongestPause = time.Hour

// Persist repeats a step until it succeeds, repeating cannot help (the error
// is then the step's), or the context is cancelled. Each try already contains
// the retries of its preset; between tries it waits longer and longer, and at
// least as long as the other side asked. try is told whether the step may have
// had its effect before; failed is told of each failure that will be tried again.
func Persist[R any](ctx workflow.Context, try func(repeat bool) (R, error), failed func(Failed)) (R, error) {
	for n := 0; ; n++ {
		r, err := try(n > 0)
		if err == nil || temporal.IsCanceledError(err) || ctx.Err() != nil {
			return r, err
		}
		f := Explain(err)
		if f.Final {
			return r, err
		}
		failed(f)
		if err := workflow.Sleep(ctx, max(f.Pause, pause(n))); err != nil {
			return r, err
		}
	}
}

// Waiting is a failed for Persist that shows on the run's page why it takes so long.
// What is who or what keeps failing.
func Waiting(ctx workflow.Context, what string) func(Failed) {
	return func(f Failed) { workflow.SetCurrentDetails(ctx, what+" has been failing: "+f.Text) }
}

// pause is the wait after the n-th failed try, from 0: one minute, doubled up
// to the longest.
func pause(n int) time.Duration {
	return min(time.Minute<<min(n, 6), LongestPause)
}
