package bundle

import (
	"maps"
	"slices"
	"time"

	"github.com/lowcodex/countersign/evidence/ledger"
)

// Totals are the control totals of the records in a bundle. Whoever exports and
// whoever verifies count by the same code, from the records alone.
type Totals struct {
	Records uint64    `json:"records"`
	First   uint64    `json:"first"` // places in the log
	Last    uint64    `json:"last"`
	Began   time.Time `json:"began,omitzero"` // recording times of the two
	Ended   time.Time `json:"ended,omitzero"`
	// Kinds counts per first element of the subject: "change", "incident", "alert".
	Kinds []Kind `json:"kinds"`
	// Series is the numbering.
	Series []Series `json:"series"`
}

// Kind counts the subjects of one kind and their records.
type Kind struct {
	Kind     string `json:"kind"`
	Subjects int    `json:"subjects"`
	Records  int    `json:"records"`
	// States counts subjects by the last state that the records give them; those of
	// which they give none are under "".
	States map[string]int `json:"states"`
	// Types counts records.
	Types map[string]int `json:"types"`
	// Open are the subjects whose last state is not the end, by number where they
	// have one.
	Open []string `json:"open,omitempty"`
}

// Series is the numbering of one series as far as the bundle goes.
type Series struct {
	Series string `json:"series"`
	// First and Last were allocated by the records in the bundle, Count of them.
	First string `json:"first,omitempty"`
	Last  string `json:"last,omitempty"`
	Count int    `json:"count"`
	// Gaps should have been allocated within it and were not. It must be empty.
	Gaps []string `json:"gaps,omitempty"`
	// Earlier were allocated by records outside of it, and are no gaps.
	Earlier []string `json:"allocated_outside,omitempty"`
	// Closing is the last number at the end of the last day that ended in it.
	Closing string `json:"closing,omitempty"`
	Day     string `json:"closing_day,omitempty"`
}

// Tally examines and counts records, in log order.
type Tally struct {
	totals  Totals
	records *ledger.Examination
	kinds   map[string]*Kind
	series  map[string]*Series
	outside map[string]bool
	begun   bool
}

// NewTally begins one. Findings go to report.
func NewTally(report *ledger.Report, scope ledger.Scope) *Tally {
	return &Tally{
		records: ledger.NewExamination(report, scope), kinds: map[string]*Kind{}, series: map[string]*Series{}, outside: map[string]bool{},
	}
}

// Record takes the entry at place i into account; false when it is no record.
func (t *Tally) Record(i uint64, entry []byte) (ledger.Record, bool) {
	r, ok := t.records.Record(i, entry)
	if !t.begun {
		t.begun, t.totals.First, t.totals.Began = true, i, r.Recorded
	}
	t.totals.Records++
	t.totals.Last, t.totals.Ended = i, r.Recorded
	if !ok {
		return r, false
	}
	k := t.kinds[Root(r.Subject)]
	if k == nil {
		k = &Kind{Kind: Root(r.Subject), States: map[string]int{}, Types: map[string]int{}}
		t.kinds[k.Kind] = k
	}
	k.Records++
	k.Types[r.Type]++
	if name, _, ok := ledger.SplitNumber(r.Number); ok {
		if _, here := t.records.Ledger.Owner(r.Number); !here && !t.outside[r.Number] {
			t.outside[r.Number] = true
			t.of(name).Earlier = append(t.of(name).Earlier, r.Number)
		}
	}
	if f, _, ok := ledger.DayOfRecord(r); ok && f.Series != "" {
		t.of(f.Series).Closing, t.of(f.Series).Day = f.Last, f.Day
	}
	return r, true
}

func (t *Tally) of(series string) *Series {
	s := t.series[series]
	if s == nil {
		s = &Series{Series: series}
		t.series[series] = s
	}
	return s
}

// Totals are the counts after the last record.
func (t *Tally) Totals() Totals {
	t.records.Finish()
	subjects := t.records.Ledger.Subjects
	for _, name := range slices.Sorted(maps.Keys(subjects)) {
		s := subjects[name]
		k := t.kinds[Root(name)]
		k.Subjects++
		k.States[s.State]++
		if s.State != "" && !s.Final {
			if s.Number != "" {
				name = s.Number
			}
			k.Open = append(k.Open, name)
		}
	}
	for _, s := range t.records.Report.Series {
		of := t.of(s.Series)
		of.First, of.Last, of.Count, of.Gaps = s.First, s.Last, s.Count, s.Gaps
	}
	out := t.totals
	out.Kinds, out.Series = []Kind{}, []Series{}
	for _, name := range slices.Sorted(maps.Keys(t.kinds)) {
		out.Kinds = append(out.Kinds, *t.kinds[name])
	}
	for _, name := range slices.Sorted(maps.Keys(t.series)) {
		out.Series = append(out.Series, *t.series[name])
	}
	return out
}
