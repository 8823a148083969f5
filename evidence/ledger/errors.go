package ledger

import (
	"errors"
	"fmt"
)

// The reasons for which a record is not admitted, and for which what was written
// is not believed. Callers tell them apart with errors.Is; the error returned says
// which event and how to mend it.
var (
	// ErrInvalid: the event is malformed and will stay so.
	ErrInvalid = errors.New("evidence: invalid event")
	// ErrConflict: the key is on record for another type or subject, or the
	// number does not belong to the subject.
	ErrConflict = errors.New("evidence: conflict with what is on record")
	// ErrFinal: the subject's last state is on record and no other may follow.
	ErrFinal = errors.New("evidence: subject is closed")
	// ErrTooLarge: the record or blob is over its limit; move content into a blob.
	ErrTooLarge = errors.New("evidence: too large")
	// ErrVerification: the log does not prove what it claims; see Report.Findings.
	ErrVerification = errors.New("evidence: verification failed")
)

// Refuse wraps a sentinel with what is wrong and how to mend it.
func Refuse(sentinel error, format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{sentinel}, args...)...)
}
