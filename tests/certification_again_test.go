package tests

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/tests/harness"
	process "github.com/lowcodex/countersign/workflows/certification"
)

// A tracker that an operator terminated is begun again by the next pass, and
// stands where its record says: the cover, the renewal in hand and who received
// it, and the rungs that were sent (A2, A15). Changes are not held up by an
// artefact that has cover, and nobody is reminded twice.
func TestA15_ATerminatedTrackerGoesOn(t *testing.T) {
	t.Parallel()
	today := certification.DateOf(time.Now().UTC())
	w := &assured{World: harness.NewWorld(t, harness.WorldOptions{Artefacts: owes(today, 20)}), today: today}
	stop := w.Run(app.RoleAll)
	d := func(n int) certification.Date { return w.today.Add(n) }
	w.standing(func(s process.Standing) bool { return s.Number == "CER-1" && s.Rung != "" })
	w.supply(d(-20), d(50))
	w.standing(func(s process.Standing) bool { return s.State == certification.Expiring && s.Rung == "60" })
	w.Do("bruno", w.card(harness.Offers("acknowledge")), "acknowledge", nil)
	w.Do("bruno", w.card(harness.Offers("receive")), "receive", map[string]string{
		"from": d(40).String(), "to": d(400).String(), "document": "vault://acme/next", "kind": "renewal",
	})
	before := w.standing(func(s process.Standing) bool { return s.Renewal == certification.Received })
	sent := w.keys("reminded")
	w.card(harness.Offers("review"))
	require.NoError(t, w.Client.TerminateWorkflow(context.Background(), acme, "", "an operator's mistake"))
	stop()

	w.Run(app.RoleAll) // every start is a pass
	s := w.standing(func(s process.Standing) bool { return s.LastIndex > before.LastIndex })
	require.Equal(t, "CER-1", s.Number)
	require.Equal(t, certification.Expiring, s.State)
	require.Equal(t, before.Coverage, s.Coverage)
	require.Equal(t, before.Version, s.Version)
	require.Equal(t, before.Ends, s.Ends)
	require.Equal(t, certification.Received, s.Renewal)
	require.Equal(t, before.Ref, s.Ref, "what people have in front of them still counts")
	require.Equal(t, sent, w.keys("reminded"), "no rung is sent again")

	card := w.card(harness.Offers("review"))
	w.Do("bruno", card, "review", nil)
	require.NotEmpty(t, w.Try("bruno", w.card(harness.Offers("accept")), "accept", nil).Errors, "who received it cannot accept it")
	w.Do("alice", w.card(harness.Offers("accept")), "accept", nil)
	s = w.is(certification.Valid, 2)
	require.Equal(t, d(400), s.Coverage.To)
	w.RecordHistory(acme, "certification-renewed-after-a-termination")
	require.Empty(t, w.keys("gap"))
	w.task(2, "done")
	require.Len(t, w.tasks(), 2, "the renewal's task goes on, too")
	require.Empty(t, w.Verify().Findings)
}
