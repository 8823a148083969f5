package compliance

import "strconv"

// Count is a number of things in words that people read: "1 target", "2 targets".
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
