package tests

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lowcodex/countersign/tests/harness"
)

// crashResult is what became of one point.
type crashResult struct {
	point    crashPoint
	reached  bool // the process was killed there
	problems []crashProblem
	// recovery is how much later than without a crash the whole story was over:
	// the time in which nobody worked for the change.
	recovery time.Duration
	took     time.Duration
	// repeats happened again without harm, by what.
	repeats map[string]int
	// firstPage is the time from an alert's acceptance to the first page that a
	// provider took; negative where there was none.
	firstPage time.Duration
}

// crashProblem is something lost, or something there twice.
type crashProblem struct {
	doubled bool
	text    string
}

func (p crashProblem) String() string {
	if p.doubled {
		return "DUPLICATED: " + p.text
	}
	return "LOST: " + p.text
}

func (r crashResult) String() string {
	if !r.reached {
		return fmt.Sprintf("not reached this time, %v", r.took.Round(time.Millisecond))
	}
	s := fmt.Sprintf("recovered in %v, story %v", r.recovery.Round(time.Millisecond), r.took.Round(time.Millisecond))
	if r.point.plot == incidentPlot {
		s += fmt.Sprintf(", first page after %v", r.firstPage.Round(time.Millisecond))
	}
	if len(r.repeats) > 0 {
		s += fmt.Sprintf(", repeated %v", r.repeats)
	}
	return s
}

// matrix collects results of all worlds.
type matrix struct {
	mode, only string
	part, seed int

	mu      sync.Mutex
	known   int
	results []crashResult
}

// knows adds points that could be tried.
func (m *matrix) knows(points int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known += points
}

func (m *matrix) add(r crashResult) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.results = append(m.results, r)
}

// row sums up the points of a kind.
type row struct {
	points, lost, doubled, missed int
	recovery                      []time.Duration
}

func (w *row) add(r crashResult) {
	if !r.reached {
		w.missed++
	} else {
		w.points++
		w.recovery = append(w.recovery, r.recovery)
	}
	for _, p := range r.problems {
		if p.doubled {
			w.doubled++
		} else {
			w.lost++
		}
	}
}

func (w *row) line(kind string) string {
	slices.Sort(w.recovery)
	p50, most := "-", "-"
	if n := len(w.recovery); n > 0 {
		p50, most = seconds(w.recovery[n/2]), seconds(w.recovery[n-1])
	}
	return fmt.Sprintf("%-50s %6d %5d %10d %9s %9s %11d\n", kind, w.points, w.lost, w.doubled, p50, most, w.missed)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

// table is the matrix as text; its last line is the claim.
func (m *matrix) table(took time.Duration) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "%-50s %6s %5s %10s %9s %9s %11s\n", "killed with SIGKILL", "points", "lost", "duplicated", "p50", "max", "not reached")
	var total row
	for _, kind := range kinds() {
		var one row
		for _, r := range m.results {
			if r.point.kind == kind {
				one.add(r)
				total.add(r)
			}
		}
		if one.points+one.missed+one.lost+one.doubled > 0 {
			b.WriteString(one.line(kind))
		}
	}
	b.WriteString(total.line("all"))
	fmt.Fprintf(&b, "%d of %d known points tried in %v, load %.1f per processor at the end\n",
		len(m.results), m.known, took.Round(time.Second), harness.Load())
	b.WriteString(m.byPlot())
	fmt.Fprintf(&b, "%d points, %d lost, %d duplicated\n", total.points, total.lost, total.doubled)
	return b.String()
}

// byPlot sums up the points of each plot, and what was repeated without harm.
func (m *matrix) byPlot() string {
	var b strings.Builder
	repeats, first := map[string]int{}, []time.Duration{}
	for _, plot := range plots() {
		var one row
		for _, r := range m.results {
			if r.point.plot != plot {
				continue
			}
			one.add(r)
			repeats = tally(repeats, r.repeats)
			if plot == incidentPlot && r.reached && len(r.problems) == 0 {
				first = append(first, r.firstPage)
			}
		}
		if one.points+one.missed+one.lost+one.doubled > 0 {
			b.WriteString(one.line("of these, " + string(plot)))
		}
	}
	for _, what := range slices.Sorted(maps.Keys(repeats)) {
		fmt.Fprintf(&b, "repeated without harm: %s, %d times\n", what, repeats[what])
	}
	if n := len(first); n > 0 {
		slices.Sort(first)
		fmt.Fprintf(&b, "alert accepted to first page: p50 %s, max %s\n", seconds(first[n/2]), seconds(first[n-1]))
	}
	return b.String()
}
