package change_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/change"
)

// One account cannot fill the history of a change: beyond the bound an update is
// declined before it is in the history, a signal is counted and nothing follows
// from it. Others decide meanwhile, and the account itself after a minute.
func TestE15_OneAccountCannotFillAHistory(t *testing.T) {
	w := newWorld(t)
	in := func(n int) compliance.Inbound {
		return compliance.Inbound{
			Delivery: fmt.Sprintf("stuck-%d", n), Surface: "cli", Actor: compliance.Account{Provider: "cli", ID: "hana"},
			Subject: subject, Action: rules.ActionApprove, Ref: w.standing().Ref, Received: w.Env.Now(),
		}
	}
	declined := 0
	w.At(time.Minute, func() {
		for n := range 50 {
			w.Env.UpdateWorkflow(change.UpdateDecide, in(n).Delivery, &testsuite.TestUpdateCallback{
				OnAccept: func() {},
				OnReject: func(err error) {
					var failure *temporal.ApplicationError
					require.True(t, errors.As(err, &failure))
					require.Equal(t, compliance.TooManyActs, failure.Type())
					declined++
				},
				OnComplete: func(any, error) {},
			}, in(n))
		}
	})
	w.At(90*time.Second, func() {
		for n := range 10 {
			w.Env.SignalWorkflow(change.SignalActed, in(100+n))
		}
	})
	w.At(100*time.Second, func() {
		require.Contains(t, fmt.Sprint(w.standing().Trouble), "10 were not taken up")
		require.Contains(t, facts(w.Surface.Last().Facts), "10 were not taken up")
		w.approve("bruno", func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome, "others are not held back") })
	})
	w.At(3*time.Minute, func() {
		w.act("hana", rules.ActionApprove, attested(), func(r compliance.Reply) { require.Equal(t, string(rules.NotEligible), r.Reason) })
	})
	w.At(4*time.Minute, func() { w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, 50-compliance.ActsPerMinute, declined)
	refused := 0
	for _, kind := range w.records() {
		if kind == "refused" {
			refused++
		}
	}
	require.Equal(t, compliance.ActsPerMinute+1, refused, "each that was taken up is on record")
}
