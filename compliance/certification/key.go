package certification

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// The event keys of a tracker's steps (G2). What time brings happens once per
// version, so its key needs no sequence; acts are told apart by their delivery.

// RungKey is the key of a reminder, such as "CER-7/v2/rung/30" (A2).
func RungKey(number string, version, offset int) string {
	return fmt.Sprintf("%s/v%d/rung/%d", number, version, offset)
}

// EscalationKey is the key of a step of escalation of a rung.
func EscalationKey(number string, version, offset, step int) string {
	return fmt.Sprintf("%s/told/%d", RungKey(number, version, offset), step)
}

// MoveKey is the key of a move that time has brought. A version can expire
// twice, once more after a grace, so the instant is part of it: that of the
// calendar, not that at which somebody noticed.
func MoveKey(number string, m Move) string {
	return fmt.Sprintf("%s/v%d/%s/%d", number, m.Version, m.To, m.At.Unix())
}

// ActKey is the key of an act with this delivery id: one delivery leaves one record.
func ActKey(number, delivery string) string {
	sum := sha256.Sum256([]byte(delivery))
	return number + "/act/" + hex.EncodeToString(sum[:8])
}
