package change_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/change"
)

const executor = "patch/0b9cf5a2"

// carried plays a change that a process carries out, and returns what that
// process was told. approved begins once both levels are.
func (w *world) carried(answer error, approved func()) *toldApprovals {
	told := &toldApprovals{}
	w.Env.OnSignalExternalWorkflow(mock.Anything, executor, "", change.SignalApproval, mock.Anything).Return(
		func(_, _, _, _ string, arg any) error {
			told.add(arg.(rules.Approval))
			return answer
		})
	w.At(time.Minute, func() {
		w.approve("bruno", nil)
		w.approve("chidi", nil)
	})
	w.At(2*time.Minute, func() { w.approve("farah", nil) })
	w.At(3*time.Minute, approved)
	return told
}

// toldApprovals is what the executor was told; the environment signals from
// goroutines of its own.
type toldApprovals struct {
	mu  sync.Mutex
	all []rules.Approval
}

func (a *toldApprovals) add(one rules.Approval) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all = append(a.all, one)
}

func (a *toldApprovals) list() []rules.Approval {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.all)
}

func (a *toldApprovals) last() rules.Approval {
	all := a.list()
	return all[len(all)-1]
}

func (w *world) report(key string, result rules.State) {
	w.Env.SignalWorkflow(change.SignalReported, rules.Report{Key: key, Result: result, At: w.Env.Now(), Note: "PAT-1"})
}

func (w *world) runCarried() {
	w.Env.ExecuteWorkflow(change.Change, change.Input{Ticket: compliance.TicketRef{Site: "example", ID: "10042", Key: "OPS-12"}, Executor: executor})
}

// asked is what came of the report with this key.
func asked(told []rules.Approval, key string) rules.Approval {
	for _, a := range told {
		if a.Request == key {
			return a
		}
	}
	return rules.Approval{Reason: "not answered"}
}

// The approval is told with the digest of the plan, a start and an end are
// reported once each, whatever is repeated, and the change closes last (P27).
func TestP27_ACarriedChangeIsToldReportedAndClosesLast(t *testing.T) {
	w := newWorld(t)
	told := w.carried(nil, func() {
		w.act("goran", rules.ActionStart, attested(), func(r compliance.Reply) {
			require.Equal(t, string(rules.CarriedByOther), r.Reason, "no person starts what a process carries out")
		})
		w.report("start", rules.Executing)
		w.report("start", rules.Executing)
	})
	w.At(4*time.Minute, func() {
		require.Equal(t, rules.Executing, w.standing().State)
		w.report("again", rules.Executing)
		w.report("done", rules.Verifying)
		w.report("late", rules.RolledBack)
	})
	w.runCarried()
	require.NoError(t, w.Env.GetWorkflowError())
	given := slices.IndexFunc(told.list(), rules.Approval.Given)
	require.GreaterOrEqual(t, given, 1)
	require.Equal(t, rules.PlanDigest("1. Import the package\n2. Restart"), told.list()[given].Plan)
	require.Equal(t, rules.OK, asked(told.list(), "start").Reason)
	require.Equal(t, rules.AlreadyExecuting, asked(told.list(), "again").Reason)
	require.Equal(t, rules.OK, asked(told.list(), "done").Reason)
	require.Equal(t, 1, countOf(w.records(), "started"))
	require.Equal(t, 1, countOf(w.records(), "finished"))
	require.Equal(t, 1, countOf(w.records(), "closed"))
}

// In a freeze a start is refused as a person's would be, and counts when it is over (P9).
func TestP27_ACarriedChangeDoesNotStartInAFreeze(t *testing.T) {
	w := newWorld(t)
	told := w.carried(nil, func() {
		w.Rewrite("rules/calendars.yaml", "      - name: year-end 2026\n        start: \"2026-12-14T00:00\"\n        end: \"2027-01-05T06:00\"",
			"      - name: storm\n        start: \"2026-11-21T00:00\"\n        end: \"2026-11-21T12:00\"")
		w.report("frozen", rules.Executing)
	})
	w.At(3*time.Hour, func() { w.report("open", rules.Executing) })
	w.At(4*time.Hour, func() { w.report("back", rules.RolledBack) })
	w.runCarried()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, rules.Frozen, asked(told.list(), "frozen").Reason)
	require.Equal(t, rules.OK, asked(told.list(), "open").Reason)
	require.Equal(t, "rolled_back", w.tracker.statuses()[len(w.tracker.statuses())-1])
}

// An edit after the approval voids it: the start is refused, and the executor is
// told that the approval does not stand any more (C13).
func TestP27_ACarriedChangeThatWasEditedDoesNotStart(t *testing.T) {
	w := newWorld(t)
	told := w.carried(nil, func() {
		w.tracker.set(func() { w.tracker.ticket.Fields["plan"] = "Something else" })
		w.report("start", rules.Executing)
	})
	w.At(4*time.Minute, func() {
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "It was edited"}, nil)
	})
	w.runCarried()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, rules.ContentChanged, asked(told.list(), "start").Reason)
	last := told.last()
	require.False(t, last.Given())
	require.Zero(t, countOf(w.records(), "started"))
}

// An executor that is gone keeps nobody from closing the change.
func TestP27_AnExecutorThatIsGoneHoldsNothingUp(t *testing.T) {
	w := newWorld(t)
	w.carried(serviceerror.NewNotFound("gone"), func() {
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "Nobody carries it out"}, nil)
	})
	w.runCarried()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, 1, countOf(w.records(), "withdrawn"))
}

func countOf(list []string, want string) int {
	n := 0
	for _, s := range list {
		if s == want {
			n++
		}
	}
	return n
}

// A change whose executor will never carry it out is withdrawn with it, in review
// as well as when approved, once; one that is being carried out is not.
func TestP27_ACarriedChangeIsWithdrawnWithItsExecutor(t *testing.T) {
	for name, approved := range map[string]bool{"in review": false, "approved": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			withdraw := func() {
				w.report("gone", rules.WithdrawnChange)
				w.report("gone", rules.WithdrawnChange)
			}
			if !approved {
				w.At(30*time.Second, withdraw)
			}
			told := w.carried(nil, func() {
				if approved {
					withdraw()
				}
			})
			w.runCarried()
			require.NoError(t, w.Env.GetWorkflowError())
			require.Equal(t, 1, countOf(w.records(), "withdrawn"))
			last := told.last()
			require.Equal(t, rules.WithdrawnChange, last.State)
			require.Equal(t, "withdrawn", w.tracker.statuses()[len(w.tracker.statuses())-1])
			records, err := w.Log.Records(context.Background(), subject)
			require.NoError(t, err)
			require.Equal(t, "process", records[len(records)-1].Record.Actor.Account.Provider, "on record as the rollout's act")
		})
	}
	t.Run("executing", func(t *testing.T) {
		w := newWorld(t)
		told := w.carried(nil, func() {
			w.report("start", rules.Executing)
			w.report("gone", rules.WithdrawnChange)
			w.report("done", rules.Verifying)
		})
		w.runCarried()
		require.NoError(t, w.Env.GetWorkflowError())
		require.Equal(t, rules.AlreadyExecuting, asked(told.list(), "gone").Reason)
		require.Equal(t, 1, countOf(w.records(), "closed"))
	})
}

// A document that a vendor lacks keeps a process from starting as it keeps a
// person (A9).
func TestP27_ACarriedChangeWaitsForItsVendorsCover(t *testing.T) {
	w := newWorld(t)
	expired := certification.Condition{Vendor: "mendix", Artefact: "soc2-type2", Number: "CER-1", State: certification.Expired, Reason: certification.CoverEnded, Since: saturday.Add(-time.Hour)}
	w.trackers.set([]certification.Condition{expired}, nil)
	told := w.carried(nil, func() { w.report("uncovered", rules.Executing) })
	w.At(4*time.Minute, func() {
		require.Equal(t, rules.WaitingWindow, w.standing().State)
		w.trackers.set(nil, nil)
		w.report("covered", rules.Executing)
		w.report("done", rules.Verifying)
	})
	w.runCarried()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, rules.VendorUncovered, asked(told.list(), "uncovered").Reason)
	require.Equal(t, rules.OK, asked(told.list(), "covered").Reason)
}
