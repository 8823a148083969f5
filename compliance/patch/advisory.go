package patch

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Severity is the class of an advisory: how bad its publisher says it is. It
// never sets a deadline (the table does); it chooses which evidence counts and
// whom a notice reaches.
type Severity string

// The classes. None stated is SeverityUnknown, which is treated as critical.
const (
	Critical        Severity = "critical"
	High            Severity = "high"
	Medium          Severity = "medium"
	Low             Severity = "low"
	SeverityUnknown Severity = "unknown"
)

// Advisory is what the product keeps of a vendor's security advisory.
type Advisory struct {
	ID        string    `json:"id"`
	Title     string    `json:"title"`
	Publisher string    `json:"publisher"`
	Revision  string    `json:"revision"`
	Interim   bool      `json:"interim,omitempty"` // the publisher says that more is to come
	Published time.Time `json:"published"`         // first release, UTC
	Updated   time.Time `json:"updated"`           // this revision, UTC
	Class     Severity  `json:"class"`
	// CVEs are sorted and never repeated; empty when the publisher names none.
	CVEs     []string   `json:"cves"`
	Products []Product  `json:"products"` // in the order of the document
	Fixes    []Fix      `json:"fixes"`    // one for each vendor's fix and product
	Unfixed  []NoFix    `json:"unfixed,omitempty"`
	Advice   []Measures `json:"advice,omitempty"` // mitigations and workarounds
}

// Product is one product the advisory speaks of. Range is the affected versions
// in the publisher's own words, such as "< V7.23.19".
type Product struct {
	ID       string `json:"id"`
	Vendor   string `json:"vendor,omitempty"`
	Name     string `json:"name"`
	Range    string `json:"range,omitempty"`
	Affected bool   `json:"affected"` // listed as affected by at least one vulnerability
	// PURL is the package URL that the publisher gives, with or without a version;
	// empty for most products, which are no packages.
	PURL string `json:"purl,omitempty"`
}

// Fix is a vendor's fix of a product.
type Fix struct {
	Vulnerability string `json:"vulnerability"`
	ProductID     string `json:"product_id"`
	// Version is the first fixed version as far as the document says it; empty
	// when the fix is none, such as a setting to change. From says where it was
	// read; Text is what a person reads, and decides by, where they disagree.
	Version string    `json:"version,omitempty"`
	From    FixSource `json:"from,omitempty"`
	// Doubt is set when the remediation and the affected range name different versions.
	Doubt bool   `json:"doubt,omitempty"`
	Text  string `json:"text"`
	URL   string `json:"url,omitempty"`
}

// FixSource is where a fixed version was read.
type FixSource string

// The sources, in the order in which they are believed.
const (
	FromStatus      FixSource = "product_status" // the document lists the product as fixed
	FromRemediation FixSource = "remediation"    // "Update to V7.23.19 or later version"
	FromRange       FixSource = "range"          // the upper end of the affected range
)

// NoFix says that the vendor has no fix for a product: the way is then an
// exception with a compensating control, under the original clock (P24).
type NoFix struct {
	Vulnerability string `json:"vulnerability"`
	ProductID     string `json:"product_id"`
	Planned       bool   `json:"planned"` // false: the vendor says that none will come
	Text          string `json:"text"`
}

// Measures is what the publisher advises besides a fix.
type Measures struct {
	Vulnerability string   `json:"vulnerability"`
	ProductIDs    []string `json:"product_ids"`
	Text          string   `json:"text"`
}

// Evidence gives what the advisory says about the start of a clock (P13).
func (a Advisory) Evidence() Evidence {
	return Evidence{Kind: Published, At: a.Published, Source: compliance.Cut(a.ID, 60) + " v" + a.Revision}
}
