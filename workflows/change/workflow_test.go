package change_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence/evidencetest"
)

// A change goes from its ticket through two levels and its window to closure,
// and leaves one verifiable record for each decision (C1, C5, C7, C18, C35, C36).
func TestC1_ApprovedExecutedClosed(t *testing.T) {
	w := newWorld(t)
	var replies []compliance.Reply
	keep := func(r compliance.Reply) { replies = append(replies, r) }
	w.At(time.Minute, func() { w.approve("bruno", keep) })
	w.At(2*time.Minute, func() { w.approve("chidi", keep) })
	w.At(3*time.Minute, func() { w.approve("farah", keep) })
	w.At(4*time.Minute, func() { w.act("goran", rules.ActionStart, map[string]string{"ready": "yes"}, keep) })
	w.At(30*time.Minute, func() {
		w.act("goran", rules.ActionFinish, map[string]string{"result": "succeeded", "note": "Limit is 5000, checked by hand"}, keep)
	})
	w.run()
	require.True(t, w.Env.IsWorkflowCompleted())
	require.NoError(t, w.Env.GetWorkflowError())
	require.Len(t, replies, 5)
	for i, r := range replies {
		require.Equal(t, compliance.Recorded, r.Outcome, "reply %d: %s", i, r.Text)
	}
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "started", "finished", "closed"}, w.records())
	require.Equal(t, []string{"in_review", "approved", "executing", "closed"}, w.tracker.statuses())
	require.Len(t, w.Surface.Posts(), 1, "one live card")
	require.Equal(t, "Closed", w.Surface.Last().Status)
	require.Empty(t, w.Surface.Last().Actions)
	require.True(t, slices.ContainsFunc(w.Surface.Notes(), func(n compliance.Note) bool { return slices.Contains(n.People, "p-farah") }), "level 2 was called")
	evidencetest.Check(t, w.Log)
}

// Whoever decides reads on the card what they attest to: plan, tests and the way
// back. Content that cannot be read does not keep the card from anybody (C18, C20).
func TestC20_CardTellsWhatIsDecidedUpon(t *testing.T) {
	for name, lost := range map[string]bool{"readable": false, "lost": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if lost {
				w.contents = evidencetest.New(t).Blobs() // a store that has never seen it
				w.engine(saturday)
			}
			w.At(time.Minute, func() {
				told := facts(w.Surface.Last().Facts)
				if lost {
					require.Contains(t, told, "Read the ticket before you decide")
					return
				}
				for _, text := range []string{"1. Import the package", "Run the regression suite", "none given", "Rollback (tested on 2026-11-01)", "Import the former package", "Rollback owner", "Estimated duration"} {
					require.Contains(t, told, text)
				}
				owner := slices.IndexFunc(w.Surface.Last().Facts, func(f compliance.Fact) bool { return f.Label == "Rollback owner" })
				require.Equal(t, []compliance.PersonID{"p-goran"}, w.Surface.Last().Facts[owner].People)
			})
			w.At(time.Hour, func() { w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil) })
			w.run()
			require.NoError(t, w.Env.GetWorkflowError())
			require.NotContains(t, facts(w.Surface.Last().Facts), "Import the package", "nothing is left to decide")
		})
	}
}

// Requester, implementer, strangers and unknown accounts decide nothing, and
// every refusal is evidence (C5, C17).
func TestC5_SeparationOfDuties(t *testing.T) {
	w := newWorld(t)
	got := map[string]string{}
	for i, who := range []string{"jonas", "goran", "farah", "nobody"} {
		w.At(time.Duration(i+1)*time.Minute, func() {
			w.approve(who, func(r compliance.Reply) {
				require.Equal(t, compliance.Declined, r.Outcome)
				require.NotEmpty(t, r.Text)
				got[who] = r.Reason
			})
		})
	}
	w.At(time.Hour, func() { w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "not needed any more"}, nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, map[string]string{
		"jonas": string(rules.IsRequester), "goran": string(rules.IsImplementer),
		"farah": string(rules.NotEligible), "nobody": string(rules.UnknownPerson),
	}, got)
	require.Equal(t, []string{"received", "submitted", "refused", "refused", "refused", "refused", "withdrawn"}, w.records())
	evidencetest.Check(t, w.Log)
}
