package exception_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	rules "github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/compliance/gate"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/workflows/exception"
)

// changed puts a change on record, or its end.
func (w *world) changed(kind, state string, final bool) {
	w.T.Helper()
	submitted, err := json.Marshal(change.SubmittedFacts{Requester: "p-jonas", Implementer: "p-emeka"})
	require.NoError(w.T, err)
	_, err = w.Log.Append(context.Background(), []evidence.Event{{
		Key: kind, Type: kind, Schema: 1, Subject: "change/example/1", Series: "CHG", State: state, Final: final, At: start, Facts: submitted,
	}})
	require.NoError(w.T, err)
}

// Where an exception for one change alone ends, the people of that change are told.
func TestA18_TheChangeThatCountedOnItIsTold(t *testing.T) {
	for name, tc := range map[string]struct{ over, told bool }{"under way": {false, true}, "over": {true, false}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.changed(change.EventSubmitted, "in_review", false)
			w.At(time.Hour, func() { w.must("farah", rules.ActionApprove, nil) })
			w.At(2*time.Hour, func() {
				if tc.over {
					w.changed(change.EventWithdrawn, "withdrawn", true)
				}
				w.must("hana", rules.ActionFails, why())
			})
			w.At(3*time.Hour, func() {
				for _, who := range []compliance.PersonID{"p-jonas", "p-emeka"} {
					require.Equal(t, tc.told, w.Surface.Called(who, "Changes that counted on it ask again before they start."))
					require.False(t, w.Surface.Called(who, "granted until"), "only of the end")
				}
				w.must("bruno", rules.ActionEnd, remedied())
			})
			w.play(w.request(map[string]string{"change": "CHG-1"}))
			require.Equal(t, rules.Ended, w.result().State)
		})
	}
}

// judged is a change on record whose gate stood like this when it was judged last.
func (w *world) judged(name string, requester compliance.PersonID, final bool, marks ...[]gate.Mark) {
	w.T.Helper()
	facts := func(f any) json.RawMessage {
		raw, err := json.Marshal(f)
		require.NoError(w.T, err)
		return raw
	}
	subject := "change/example/" + name
	events := []evidence.Event{{
		Key: name, Type: change.EventSubmitted, Schema: 1, Subject: subject, Series: "CHG", State: "in_review", At: start,
		Facts: facts(change.SubmittedFacts{Requester: requester, Implementer: requester}),
	}}
	for i, m := range marks {
		events = append(events, evidence.Event{
			Key: fmt.Sprint(name, "/gated/", i), Type: change.EventGated, Schema: 1, Subject: subject, At: start, Facts: facts(change.GatedFacts{Marks: m}),
		})
	}
	if final {
		events = append(events, evidence.Event{
			Key: name + "/over", Type: change.EventWithdrawn, Schema: 1, Subject: subject, State: "withdrawn", Final: true, At: start, Facts: facts(struct{}{}),
		})
	}
	for _, ev := range events {
		_, err := w.Log.Append(context.Background(), []evidence.Event{ev})
		require.NoError(w.T, err)
	}
}

// An exception for every change of a system ends, whoever ends it and for whatever
// reason: the people of each change under way that counts on it are told, and nobody
// else's (A18).
func TestA18_EveryChangeThatCountsOnItIsTold(t *testing.T) {
	by := func(number string) []gate.Mark {
		return []gate.Mark{{Check: gate.Tests, Waived: &gate.Waiver{Number: number}}}
	}
	passed := []gate.Mark{{Check: gate.Tests}}
	for name, end := range map[string]func(w *world){
		"it fails": func(w *world) { w.must("hana", rules.ActionFails, why()) },
		"it is taken": func(w *world) {
			w.must("alice", rules.ActionEnd, map[string]string{"outcome": rules.OutcomeOpen, "reason": "as agreed"})
		},
		"remedied": func(w *world) { w.must("bruno", rules.ActionEnd, remedied()) },
		"silence":  func(*world) {},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.judged("before", "p-chidi", false, passed) // nothing of it was judged since it was granted
			w.At(time.Hour, func() { w.must("farah", rules.ActionApprove, nil) })
			w.At(2*time.Hour, func() {
				w.judged("counts", "p-jonas", false, passed, by("EXC-1"))
				w.judged("too", "p-emeka", false, by("EXC-1"))
				w.judged("no-more", "p-ingrid", false, by("EXC-1"), passed)
				w.judged("another", "p-ingrid", false, by("EXC-9"))
				w.judged("over", "p-ingrid", true, by("EXC-1"))
			})
			w.At(3*time.Hour, func() { end(w) })
			told := func(who compliance.PersonID) bool {
				return w.Surface.Called(who, "Changes that counted on it ask again before they start.")
			}
			check := func() {
				require.True(t, told("p-jonas"), w.Surface.Said())
				require.True(t, told("p-emeka"))
				require.False(t, told("p-ingrid"))
				require.False(t, told("p-chidi"))
			}
			if name == "remedied" {
				w.play(w.request(nil))
				check()
				return
			}
			w.on("2027-02-20", func() {
				check()
				w.must("bruno", rules.ActionEnd, remedied())
			})
			w.play(w.request(nil))
			require.Equal(t, rules.Ended, w.result().State)
			evidencetest.Check(t, w.Log)
		})
	}
}

// An exception for a change that nobody submitted, or that is over, is not asked for:
// it would be decided on and excuse nothing. The refusal is on record, and says what
// to write instead; a repetition after the change ended is answered as it was (A16).
func TestA16_AnExceptionIsForAChangeUnderWay(t *testing.T) {
	for name, tc := range map[string]struct {
		change string
		over   bool
		want   rules.Reason
	}{
		"no such change": {"CHG-2", false, rules.UnknownChange},
		"it is over":     {"CHG-1", true, rules.ChangeOver},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.changed(change.EventSubmitted, "in_review", false)
			if tc.over {
				w.changed(change.EventWithdrawn, "withdrawn", true)
			}
			w.play(w.request(map[string]string{"change": tc.change}))
			require.Equal(t, exception.Result{Number: "EXC-1", State: rules.Refused, Reason: tc.want}, w.result())
			require.Equal(t, []string{"not_requested"}, w.records())
			refused := facts[rules.ActFacts](w, "not_requested")[0]
			require.Equal(t, tc.want, refused.Reason)
			require.Equal(t, rules.FieldChange, refused.Field)
			require.Empty(t, w.tickets.Opened(), "nobody is asked to decide on it")
			require.True(t, w.Surface.Called("p-goran", tc.want.Text()))
			require.Contains(t, tc.want.Text(), "or leave it out for every change of the system")
			evidencetest.Check(t, w.Log)
		})
	}
	t.Run("asked while it was under way", func(t *testing.T) {
		w := newWorld(t)
		w.changed(change.EventSubmitted, "in_review", false)
		w.Journal.Lose(1) // the step is repeated, and the change has ended by then
		end := sync.OnceFunc(func() { w.changed(change.EventWithdrawn, "withdrawn", true) })
		w.Journal.Appended(func([]evidence.Event) { end() })
		w.At(time.Hour, func() { w.must("farah", rules.ActionDeny, why()) })
		w.play(w.request(map[string]string{"change": "CHG-1"}))
		require.Equal(t, []string{"requested", "denied"}, w.records())
	})
}
