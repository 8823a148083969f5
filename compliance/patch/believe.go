package patch

import (
	"fmt"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// ahead is how far a publisher's clock may be ahead of ours: dates without a time
// begin and end elsewhere on another day.
const ahead = 24 * time.Hour

// Early says that a document is dated after now; empty when it is not. What is dated
// in the future would keep out everything that its publisher releases until then.
func Early(dated, now time.Time) string {
	if !dated.After(now.Add(ahead)) {
		return ""
	}
	return fmt.Sprintf("it is dated %s, which is yet to come: the publisher's clock is wrong, or the one here (%s)",
		dated.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
}

// Shrunk says that a release holds less than half of what the one in force holds;
// empty when it does not. Entries are hardly ever taken back: everything that is
// missing would count as not exploited.
func (c Catalogue) Shrunk(held Catalogue) string {
	now, before := len(c.Entries)+len(c.Quarantined), len(held.Entries)+len(held.Quarantined)
	if 2*now >= before {
		return ""
	}
	return fmt.Sprintf("it holds %d entries, and the one in force %d: it is cut off or was edited", now, before)
}

// Believed sorts what an index at an address lists. An entry that is dated in the
// future is none: everything behind it would never be read. Nor is one that leads
// from a publisher's address into this machine or network.
func Believed(list []IndexEntry, index string, now time.Time) (good []IndexEntry, bad []Quarantined) {
	inside := compliance.Inside(index)
	for _, l := range list {
		detail := Early(l.Updated, now)
		if detail == "" && !inside && compliance.Inside(l.Address) {
			detail = "it leads to an address inside this network, which no publisher knows"
		}
		if detail == "" {
			good = append(good, l)
			continue
		}
		bad = append(bad, Quarantined{Reason: MalformedEntry, Detail: compliance.Cut(l.ID, 60) + ": " + detail})
	}
	return good, bad
}
