package patch

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// ActKey is the event key of an act with this delivery id, such as
// "PAT-3/act/5d41402abc4b2a76b9719d911017c592": one delivery leaves one record.
func ActKey(owner, delivery string) string { return owner + "/act/" + KeyOf(delivery) }

// KeyOf is the part of an event key that stands for a foreign key of any length.
func KeyOf(foreign string) string {
	sum := sha256.Sum256([]byte(foreign))
	return hex.EncodeToString(sum[:16])
}

// PayloadSubject is the subject in the evidence log under which a payload is
// barred and its bar lifted (P8), whichever rollout brought it. Digest is that of
// its content, with or without "sha256:".
func PayloadSubject(digest string) string {
	return "payload/" + strings.TrimPrefix(digest, "sha256:")
}
