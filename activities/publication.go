package activities

import (
	"fmt"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
)

// publication is one parsed document of a feed; exactly one of its parts is used.
type publication struct {
	data        []byte // nil: there is none
	catalogue   patch.Catalogue
	advisory    patch.Advisory
	index       []patch.IndexEntry
	quarantined []patch.Quarantined
}

// read parses a document by its feed's kind, and says why it cannot be believed.
func read(feed compliance.Feed, data []byte, now time.Time) (publication, string) {
	p := publication{data: data}
	var err error
	switch feed.Kind {
	case compliance.FeedKEV:
		p.catalogue, err = patch.ParseKEV(data)
		p.quarantined = p.catalogue.Quarantined
	case compliance.FeedCSAF:
		p.advisory, err = patch.ParseAdvisory(data)
	case compliance.FeedCSAFIndex:
		var list []patch.IndexEntry
		list, p.quarantined, err = patch.ParseIndex(data)
		good, bad := patch.Believed(list, feed.Address, now)
		p.index, p.quarantined = good, append(p.quarantined, bad...)
	default:
		return publication{}, fmt.Sprintf("no reader for feeds of kind %.20q", feed.Kind)
	}
	if err != nil {
		return publication{}, compliance.Cut(err.Error(), 500)
	}
	return p, ""
}

// replaces says why a document may not take the place of the one in force.
func (p publication) replaces(held publication, now time.Time) (patch.Reason, string) {
	for _, dated := range []time.Time{p.catalogue.Released, p.advisory.Updated} {
		if why := patch.Early(dated, now); why != "" {
			return patch.FeedRejected, why
		}
	}
	if held.data == nil {
		return patch.OK, ""
	}
	switch {
	case p.advisory.ID != held.advisory.ID:
		return patch.FeedRejected, fmt.Sprintf("it is advisory %.60q, and %.60q is in force: correct the feed's address", p.advisory.ID, held.advisory.ID)
	case p.catalogue.Replaces(held.catalogue) != patch.OK, p.advisory.Updated.Before(held.advisory.Updated):
		return patch.FeedOlder, "it was released before the one in force"
	}
	return patch.FeedRejected, p.catalogue.Shrunk(held.catalogue)
}

// summarise fills a reading from what is in force now; before is what was.
func summarise(in ReadFeedInput, out *FeedReading, now, before publication) {
	if now.data == nil && in.Feed.Kind != compliance.FeedKEV {
		return // without a catalogue every answer is unknown, which is one
	}
	left := map[string]int{}
	out.Quarantined = head(now.quarantined, maxQuarantined, left, "quarantined")
	if more := left["quarantined"]; more > 0 { // people hear of those, too
		out.Quarantined = append(out.Quarantined, patch.Quarantined{Reason: patch.MalformedEntry, Detail: fmt.Sprintf("%d more entries are set aside: most of this document cannot be believed", more)})
	}
	switch in.Feed.Kind {
	case compliance.FeedKEV:
		out.catalogue(in.Wanted, now.catalogue, before, left)
	case compliance.FeedCSAF:
		out.advisory(in.Wanted, now.advisory, left)
	case compliance.FeedCSAFIndex:
		out.index(in, now.index, before.index, left)
	}
	if len(left) > 0 {
		out.LeftOut = left
	}
}

func (out *FeedReading) catalogue(w patch.Wanted, c patch.Catalogue, before publication, left map[string]int) {
	out.Version, out.Released = c.Version, c.Released
	for _, cve := range head(w.CVEs, maxAnswers, left, "answers") {
		out.Answers = append(out.Answers, FeedAnswer{CVE: cve, Answer: c.Answer(cve)})
	}
	var more int
	if out.Entries, more = c.Select(w, maxEntries); more > 0 {
		left["entries"] = more
	}
	for i := range out.Entries {
		e := &out.Entries[i]
		e.Name, e.ActionDue = compliance.Cut(e.Name, 200), compliance.Cut(e.ActionDue, 400)
	}
	if before.data == nil {
		return // everything would be new
	}
	anew := map[string]bool{}
	for _, cve := range c.Added(before.catalogue) {
		anew[cve] = true
	}
	var added []string
	for _, e := range c.Entries {
		if anew[e.CVE] && w.Covers(e.CVE, e.Vendor, e.Product) {
			added = append(added, e.CVE)
		}
	}
	out.Added = head(added, maxEntries, left, "added")
}

func (out *FeedReading) advisory(w patch.Wanted, a patch.Advisory, left map[string]int) {
	out.Version, out.Released = a.Revision, a.Updated
	if (len(w.CVEs) > 0 || len(w.Products) > 0) && !a.Concerns(w) {
		return
	}
	a.CVEs = head(a.CVEs, maxAnswers, left, "cves")
	a.Products = head(a.Products, maxProducts, left, "products")
	a.Fixes = head(a.Fixes, maxEntries, left, "fixes")
	a.Unfixed = head(a.Unfixed, maxProducts, left, "unfixed")
	a.Advice = head(a.Advice, maxProducts, left, "advice")
	for i := range a.Fixes {
		a.Fixes[i].Text = compliance.Cut(a.Fixes[i].Text, 400)
	}
	for i := range a.Unfixed {
		a.Unfixed[i].Text = compliance.Cut(a.Unfixed[i].Text, 400)
	}
	for i := range a.Advice {
		a.Advice[i].Text = compliance.Cut(a.Advice[i].Text, 400)
		a.Advice[i].ProductIDs = head(a.Advice[i].ProductIDs, maxProducts, left, "advice_products")
	}
	out.Advisory = &a
}

func (out *FeedReading) index(in ReadFeedInput, list, before []patch.IndexEntry, left map[string]int) {
	if len(list) > 0 {
		out.Released = list[0].Updated
	}
	listed, more, until := patch.ReadOn(list, patch.Behind(list, before, in.After, in.Since), maxDocuments)
	out.ListedUntil = until
	if more > 0 {
		left["documents"] = more
	}
	for _, l := range listed {
		out.Documents = append(out.Documents, compliance.Feed{ID: l.ID, Kind: compliance.FeedCSAF, Address: l.Address})
	}
}

// head gives the first n and counts the rest under name. What it gives is a
// copy, so that it may be cut without touching the document.
func head[T any](list []T, n int, left map[string]int, name string) []T {
	if len(list) > n {
		left[name] += len(list) - n
		list = list[:n]
	}
	return append([]T(nil), list...)
}
