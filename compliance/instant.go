package compliance

import (
	"strings"
	"time"
)

// How an instant stands in a sentence that a process makes: by UTC, because it does
// not know who will read it. PlaceTimes finds it there again.
const (
	spokenClock = "15:04"
	spokenDay   = "2 January 2006, 15:04"
)

// SpokenClock is the time of an instant of today in a sentence: "13:04 UTC".
func SpokenClock(at time.Time) string { return at.UTC().Format(spokenClock + " UTC") }

// SpokenDay is an instant in a sentence: "2 January 2026, 13:04 UTC".
func SpokenDay(at time.Time) string { return at.UTC().Format(spokenDay + " UTC") }

// PlaceTimes writes the instants of a text, which stand there as SpokenClock and
// SpokenDay give them, by the clock of whoever reads it, and names that zone. Only
// those listed are written anew: what a person wrote stays as it is.
func PlaceTimes(text string, times []time.Time, zone *time.Location) string {
	if zone == nil {
		return text
	}
	var pairs []string
	for _, at := range times {
		pairs = append(pairs, SpokenDay(at), at.In(zone).Format(spokenDay+" MST"), SpokenClock(at), at.In(zone).Format(spokenClock+" MST"))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
