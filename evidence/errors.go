package evidence

import (
	"errors"

	"github.com/lowcodex/countersign/evidence/ledger"
)

// The reasons for which the log refuses. Callers tell them apart with
// errors.Is; the error returned says which event and how to mend it.
var (
	// Of the rules between records; see package ledger.
	ErrInvalid      = ledger.ErrInvalid
	ErrConflict     = ledger.ErrConflict
	ErrFinal        = ledger.ErrFinal
	ErrTooLarge     = ledger.ErrTooLarge
	ErrVerification = ledger.ErrVerification

	// ErrMissingBlob: a blob that the event refers to is not stored; put it first.
	ErrMissingBlob = errors.New("evidence: blob is not stored")
	// ErrNotFound: no such subject, number, key or blob.
	ErrNotFound = errors.New("evidence: not found")
	// ErrClosed: the log was closed; nothing was recorded by this call.
	ErrClosed = errors.New("evidence: log is closed")
	// ErrLocked: another process holds the log.
	ErrLocked = errors.New("evidence: log is in use")
	// ErrDamaged: the directory is not what this log left behind; it is not
	// opened, because going on would rewrite history (E9).
	ErrDamaged = errors.New("evidence: log directory is damaged or was rolled back")
	// ErrIndex: the index contradicts the log; rebuild it from the log.
	ErrIndex = errors.New("evidence: index does not match the log")
	// ErrUnavailable: the append failed on the way to the disk. Whether it is
	// on record is unknown; repeat it with the same keys.
	ErrUnavailable = errors.New("evidence: append failed")
)

// refuse wraps one of the sentinels with what is wrong and how to mend it.
func refuse(sentinel error, format string, args ...any) error {
	return ledger.Refuse(sentinel, format, args...)
}
