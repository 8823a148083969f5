package app

import (
	"math"
	"runtime/debug"
)

// MemoryWanted is how much a process takes before it collects garbage more often
// than by Go's rule of twice what is in use, in bytes. With as many runs in memory
// as it holds (runsInMemory) some 130 MB are in use, so the bound is reached by
// garbage only. It is a soft one: what is needed is never refused.
const MemoryWanted = 224 << 20

// boundMemory sets MemoryWanted for the whole process, which only a main may do.
// GOMEMLIMIT, which Go reads by itself, goes before.
func boundMemory() {
	if debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(MemoryWanted)
	}
}
