// Package activities holds the side effects of the processes, one struct per
// capability with the small interface it needs. An activity adds the event
// key, looks before it creates when it may have run before, and translates
// errors; it takes no business decision of its own.
package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/lowcodex/countersign/compliance"
)

// treatment is what the engine does with one class of failure.
type treatment struct {
	final bool          // repeating cannot help: hand it to the process at once
	pause time.Duration // before the next attempt; 0 leaves it to the retry policy
	calm  bool          // expected under load: no error log, no alert
}

// treatments is the one table from class to retry behaviour.
func treatments() map[compliance.Class]treatment {
	return map[compliance.Class]treatment{
		compliance.Invalid:        {final: true},
		compliance.Refused:        {final: true},
		compliance.Gone:           {final: true},
		compliance.Conflict:       {},
		compliance.Unavailable:    {},
		compliance.UnknownOutcome: {}, // the repeat looks for the effect first
		compliance.Throttled:      {calm: true},
		compliance.Blocked:        {pause: 5 * time.Minute}, // a person must mend it; slow and without end
	}
}

// translate turns an error of a port into what the engine retries by. Its
// text is the failure's own, which holds no secret; the type is the class.
// A cancelled context is passed on as it is, so that the engine sees it.
func translate(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	class := compliance.ClassOf(err)
	t := treatments()[class]
	pause := t.pause
	var f *compliance.Failure
	if errors.As(err, &f) && f.RetryAfter > 0 {
		pause = f.RetryAfter
	}
	category := temporal.ApplicationErrorCategoryUnspecified
	if t.calm {
		category = temporal.ApplicationErrorCategoryBenign
	}
	return temporal.NewApplicationErrorWithOptions(err.Error(), string(class), temporal.ApplicationErrorOptions{
		NonRetryable:   t.final,
		NextRetryDelay: pause,
		Category:       category,
		Details:        []any{pause},
	})
}

// repeated reports whether this effect may have happened before: a later
// attempt, or the caller says so (a step scheduled again after a failure, or a
// run that was reset).
func repeated(ctx context.Context, hint bool) bool {
	return hint || activity.GetInfo(ctx).Attempt > 1
}

// done writes the one line an effect leaves in the operators' log. It names
// keys and numbers only, never what somebody wrote.
func done(ctx context.Context, effect string, keyvals ...any) {
	activity.GetLogger(ctx).Info(effect, keyvals...)
}
