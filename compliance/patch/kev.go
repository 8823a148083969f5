package patch

import (
	"bytes"
	_ "embed" // the catalogue's own schema
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/lowcodex/countersign/compliance"
)

// Exploited is one entry of CISA's catalogue of known exploited
// vulnerabilities (KEV). DueDate is the deadline of an older directive; the
// product computes its own and keeps this one for the record.
type Exploited struct {
	CVE       string    `json:"cve"`
	Vendor    string    `json:"vendor"`
	Product   string    `json:"product"`
	Name      string    `json:"name"`
	Added     time.Time `json:"added"`      // beginning of the date in UTC
	DueDate   time.Time `json:"due_date"`   // beginning of the date in UTC
	Ransom    bool      `json:"ransomware"` // known to be used in ransomware campaigns
	ActionDue string    `json:"action"`     // the action the catalogue asks for
}

// Quarantined is an entry that was not believed. Its CVE may be empty when not
// even that could be read.
type Quarantined struct {
	CVE    string `json:"cve"`
	Reason Reason `json:"reason"`
	Detail string `json:"detail"`
	// Vendor and Product are empty where they could not be read.
	Vendor  string `json:"vendor,omitempty"`
	Product string `json:"product,omitempty"`
}

// Catalogue is one release of the catalogue.
type Catalogue struct {
	Version  string
	Released time.Time // UTC
	Entries  []Exploited
	// Quarantined entries raise an alert each. They still make their CVE count
	// as possibly exploited: see Answer.
	Quarantined []Quarantined
}

// maxNames bounds the name of a vendor or product, in characters. The longest that
// the catalogue has are below 150.
const maxNames = 200

//go:embed kev.schema.json
var kevSchema []byte

type kevSchemas struct{ envelope, entry *jsonschema.Schema }

// compiledKEV compiles the embedded schema once. It is ours, so a failure is a
// fault of the program, and every test of this package would show it.
var compiledKEV = sync.OnceValues(func() (kevSchemas, error) {
	const url = "https://countersign.invalid/kev.schema.json"
	var s kevSchemas
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(kevSchema))
	if err != nil {
		return s, fmt.Errorf("catalogue schema: %w", err)
	}
	// Entries are checked one by one, so that a broken one does not take the
	// others with it; the envelope is checked with an empty list.
	c := jsonschema.NewCompiler()
	c.AssertFormat() // in this draft, "2025-02-30" is a date unless asked
	if err := c.AddResource(url, doc); err != nil {
		return s, fmt.Errorf("catalogue schema: %w", err)
	}
	if s.envelope, err = c.Compile(url); err != nil {
		return s, fmt.Errorf("catalogue schema: %w", err)
	}
	if s.entry, err = c.Compile(url + "#/$defs/vulnerability"); err != nil {
		return s, fmt.Errorf("catalogue schema: %w", err)
	}
	return s, nil
})

// ParseKEV reads a release of the catalogue in CISA's JSON format. What is
// wrong with the whole (no JSON, no catalogue, cut off, not one usable entry)
// gives a *DocumentError: the release before stays in force and grows stale. What is
// wrong with one entry puts that entry into quarantine (P17).
func ParseKEV(data []byte) (Catalogue, error) {
	schemas, err := compiledKEV()
	if err != nil {
		return Catalogue{}, err
	}
	reject := func(format string, args ...any) (Catalogue, error) {
		return Catalogue{}, &DocumentError{Document: "catalogue", Defects: []string{fmt.Sprintf(format, args...)}}
	}
	if err := unambiguous(data); err != nil {
		return reject("%v", err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return reject("not one JSON value: something stands before or after it")
	}
	whole, ok := doc.(map[string]any)
	if !ok {
		return reject("not a JSON object")
	}
	items, _ := whole["vulnerabilities"].([]any)
	if _, isList := whole["vulnerabilities"].([]any); isList {
		whole["vulnerabilities"] = []any{}
	}
	if err := schemas.envelope.Validate(whole); err != nil {
		return reject("%s", schemaDefect(err))
	}
	version, _ := whole["catalogVersion"].(string)
	if !revisionPattern.MatchString(version) {
		return reject("catalogVersion %q is no version", compliance.Cut(version, 40))
	}
	released, err := time.Parse(time.RFC3339, fmt.Sprint(whole["dateReleased"]))
	if err != nil {
		return reject("dateReleased %q is no time with an offset", compliance.Cut(fmt.Sprint(whole["dateReleased"]), 40))
	}
	if count := fmt.Sprint(whole["count"]); count != fmt.Sprint(len(items)) {
		return reject("it says that it holds %s entries and holds %d: it is cut off or was edited", compliance.Cut(count, 20), len(items))
	}
	c := Catalogue{Version: version, Released: released.UTC()}
	c.read(items, schemas.entry)
	if len(c.Entries) == 0 {
		return reject("not one of its %d entries can be used", len(items))
	}
	return c, nil
}

// read sorts the entries into usable ones and quarantine.
func (c *Catalogue) read(items []any, schema *jsonschema.Schema) {
	at := map[string]int{} // CVE → place in Entries; -1 when repeated
	for _, item := range items {
		e, why, detail := readExploited(item, schema, c.Released)
		if why == OK {
			if _, twice := at[e.CVE]; twice {
				why, detail = RepeatedEntry, "the release holds this vulnerability more than once"
			}
		}
		if why != OK {
			c.Quarantined = append(c.Quarantined, Quarantined{CVE: e.CVE, Reason: why, Detail: detail, Vendor: compliance.Cut(e.Vendor, maxNames), Product: compliance.Cut(e.Product, maxNames)})
			continue
		}
		at[e.CVE] = len(c.Entries)
		c.Entries = append(c.Entries, e)
	}
}

func readExploited(item any, schema *jsonschema.Schema, released time.Time) (Exploited, Reason, string) {
	var e Exploited
	fields, _ := item.(map[string]any)
	text := func(name string) string { s, _ := fields[name].(string); return s }
	e.CVE = compliance.Cut(text("cveID"), 40)
	if err := schema.Validate(item); err != nil {
		return e, MalformedEntry, schemaDefect(err)
	}
	for _, name := range []string{"vendorProject", "product"} {
		if n := utf8.RuneCountInString(text(name)); n > maxNames {
			return e, MalformedEntry, fmt.Sprintf("its %s has %d characters, which is no name", name, n)
		}
	}
	e.Vendor, e.Product, e.Name = text("vendorProject"), text("product"), text("vulnerabilityName")
	e.ActionDue, e.Ransom = text("requiredAction"), text("knownRansomwareCampaignUse") == "Known"
	var err error
	if e.Added, err = time.Parse(time.DateOnly, text("dateAdded")); err != nil {
		return e, MalformedEntry, "dateAdded is no date"
	}
	if e.DueDate, err = time.Parse(time.DateOnly, text("dueDate")); err != nil {
		return e, MalformedEntry, "dueDate is no date"
	}
	switch {
	case e.DueDate.Before(e.Added):
		return e, DueBeforeAdded, fmt.Sprintf("due %s, added %s", text("dueDate"), text("dateAdded"))
	case e.Added.After(released):
		return e, AddedAfterIssued, fmt.Sprintf("added %s, released %s", text("dateAdded"), released.Format(time.DateOnly))
	}
	return e, OK, ""
}

// schemaDefect puts the first deepest complaint of a validation on one line.
func schemaDefect(err error) string {
	failed, ok := err.(*jsonschema.ValidationError)
	if !ok {
		return compliance.Cut(err.Error(), 200)
	}
	for len(failed.Causes) > 0 {
		failed = failed.Causes[0]
	}
	text := failed.Error()
	if _, after, ok := strings.Cut(text, "\n"); ok {
		text = after // the first line names the schema
	}
	return compliance.Cut(strings.TrimSpace(strings.ReplaceAll(text, "\n", " ")), 200)
}
