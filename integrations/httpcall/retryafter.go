package httpcall

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter bounds what the other side may ask for: a wrong clock or unit
// there must not stop a process for days.
const maxRetryAfter = time.Hour

// RetryAfter reads how long the other side wants to be left alone, from
// Retry-After (seconds, or an HTTP date: RFC 9110 section 10.2.3) or
// ratelimit-reset (seconds: PagerDuty). Zero when it does not say; else between
// one second and one hour.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	for _, name := range []string{"Retry-After", "Ratelimit-Reset"} {
		value := strings.TrimSpace(h.Get(name))
		if value == "" {
			continue
		}
		if seconds, err := strconv.ParseFloat(value, 64); err == nil {
			if seconds != seconds || seconds < 0 { // NaN compares unequal to itself
				continue
			}
			if seconds > maxRetryAfter.Seconds() {
				return maxRetryAfter
			}
			return bounded(time.Duration(seconds * float64(time.Second)))
		}
		if at, err := http.ParseTime(value); err == nil {
			return bounded(at.Sub(now))
		}
	}
	return 0
}

func bounded(d time.Duration) time.Duration {
	return min(max(d, time.Second), maxRetryAfter)
}
