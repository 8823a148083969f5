package desk

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

// Alarm wakes a loop that is woken by many other things, too. A wait that is
// woken early leaves its timer where it is and the next wait uses it: a timer
// for each wait would be paid for in history, twice.
type Alarm struct {
	at     time.Time // when the pending timer fires; zero when there is none
	cancel workflow.CancelFunc
}

// Until waits until the condition holds or the instant has come; a zero instant
// never comes. It may return before either, when an earlier wait's timer fires:
// the loop looks again.
func (a *Alarm) Until(ctx workflow.Context, at time.Time, woken func() bool) error {
	if at.IsZero() {
		return workflow.Await(ctx, woken)
	}
	now := workflow.Now(ctx)
	if !at.After(now) {
		return Yield(ctx) // due already: what came with this task is taken first
	}
	if a.at.IsZero() || at.Before(a.at) {
		a.set(ctx, at, now)
	}
	rang := a.at
	return workflow.Await(ctx, func() bool { return woken() || !a.at.Equal(rang) })
}

// set replaces the pending timer.
func (a *Alarm) set(ctx workflow.Context, at, now time.Time) {
	if a.cancel != nil {
		a.cancel()
	}
	calm, _ := workflow.NewDisconnectedContext(ctx) // a cancelled run that goes on must still be woken
	ticking, cancel := workflow.WithCancel(calm)
	a.at, a.cancel = at, cancel
	timer := workflow.NewTimer(ticking, at.Sub(now))
	workflow.GoNamed(calm, "alarm", func(ctx workflow.Context) {
		if timer.Get(ctx, nil) == nil && a.at.Equal(at) {
			a.at, a.cancel = time.Time{}, nil
		}
	})
}
