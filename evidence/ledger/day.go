package ledger

import (
	"encoding/json"
	"fmt"
	"time"
)

// The records of how a day ended. They are the first records of the day after, so
// that whoever holds a part of the log sees where a day's records begin and end,
// and a tail that was cut off shows in numbers that are missing (C36). There is
// one for the log and one for every series.
const (
	EventDay = "day.ended"
	dayRoot  = "day"
	// DayLog stands for the log as a whole, where others name a series.
	DayLog = "log"
)

// DayFacts are the facts of EventDay; JSON names are frozen.
type DayFacts struct {
	// Day that ended, UTC, "2026-01-31".
	Day string `json:"day"`
	// Series is empty for the log as a whole.
	Series string `json:"series,omitempty"`
	// Last is the series' last number at the end of the day.
	Last string `json:"last,omitempty"`
	// Came counts the numbers allocated on the day; for the log, its records.
	Came uint64 `json:"came"`
	// Records is how many records the log had at the end of the day.
	Records uint64 `json:"records"`
}

// DaySubject is what the records of the days of a series are about.
func DaySubject(series string) string {
	if series == "" {
		series = DayLog
	}
	return dayRoot + "/" + series
}

// NewDay is the event of a day's end.
func NewDay(f DayFacts) (Event, error) {
	facts, err := json.Marshal(f)
	if err != nil {
		return Event{}, err
	}
	day, err := time.Parse(time.DateOnly, f.Day)
	if err != nil {
		return Event{}, err
	}
	subject := DaySubject(f.Series)
	return Event{Key: subject + "/" + f.Day, Type: EventDay, Schema: 1, Subject: subject, At: day.AddDate(0, 0, 1), Facts: facts,
		Controls: []string{"SOC2:CC8.1", "NIST80053:AU-10"}}, nil
}

// DayOf is the day, UTC, that an instant lies in.
func DayOf(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// DayOfRecord reads the facts of a day's end; false for another record.
func DayOfRecord(r Record) (DayFacts, time.Time, bool) {
	var f DayFacts
	if r.Type != EventDay || json.Unmarshal(r.Facts, &f) != nil {
		return f, time.Time{}, false
	}
	day, err := time.Parse(time.DateOnly, f.Day)
	return f, day, err == nil
}

// days is what the records of days have said so far.
type days struct {
	began  map[string]bool      // series, "" for the log → whether a day of it was seen
	ended  map[string]time.Time // series → last day that ended
	came   map[string]uint64    // series → numbers allocated since
	run    uint64               // place of the first record of the run of days under way
	in     bool                 // within a run
	before uint64               // place of the first record after the run before
	known  bool                 // before is known
	start  bool                 // the log is given from its start, and always recorded days
}

func newDays() days {
	return days{began: map[string]bool{}, ended: map[string]time.Time{}, came: map[string]uint64{}}
}

// day checks that days end one after the other, before anything else is recorded,
// and that what is said of them is so.
func (x *Examination) day(i uint64, r Record, first bool) {
	d := &x.days
	if first && !x.Part && r.Seq > 0 {
		d.known, d.before, d.start = true, i, true
	}
	if r.Type != EventDay {
		x.ordinary(i, r)
		return
	}
	f, day, ok := DayOfRecord(r)
	if !ok || r.Subject != DaySubject(f.Series) {
		x.Report.FindAt(CheckDay, i, "", "its facts are not those of a day's end")
		return
	}
	if !d.in {
		d.in, d.run = true, i
	}
	name := "how " + f.Day + " ended"
	if f.Series != "" {
		name += " for " + f.Series
	}
	if last, seen := d.ended[f.Series]; seen && !day.Equal(last.AddDate(0, 0, 1)) {
		x.Report.FindAt(CheckDay, i, "", "it says %s, after %s: a day is missing or told twice", name, last.Format(time.DateOnly))
	}
	if !r.Recorded.After(day.AddDate(0, 0, 1).Add(-time.Microsecond)) {
		x.Report.FindAt(CheckDay, i, "", "it says %s and was recorded on that day", name)
	}
	if f.Records != d.run && !x.Between {
		x.Report.FindAt(CheckDay, i, "", "it says %s with %d records, and %d stand before it", name, f.Records, d.run)
	}
	x.lastNumber(i, f, name)
	d.ended[f.Series], d.began[f.Series] = day, true
}

// lastNumber checks what a day's record says against the numbers before it.
func (x *Examination) lastNumber(i uint64, f DayFacts, name string) {
	d := &x.days
	if f.Series == "" {
		if came := d.run - d.before; d.known && f.Came != came && !x.Between {
			x.Report.FindAt(CheckDay, i, "", "it says %s: %d records came; there are %d", name, f.Came, came)
		}
		d.known, d.before = true, d.run // a quiet day after it has none
		return
	}
	series, n, ok := SplitNumber(f.Last)
	if !ok || series != f.Series {
		x.Report.FindAt(CheckDay, i, "", "it says %s with the last number %q", name, f.Last)
		return
	}
	seen := x.Ledger.LastOf(f.Series)
	switch {
	case x.Sparse:
	case (seen > 0 || !x.Part) && seen != n:
		x.Report.FindAt(CheckDay, i, "", "it says %s with %s as the last number; the last one before it is %s: %s", name, f.Last, JoinNumber(f.Series, seen), cut(f.Series, seen, n))
	case d.began[f.Series] || d.start:
		if f.Came != d.came[f.Series] {
			x.Report.FindAt(CheckDay, i, "", "it says %s: %d numbers came; there are %d", name, f.Came, d.came[f.Series])
		}
	}
	d.came[f.Series] = 0
	x.Ledger.Last[f.Series] = max(n, seen)
}

func cut(series string, seen, said uint64) string {
	if said > seen {
		return fmt.Sprintf("%s to %s are missing", JoinNumber(series, seen+1), JoinNumber(series, said))
	}
	return "it says too little"
}

// ordinary checks, once days are on record, that no day is left open when the
// next one's first record comes.
func (x *Examination) ordinary(i uint64, r Record) {
	d := &x.days
	if d.in {
		d.in = false
		d.known, d.before = true, d.run
	}
	if x.Sparse {
		return
	}
	yesterday := DayOf(r.Recorded).AddDate(0, 0, -1)
	for series, last := range d.ended {
		if last.Before(yesterday) {
			x.Report.FindAt(CheckDay, i, r.Number, "it was recorded on %s, and no record says how %s ended for %s", r.Recorded.UTC().Format(time.DateOnly),
				last.AddDate(0, 0, 1).Format(time.DateOnly), DaySubject(series))
			d.ended[series] = yesterday // once is enough
		}
	}
	if len(d.ended) == 0 && !x.Part && r.Seq > 0 && !x.last.Recorded.IsZero() && x.last.Seq > 0 && DayOf(x.last.Recorded).Before(DayOf(r.Recorded)) {
		x.Report.FindAt(CheckDay, i, r.Number, "no record says how %s ended", x.last.Recorded.UTC().Format(time.DateOnly))
	}
}
