package change_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
)

// A run that databases older than the log brought back believes that its change is
// in review. On record the change is over, so nobody decides on it again, whatever
// the card offers; who tries is told, and is on record (E5, E15).
func TestE5_OverOnRecordIsNotDecidedOnAgain(t *testing.T) {
	w := newWorld(t)
	w.At(30*time.Second, func() {
		_, err := w.Log.Append(t.Context(), []evidence.Event{{
			Key: "before/withdrawn", Type: rules.EventWithdrawn, Schema: 1, Subject: subject, Number: "CHG-1", State: string(rules.Withdrawn), Final: true, At: saturday,
		}})
		require.NoError(t, err)
	})
	refused := 0
	over := func(r compliance.Reply) {
		refused++
		require.Equal(t, string(rules.AlreadyClosed), r.Reason, r.Text)
		require.Contains(t, r.Text, "This change is over")
	}
	w.At(time.Minute, func() { w.approve("bruno", over) })
	w.At(2*time.Minute, func() { w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, over) })
	w.Env.SetWorkflowRunTimeout(3 * time.Minute) // it cannot end itself: its end is on record already
	w.run()
	require.Equal(t, 2, refused)
	require.Equal(t, []string{"received", "submitted", "withdrawn", "refused", "refused"}, w.records())
}
