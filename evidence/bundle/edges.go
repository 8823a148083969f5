package bundle

import (
	"encoding/json"
	"fmt"
	"time"
)

// edges looks at where the records of a bundle begin and end, and says what that
// leaves unknown. The first records of every day say how the day before ended: a
// period begins with those of the day before it and ends with those of its last
// day, so one that lacks them was cut.
func (v *verification) edges(w *walk) {
	s := v.manifest.Selection
	if !s.Period() {
		v.report.unknown("whether more was recorded about what was asked for after the last record that is here: compare with an export of the period")
		for _, k := range v.report.Totals.Kinds {
			if len(k.Open) > 0 {
				v.report.unknown("how %s went on: not ended as far as the records here go", few(k.Open))
			}
		}
		return
	}
	if w.whole {
		v.beginning(s)
	} else {
		v.report.unknown("whether the first and last records of a subject in the period are all here: only those of one process were asked for. Numbers, and records between, are checked")
	}
	v.end(s, w.whole)
}

func (v *verification) beginning(s Selection) {
	first, before := v.report.Totals.First, s.From.AddDate(0, 0, -1).Format(time.DateOnly)
	switch {
	case v.report.Totals.Records == 0 || first == 0: // nothing, or the log from its start
	case v.opens != nil && v.opens.Day <= before:
		// What is said of the days is checked by the examination.
		if v.opens.Records != first {
			v.report.find(CheckComplete, "it begins with record %d, and how %s ended is said from record %d on: records are missing before it", first, v.opens.Day, v.opens.Records)
		}
	case v.counts:
		v.report.find(CheckComplete, "it begins with record %d, which does not say how %s ended: the records before it are missing", first, before)
	default:
		v.report.unknown("whether records are missing at the beginning of the period: the log did not record yet how days ended")
	}
}

func (v *verification) end(s Selection, whole bool) {
	t := v.report.Totals
	last := s.To.AddDate(0, 0, -1).Format(time.DateOnly)
	more := v.cp.Size > t.Last+1
	switch {
	case t.Records == 0:
		v.report.unknown("whether nothing was recorded in the period: there is no record in it that says so; compare with the periods before and after")
	case v.closed(last, whole):
	case whole && more && v.counts:
		v.report.find(CheckComplete, "it ends with record %d of %d, and not everything says how %s ended: the tail was cut off", t.Last, v.cp.Size, last)
	case whole && more:
		v.report.unknown("whether records are missing at the end of the period: the log did not record yet how days ended")
	case !whole && !v.manifest.Created.Before(s.To):
		v.report.find(CheckComplete, "not every series says how %s ended: the tail was cut off", last)
	default:
		v.report.unknown("what was recorded in the period after record %d: it was not over when this was exported. Export it again when %s is over", t.Last, last)
	}
}

// closed says whether the last day is known to have ended, for every series of
// which the bundle knows.
func (v *verification) closed(last string, whole bool) bool {
	for _, s := range v.report.Totals.Series {
		if s.Day != last {
			return false
		}
	}
	if whole {
		return v.sealed != nil && v.sealed.Day == last
	}
	return len(v.report.Totals.Series) > 0
}

// normal is a value as it stands in a manifest.
func normal(t Totals) any {
	var out any
	raw, err := json.Marshal(t)
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		return err
	}
	return out
}

// difference names the first total that differs.
func difference(said, is Totals) string {
	if said.Records != is.Records {
		return fmt.Sprintf("it says %d records, there are %d", said.Records, is.Records)
	}
	if said.First != is.First || said.Last != is.Last {
		return fmt.Sprintf("it says records %d to %d, they are %d to %d", said.First, said.Last, is.First, is.Last)
	}
	for i, k := range is.Kinds {
		if i >= len(said.Kinds) || fmt.Sprint(said.Kinds[i]) != fmt.Sprint(k) {
			return fmt.Sprintf("of %s there are %d subjects with %d records, states %v", k.Kind, k.Subjects, k.Records, k.States)
		}
	}
	for i, s := range is.Series {
		if i >= len(said.Series) || fmt.Sprint(said.Series[i]) != fmt.Sprint(s) {
			return fmt.Sprintf("of %s there are %d numbers, %s to %s, gaps %v, the last day ended with %q", s.Series, s.Count, s.First, s.Last, s.Gaps, s.Closing)
		}
	}
	return "it lists kinds, series or times that are not there"
}

func few(names []string) string {
	const shown = 5
	if len(names) > shown {
		return fmt.Sprintf("%v and %d more", names[:shown], len(names)-shown)
	}
	return fmt.Sprint(names)
}
