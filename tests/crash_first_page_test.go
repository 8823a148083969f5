package tests

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/tests/harness"
)

// firstPageWithin is how soon somebody must be paged although the worker was
// killed at the worst point.
const firstPageWithin = time.Minute

// firstPagePoints are the points up to the first page: each answer that the
// worker gives to the engine, and PagerDuty's to the page.
func firstPagePoints() []crashPoint {
	var all []crashPoint
	add := func(name string, passings int) {
		for n := 1; n <= passings; n++ {
			for _, after := range []bool{false, true} {
				all = append(all, crashPoint{
					kind: kindWorker, plot: incidentPlot, where: partyWorker, victim: partyWorker, at: harness.Moment{Name: name, N: n, After: after},
				})
			}
		}
	}
	add("RespondWorkflowTaskCompleted Alert", 2)
	add("RespondActivityTaskCompleted Alert/ResolveIncident", 1)
	add("RespondWorkflowTaskCompleted Incident", 2)
	add("RespondActivityTaskCompleted Incident/ResolveTargets", 1)
	add("RespondActivityTaskCompleted Incident/SendPage", 1)
	return append(all, crashPoint{
		kind: kindVendor, plot: incidentPlot, where: relayPagerDuty, victim: partyWorker, at: harness.Moment{Name: "POST /v2/enqueue", N: 1, After: true},
	})
}

// How long it takes until somebody is paged when the worker is killed on the way
// there, with the deadlines that the product gives the engine: everywhere else in
// the matrix they are shortened.
func TestCrash_FirstPageWithTheProductsDeadlines(t *testing.T) {
	points, worlds := firstPagePoints(), 4
	mode, seed := crashMode(t), number(t, crashSeedVariable, time.Now().YearDay())
	if mode == "share" {
		points, worlds = choose(points, mode, 1, seed, ""), 1
	}
	todo := make(chan crashPoint, len(points))
	for _, p := range points {
		todo <- p
	}
	close(todo)
	var mu sync.Mutex
	results := map[crashPoint]crashResult{}
	var group sync.WaitGroup
	for n := range worlds {
		group.Go(func() {
			t.Run(fmt.Sprintf("world %d", n+1), func(t *testing.T) {
				c := newCrashWorld(t, false, harness.Env{harness.OwnDeadlines: "on"})
				defer c.close()
				_, err := c.undisturbed(incidentPlot)
				require.NoError(t, err)
				for p := range todo {
					r := c.disturbed(p)
					mu.Lock()
					results[p] = r
					mu.Unlock()
					if len(r.problems) > 0 {
						t.Errorf("%s: %v", p, r.problems)
					}
				}
				require.NoError(t, c.audit())
			})
		})
	}
	group.Wait()
	table, most, reached := "", time.Duration(0), 0
	for _, p := range points {
		r, played := results[p]
		if !played || !r.reached {
			continue
		}
		reached++
		most = max(most, r.firstPage)
		name := strings.TrimPrefix(p.String(), string(incidentPlot)+": ")
		table += fmt.Sprintf("%-95s %10s %14s\n", name, seconds(r.firstPage), fmt.Sprint(len(r.repeats)))
	}
	fmt.Printf("\n%-95s %10s %14s\n%s%d points, first page after at most %s\n", "killed with SIGKILL, the product's own deadlines", "first page", "pages twice", table, reached, seconds(most))
	require.LessOrEqual(t, most, firstPageWithin)
	require.Positive(t, reached)
}
