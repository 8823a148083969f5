package tests

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/tests/harness"
)

func TestMain(m *testing.M) {
	harness.PlayRole()
	os.Exit(m.Run())
}

// How much of the matrix runs is said by the environment, because a share of it
// belongs to every run of the checks and the whole to `make crash`.
const (
	crashVariable       = "COUNTERSIGN_CRASH"        // "share" or "all"; empty: not now
	crashSeedVariable   = "COUNTERSIGN_CRASH_SEED"   // which share; default: changes every day
	crashOnlyVariable   = "COUNTERSIGN_CRASH_ONLY"   // only points whose name contains this
	crashWorldsVariable = "COUNTERSIGN_CRASH_WORLDS" // how many worlds side by side; default 3, of the whole 4
	crashShift          = 40                         // stories in one world
)

// TestCrash kills real processes of the product, and the engine's, with SIGKILL
// at every point of a change, an incident, a certification, a rollout, a reading of feeds and an observation at which
// somebody else has been told something or is about to be: no decision and no
// page is lost or counted twice, no ticket comment, card or number is doubled or
// missing, and a platform is as it should be. Every point is one story from its
// beginning to verified evidence.
func TestCrash(t *testing.T) {
	playMatrix(t, false, 1)
}

// The same for a whole installation in one process, where a kill takes
// everything but the engine at once.
func TestCrash_OneProcess(t *testing.T) {
	playMatrix(t, true, 2)
}

// share is how many points of a plot a share has: of stories that take long, fewer.
func (p plot) share(part int) int {
	n := 3
	switch p {
	case straight, incidentPlot:
		n = 5
	}
	if p.aside() {
		n = 2
	}
	return n / part
}

// playMatrix plays all points, or a share of each plot, in several worlds side by
// side, and prints the table. A small matrix takes its part of worlds and share.
func playMatrix(t *testing.T, together bool, part int) {
	mode := crashMode(t)
	worlds := 3
	if mode == "all" {
		worlds = 4
	}
	worlds = max(1, number(t, crashWorldsVariable, worlds)/part)
	began := time.Now()
	seed := number(t, crashSeedVariable, time.Now().YearDay())
	m := matrix{mode: mode, part: part, seed: seed, only: os.Getenv(crashOnlyVariable)}
	t.Cleanup(func() { fmt.Printf("\n%sseed %d, %s\n", m.table(time.Since(began)), seed, mode) })
	all := plots()
	if together {
		all = []plot{straight, incidentPlot}
	}
	if m.only != "" { // the name of a point begins with its row or its plot
		if some := slices.DeleteFunc(slices.Clone(all), func(p plot) bool { return !strings.HasPrefix(m.only, string(p)+":") }); len(some) > 0 {
			all = some
		}
	}
	q := newQueue(all)
	var group sync.WaitGroup
	for n := range worlds {
		group.Go(func() {
			t.Run(fmt.Sprintf("world %d", n+1), func(t *testing.T) {
				for more := true; more; {
					more = false
					t.Run("shift", func(t *testing.T) { more = m.shift(t, together, q) })
				}
			})
		})
	}
	group.Wait()
}

// crashMode is how much is to run; the test is skipped when it is nothing.
func crashMode(t *testing.T) string {
	t.Helper()
	mode := os.Getenv(crashVariable)
	if mode != "share" && mode != "all" {
		t.Skipf("set %s to share or all", crashVariable)
	}
	return mode
}

func number(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, variable)
	return n
}
