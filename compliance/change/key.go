package change

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// VersionKey is the event key of a step that happens once per version, such as
// "CHG-7/v2/approved" (assurance: every side effect has an event key).
func VersionKey(number string, version int, step string) string {
	return number + "/v" + strconv.Itoa(version) + "/" + step
}

// ActKey is the event key of an act with this delivery id, such as
// "CHG-7/act/5d41402abc4b2a76b9719d911017c592": one delivery leaves one record.
// 128 bits, so that nobody can prepare two deliveries that share a key.
func ActKey(owner, delivery string) string {
	sum := sha256.Sum256([]byte(delivery))
	return owner + "/act/" + hex.EncodeToString(sum[:16])
}
