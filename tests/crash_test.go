package tests

import (
	"fmt"
	"os"
	"strconv"
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
	crashWorldsVariable = "COUNTERSIGN_CRASH_WORLDS" // how many worlds side by side; default 2, of the whole 4
	crashShare          = 24                         // points in a share
	crashShift          = 40                         // stories in one world
)

// TestCrash kills real processes of the product, and the engine's, with SIGKILL
// at every point of a change at which somebody else has been told something or
// is about to be: no decision is lost or counted twice, no ticket comment, card
// or number is doubled or missing. Every point is one change from ticket to
// evidence.
func TestCrash(t *testing.T) {
	playMatrix(t, false, 1, crashShare)
}

// The same for a whole installation in one process, where a kill takes
// everything but the engine at once.
func TestCrash_OneProcess(t *testing.T) {
	playMatrix(t, true, 2, crashShare/4)
}

// playMatrix plays all points, or a share of so many, in several worlds side by
// side, and prints the table. A small matrix takes its part of the worlds.
func playMatrix(t *testing.T, together bool, part, share int) {
	mode := crashMode(t)
	worlds := 2
	if mode == "all" {
		worlds = 4
	}
	worlds = max(1, number(t, crashWorldsVariable, worlds)/part)
	began := time.Now()
	points := make(chan crashPoint)
	var m matrix
	var enumerate sync.Once
	seed := number(t, crashSeedVariable, time.Now().YearDay())
	t.Cleanup(func() { fmt.Printf("\n%sseed %d, %s\n", m.table(time.Since(began)), seed, mode) })
	start := func(c *crashWorld) {
		var all []crashPoint
		for _, which := range plots() {
			if together && which != straight {
				continue // it is about the form of installation, not about what people decide
			}
			base, err := c.undisturbed(which)
			require.NoError(c.t, err, "the %s story without a crash", which)
			all = append(all, enumerated(which, base, together)...)
		}
		enumerate.Do(func() {
			chosen := choose(all, mode, share, seed, os.Getenv(crashOnlyVariable))
			m.begin(len(all))
			go func() {
				defer close(points)
				for _, p := range chosen {
					points <- p
				}
			}()
		})
	}
	var group sync.WaitGroup
	for n := range worlds {
		group.Go(func() {
			t.Run(fmt.Sprintf("world %d", n+1), func(t *testing.T) {
				for more := true; more; {
					more = false
					t.Run("shift", func(t *testing.T) { more = m.shift(t, together, start, points) })
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

// shift plays points in one world until there are none left, or the world has
// seen so many stories that looking through them costs more than a fresh one.
func (m *matrix) shift(t *testing.T, together bool, start func(*crashWorld), points <-chan crashPoint) (more bool) {
	c := newCrashWorld(t, together)
	defer c.close()
	start(c)
	for range crashShift {
		p, ok := <-points
		if !ok {
			require.NoError(t, c.audit())
			return false
		}
		r := c.disturbed(p)
		m.add(r)
		if len(r.problems) > 0 {
			t.Errorf("%s: %v", p, r.problems)
		}
		t.Logf("%s: %s", p, r)
	}
	require.NoError(t, c.audit())
	return true
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
