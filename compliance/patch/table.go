package patch

import (
	_ "embed" // the default table ships with the product
	"slices"
)

// Answer is the value of one yes/no input of the decision table.
type Answer string

// The answers. Anything else counts as Unknown, which is evaluated as the worse value.
const (
	No      Answer = "no"
	Yes     Answer = "yes"
	Unknown Answer = "unknown"
)

// Impact is the technical impact of a vulnerability (SSVC): whether exploiting
// it gives partial or total control of the component.
type Impact string

// The impacts. Anything else counts as unknown.
const (
	Partial       Impact = "partial"
	Total         Impact = "total"
	ImpactUnknown Impact = "unknown"
)

// Inputs is what a deadline depends on. Exposed belongs to the asset, the rest
// to the vulnerability, so one vulnerability has a clock per asset.
type Inputs struct {
	Exploited   Answer `json:"exploited"`   // listed in the catalogue of exploited vulnerabilities (KEV)
	Exposed     Answer `json:"exposed"`     // the asset is publicly exposed
	Automatable Answer `json:"automatable"` // the attack can be automated
	Impact      Impact `json:"impact"`
}

// Outcome is what the table demands.
type Outcome struct {
	// Days is the time to the fix in calendar days, 1 to 3650; 0 means with the
	// next regular upgrade, which is no instant.
	Days int `json:"days"`
	// Forensic demands that volatile evidence is secured before the patch.
	Forensic bool `json:"forensic,omitempty"`
}

// Ruling is the table's answer for some inputs, with what it rests on.
type Ruling struct {
	Outcome
	Table string `json:"table"` // digest of the table
	Row   int    `json:"row"`   // of the table, from 0
	// As is what the table was asked; Assumed names those of its inputs that
	// are not known and were given the worse value (P14).
	As      Inputs   `json:"as"`
	Assumed []string `json:"assumed,omitempty"`
}

// Table is a complete decision table: one outcome for each of the 16 inputs.
type Table struct {
	Digest string // "sha256:" and 64 hex digits of the file it was read from
	rows   map[Inputs]tableRow
}

type tableRow struct {
	number  int
	outcome Outcome
}

// bodTable is CISA BOD 26-04 of 10 June 2026 as CERT/CC's SSVC project
// publishes it: cisa_bod_26_04_1_0_0.csv.
//
//go:embed bod-26-04.csv
var bodTable []byte

// DefaultTable is the table of CISA BOD 26-04. The directive binds US federal
// civilian agencies; for everybody else it is a default that policy replaces.
// An error is a fault of the program.
func DefaultTable() (Table, error) { return ParseTable(bodTable) }

// unknown names the inputs that are not known, in the order of the table.
func (in Inputs) unknown() []string {
	var out []string
	for _, a := range []struct {
		name  string
		value Answer
	}{{"exploited", in.Exploited}, {"exposed", in.Exposed}, {"automatable", in.Automatable}} {
		if a.value != Yes && a.value != No {
			out = append(out, a.name)
		}
	}
	if in.Impact != Partial && in.Impact != Total {
		out = append(out, "impact")
	}
	return out
}

// Decide gives the outcome for the inputs. An input that is not known takes the
// value with the stricter outcome, and is named in Assumed (P14).
func (t Table) Decide(in Inputs) Ruling {
	best := Ruling{Row: -1}
	for _, as := range in.readings() {
		row, ok := t.rows[as]
		if ok && (best.Row < 0 || row.outcome.Stricter(best.Outcome)) {
			best = Ruling{Outcome: row.outcome, Row: row.number, As: as}
		}
	}
	if best.Row < 0 { // the zero Table: nothing was configured, so nothing mild may follow
		best = Ruling{Outcome: Outcome{Days: 1, Forensic: true}, Row: -1, As: in}
	}
	best.Table, best.Assumed = t.Digest, in.unknown()
	return best
}

// readings lists what the inputs may be, the worse values first.
func (in Inputs) readings() []Inputs {
	both := func(a Answer) []Answer {
		if a == Yes || a == No {
			return []Answer{a}
		}
		return []Answer{Yes, No}
	}
	impacts := []Impact{Total, Partial}
	if slices.Contains(impacts, in.Impact) {
		impacts = []Impact{in.Impact}
	}
	var out []Inputs
	for _, k := range both(in.Exploited) {
		for _, e := range both(in.Exposed) {
			for _, a := range both(in.Automatable) {
				for _, i := range impacts {
					out = append(out, Inputs{k, e, a, i})
				}
			}
		}
	}
	return out
}

// Stricter reports whether the outcome leaves less time than the other, or
// demands forensics in the same time.
func (o Outcome) Stricter(than Outcome) bool {
	if o.Days != than.Days {
		return o.Days != 0 && (than.Days == 0 || o.Days < than.Days)
	}
	return o.Forensic && !than.Forensic
}
