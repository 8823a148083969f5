package incident

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/lowcodex/countersign/compliance"
)

// The owner that begins a key is the incident's workflow id and first run id: an
// incident acts before it has a number, and keys stay as they began.

// PageKey is the event key of paging one person through one channel, such as
// "incident/3f2a9c1b7d04/…/page/3/p-ann/chat". A repeat of the same attempt carries the same key,
// so a provider that knows keys delivers it once (I18).
func PageKey(owner string, page int, p compliance.PersonID, channel string) string {
	return owner + "/page/" + strconv.Itoa(page) + "/" + string(p) + "/" + channel
}

// StepKey is the event key of something that happens once per page, such as
// "…/page/3/unreached".
func StepKey(owner string, page int, step string) string {
	return owner + "/page/" + strconv.Itoa(page) + "/" + step
}

// ActKey is the event key of an act with this delivery id: one delivery leaves
// one record.
func ActKey(owner, delivery string) string {
	sum := sha256.Sum256([]byte(delivery))
	return owner + "/act/" + hex.EncodeToString(sum[:8])
}
