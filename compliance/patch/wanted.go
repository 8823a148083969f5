package patch

import (
	"slices"
	"strings"
	"unicode"
)

// Wanted says which entries of a feed concern an organisation: named
// vulnerabilities, and products it has.
type Wanted struct {
	CVEs     []string        `json:"cves,omitempty"`
	Products []WantedProduct `json:"products,omitempty"`
}

// WantedProduct is a product as the inventory names it. Publishers write names
// in many ways, so the product's words need only occur among the publisher's,
// in any case: "Mendix SAML" is found in "Mendix SAML (Mendix 9 compatible)". An
// empty vendor is any.
type WantedProduct struct {
	Vendor  string `json:"vendor,omitempty"`
	Product string `json:"product"`
}

// Matches reports whether a publisher's product is the one that is wanted.
func (w WantedProduct) Matches(vendor, product string) bool {
	if w.Vendor != "" && !consecutive(words(w.Vendor), words(vendor)) {
		return false
	}
	return consecutive(words(w.Product), words(product))
}

// Covers reports whether a CVE or a product is wanted. Nothing wanted covers nothing.
func (w Wanted) Covers(cve, vendor, product string) bool {
	return cve != "" && slices.Contains(w.CVEs, cve) ||
		slices.ContainsFunc(w.Products, func(p WantedProduct) bool { return p.Matches(vendor, product) })
}

// Select gives the entries of the catalogue that are wanted, those added last
// first, at most limit, and how many more there are: what does not fit is the oldest.
func (c Catalogue) Select(w Wanted, limit int) ([]Exploited, int) {
	var out []Exploited
	for _, e := range c.Entries {
		if w.Covers(e.CVE, e.Vendor, e.Product) {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b Exploited) int { return b.Added.Compare(a.Added) })
	if len(out) > limit {
		return out[:limit], len(out) - limit
	}
	return out, 0
}

// Concerns reports whether an advisory is about anything that is wanted.
func (a Advisory) Concerns(w Wanted) bool {
	if slices.ContainsFunc(a.CVEs, func(cve string) bool { return slices.Contains(w.CVEs, cve) }) {
		return true
	}
	return slices.ContainsFunc(a.Products, func(p Product) bool { return w.Covers("", p.Vendor, p.Name) })
}

// words splits a name at everything that is neither letter nor digit, in lower case.
func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// consecutive reports whether want occurs in have, side by side; nothing occurs nowhere.
func consecutive(want, have []string) bool {
	if len(want) == 0 {
		return false
	}
	for i := 0; i+len(want) <= len(have); i++ {
		if slices.Equal(want, have[i:i+len(want)]) {
			return true
		}
	}
	return false
}
