package timeline

import (
	"fmt"
	"strings"
	"time"

	"github.com/lowcodex/countersign/evidence"
)

// dayEnded tells how a day ended: the log's own record, of no process.
func dayEnded(r evidence.Record) (string, []string) {
	f, ok := holding[evidence.DayFacts](r, "day")
	switch {
	case !ok:
		return "A day ended.", raw(r.Facts)
	case f.Series == "" && f.Came == 0:
		return fmt.Sprintf("On %s nothing was recorded; the log has %d records.", f.Day, f.Records), nil
	case f.Series == "":
		return fmt.Sprintf("%s ended with %d records on the log, %d of them of that day.", f.Day, f.Records, f.Came), nil
	case f.Came == 0:
		return fmt.Sprintf("On %s no number was allocated; the last one is %s.", f.Day, f.Last), nil
	}
	return fmt.Sprintf("%s ended with %s as the last number, %d of them allocated on that day.", f.Day, f.Last, f.Came), nil
}

// exported tells who took which records home.
func (t teller) exported(r evidence.Record) (string, []string) {
	f, ok := holding[evidence.ExportedFacts](r, "manifest")
	if !ok {
		return "Evidence was exported.", raw(r.Facts)
	}
	var details notes
	what := strings.Join(f.Subjects, ", ")
	if !f.To.IsZero() {
		what = fmt.Sprintf("the days %s to %s", f.From.Format(time.DateOnly), f.To.Add(-1).Format(time.DateOnly))
	}
	details.say("only of the process", f.Process)
	if !f.Personal {
		details.plain("without blobs that may hold personal data")
	}
	details.say("manifest", f.Manifest)
	return fmt.Sprintf("Exported %d records of %s, as the log stood with %d.", f.Records, what, f.Size), details
}
