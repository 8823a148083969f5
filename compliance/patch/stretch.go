package patch

import "time"

// FeedState is how a feed was found at one reading.
type FeedState struct {
	// Standing is JudgeFeed's word on what is in force.
	Standing Reason
	// Refused is why the publisher's document was not believed: FeedRejected or
	// FeedOlder; OK when it was.
	Refused Reason
	// Unreached is set when the publisher could not be reached, or not for every
	// document that it lists.
	Unreached bool
}

// Found is the one reason that a feed's finding has; OK when it has none. That
// what is in force is too old outweighs why.
func (s FeedState) Found() Reason {
	switch {
	case s.Standing != OK:
		return s.Standing
	case s.Refused != OK:
		return s.Refused
	case s.Unreached:
		return FeedUnreachable
	}
	return OK
}

// weight orders findings: 0 none, 1 the last reading failed, 2 what is in force is
// too old, or there is nothing.
func (r Reason) weight() int {
	switch r {
	case OK:
		return 0
	case FeedStale, FeedUnread:
		return 2
	}
	return 1
}

// FeedTurn says whether the standing of a feed moves from what is on record. A
// stretch of failures is one finding: it is said when it begins, when it gets
// worse and when it is over (P18), and not each time that another reading fails.
func FeedTurn(stood, found Reason) bool {
	return found.weight() > stood.weight() || found == OK && stood != OK
}

// FeedInterval is how often feeds are read, by the shortest time after which one
// of them is stale: three readings may fail before that, and publishers are not
// asked more often than every five minutes. Zero asks for the default of a daily feed.
func FeedInterval(maxAge time.Duration) time.Duration {
	if maxAge <= 0 {
		maxAge = staleAfter
	}
	return min(max(maxAge/4, 5*time.Minute), 4*time.Hour).Truncate(time.Minute)
}
