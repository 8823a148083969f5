package tests

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/tests/harness"
	process "github.com/lowcodex/countersign/workflows/certification"
)

// Three years of a vendor's life on the real server, with the owner's clock
// skipping: a first report, a renewal with a gap, a year in which nobody answers
// until grace and expiry, and a report that the vendor takes back. Every
// reminder, every task and every record is there exactly once (A1 to A4, A8, A15).
func TestA1_ThreeYearsOfAVendor(t *testing.T) {
	t.Parallel()
	w := newAssured(t, 20)
	d := func(n int) certification.Date { return w.today.Add(n) }
	histories := map[string]int{}
	measure := func(name string) {
		histories[name] = lived(w.History(acme))
		w.RecordHistory(acme, "certification-"+name)
	}

	// The daily pass began the tracker. It is needed within the ladder, so one
	// reminder goes out at once and stands for those before it (A2).
	s := w.standing(func(s process.Standing) bool { return s.Number == "CER-1" && s.Rung != "" })
	require.Equal(t, "30", s.Rung)
	require.Equal(t, []string{"CER-1/v1/needed/30"}, w.keys("reminded"))
	w.supply(d(-20), d(345))
	w.is(certification.Valid, 1)
	w.task(1, "done")
	require.Len(t, w.tasks(), 1, "a task per renewal")

	// First year: the owner answers, asks the vendor, and the renewal comes late.
	w.until(d(262))
	w.is(certification.Expiring, 1)
	card := w.card(harness.Offers("acknowledge"))
	w.Do("bruno", card, "acknowledge", nil)
	w.Do("bruno", w.card(harness.Offers("request")), "request", nil)
	w.until(d(340))
	w.supply(d(351), d(710))
	w.is(certification.Valid, 2)
	require.Len(t, w.keys("gap"), 1)
	w.card(harness.Says("Nothing covers the 5 days from " + d(346).String() + " to " + d(350).String()))
	w.task(2, "done")

	// Second year: nobody answers. Everything goes out once, and the roles behind
	// the owner are told, up to the expiry.
	w.until(d(690))
	measure("unanswered-up-to-20-days-before")
	w.until(d(713))
	s = w.is(certification.Expired, 2)
	require.Len(t, s.Conditions, 1)
	require.Equal(t, certification.CoverEnded, s.Conditions[0].Reason)
	measure("unanswered-year")

	// The owner may not decide on grace, the change board may. At its end the
	// expiry stands again, although nobody looks (A8).
	grace := map[string]string{"decision": "grant", "days": "14", "reason": "The auditor is late; a draft without findings is at hand"}
	w.Do("farah", w.card(harness.Offers("decide-grace")), "decide-grace", grace)
	w.is(certification.Grace, 2)
	w.until(d(726))
	w.is(certification.Expired, 2)

	// Third year: a report that overlaps, and that the vendor takes back.
	w.supply(d(700), d(1066))
	w.is(certification.Valid, 3)
	w.task(3, "done")
	w.until(d(900))
	w.is(certification.Valid, 3)
	measure("quiet-half-year")
	w.Do("bruno", w.card(harness.Offers("withdraw")), "withdraw", map[string]string{"reason": "Their auditor withdrew the opinion, mail of today"})
	s = w.standing(func(s process.Standing) bool { return s.Version == 4 && s.Rung != "" })
	require.Equal(t, certification.VendorNotice, s.Conditions[0].Reason)
	w.supply(d(890), d(1255))
	w.is(certification.Valid, 4)
	w.task(4, "done")
	w.until(d(1100))
	w.is(certification.Valid, 4)

	// What a year costs: nearly nothing while nothing is due; when nobody answers
	// and everything goes out to everybody, 17 events for each reminder and each
	// escalation. How many workflow tasks that takes varies a little with the
	// machine's load.
	t.Logf("history events: %v", histories)
	require.LessOrEqual(t, histories["quiet-half-year"], 15)
	require.LessOrEqual(t, histories["unanswered-up-to-20-days-before"], 130)
	require.LessOrEqual(t, histories["unanswered-year"], 205)
	require.Equal(t, []string{
		"CER-1/v1/needed/30", // the first document, needed within its ladder
		"CER-1/v1/rung/90", "CER-1/v1/rung/60", "CER-1/v1/rung/30", "CER-1/v1/rung/14", "CER-1/v1/rung/7",
		"CER-1/v2/rung/90", "CER-1/v2/rung/60", "CER-1/v2/rung/30", "CER-1/v2/rung/14", "CER-1/v2/rung/7", "CER-1/v2/rung/1", "CER-1/v2/rung/0",
		"CER-1/v2/rung/-7", "CER-1/v2/rung/-14",
		"CER-1/v4/needed/0", // the withdrawal's
	}, w.keys("reminded"))
	for _, kind := range []string{"reminded", "escalated", "expired", "expiring", "gap", "accepted"} {
		keys := w.keys(kind)
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(keys))), len(keys), "%s once each", kind)
	}
	w.eachToldOnce()
	require.Len(t, w.tasks(), 4, "a task per renewal, and no other")
	report := w.Verify()
	require.Empty(t, report.Findings)
}

// lived counts the events of a history without those by which this test moves
// the tracker's clock.
func lived(h *historypb.History) int {
	n := 0
	for _, e := range h.GetEvents() {
		switch e.GetEventType() {
		case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED:
		default:
			n++
		}
	}
	return n
}

// task waits until the n-th renewal's ticket has this logical status.
func (w *assured) task(n int, logical string) {
	w.T.Helper()
	want := w.Rules.Tickets().Kinds["renewal"].Statuses[logical]
	deadline := time.Now().Add(harness.StoryWithin)
	for {
		tasks := w.tasks()
		if len(tasks) >= n && tasks[n-1].Status == want {
			return
		}
		require.True(w.T, time.Now().Before(deadline), "task %d is not %q: %v", n, want, tasks)
		select {
		case <-context.Background().Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// eachToldOnce compares the notes in the threads of the cards with the records:
// each reminder and each escalation was said once.
func (w *assured) eachToldOnce() {
	w.T.Helper()
	said := map[string]int{}
	for _, m := range w.Site.Slack.Messages(w.Channel("vendors")) {
		if m.ThreadTS != "" {
			said[m.Key()]++
		}
	}
	for _, kind := range []string{"reminded", "escalated"} {
		for _, key := range w.keys(kind) {
			require.Equal(w.T, 1, said[key], "%s in %v", key, said)
		}
	}
}
