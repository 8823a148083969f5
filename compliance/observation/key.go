package observation

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

const (
	// IDPrefix begins the workflow ids of findings, TargetPrefix the subjects of
	// what is on record of a target.
	IDPrefix     = "observation/"
	TargetPrefix = "target/"
	// Series is the number series of findings in the evidence log.
	Series = "OBS"
)

// TargetSubject is the subject of the records of a target.
func TargetSubject(target string) string { return TargetPrefix + target }

// SubjectID is the workflow id of the finding that a target serves this content
// after its nth explained one: however often it is seen, it is one finding. The
// same content is another finding when it comes again after something else was
// explained. It has the form of a UUID (version 8, RFC 9562).
func SubjectID(target, content string, nth int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "observation\n%s\n%s\n%d", target, content, nth))
	b := sum[:16]
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	h := hex.EncodeToString(b)
	return IDPrefix + h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// ObservedKey is the event key of the nth explained content of a target, from 1.
func ObservedKey(target string, nth int) string {
	return fmt.Sprintf("%s/observed/%d", TargetSubject(target), nth)
}

// ActKey is the key of an act with this delivery id: one delivery leaves one record.
func ActKey(owner, delivery string) string {
	sum := sha256.Sum256([]byte(delivery))
	return owner + "/act/" + hex.EncodeToString(sum[:16])
}
