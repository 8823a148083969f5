package change_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// An uncovered vendor blocks the start of a change that touches it, visibly for
// approvers and on record; once there is cover the same change starts (A9).
func TestA9_UncoveredVendorBlocksTheStart(t *testing.T) {
	w := newWorld(t)
	last, err := certification.ParseDate("2026-11-20")
	require.NoError(t, err)
	expired := certification.Condition{
		Vendor: "mendix", Artefact: "soc2-type2", Number: "CER-1", State: certification.Expired,
		Reason: certification.CoverEnded, Since: saturday.Add(-time.Hour), Last: last,
	}
	w.trackers.set([]certification.Condition{expired}, nil)
	const said = "soc2-type2 of mendix is covered up to and including 2026-11-20; changes that touch the vendor wait (CER-1)."
	var replies []compliance.Reply
	keep := func(r compliance.Reply) { replies = append(replies, r) }
	w.At(time.Minute, func() {
		require.Contains(t, facts(w.Surface.Last().Facts), said, "approvers read it on the card")
		require.Contains(t, facts(w.tracker.steps[0].Comment), said, "and the requester in the ticket")
		w.approve("bruno", nil)
	})
	w.At(2*time.Minute, func() { w.approve("chidi", nil) })
	w.At(3*time.Minute, func() { w.approve("farah", nil) })
	start := func() { w.act("goran", rules.ActionStart, map[string]string{"ready": "yes"}, keep) }
	w.At(4*time.Minute, start)
	w.At(5*time.Minute, func() {
		require.Equal(t, rules.WaitingWindow, w.standing().State, "it waits")
		require.Contains(t, facts(w.Surface.Last().Facts), said)
		w.trackers.set(nil, &compliance.Failure{Class: compliance.Unavailable, Op: "ask"})
		start()
	})
	w.At(6*time.Minute, func() {
		require.Len(t, replies, 1, "silence is neither cover nor its lack: it is asked again")
		w.trackers.set(nil, nil)
	})
	w.At(40*time.Minute, func() {
		require.NotContains(t, facts(w.Surface.Last().Facts), "mendix")
		w.act("goran", rules.ActionFinish, map[string]string{"result": "succeeded", "note": "Limit is 5000, checked by hand"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Len(t, replies, 2)
	require.Equal(t, compliance.Declined, replies[0].Outcome)
	require.Equal(t, string(rules.VendorUncovered), replies[0].Reason)
	require.Contains(t, replies[0].Text, said)
	require.Equal(t, compliance.Recorded, replies[1].Outcome, replies[1].Text)
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "refused", "started", "finished", "closed"}, w.records())
	entries, err := w.Log.Records(context.Background(), subject)
	require.NoError(t, err)
	for _, i := range []int{1, 6} {
		var f struct{ Conditions []certification.Condition }
		require.NoError(t, json.Unmarshal(entries[i].Record.Facts, &f))
		require.Equal(t, []certification.Condition{expired}, f.Conditions, "record %d", i)
	}
}

// A condition that lies in the future announces itself and stops nothing yet; a
// document that nobody tracks although the policy wants it does (A9).
func TestA9_AnnouncedAndUntracked(t *testing.T) {
	for name, c := range map[string]struct {
		conditions []certification.Condition
		err        error
		outcome    compliance.Outcome
	}{
		"announced": {[]certification.Condition{{Vendor: "mendix", Artefact: "soc2-type2", Number: "CER-1", Reason: certification.CoverEnded, Since: saturday.Add(time.Hour)}}, nil, compliance.Recorded},
		"untracked": {nil, &compliance.Failure{Class: compliance.Gone, Op: "ask"}, compliance.Declined},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.trackers.set(c.conditions, c.err)
			var replies []compliance.Reply
			w.At(time.Minute, func() { w.approve("bruno", nil) })
			w.At(2*time.Minute, func() { w.approve("chidi", nil) })
			w.At(3*time.Minute, func() { w.approve("farah", nil) })
			w.At(4*time.Minute, func() {
				require.Contains(t, facts(w.Surface.Last().Facts), "soc2-type2 of mendix")
				w.act("goran", rules.ActionStart, map[string]string{"ready": "yes"}, func(r compliance.Reply) { replies = append(replies, r) })
			})
			w.At(5*time.Minute, w.Env.CancelWorkflow)
			w.At(6*time.Minute, func() {
				if w.standing().State == rules.Executing {
					w.act("goran", rules.ActionFinish, map[string]string{"result": "succeeded", "note": "Limit is 5000, checked by hand"}, nil)
				}
			})
			w.run()
			require.Len(t, replies, 1)
			require.Equal(t, c.outcome, replies[0].Outcome, replies[0].Text)
		})
	}
}
