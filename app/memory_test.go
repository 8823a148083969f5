package app

import (
	"math"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMain_BoundsItsMemoryUnlessTheOperatorDid(t *testing.T) {
	before := debug.SetMemoryLimit(math.MaxInt64)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	boundMemory()
	require.EqualValues(t, MemoryWanted, debug.SetMemoryLimit(-1))

	debug.SetMemoryLimit(1 << 30) // as GOMEMLIMIT=1GiB does
	boundMemory()
	require.EqualValues(t, 1<<30, debug.SetMemoryLimit(-1), "what the operator set is left")
}
