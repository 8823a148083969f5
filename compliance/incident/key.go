package incident

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/lowcodex/countersign/compliance"
)

// PageKey is the event key of paging one person through one channel, such as
// "INC-7/page/3/p-ann/chat". A repeat of the same attempt carries the same key,
// so a provider that knows keys delivers it once (I18).
func PageKey(number string, page int, p compliance.PersonID, channel string) string {
	return number + "/page/" + strconv.Itoa(page) + "/" + string(p) + "/" + channel
}

// StepKey is the event key of something that happens once per page, such as
// "INC-7/page/3/unreached".
func StepKey(number string, page int, step string) string {
	return number + "/page/" + strconv.Itoa(page) + "/" + step
}

// ActKey is the event key of an act with this delivery id: one delivery leaves
// one record.
func ActKey(number, delivery string) string {
	sum := sha256.Sum256([]byte(delivery))
	return number + "/act/" + hex.EncodeToString(sum[:8])
}
