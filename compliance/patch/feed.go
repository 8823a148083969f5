package patch

import "time"

// staleAfter is the age at which a feed is stale: a daily feed with two hours'
// grace (P17).
const staleAfter = 26 * time.Hour

// JudgeFeed says whether a feed may be relied on: OK, FeedStale when it was last
// read successfully longer ago than the rules give this feed, 26 hours where they
// give none, FeedUnread when never. The result is shown on every decision that rests
// on the feed, and either is a finding by itself (P18). A reading in the future is no
// reading.
func JudgeFeed(lastRead time.Time, maxAge time.Duration, now time.Time) Reason {
	if maxAge <= 0 {
		maxAge = staleAfter
	}
	switch {
	case lastRead.IsZero() || lastRead.After(now):
		return FeedUnread
	case now.Sub(lastRead) > maxAge:
		return FeedStale
	}
	return OK
}

// Replaces says whether a release may take the place of the one held: OK, or
// FeedOlder when it was released earlier, as a cache or an attacker would have it.
func (c Catalogue) Replaces(held Catalogue) Reason {
	if c.Released.Before(held.Released) {
		return FeedOlder
	}
	return OK
}

// Find returns the entry of a CVE; false when it has none that is believed.
func (c Catalogue) Find(cve string) (Exploited, bool) {
	for _, e := range c.Entries {
		if e.CVE == cve {
			return e, true
		}
	}
	return Exploited{}, false
}

// Answer says whether a CVE is known to be exploited: Yes when it is listed,
// Unknown when its entry is in quarantine or no catalogue was ever read, else
// No. A stale catalogue still answers No: JudgeFeed's result stands beside it,
// and an outage of the feed does not make every deadline three days. For the same
// reason a quarantined entry without a readable CVE says nothing about the others.
func (c Catalogue) Answer(cve string) Answer {
	if c.Released.IsZero() {
		return Unknown
	}
	if _, ok := c.Find(cve); ok {
		return Yes
	}
	for _, q := range c.Quarantined {
		if q.CVE == cve {
			return Unknown
		}
	}
	return No
}

// Evidence gives what the catalogue says about the start of the clock of a CVE;
// false when it has no entry that is believed. The date counts from its beginning in UTC.
func (c Catalogue) Evidence(cve string) (Evidence, bool) {
	e, ok := c.Find(cve)
	if !ok {
		return Evidence{}, false
	}
	return e.Evidence(c.Version), true
}

// Added lists the CVEs that are listed in this release and were not in the one
// held before, in the order of the catalogue: each may make a deadline nearer.
func (c Catalogue) Added(held Catalogue) []string {
	before := make(map[string]bool, len(held.Entries))
	for _, e := range held.Entries {
		before[e.CVE] = true
	}
	var out []string
	for _, e := range c.Entries {
		if !before[e.CVE] {
			out = append(out, e.CVE)
		}
	}
	return out
}
