package httpcall

import (
	"context"
	"time"

	"golang.org/x/time/rate"
)

// limitError says that our own limit for the operation is used up; nothing was sent.
type limitError struct{ wait time.Duration }

func (e *limitError) Error() string { return "rate limit of this client reached" }

// limiters holds one limiter per operation; the map is never changed after it was made.
type limiters struct{ byOp map[string]*rate.Limiter }

func newLimiters(limits map[string]Limit) *limiters {
	l := &limiters{byOp: make(map[string]*rate.Limiter, len(limits))}
	for op, limit := range limits {
		l.byOp[op] = rate.NewLimiter(rate.Limit(limit.PerSecond), max(limit.Burst, 1))
	}
	return l
}

// wait returns when the operation's turn has come, with a limitError when that
// would take longer than the caller has or maxWait.
func (l *limiters) wait(ctx context.Context, op string, maxWait time.Duration) error {
	limiter, ok := l.byOp[op]
	if !ok {
		limiter, ok = l.byOp[""]
	}
	if !ok {
		return nil
	}
	turn := limiter.Reserve()
	delay := turn.Delay()
	if deadline, ok := ctx.Deadline(); ok {
		maxWait = min(maxWait, time.Until(deadline))
	}
	if delay > maxWait {
		turn.Cancel()
		return &limitError{wait: delay}
	}
	if delay == 0 {
		return nil
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		turn.Cancel()
		return &unsentError{ctx.Err()}
	}
}
