package patch

import (
	"regexp"
	"slices"
	"time"
)

// Notice is what one document says about vulnerabilities of products: an
// advisory, or one entry of the catalogue of exploited ones.
type Notice struct {
	Feed     string
	ID       string // the advisory's id, or the entry's CVE
	Revision string
	Digest   string // blob of the document
	// Catalogue is set for what the catalogue of exploited vulnerabilities says.
	Catalogue bool
	// Dated is when it was published or listed; Latest when that was said last. An
	// entry has a date only, so its Latest is the end of that day in UTC.
	Dated, Latest   time.Time
	Products        []Product
	Fixes           []Fix
	Vulnerabilities []Vulnerability
}

// Notice gives what an advisory says. Digest is the blob of its document.
func (a Advisory) Notice(feed, digest string) Notice {
	n := Notice{
		Feed: feed, ID: a.ID, Revision: a.Revision, Digest: digest, Dated: a.Published, Latest: a.Updated, Products: a.Products, Fixes: a.Fixes,
	}
	names := a.CVEs
	if len(names) == 0 {
		names = []string{a.ID} // a publisher who names none has still said that there is one
	}
	for _, name := range names {
		n.Vulnerabilities = append(n.Vulnerabilities, Vulnerability{ID: name, Evidence: []Evidence{a.Evidence()}})
	}
	return n
}

// Notice gives what an entry of a release of the catalogue says.
func (e Exploited) Notice(feed, version, digest string) Notice {
	return Notice{
		Feed: feed, ID: e.CVE, Revision: version, Digest: digest, Catalogue: true, Dated: e.Added, Latest: e.Added.Add(day),
		Products:        []Product{{Vendor: e.Vendor, Name: e.Product, Affected: true}},
		Vulnerabilities: []Vulnerability{{ID: e.CVE, Exploited: Yes, Evidence: []Evidence{e.Evidence(version)}}},
	}
}

// Evidence gives what the entry says about the start of a clock (P13). The date
// counts from its beginning in UTC.
func (e Exploited) Evidence(version string) Evidence {
	return Evidence{Kind: Listed, At: e.Added, Source: "KEV " + version}
}

// concerns reports whether an affected product of the notice is installed.
func (n Notice) concerns(i Installed) bool {
	return slices.ContainsFunc(n.Products, func(p Product) bool { return p.Affected && i.has(p) })
}

func (i Installed) has(p Product) bool {
	return slices.ContainsFunc(i.Products, func(w WantedProduct) bool { return w.Matches(p.Vendor, p.Name) })
}

// fixed lists the versions in which a vulnerability is fixed, of the products
// that are installed, in the order of the document.
func (n Notice) fixed(vulnerability string, i Installed) []string {
	var out []string
	for _, f := range n.Fixes {
		at := slices.IndexFunc(n.Products, func(p Product) bool { return p.ID == f.ProductID })
		if f.Version == "" || f.Vulnerability != vulnerability || at < 0 || !i.has(n.Products[at]) {
			continue
		}
		if !slices.Contains(out, f.Version) && len(out) < maxFixed {
			out = append(out, f.Version)
		}
	}
	return out
}

// maxFixed bounds the fixed versions that a card shows.
const maxFixed = 10

// plainName is an id that can stand in a workflow id as it is.
var plainName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$`)

// RolloutName is what the rollout of a document is called in its workflow id.
// Publishers may write anything into an id.
func RolloutName(id string) string {
	if plainName.MatchString(id) {
		return id
	}
	return "advisory-" + shortHash(id)
}
