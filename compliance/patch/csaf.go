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

var (
	trackingPattern = regexp.MustCompile(`^\S(.{0,198}\S)?$`)
	cvePattern      = regexp.MustCompile(`^CVE-[0-9]{4}-[0-9]{4,19}$`)
	revisionPattern = regexp.MustCompile(`^[0-9A-Za-z.+-]{1,60}$`)
)

// ParseAdvisory reads a security advisory in CSAF 2.0. Beyond the form, the
// tests of the standard's section 6.1 on which a rollout depends are applied:
// every product that is mentioned is defined (6.1.1), once (6.1.2); no product
// is affected and not affected by the same vulnerability (6.1.6); no CVE occurs
// twice (6.1.23); and there is a vulnerability with a name (6.1.27). The error
// is a *DocumentError with every defect found, at most 20.
//
// A draft is refused: it is not published, and no clock may start from it.
func ParseAdvisory(data []byte) (Advisory, error) {
	if err := unambiguous(data); err != nil {
		return Advisory{}, &DocumentError{Document: "advisory", Defects: []string{err.Error()}}
	}
	var doc csafDocument
	if err := json.Unmarshal(data, &doc); err != nil {
		return Advisory{}, &DocumentError{Document: "advisory", Defects: []string{"not in the form of CSAF 2.0: " + compliance.Cut(err.Error(), 200)}}
	}
	r := advisoryReader{products: map[string]int{}, groups: map[string][]string{}}
	r.head(doc)
	r.tree(doc)
	seen := map[string]bool{}
	for i, v := range doc.Vulnerabilities {
		r.vulnerability(i, v, seen)
	}
	if len(doc.Vulnerabilities) == 0 {
		r.defect("it names no vulnerability")
	}
	slices.Sort(r.a.CVEs)
	r.a.Class = classOf(doc)
	if len(r.defects) > 0 {
		name := "advisory"
		if r.a.ID != "" {
			name += " " + compliance.Cut(r.a.ID, 60)
		}
		return Advisory{}, &DocumentError{Document: name, Defects: r.defects}
	}
	return r.a, nil
}

// advisoryReader collects the advisory and what is wrong with its document.
type advisoryReader struct {
	a        Advisory
	products map[string]int // id → place in a.Products
	groups   map[string][]string
	defects  []string
}

func (r *advisoryReader) defect(format string, args ...any) {
	if len(r.defects) < maxDefects {
		r.defects = append(r.defects, fmt.Sprintf(format, args...))
	}
}

func (r *advisoryReader) head(doc csafDocument) {
	d, t := doc.Document, doc.Document.Tracking
	if d.Version != "2.0" {
		r.defect("csaf_version is %q; only 2.0 is read", compliance.Cut(d.Version, 20))
	}
	if d.Category != "csaf_security_advisory" {
		r.defect("category is %q; only csaf_security_advisory is read", compliance.Cut(d.Category, 40))
	}
	if !trackingPattern.MatchString(t.ID) {
		r.defect("tracking id %q is empty, too long or padded", compliance.Cut(t.ID, 40))
	}
	if t.Status != "final" && t.Status != "interim" {
		r.defect("status is %q; only final and interim advisories are published", compliance.Cut(t.Status, 20))
	}
	if !revisionPattern.MatchString(t.Version) {
		r.defect("version %q is no revision", compliance.Cut(t.Version, 40))
	}
	for _, f := range []struct{ name, value string }{{"title", d.Title}, {"publisher name", d.Publisher.Name}} {
		if strings.TrimSpace(f.value) == "" {
			r.defect("the %s is empty", f.name)
		}
	}
	r.a.ID, r.a.Revision, r.a.Interim = t.ID, t.Version, t.Status == "interim"
	r.a.Title, r.a.Publisher = compliance.Cut(strings.TrimSpace(d.Title), 300), compliance.Cut(strings.TrimSpace(d.Publisher.Name), 200)
	r.a.Published = r.instant("initial_release_date", t.Initial)
	r.a.Updated = r.instant("current_release_date", t.Current)
	if r.a.Updated.Before(r.a.Published) {
		r.defect("current_release_date %q is before initial_release_date %q", compliance.Cut(t.Current, 40), compliance.Cut(t.Initial, 40))
	}
}

func (r *advisoryReader) instant(name, text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.UTC().Year() < firstPlausible || at.UTC().Year() > 9998 {
		r.defect("%s %q is no plausible time with an offset", name, compliance.Cut(text, 40))
		return time.Time{}
	}
	return at.UTC()
}

func (r *advisoryReader) tree(doc csafDocument) {
	for _, b := range doc.Tree.Branches {
		r.branch(b, Product{})
	}
	for _, p := range doc.Tree.Names {
		r.define(p, Product{})
	}
	for _, rel := range doc.Tree.Related {
		r.define(rel.Product, Product{})
	}
	for _, g := range doc.Tree.Groups {
		if _, twice := r.groups[g.ID]; twice || g.ID == "" {
			r.defect("product group %q is defined twice or has no id", compliance.Cut(g.ID, 40))
		}
		for _, id := range g.ProductIDs {
			r.known(id, "group "+g.ID)
		}
		r.groups[g.ID] = g.ProductIDs
	}
	if len(r.a.Products) == 0 {
		r.defect("it defines no product")
	}
}

func (r *advisoryReader) branch(b csafBranch, above Product) {
	switch b.Category {
	case "vendor":
		above.Vendor = compliance.Cut(b.Name, 200)
	case "product_version_range", "product_version":
		above.Range = compliance.Cut(b.Name, 200)
	}
	if b.Product != nil {
		r.define(*b.Product, above)
	}
	for _, below := range b.Branches { // the nesting is bounded by maxNesting
		r.branch(below, above)
	}
}

func (r *advisoryReader) define(p csafProduct, above Product) {
	if p.ID == "" || strings.TrimSpace(p.Name) == "" {
		r.defect("a product has no id or no name (%q, %q)", compliance.Cut(p.ID, 40), compliance.Cut(p.Name, 40))
		return
	}
	if len(p.ID) > maxNames {
		r.defect("the id of product %q is %d bytes long", compliance.Cut(p.Name, 40), len(p.ID))
		return
	}
	if _, twice := r.products[p.ID]; twice {
		r.defect("product %q is defined twice", compliance.Cut(p.ID, 40))
		return
	}
	r.products[p.ID] = len(r.a.Products)
	above.ID, above.Name = p.ID, compliance.Cut(strings.TrimSpace(p.Name), 300)
	if above.PURL = p.Helper.PURL; len(above.PURL) > maxNames {
		r.defect("the package URL of product %q is %d bytes long", compliance.Cut(p.Name, 40), len(above.PURL))
	}
	r.a.Products = append(r.a.Products, above)
}

// known reports whether a product id is defined; if not that is a defect.
func (r *advisoryReader) known(id, where string) bool {
	_, ok := r.products[id]
	if !ok {
		r.defect("%s mentions product %q, which is not defined", compliance.Cut(where, 60), compliance.Cut(id, 40))
	}
	return ok
}
