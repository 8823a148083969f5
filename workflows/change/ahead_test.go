package change_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// The requester reads at submission when the change could start, in ticket and standing,
// and the approvers on the card; a freeze added during the review shows. Requirement 1. (C28)
func TestRequirement1_WhenItCouldStartIsSaidAtSubmission(t *testing.T) {
	w := newWorld(t)
	w.Env.SetStartTime(mondayMorning)
	opens := time.Date(2026, 11, 23, 19, 0, 0, 0, time.UTC)
	could := func(at time.Time) compliance.Fact {
		return compliance.Fact{Label: "Could start", Text: "if approved by then, at the earliest in the window weeknights", At: at}
	}
	w.At(time.Minute, func() {
		require.Equal(t, opens, w.standing().Ahead.At.UTC())
		require.Contains(t, w.Surface.Last().Facts, could(opens))
		require.Contains(t, w.tracker.steps[0].Comment, could(opens))
		w.freeze(true, "2026-11-23T12:00", "2026-11-25T12:00")
		w.tell()
	})
	w.At(2*time.Minute, func() {
		require.Contains(t, w.Surface.Last().Facts, could(time.Date(2026, 11, 25, 19, 0, 0, 0, time.UTC)))
		require.Len(t, w.tracker.steps, 1, "the ticket is not told of every edit while nothing is decided")
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "withdrawn"}, w.records())
}

// A change that fits into no window is told so before anybody spends time on it.
func TestRequirement1_ThatNothingFitsIsSaidAtSubmission(t *testing.T) {
	w := newWorld(t)
	w.tracker.ticket.Fields["duration"] = "7h"
	w.At(time.Minute, func() {
		ahead := w.standing().Ahead
		require.Equal(t, rules.TooLong, ahead.Reason)
		require.Contains(t, facts(w.tracker.steps[0].Comment), rules.TooLong.Text()+" Looked up to")
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
}
