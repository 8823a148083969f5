package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of processor time in /proc on every Linux that Go supports.
const tick = 10 * time.Millisecond

// quietShare is how much of the machine other programs may use in a
// measurement that is called quiet.
const quietShare = 0.15

// usage is what a process has used so far.
type usage struct {
	CPU time.Duration
	RSS int64 // most resident memory so far, bytes
}

// usage reads /proc; the zero value where the system has none.
func (p *process) usage() usage { return usageOf(p.cmd.Process.Pid) }

func usageOf(pid int) usage {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return usage{}
	}
	// The name, in parentheses, may hold anything; fields are counted after it.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 13 {
		return usage{}
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	u := usage{CPU: time.Duration(user+system) * tick}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return u
	}
	for _, line := range strings.Split(string(status), "\n") {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			u.RSS = kb << 10
		}
	}
	return u
}

// busy is the processor time all programs of the machine have used so far.
func busy() time.Duration {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(text), "\n")
	var sum int64
	for i, f := range strings.Fields(line)[1:] {
		if i == 3 || i == 4 || i > 6 { // idle, waiting for a disk; what guests use is counted already
			continue
		}
		n, _ := strconv.ParseInt(f, 10, 64)
		sum += n
	}
	return time.Duration(sum) * tick
}

// meter measures what some processes, and everybody else, use meanwhile.
type meter struct {
	world *world
	begun time.Time
	all   time.Duration
	own   map[string]usage
}

func (w *world) meter() meter {
	return meter{world: w, begun: time.Now(), all: busy(), own: w.usages()}
}

// read returns the processor time per process since the meter was made, and
// the share of the machine that programs outside the benchmark used.
func (m meter) read() (own map[string]time.Duration, foreign float64) {
	all, now := busy()-m.all, m.world.usages()
	own = map[string]time.Duration{}
	var sum time.Duration
	for name, u := range now {
		own[name] = u.CPU - m.own[name].CPU
		sum += own[name]
	}
	capacity := time.Since(m.begun) * time.Duration(runtime.NumCPU())
	if capacity <= 0 || all == 0 {
		return own, 0
	}
	return own, max(float64(all-sum)/float64(capacity), 0)
}

// quiet waits for a second in which other programs leave the machine alone, for
// at most five and only while there is patience left: on a busy machine the
// measurement is made anyway and says so.
func (w *world) quiet(ctx context.Context) {
	begun := time.Now()
	defer func() { w.patience -= time.Since(begun) }()
	for time.Since(begun) < min(5*time.Second, w.patience) {
		m := w.meter()
		select {
		case <-time.After(time.Second): // the length of the observation, not a wait for an event
		case <-ctx.Done():
			return
		}
		if _, foreign := m.read(); foreign < quietShare {
			return
		}
	}
}
