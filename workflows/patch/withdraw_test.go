package patch_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	rules "github.com/lowcodex/countersign/compliance/patch"
)

// last is the last record of the rollout.
func (w *world) last() rules.MovedFacts {
	w.T.Helper()
	closed := facts[rules.MovedFacts](w, rules.EventClosed)
	require.NotEmpty(w.T, closed)
	return closed[len(closed)-1]
}

// results is what the change was told.
func (w *world) results() []change.State {
	var out []change.State
	for _, r := range w.script.reports {
		out = append(out, r.Result)
	}
	return out
}

// A change that is denied, expires or is withdrawn ends its rollout with that
// reason, on record, and no ticket is left behind (P27).
func TestP27_WithoutItsApprovalARolloutEnds(t *testing.T) {
	for name, c := range map[string]struct {
		end  change.Approval
		want rules.State
		says change.Reason
		told []change.State
	}{
		"denied": {change.Approval{State: change.Open, Review: change.Rejected, Version: 1}, rules.Rejected, change.DeniedByApprover, []change.State{change.WithdrawnChange}},
		// Nobody denied it: the ticket lacked what the rules ask for, and nobody was asked.
		"not ready": {change.Approval{State: change.Open, Review: change.Rejected, Version: 1, Reason: change.IncompleteContent}, rules.Rejected, change.IncompleteContent, []change.State{change.WithdrawnChange}},
		"expired":   {change.Approval{State: change.Open, Review: change.Expired, Version: 1, Reason: change.DeadlinePassed}, rules.Rejected, change.DeadlinePassed, []change.State{change.WithdrawnChange}},
		"withdrawn": {change.Approval{State: change.WithdrawnChange, Review: change.Withdrawn, Version: 1, Reason: change.WithdrawnByPerson}, rules.Withdrawn, change.WithdrawnByPerson, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.script.end = c.end
			w.run()
			require.NoError(t, w.Env.GetWorkflowError())
			require.Equal(t, c.want, w.last().To)
			require.Equal(t, c.says.Text(), w.last().Detail)
			require.Contains(t, w.Surface.Said(), c.says.Text())
			require.Equal(t, c.told, w.results())
			require.Empty(t, w.platform.did("deploy"))
		})
	}
}

// The same holds for an approval that is lost before the first ring begins; a
// rollout of which something was touched goes on waiting instead (P6).
func TestP27_AnApprovalThatExpiresBeforeAnythingIsTouched(t *testing.T) {
	w := newWorld(t)
	w.script.answer = func(change.Report) change.Reason { return change.Frozen }
	w.At(14*24*time.Hour, func() {
		require.Equal(t, rules.Rolling, w.standing().State)
		w.Env.SignalWorkflow("approval", change.Approval{Number: "CHG-1", State: change.Open, Review: change.Expired, Version: 1, Reason: change.ApprovalExpired})
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, rules.Rejected, w.last().To)
	require.Equal(t, change.ApprovalExpired.Text(), w.last().Detail)
	require.Equal(t, change.WithdrawnChange, w.results()[len(w.results())-1])
	require.Empty(t, w.platform.did("deploy"))
}

// A rollout that ends before its approval takes its change along, once.
func TestP27_AChangeIsWithdrawnWithItsRollout(t *testing.T) {
	w := newWorld(t)
	w.script.never = true
	w.At(time.Hour, func() { w.Env.CancelWorkflow() })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, rules.Withdrawn, w.last().To)
	require.Equal(t, []change.State{change.WithdrawnChange}, w.results())
}

// One that is interrupted while the ticket is being opened, of which nobody knows
// whether it exists, looks for it, and has its change withdrawn.
func TestP27_NoTicketIsLeftBehind(t *testing.T) {
	w := newWorld(t)
	w.script.never = true
	w.tracker.fail = &compliance.Failure{Class: compliance.UnknownOutcome, Op: "open", Detail: "no answer"}
	w.At(2*time.Minute, func() { w.Env.CancelWorkflow() })
	w.At(30*time.Minute, func() {
		w.tracker.mu.Lock()
		defer w.tracker.mu.Unlock()
		w.tracker.fail = nil
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, rules.Withdrawn, w.last().To)
	require.Equal(t, []change.State{change.WithdrawnChange}, w.results())
	require.NotEmpty(t, w.tracker.opened)
}
