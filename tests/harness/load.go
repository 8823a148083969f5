package harness

import (
	"os"
	"runtime"
	"strconv"
	"strings"
)

// Load returns how many programs wait for or use each processor, as the average
// of the last minute; 0 where the system does not say. A measurement of time
// means nothing above about one.
func Load() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), " ")
	load, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return 0
	}
	return load / float64(runtime.NumCPU())
}
