package patch_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/queue"
	changes "github.com/lowcodex/countersign/workflows/change"
	line "github.com/lowcodex/countersign/workflows/queue"
)

// A rollout whose change stands in a line has the line tell it of the turn, and begins then
// and not at its next attempt, which by then is an hour away (C29).
func TestC29_ARolloutBeginsAtItsTurn(t *testing.T) {
	w := newWorld(t)
	const turn = 5*time.Hour + 30*time.Minute
	granted, asked := false, 0
	var begun time.Time
	w.script.answer = func(r change.Report) change.Reason {
		if r.Result != change.Executing {
			return change.OK
		}
		if asked++; !granted {
			return change.NotYourTurn
		}
		begun = w.Env.Now()
		return change.OK
	}
	var words []queue.Word
	var lines []string
	w.Env.OnSignalExternalWorkflow(mock.Anything, mock.Anything, "", line.SignalWord, mock.Anything).Return(
		func(_, id, _, _ string, word any) error {
			words, lines = append(words, word.(queue.Word)), append(lines, id)
			return nil
		})
	w.At(turn-time.Hour, func() { w.Env.SignalWorkflow(line.SignalTurn, queue.Turn{Place: 1, Before: []string{"CHG-7"}}) })
	w.At(turn, func() {
		granted = true
		w.Env.SignalWorkflow(line.SignalTurn, queue.Turn{Granted: true})
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.WithinDuration(t, wednesday.Add(turn), begun, time.Minute)
	require.NotEmpty(t, words)
	require.Equal(t, queue.Word{Kind: queue.Hear, Subject: changes.WorkflowID("example", "10042"), By: subject}, words[0])
	require.Len(t, words, asked-1, "said after each refusal: a line may have ended meanwhile")
	require.Equal(t, line.WorkflowID(w.tracker.opened["system"], w.tracker.opened["environment"]), lines[0], "the line of its change")
	require.Equal(t, "new", w.serves("gate"))
}
