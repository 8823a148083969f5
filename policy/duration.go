package policy

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// maxPeriod bounds every duration in a policy; a longer one is a typing error.
const maxPeriod = 5 * 366 * 24 * time.Hour

// parseDuration reads an elapsed time: Go notation such as "48h" or "1h30m",
// or whole days such as "14d", a day being 24 hours. It must be at least one
// second and at most five years.
func parseDuration(text string) (time.Duration, error) {
	var d time.Duration
	var err error
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n uint64
		if n, err = strconv.ParseUint(days, 10, 16); err == nil {
			d = time.Duration(n) * 24 * time.Hour
		}
	} else {
		d, err = time.ParseDuration(text)
	}
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is not a duration", text)
	case d < time.Second:
		return 0, fmt.Errorf("the duration %q is shorter than a second", text)
	case d > maxPeriod:
		return 0, fmt.Errorf("the duration %q is longer than five years", text)
	}
	return d, nil
}
