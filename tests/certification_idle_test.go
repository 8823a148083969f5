package tests

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/tests/harness"
	process "github.com/lowcodex/countersign/workflows/certification"
)

// Trackers that wait for their next reminder cost the worker no memory beyond
// its bounded cache. COUNTERSIGN_TRACKERS says how many are begun; it prints
// what worker and engine take before and after, per 1,000 of them.
func TestTrackers_IdleMemoryIsBounded(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("COUNTERSIGN_TRACKERS"))
	if n <= 0 {
		t.Skip("COUNTERSIGN_TRACKERS says how many trackers to begin, e.g. 4000")
	}
	today := certification.DateOf(time.Now().UTC())
	w := harness.NewWorld(t, harness.WorldOptions{Artefacts: many(today, n), Server: harness.ServerOptions{File: t.TempDir() + "/engine.db"}})
	w.Run(app.RoleWorkflows, app.RoleEvidence, app.RoleActivities)
	said := func(what string) (worker, engine int) {
		debug.FreeOSMemory()
		worker, engine = resident(t, os.Getpid()), resident(t, w.Engine.Pid())
		t.Logf("%-28s worker %4d MiB, engine %4d MiB", what, worker>>10, engine>>10)
		return worker, engine
	}
	begun := time.Now()
	said("at the start")
	for done := 0; done < n; {
		count, err := w.Client.CountWorkflow(context.Background(), &workflowservice.CountWorkflowExecutionsRequest{
			Query: "WorkflowType = '" + process.Type + "' AND Stage = 'missing'",
		})
		require.NoError(t, err)
		if int(count.GetCount())/500 > done/500 {
			said(fmt.Sprintf("%d trackers, %s", count.GetCount(), time.Since(begun).Round(time.Second)))
		}
		done = int(count.GetCount())
		require.Less(t, time.Since(begun), 20*time.Minute)
		select {
		case <-time.After(time.Second): // a list announces itself to nobody
		}
	}
	said(fmt.Sprintf("%d trackers, %s", n, time.Since(begun).Round(time.Second)))
}

// many is a policy with n documents that are needed in a year.
func many(today certification.Date, n int) string {
	var b strings.Builder
	b.WriteString(strings.Split(owes(today, 365), "vendors:")[0] + "vendors:\n")
	for v := 0; v*100 < n; v++ {
		fmt.Fprintf(&b, "  - {id: v%d, name: Vendor %d, owner: p-bruno, sponsor: p-dana, systems: [], contacts: [{name: Desk, url: 'https://v.example/'}], artefacts: [", v, v)
		for i := range min(100, n-v*100) {
			fmt.Fprintf(&b, "{id: a%d, class: soc2, title: Report %d, needed_by: '%s'}, ", i, i, today.Add(365))
		}
		b.WriteString("]}\n")
	}
	return b.String()
}

// resident is the memory that a process has in KiB.
func resident(t *testing.T, pid int) int {
	t.Helper()
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skip("only where /proc is")
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			kib, err := strconv.Atoi(strings.Fields(rest)[0])
			require.NoError(t, err)
			return kib
		}
	}
	return 0
}
