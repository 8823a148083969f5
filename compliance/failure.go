package compliance

import (
	"errors"
	"fmt"
	"time"
)

// Class says what can be done about a failed call to the outside. It is
// decided once, where the call was made; everything above reads it only.
type Class string

const (
	// Invalid: the request is wrong and will stay wrong; a person must mend it.
	Invalid Class = "invalid"
	// Refused: the other side understood and declined, by its own rules.
	Refused Class = "refused"
	// Conflict: somebody else changed the thing first; read again, then retry.
	Conflict Class = "conflict"
	// Throttled: too many calls; retry after Failure.RetryAfter.
	Throttled Class = "throttled"
	// Unavailable: the call had no effect and may be repeated.
	Unavailable Class = "unavailable"
	// UnknownOutcome: the call may have had its effect; look for it before repeating.
	UnknownOutcome Class = "unknown-outcome"
	// Blocked: a credential or permission is missing; retried slowly, without
	// end, and made visible, because only a person can mend it.
	Blocked Class = "blocked"
	// Gone: the thing the call is about no longer exists.
	Gone Class = "gone"
)

// Classes lists every class, for tables and tests.
func Classes() []Class {
	return []Class{Invalid, Refused, Conflict, Throttled, Unavailable, UnknownOutcome, Blocked, Gone}
}

// Failure is the error every integration returns. Its text never holds a
// secret, a request body or a full address.
type Failure struct {
	Class  Class
	Op     string // what was attempted, e.g. "post message"
	Detail string // the other side's own reason, redacted and cut to one line
	// RetryAfter is how long the other side asked to be left alone; it is set
	// with Throttled and may be set with Unavailable.
	RetryAfter time.Duration
	Err        error // the cause, for errors.Is; its text is not printed
}

// Error gives the operation, the class and the other side's reason.
func (f *Failure) Error() string {
	if f.Detail == "" {
		return fmt.Sprintf("%s: %s", f.Op, f.Class)
	}
	return fmt.Sprintf("%s: %s: %s", f.Op, f.Class, f.Detail)
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// ClassOf returns the class of err: that of the outermost Failure in its
// chain, or UnknownOutcome for any other error, which is the class that never
// repeats a side effect blindly. A nil error has the empty class.
func ClassOf(err error) Class {
	if err == nil {
		return ""
	}
	var f *Failure
	if errors.As(err, &f) {
		return f.Class
	}
	return UnknownOutcome
}
