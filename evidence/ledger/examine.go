package ledger

import (
	"maps"
	"slices"
)

// maxGaps bounds the gap list of a series.
const maxGaps = 100

// Scope says which part of a log is examined. The zero value is a log from its
// first record on.
type Scope struct {
	// Part: there are records before the first one given, or between, so subjects
	// may have begun and numbers may have been allocated out of sight.
	Part bool
	// Sparse: not every number of a series is given, so a missing one is no gap.
	Sparse bool
	// Between: records of other subjects are left out between those given.
	Between bool
	// Whole says which subjects are given from their first record on; of the others
	// records may be missing anywhere. Nil: of no subject one is missing between.
	Whole func(subject string) bool
}

// Examination holds records, handed over in log order, against all before them,
// and reports what breaks a rule that the writer keeps.
type Examination struct {
	Scope
	Report *Report
	Ledger *Ledger
	Series map[string]*SeriesReport

	last Record
	seqs map[string]int // subject → sequence of its last record seen
	days days
	said map[string]string // types, subjects and numbers, each kept once
}

// NewExamination begins one whose findings and counts go to report.
func NewExamination(report *Report, scope Scope) *Examination {
	report.Types, report.States = map[string]int{}, map[string]int{}
	return &Examination{Scope: scope, Report: report, Ledger: New(nil), Series: map[string]*SeriesReport{}, seqs: map[string]int{}, days: newDays(), said: map[string]string{}}
}

// Record checks the entry at place i of the log; false when it cannot be read as a
// record at all.
func (x *Examination) Record(i uint64, entry []byte) (Record, bool) {
	r, err := Decode(entry)
	if err != nil {
		x.Report.FindAt(CheckRecord, i, r.Number, "%s", err)
		if r.Key == "" {
			return r, false
		}
	}
	r.Type, r.Subject, r.Number = x.once(r.Type), x.once(r.Subject), x.once(r.Number)
	first := x.Report.First.IsZero()
	if r.Recorded.Before(x.last.Recorded) {
		x.Report.FindAt(CheckRecord, i, r.Number, "recorded at %s, before the record before it (%s)", TimeText(r.Recorded), TimeText(x.last.Recorded))
	}
	if first {
		x.Report.First = r.Recorded
	}
	x.Report.Types[r.Type]++
	if p, ok := x.Ledger.Key(r.Key); ok {
		x.Report.FindAt(CheckKey, i, r.Number, "key %q is already that of record %d", r.Key, p.Index)
	}
	if s, _ := x.Ledger.Subject(r.Subject); s.Final && (r.State != "" || r.Final) {
		x.Report.FindAt(CheckFinal, i, r.Number, "sets state %q of %q, which ended with record %d", r.State, r.Subject, s.Index)
	}
	x.sequence(i, r)
	x.number(i, r)
	x.day(i, r, first)
	x.Ledger.Apply(r, Receipt{Index: i, Number: r.Number})
	x.Report.Last, x.last = r.Recorded, r
	return r, true
}

// once gives the same string for the same text, so that a hundred thousand records
// of some types and subjects do not each keep their own.
func (x *Examination) once(s string) string {
	if kept, ok := x.said[s]; ok {
		return kept
	}
	x.said[s] = s
	return s
}

// sequence checks that no record of a subject is missing before this one.
func (x *Examination) sequence(i uint64, r Record) {
	last, seen := x.seqs[r.Subject]
	switch whole := x.Whole == nil || x.Whole(r.Subject); {
	case r.Seq == 0 && last > 0:
		x.Report.FindAt(CheckSequence, i, r.Number, "it does not say which record of %q it is; the one before it is number %d", r.Subject, last)
	case r.Seq == 0:
		return
	case !seen && (!x.Part || x.Whole != nil && whole): // its first one is given
		// Records from before they were counted stand before the first that is.
		if s, _ := x.Ledger.Subject(r.Subject); r.Seq != s.Records+1 {
			x.Report.FindAt(CheckSequence, i, r.Number, "it is record %d of %q, and the first %d are missing", r.Seq, r.Subject, r.Seq-s.Records-1)
		}
	case seen && r.Seq <= last:
		x.Report.FindAt(CheckSequence, i, r.Number, "it is record %d of %q after its record %d", r.Seq, r.Subject, last)
	case seen && whole && r.Seq != last+1:
		x.Report.FindAt(CheckSequence, i, r.Number, "it is record %d of %q and the one before it is record %d: %d are missing", r.Seq, r.Subject, last, r.Seq-last-1)
	}
	x.seqs[r.Subject] = r.Seq
}

// number checks that a number was allocated once, in sequence, to one subject.
func (x *Examination) number(i uint64, r Record) {
	own, _ := x.Ledger.Subject(r.Subject)
	switch {
	case own.Number != "":
		if r.Number != own.Number {
			x.Report.FindAt(CheckNumber, i, r.Number, "%q has number %s", r.Subject, own.Number)
		}
	case r.Series != "":
		x.allocation(i, r)
	case r.Number != "" && !x.Part:
		if _, ok := x.Ledger.Owner(r.Number); !ok {
			x.Report.FindAt(CheckNumber, i, r.Number, "the number was not allocated before this record")
		}
	}
}

func (x *Examination) allocation(i uint64, r Record) {
	series, n, ok := SplitNumber(r.Number)
	if !ok || series != r.Series {
		x.Report.FindAt(CheckNumber, i, r.Number, "series %s was asked for and number %q given", r.Series, r.Number)
		return
	}
	if owner, taken := x.Ledger.Owner(r.Number); taken {
		x.Report.FindAt(CheckNumber, i, r.Number, "the number is allocated twice, to %q and to %q", owner, r.Subject)
		return
	}
	sr := x.Series[series]
	last := x.Ledger.LastOf(series)
	known := last > 0 || !x.Part && !x.Sparse
	if sr == nil {
		sr = &SeriesReport{Series: series, First: r.Number}
		x.Series[series] = sr
	}
	switch {
	case known && n <= last:
		x.Report.FindAt(CheckNumber, i, r.Number, "allocated after %s", JoinNumber(series, last))
	case known && n > last+1 && !x.Sparse:
		x.Report.FindAt(CheckNumber, i, r.Number, "%s to %s are missing before it", JoinNumber(series, last+1), JoinNumber(series, n-1))
		for m := last + 1; m < n && len(sr.Gaps) < maxGaps; m++ {
			sr.Gaps = append(sr.Gaps, JoinNumber(series, m))
		}
	}
	sr.Count++
	sr.Last = r.Number
	x.days.came[series]++
}

// Finish fills in what is counted per subject.
func (x *Examination) Finish() {
	for _, s := range x.Ledger.Subjects {
		x.Report.Subjects++
		if s.Number == "" {
			continue
		}
		x.Report.States[s.State]++
		if series, _, ok := SplitNumber(s.Number); ok && len(x.Series) > 1 && x.Series[series] != nil {
			x.Series[series].count(s.State)
		}
	}
	x.Report.Series = make([]SeriesReport, 0, len(x.Series))
	for _, name := range slices.Sorted(maps.Keys(x.Series)) {
		x.Report.Series = append(x.Report.Series, *x.Series[name])
	}
}

func (s *SeriesReport) count(state string) {
	if s.States == nil {
		s.States = map[string]int{}
	}
	s.States[state]++
}
