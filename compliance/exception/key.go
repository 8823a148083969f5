package exception

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// IDPrefix begins the workflow ids of exceptions.
const IDPrefix = "exception/"

// Series is the number series of exceptions in the evidence log.
const Series = "EXC"

// SubjectID is the workflow id of the exception that a request with this
// delivery asks for: asking twice the same asks once. It has the form of a UUID
// (version 8, RFC 9562) and reveals nothing of the delivery.
func SubjectID(delivery string) string {
	sum := sha256.Sum256([]byte("exception\n" + delivery))
	b := sum[:16]
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	h := hex.EncodeToString(b)
	return IDPrefix + h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// ActKey is the key of an act with this delivery id: one delivery leaves one record.
func ActKey(owner, delivery string) string {
	sum := sha256.Sum256([]byte(delivery))
	return owner + "/act/" + hex.EncodeToString(sum[:16])
}

// Key is the event key of what time has brought. Each happens once in what its
// key counts: decisions, questions, periods or reminders.
func (d Due) Key(owner string, e Exception) string {
	switch d.Event {
	case EventLapsed:
		return fmt.Sprintf("%s/round/%d/lapsed", owner, e.Rounds)
	case EventAsked:
		return fmt.Sprintf("%s/check/%d", owner, e.Check.N+1)
	case EventUnanswered:
		return fmt.Sprintf("%s/check/%d/unanswered", owner, e.Check.N)
	case EventWarned:
		return fmt.Sprintf("%s/p%d/warned/%d", owner, e.Renewals, d.Rung)
	case EventExpired:
		return fmt.Sprintf("%s/p%d/expired", owner, e.Renewals)
	default:
		return fmt.Sprintf("%s/p%d/overdue/%d", owner, e.Renewals, e.Reminded+1)
	}
}
