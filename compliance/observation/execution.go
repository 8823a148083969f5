package observation

import "time"

// Execution is the time in which a change to the target's system and environment
// was carried out, and what its approved plan says of it.
type Execution struct {
	Number string
	// From is when it began; To when it was over, zero while it is not.
	From, To time.Time
	// Planned is how long it was to take by the plan that was approved.
	Planned time.Duration
	// Process is set where a process carries it out and no person. It is on record
	// with every content that it puts somewhere, so that the time alone explains nothing.
	Process bool
}

// The bounds of the grace of an execution.
const (
	leastGrace = 15 * time.Minute
	mostGrace  = 4 * time.Hour
)

// Grace is how much longer than planned an execution explains edits: half as long
// again, at least a quarter of an hour and at most four hours.
func Grace(planned time.Duration) time.Duration {
	return min(max(planned/2, leastGrace), mostGrace)
}

// Until is when the execution stops explaining edits: when it is over, and otherwise
// when the time that was approved for it is, with its grace. A change that nobody
// reports as finished is no licence to edit.
func (e Execution) Until() time.Time {
	end := e.From.Add(e.Planned + Grace(e.Planned))
	if !e.To.IsZero() && e.To.Before(end) {
		return e.To
	}
	return end
}

// Explains reports whether an edit that was made between two looks may be the
// execution's: it explained edits at some time between them.
func (e Execution) Explains(last, seen time.Time) bool {
	return !e.Process && !e.From.After(seen) && e.Until().After(last)
}

// underWay reports whether it was not over at some time between two looks.
func (e Execution) underWay(last, seen time.Time) bool {
	return !e.From.After(seen) && (e.To.IsZero() || e.To.After(last))
}
