package ledger

import (
	"fmt"
	"time"
)

// Report is what a verification counted and found. The counts are control
// totals: they can be compared with those of the systems the changes ran in.
type Report struct {
	Origin   string    `json:"origin"`
	Size     uint64    `json:"size"` // records under the checkpoint
	Root     string    `json:"root"` // hex, as signed
	First    time.Time `json:"first,omitzero"`
	Last     time.Time `json:"last,omitzero"` // recording times of the first and last record
	Subjects int       `json:"subjects"`
	Blobs    int       `json:"blobs"` // distinct digests referred to
	// Series is the numbering, one per series, by name.
	Series []SeriesReport `json:"series"`
	// Types counts records per event type, States numbered subjects per current state.
	Types  map[string]int `json:"types"`
	States map[string]int `json:"states"`
	// Anchors lists the anchored checkpoints that the log was shown to extend.
	Anchors []AnchorReport `json:"anchors"`
	// Index is "matches", "absent" or "differs".
	Index string `json:"index"`
	// Findings is empty when everything was proven; at most MaxFindings are kept.
	Findings []Finding `json:"findings"`
	// More counts the findings beyond those.
	More int `json:"more,omitempty"`
}

// MaxFindings bounds Report.Findings: a log cut in half has a finding per record.
const MaxFindings = 100

// SeriesReport is the numbering of one series. Gaps names missing numbers, at
// most a hundred.
type SeriesReport struct {
	Series string   `json:"series"`
	Count  int      `json:"count"`
	First  string   `json:"first"`
	Last   string   `json:"last"`
	Gaps   []string `json:"gaps,omitempty"`
	// States counts the series' subjects per current state, where the log has
	// several series. With one, Report.States says the same.
	States map[string]int `json:"states,omitempty"`
}

// AnchorReport is one anchored checkpoint.
type AnchorReport struct {
	Path string `json:"path"`
	Size uint64 `json:"size"`
}

// Check names what a finding is about.
type Check string

const (
	CheckCheckpoint Check = "checkpoint" // signature, origin, root over all records
	CheckEntries    Check = "entries"    // the entry files hold every record
	CheckLeaf       Check = "leaf"       // a record hashes to its leaf in the tree
	CheckTile       Check = "tile"       // the tree's inner hashes follow from its leaves
	CheckRecord     Check = "record"     // canonical, complete, recorded in order
	CheckKey        Check = "key"        // one record per event key
	CheckNumber     Check = "number"     // gapless, allocated once, to one subject
	CheckFinal      Check = "final"      // no state after the last
	CheckSequence   Check = "sequence"   // each subject's records are counted through
	CheckDay        Check = "day"        // each day's last numbers are on record and true
	CheckBlob       Check = "blob"       // stored and unchanged
	CheckAnchor     Check = "anchor"     // the log extends what was anchored
	CheckIndex      Check = "index"      // the index says what the log says
)

// Finding is one failure. Index and Number name the record, where it is about one.
type Finding struct {
	Check  Check   `json:"check"`
	Index  *uint64 `json:"index,omitempty"`
	Number string  `json:"number,omitempty"`
	Detail string  `json:"detail"`
}

// String is the finding as one line.
func (f Finding) String() string {
	switch {
	case f.Index == nil:
		return fmt.Sprintf("%s: %s", f.Check, f.Detail)
	case f.Number == "":
		return fmt.Sprintf("%s: record %d: %s", f.Check, *f.Index, f.Detail)
	default:
		return fmt.Sprintf("%s: record %d (%s): %s", f.Check, *f.Index, f.Number, f.Detail)
	}
}

// Find adds a finding about the log as a whole.
func (r *Report) Find(check Check, format string, args ...any) {
	r.add(Finding{Check: check, Detail: fmt.Sprintf(format, args...)})
}

// FindAt adds a finding about one record.
func (r *Report) FindAt(check Check, index uint64, number, format string, args ...any) {
	r.add(Finding{Check: check, Index: &index, Number: number, Detail: fmt.Sprintf(format, args...)})
}

func (r *Report) add(f Finding) {
	if len(r.Findings) >= MaxFindings {
		r.More++
		return
	}
	r.Findings = append(r.Findings, f)
}
