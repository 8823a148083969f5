package rules_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/rules"
	process "github.com/lowcodex/countersign/workflows/rules"
)

func proposedBy(who, id string) activities.Proposed {
	return activities.Proposed{Proposal: id, Actor: account(who), At: wednesday}
}

func adoption(p activities.Proposed, confirmed compliance.Account) activities.AdoptRulesInput {
	return activities.AdoptRulesInput{Proposed: p, Confirmed: confirmed}
}

// However many processes see the same, and however often each says it, what came into
// force is on record once, and where every process reads it; also when the log is
// down for hours, or answers too late.
func TestC37_TheKeeperRecordsWhatIsSeenOnce(t *testing.T) {
	w := newWorld(t)
	w.engine(process.KeeperID)
	var kept []rules.Standing
	w.Env.OnUpsertMemo(mock.Anything).Return(nil).Run(func(args mock.Arguments) {
		kept = append(kept, args[0].(map[string]any)[process.MemoStanding].(rules.Standing))
	})
	say := func(after time.Duration, seen rules.Sighting) {
		w.At(after, func() { w.Env.SignalWorkflow(process.SignalSeen, seen) })
	}
	first, edited := w.seen(w.inForce), w.seen(w.edited)
	broken := first
	broken.Rules, broken.Broken, broken.Places = "", "c0ffee", []string{"rules/chains.yaml line 7"}
	for i := range 4 { // processes
		d := time.Duration(i) * time.Second
		say(d, first)
		say(time.Hour+d, edited)
		say(2*time.Hour+d, broken)
	}
	w.At(30*time.Minute, func() { w.Journal.Down(true) })
	w.At(5*time.Hour, func() { w.Journal.Down(false) })
	w.At(10*time.Hour, func() { w.Env.CancelWorkflow() })
	w.Env.ExecuteWorkflow(process.KeepRules, process.KeeperInput{})
	require.Error(t, w.Env.GetWorkflowError(), "an operator ends it")
	require.Equal(t, "first held broken", w.records())
	require.Len(t, kept, 1)
	require.Equal(t, rules.Standing{Version: rules.Version{Rules: w.inForce.Hash, Directory: first.Directory}, Required: true, Moves: 1}, kept[0])
	require.Equal(t, []string{"rules/chains.yaml line 7"}, w.last(rules.EventBroken).Places)
	require.Equal(t, 1, w.last(rules.EventHeld).Differences)
}

// A run that an operator ended knows nothing; the next one reads the record. A long
// one goes on as a new one, and loses no word.
func TestC37_TheKeeperGoesOnByTheRecord(t *testing.T) {
	w := newWorld(t)
	before := w.sight(w.inForce)
	w.engine(process.KeeperID)
	var kept []rules.Standing
	w.Env.OnUpsertMemo(mock.Anything).Return(nil).Run(func(args mock.Arguments) {
		kept = append(kept, args[0].(map[string]any)[process.MemoStanding].(rules.Standing))
	})
	for i := range 250 {
		w.At(time.Duration(i)*time.Second, func() { w.Env.SignalWorkflow(process.SignalMoved, nil) })
	}
	w.Env.ExecuteWorkflow(process.KeepRules, process.KeeperInput{})
	var again *workflow.ContinueAsNewError
	require.True(t, errors.As(w.Env.GetWorkflowError(), &again))
	require.Equal(t, []rules.Standing{before}, kept)
}

// everybody is who is told what came into force; asked counts the tellings asked for.
type everybody struct {
	told  []change.Moved
	asked int
	fail  error
}

func (e *everybody) Ask(context.Context) error { e.asked++; return nil }

func (e *everybody) Page(context.Context, []byte) ([]string, []byte, error) {
	return []string{asked}, nil, nil
}

func (e *everybody) Tell(_ context.Context, _ string, m change.Moved) error {
	if e.fail == nil {
		e.told = append(e.told, m)
	}
	return e.fail
}

// What comes into force is told to the changes under way by the one telling there is,
// which is asked once, when every process goes by it; for the first word on record, and
// for what did not come into force, it is not (C29).
func TestC29_TheKeeperHasTheChangesTold(t *testing.T) {
	w := newWorld(t)
	w.engine(process.KeeperID)
	w.Env.OnUpsertMemo(mock.Anything).Return(nil)
	all := &w.changes
	var ids []string
	w.Env.SetOnChildWorkflowStartedListener(func(info *workflow.Info, _ workflow.Context, _ converter.EncodedValues) {
		ids = append(ids, info.WorkflowExecution.ID)
	})
	first, held := w.seen(w.inForce), w.seen(w.edited)
	left := first
	left.Directory = "b0b"
	for i, seen := range []rules.Sighting{first, held, left, left} {
		w.At(time.Duration(i)*time.Hour, func() { w.Env.SignalWorkflow(process.SignalSeen, seen) })
	}
	w.At(2*time.Hour+10*time.Second, func() { require.Zero(t, all.asked, "not every process goes by it yet") })
	w.At(10*time.Hour, func() { w.Env.CancelWorkflow() })
	w.Env.ExecuteWorkflow(process.KeepRules, process.KeeperInput{})
	require.Error(t, w.Env.GetWorkflowError(), "an operator ends it")
	require.Equal(t, "first held directory_edited", w.records())
	require.Equal(t, []string{process.TellID(2)}, ids)
	require.Equal(t, 1, all.asked)
	require.Empty(t, all.told, "two tellings side by side would not know of each other")
}
