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

// FeedSubject is the subject in the evidence log of what was read from a feed.
func FeedSubject(id string) string { return "feed/" + id }

// AdvisedSubject is the subject in the evidence log of what notices of all feeds
// opened, so that a vulnerability is in one rollout whichever feed names it.
const AdvisedSubject = "feeds/advised"

// QuarantineKey names an entry that is not believed in event keys: the same
// contradiction is recorded once for all time.
func QuarantineKey(q Quarantined) string {
	return shortHash(q.CVE + "\x00" + string(q.Reason) + "\x00" + q.Detail)
}

// AdvisedKey is the event key of advice with these encoded facts: the same advice
// is on record once, whichever run gave it.
func AdvisedKey(facts []byte) string {
	sum := sha256.Sum256(facts)
	return AdvisedSubject + "/" + hex.EncodeToString(sum[:16])
}

// DocumentKey names, in event keys, a document that an index lists and what is
// wrong with it.
func DocumentKey(id, defect string) string { return shortHash(id + "\x00" + defect) }

// PayloadSubject is the subject in the evidence log under which a payload is
// barred and its bar lifted (P8), whichever rollout brought it. Digest is that of
// its content, with or without "sha256:".
func PayloadSubject(digest string) string {
	return "payload/" + strings.TrimPrefix(digest, "sha256:")
}
