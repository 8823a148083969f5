package patch

import "time"

// lookEvery is how often a target is looked at after the close, and lookAgain
// how soon where it could not be seen.
const (
	lookEvery = day
	lookAgain = time.Hour
)

// NextLook is when the targets of a completed rollout are looked at again (P25):
// once a day from the close on, and within the hour where some could not be
// seen. It is false when the time of watching is over and nothing is undone:
// what is undone is watched until it is mended or taken back.
func NextLook(ended, last time.Time, unseen bool, watch time.Duration, undone int) (time.Time, bool) {
	if last.Before(ended) {
		last = ended
	}
	next := last.Add(lookEvery)
	if unseen {
		next = last.Add(lookAgain)
	}
	if undone == 0 && !next.Before(ended.Add(watch)) {
		return time.Time{}, false
	}
	return next, true
}

// NextBarLook is when a rollout that was rolled back asks the log again whether
// its bar was lifted through another one: once a day.
func NextBarLook(barred, last time.Time) time.Time {
	if last.Before(barred) {
		last = barred
	}
	return last.Add(lookEvery)
}

// Look is what was seen of one target after the close.
type Look struct {
	Target  string
	Content string // digest of what is served; empty when nobody knows
	Outcome CheckOutcome
	Detail  string
}

// JudgeLook says what a look at a target means: PayloadUndone when it serves
// something else than was proven, TestsFailed when it serves the payload and
// fails a test, OK when it is as it was proven. False when nobody can say: the
// target stays as it was judged last.
func JudgeLook(l Look, payload string) (Reason, bool) {
	switch {
	case l.Content == "":
		return OK, false
	case l.Content != payload:
		return PayloadUndone, true
	case l.Outcome == Fail:
		return TestsFailed, true
	case l.Outcome == Pass:
		return OK, true
	}
	return OK, false
}
