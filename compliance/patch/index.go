package patch

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// IndexEntry is one advisory in a publisher's index.
type IndexEntry struct {
	ID      string    `json:"id"`
	Address string    `json:"address"` // https URL of the CSAF document
	Updated time.Time `json:"updated"` // UTC
}

// addressPattern is an address without credentials that leads to a JSON document.
var addressPattern = regexp.MustCompile(`^https?://[A-Za-z0-9.:\[\]-]{1,255}/[!-"$->@-~]{0,400}\.(?i:json)$`)

// maxListed bounds an index; the largest publishers list some ten thousand.
const maxListed = 50_000

type rolieLink struct {
	Rel  string `json:"rel"`
	Href string `json:"href"`
}

type rolieEntry struct {
	ID      string      `json:"id"`
	Updated string      `json:"updated"`
	Link    []rolieLink `json:"link"`
	Content struct {
		Src string `json:"src"`
	} `json:"content"`
}

// ParseIndex reads a publisher's index of advisories, a ROLIE feed in JSON as
// CSAF 2.0 (section 7.1.15) wants it, newest first. An entry that has no id, no
// time or no address that could be fetched is quarantined, the others count. The
// error is a *DocumentError when the whole is no index.
func ParseIndex(data []byte) ([]IndexEntry, []Quarantined, error) {
	reject := func(format string, args ...any) ([]IndexEntry, []Quarantined, error) {
		return nil, nil, &DocumentError{Document: "index", Defects: []string{fmt.Sprintf(format, args...)}}
	}
	if err := unambiguous(data); err != nil {
		return reject("%v", err)
	}
	var doc struct {
		Feed *struct {
			Entry []rolieEntry `json:"entry"`
		} `json:"feed"`
	}
	if err := json.Unmarshal(data, &doc); err != nil || doc.Feed == nil {
		return reject("not in the form of a ROLIE feed")
	}
	if len(doc.Feed.Entry) > maxListed {
		return reject("it lists %d advisories; at most %d are read", len(doc.Feed.Entry), maxListed)
	}
	var out []IndexEntry
	var bad []Quarantined
	seen := map[string]bool{}
	for _, e := range doc.Feed.Entry {
		l, detail := e.read()
		reason := MalformedEntry
		if detail == "" && seen[l.ID] {
			reason, detail = RepeatedEntry, "the index lists this advisory more than once"
		}
		if detail != "" {
			bad = append(bad, Quarantined{CVE: "", Reason: reason, Detail: compliance.Cut(e.ID, 60) + ": " + detail})
			continue
		}
		seen[l.ID] = true
		out = append(out, l)
	}
	slices.SortStableFunc(out, func(a, b IndexEntry) int { return b.Updated.Compare(a.Updated) })
	return out, bad, nil
}

// read gives the entry, or what is wrong with it.
func (e rolieEntry) read() (IndexEntry, string) {
	if !trackingPattern.MatchString(e.ID) {
		return IndexEntry{}, "its id is empty, too long or padded"
	}
	updated, err := time.Parse(time.RFC3339, e.Updated)
	if err != nil || updated.UTC().Year() < firstPlausible {
		return IndexEntry{}, "its time of update is none"
	}
	address := e.Content.Src
	for _, l := range e.Link {
		if address == "" && l.Rel == "self" {
			address = l.Href
		}
	}
	if !addressPattern.MatchString(address) {
		return IndexEntry{}, "it names no address of a CSAF document"
	}
	return IndexEntry{ID: e.ID, Address: address, Updated: updated.UTC()}, ""
}

// IndexCursor is how far an index was read: up to this entry, in the order of
// time and, within one instant, of id.
type IndexCursor struct {
	Updated time.Time `json:"updated,omitzero"`
	ID      string    `json:"id,omitempty"`
}

// compare orders an entry against how far was read.
func (l IndexEntry) compare(c IndexCursor) int {
	if by := l.Updated.Compare(c.Updated); by != 0 {
		return by
	}
	return strings.Compare(l.ID, c.ID)
}

// Behind gives the cursor to go on from where publishers list documents later than
// they date them: before the oldest that was not in the index before, back to since.
// What is read again by that is known already. Without an index before it is the cursor.
func Behind(list, before []IndexEntry, from IndexCursor, since time.Time) IndexCursor {
	if len(before) == 0 {
		return from
	}
	there := make(map[IndexCursor]bool, len(before))
	for _, l := range before {
		there[IndexCursor{l.Updated, l.ID}] = true
	}
	for _, l := range list {
		if !there[IndexCursor{l.Updated, l.ID}] && l.compare(from) <= 0 && !l.Updated.Before(since) {
			from = IndexCursor{Updated: l.Updated.Add(-time.Nanosecond)}
		}
	}
	return from
}

// ReadOn gives what comes after a cursor, the oldest first, at most limit, how
// many more there are, and the cursor to go on from. Publishers release many
// advisories at one instant; none is missed and none is given twice.
func ReadOn(list []IndexEntry, from IndexCursor, limit int) (next []IndexEntry, more int, to IndexCursor) {
	for _, l := range list {
		if l.compare(from) > 0 {
			next = append(next, l)
		}
	}
	slices.SortFunc(next, func(a, b IndexEntry) int { return a.compare(IndexCursor{b.Updated, b.ID}) })
	if len(next) > limit {
		next, more = next[:limit], len(next)-limit
	}
	if len(next) > 0 {
		last := next[len(next)-1]
		from = IndexCursor{last.Updated, last.ID}
	}
	return next, more, from
}
