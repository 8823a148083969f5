package change_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
)

// other puts another change on record, planned from an hour on for an hour.
func (w *world) other(id string, system string, implementer compliance.PersonID, start time.Time) {
	facts, err := json.Marshal(rules.SubmittedFacts{Version: 1, System: system, Environment: "production", Implementer: implementer, PlannedStart: start, Duration: time.Hour})
	require.NoError(w.T, err)
	w.append("change/example/"+id,
		evidence.Event{Key: id + "/received", Type: rules.EventReceived, Series: "CHG", State: "open", Facts: json.RawMessage(`{}`)},
		evidence.Event{Key: id + "/v1/submitted", Type: rules.EventSubmitted, State: "open", Facts: facts})
}

func (w *world) append(of string, events ...evidence.Event) {
	for i := range events {
		events[i].Subject, events[i].Schema, events[i].At = of, 1, saturday
	}
	_, err := w.Log.Append(context.Background(), events)
	require.NoError(w.T, err)
}

// approvals are the facts of the approvals on record.
func (w *world) approvals() []rules.MovedFacts {
	var out []rules.MovedFacts
	w.each(func(kind string, facts json.RawMessage, _ compliance.PersonID, _ time.Time) {
		if kind == rules.EventApproved {
			var f rules.MovedFacts
			require.NoError(w.T, json.Unmarshal(facts, &f))
			out = append(out, f)
		}
	})
	return out
}

// What else is planned for the same time is named to those who decide, on record, on
// the card and in the ticket; it refuses nothing, and what is over by the approval is
// not named there.
func TestCollisions_AreNamedAtSubmissionAndApproval(t *testing.T) {
	w := newWorld(t)
	start := saturday.Add(2 * time.Hour)
	w.other("1", "order-portal", "p-dana", start.Add(-30*time.Minute))
	w.other("2", "claims-desk", "p-goran", start.Add(15*time.Minute))
	w.other("3", "claims-desk", "p-dana", start)
	w.other("4", "order-portal", "p-dana", start.Add(30*time.Minute)) // when this one ends
	w.tracker.ticket.Fields["planned_start"] = start.Format(time.RFC3339)
	w.At(time.Minute, func() {
		want := []rules.Collision{
			{Number: "CHG-1", Target: true, Start: start.Add(-30 * time.Minute), End: start.Add(30 * time.Minute)},
			{Number: "CHG-2", Implementer: true, Start: start.Add(15 * time.Minute), End: start.Add(75 * time.Minute)},
		}
		require.Equal(t, want, w.submissions()[0].Collisions)
		require.Contains(t, facts(w.Surface.Last().Facts), "CHG-1, on the same system, planned from")
		require.Contains(t, facts(w.tracker.steps[0].Comment), "CHG-2, by the same implementer, planned from")
		w.append("change/example/1", evidence.Event{Key: "1/closed", Type: rules.EventClosed, Number: "CHG-1", State: "closed", Final: true, Facts: json.RawMessage(`{}`)})
	})
	for i, who := range []string{"bruno", "chidi", "farah"} {
		w.At(time.Duration(2+i)*time.Minute, func() {
			w.approve(who, func(r compliance.Reply) { require.Empty(t, r.Reason, r.Text) })
		})
	}
	w.At(10*time.Minute, w.Env.CancelWorkflow)
	w.run()
	require.Len(t, w.approvals(), 1)
	require.Len(t, w.approvals()[0].Collisions, 1)
	require.Equal(t, "CHG-2", w.approvals()[0].Collisions[0].Number)
}

// Without a planned start nothing is planned for any time.
func TestCollisions_NothingPlannedMeetsNothing(t *testing.T) {
	w := newWorld(t)
	w.other("1", "order-portal", "p-goran", saturday)
	w.At(time.Minute, w.Env.CancelWorkflow)
	w.run()
	require.Empty(t, w.submissions()[0].Collisions)
}
