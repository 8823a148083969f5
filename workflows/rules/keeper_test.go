package rules_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
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
