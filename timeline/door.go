package timeline

import (
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/compliance/door"
	"github.com/lowcodex/countersign/evidence"
)

// turnedAway tells of an act that no process could take. It is no process's
// event and stands in the timeline of whatever it was asked for. What was asked
// for is quoted, because it came as it stands.
func turnedAway(r evidence.Record) (string, []string) {
	f, ok := holding[door.Facts](r, "reason")
	if !ok {
		return "An act was turned away; nobody could look at it.", raw(r.Facts)
	}
	details := []string{fmt.Sprintf("asked for: %q", f.Asked), "reason: " + f.Reason}
	if len(f.Altered) > 0 {
		details = append(details, "not as it came: "+strings.Join(f.Altered, ", "))
	}
	return fmt.Sprintf("Tried to do %q from %s; nobody could look at it.", f.Action, f.Surface), details
}
