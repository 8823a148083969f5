package change_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/workflows/change"
)

const olderChange = "change/example/9001"

// portal is where the changes of these tests take effect.
var portal = rules.Place{System: "order-portal", Environment: "production"}

// older puts a change on record that got CHG-1 before, in this state.
func (w *world) older(system string, state rules.State) {
	submitted, err := json.Marshal(rules.SubmittedFacts{Version: 1, System: system, Environment: "production"})
	require.NoError(w.T, err)
	event := func(key, kind string) evidence.Event {
		return evidence.Event{Key: "older/" + key, Type: kind, Schema: 1, Subject: olderChange, At: saturday.Add(-time.Hour)}
	}
	received, version, last := event("received", rules.EventReceived), event("submitted", rules.EventSubmitted), event("last", rules.EventApproved)
	received.Series, received.State = change.Series, string(rules.Open)
	version.Facts, version.State = submitted, string(rules.Open)
	last.State, last.Final = string(state), state.Terminal()
	for _, ev := range []evidence.Event{received, version, last} {
		_, err := w.Log.Append(context.Background(), []evidence.Event{ev})
		require.NoError(w.T, err)
	}
}

// exchanged is what two changes told each other.
type exchanged struct {
	mu  sync.Mutex
	all []rules.Superseding
}

func (e *exchanged) list() []rules.Superseding {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.all)
}

// tells keeps what the run signals to another change, which answers with an error or not.
func (w *world) tells(to, signal string, answer error) *exchanged {
	e := &exchanged{}
	w.Env.OnSignalExternalWorkflow(mock.Anything, to, "", signal, mock.Anything).Return(func(_, _, _, _ string, arg any) error {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.all = append(e.all, arg.(rules.Superseding))
		return answer
	})
	return e
}

// A newer change tells the older one once it is approved, never before, and puts what
// became of it on record, on its card and in its ticket, once (C4).
func TestC4_ANewerChangeTellsTheOlderOne(t *testing.T) {
	w := newWorld(t)
	w.older("order-portal", rules.WaitingWindow)
	w.tracker.ticket.Fields["supersedes"] = "CHG-1"
	told := w.tells(olderChange, change.SignalSuperseded, nil)
	approved(w)
	w.At(150*time.Second, func() {
		require.Empty(t, told.list(), "not before it is approved")
		require.Contains(t, facts(w.Surface.Last().Facts), "Replaces: CHG-1 is replaced when this change is approved.")
	})
	w.At(4*time.Minute, func() {
		require.Equal(t, []rules.Superseding{{Older: "CHG-1", Newer: "CHG-2", Subject: subject, Version: 1, Place: portal}}, told.list())
		answer := told.list()[0]
		answer.Stood, answer.Done = rules.WaitingWindow, true
		w.Env.SignalWorkflow(change.SignalSupersedes, answer)
		w.Env.SignalWorkflow(change.SignalSupersedes, answer)
	})
	w.At(5*time.Minute, func() {
		require.Contains(t, facts(w.Surface.Last().Facts), "Replaces: CHG-1 was replaced by this change and is over.")
		comments := 0
		for _, step := range w.tracker.steps {
			if strings.Contains(facts(step.Comment), "CHG-1 was replaced") {
				comments++
			}
		}
		require.Equal(t, 1, comments)
		w.act("goran", rules.ActionStart, ready(), nil)
	})
	w.At(6*time.Minute, func() { w.act("goran", rules.ActionFinish, success(), nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "supersedes", "started", "finished", "closed"}, w.records())
	require.Len(t, told.list(), 1)
	var f rules.SubmittedFacts
	require.NoError(t, json.Unmarshal(w.Entries(subject)[1].Record.Facts, &f))
	require.Equal(t, "CHG-1", f.Supersedes)
	evidencetest.Check(t, w.Log)
}

// An older change whose run is gone is no error, and one that is under way is left
// alone: the newer one's card says so (C4).
func TestC4_TheNewerOneSaysWhatDidNotHappen(t *testing.T) {
	for name, c := range map[string]struct {
		answer error
		stood  rules.State
		want   string
	}{
		"gone":      {serviceerror.NewNotFound("gone"), "", "CHG-1 no longer runs"},
		"executing": {nil, rules.Executing, "CHG-1 is under way (executing), so it was not replaced."},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.older("order-portal", rules.Executing)
			w.tracker.ticket.Fields["supersedes"] = "chg-1"
			told := w.tells(olderChange, change.SignalSuperseded, c.answer)
			approved(w)
			w.At(4*time.Minute, func() {
				if c.answer == nil {
					answer := told.list()[0]
					answer.Stood = c.stood
					w.Env.SignalWorkflow(change.SignalSupersedes, answer)
				}
			})
			w.At(5*time.Minute, func() {
				require.Contains(t, facts(w.Surface.Last().Facts), c.want)
				require.Contains(t, facts(w.tracker.steps[len(w.tracker.steps)-1].Comment), c.want)
				w.act("jonas", rules.ActionWithdraw, because("enough"), nil)
			})
			w.run()
			require.NoError(t, w.Env.GetWorkflowError())
			require.Equal(t, 1, countOf(w.records(), "supersedes"))
		})
	}
}

// What is named must be an older change of the same place that is not over: else the
// ticket has a problem like any other, and the mended one goes on (C4).
func TestC4_WhatCannotBeReplacedIsAProblem(t *testing.T) {
	for name, c := range map[string]struct {
		number, system string
		state          rules.State
		want           string
	}{
		"unknown":        {"CHG-17", "order-portal", rules.WaitingWindow, "No change has the number CHG-17."},
		"another system": {"CHG-1", "warehouse-flows", rules.WaitingWindow, "CHG-1 is a change of warehouse-flows in production"},
		"over":           {"CHG-1", "order-portal", rules.Closed, "CHG-1 is over (closed)"},
		"no number":      {"the last one", "order-portal", rules.WaitingWindow, "is no number of a change"},
		"itself":         {"CHG-2", "order-portal", rules.WaitingWindow, "No change has the number CHG-2."},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.older(c.system, c.state)
			w.tracker.ticket.Fields["supersedes"] = c.number
			w.At(time.Minute, func() {
				require.Equal(t, rules.IncompleteContent, w.standing().Reason)
				require.Contains(t, facts(w.tracker.steps[0].Comment), c.want)
				w.edit(true, map[string]string{"supersedes": map[bool]string{true: "CHG-2"}[name == "itself"]})
			})
			w.At(2*time.Minute, func() {
				if name == "itself" {
					require.Contains(t, facts(w.tracker.steps[1].Comment), "CHG-2 is this change itself.")
				} else {
					require.Equal(t, rules.InReview, w.standing().Review)
				}
				w.act("jonas", rules.ActionWithdraw, because("enough"), nil)
			})
			w.run()
			require.NoError(t, w.Env.GetWorkflowError())
		})
	}
}

// An older change that is in review, on hold or waits ends as superseded, on record,
// and its requester is told in ticket and thread, once; the newer one is answered (C4).
func TestC4_AnOlderChangeIsSuperseded(t *testing.T) {
	newer := rules.Superseding{Older: "CHG-1", Newer: "CHG-9", Subject: "change/example/10099", Version: 2, Place: portal}
	for name, c := range map[string]struct {
		play  func(*world)
		stood rules.State
	}{
		"in review":     {func(*world) {}, rules.Open},
		"waiting":       {approved, rules.WaitingWindow},
		"not submitted": {func(w *world) { delete(w.tracker.ticket.Fields, "rollback") }, rules.Open},
		"on hold": {func(w *world) {
			w.At(time.Minute, func() { w.act("goran", rules.ActionHold, because("Wait for the newer one"), nil) })
		}, rules.Held},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Rewrite("rules/organisation.yaml", "    withdrawn: Withdrawn\n", "    withdrawn: Withdrawn\n    superseded: Replaced\n")
			answers := w.tells(newer.Subject, change.SignalSupersedes, nil)
			c.play(w)
			w.At(time.Hour, func() {
				w.Env.SignalWorkflow(change.SignalSuperseded, newer)
				w.Env.SignalWorkflow(change.SignalSuperseded, newer)
			})
			w.run()
			require.NoError(t, w.Env.GetWorkflowError())
			entries := w.Entries(subject)
			last := entries[len(entries)-1].Record
			require.Equal(t, rules.EventSuperseded, last.Type)
			require.Equal(t, string(rules.Superseded), last.State)
			require.True(t, last.Final)
			require.Equal(t, 1, countOf(w.records(), "superseded"))
			answer := answers.list()[0]
			require.True(t, answer.Done)
			require.Equal(t, c.stood, answer.Stood)
			comment := w.tracker.steps[len(w.tracker.steps)-1]
			require.Contains(t, facts(comment.Comment), "CHG-1 is over: Replaced by CHG-9.")
			require.Equal(t, "superseded", w.tracker.ticket.Status)
			if name != "not submitted" { // which has no card
				require.Equal(t, []compliance.PersonID{"p-jonas"}, w.Surface.Told(t, "CHG-1/superseded").People)
			}
			require.Equal(t, "superseded", w.stages[len(w.stages)-1])
		})
	}
}

// What is being carried out is not taken away; the newer change is told so (C4).
func TestC4_WhatIsUnderWayGoesOn(t *testing.T) {
	w := newWorld(t)
	newer := rules.Superseding{Older: "CHG-1", Newer: "CHG-9", Subject: "change/example/10099", Version: 1, Place: portal}
	answers := w.tells(newer.Subject, change.SignalSupersedes, serviceerror.NewNotFound("over meanwhile"))
	approved(w)
	w.At(4*time.Minute, func() { w.act("goran", rules.ActionStart, ready(), nil) })
	w.At(5*time.Minute, func() { w.Env.SignalWorkflow(change.SignalSuperseded, newer) })
	w.At(6*time.Minute, func() {
		require.Equal(t, rules.Executing, w.standing().State)
		w.act("goran", rules.ActionFinish, success(), nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, rules.Executing, answers.list()[0].Stood)
	require.False(t, answers.list()[0].Done)
	require.Equal(t, rules.AlreadyExecuting, answers.list()[0].Reason)
	require.Equal(t, []string{"started", "not_replaced", "finished", "closed"}, w.records()[6:])
}

// A newer change that is edited after it took the older one's place goes on: the older
// one is not told again, and its end is no problem of the ticket (C2, C4).
func TestC4_TheNextVersionOfTheNewerOne(t *testing.T) {
	w := newWorld(t)
	w.older("order-portal", rules.WaitingWindow)
	w.tracker.ticket.Fields["supersedes"] = "CHG-1"
	told := w.tells(olderChange, change.SignalSuperseded, nil)
	approved(w)
	w.At(4*time.Minute, func() {
		facts, err := json.Marshal(rules.MovedFacts{Newer: "CHG-2"})
		require.NoError(t, err)
		_, err = w.Log.Append(context.Background(), []evidence.Event{{
			Key: "older/superseded", Type: rules.EventSuperseded, Schema: 1, Subject: olderChange, At: w.Env.Now(),
			State: string(rules.Superseded), Final: true, Facts: facts,
		}})
		require.NoError(t, err)
		answer := told.list()[0]
		answer.Stood, answer.Done = rules.WaitingWindow, true
		w.Env.SignalWorkflow(change.SignalSupersedes, answer)
	})
	w.At(5*time.Minute, func() { w.edit(false, map[string]string{"plan": "Something else"}) })
	w.At(6*time.Minute, func() {
		require.Equal(t, rules.InReview, w.standing().Review)
		require.Contains(t, facts(w.Surface.Last().Facts), "Replaces: CHG-1 was replaced by this change and is over.")
		w.approve("bruno", nil)
		w.approve("chidi", nil)
	})
	w.At(7*time.Minute, func() { w.approve("farah", nil) })
	w.At(8*time.Minute, func() {
		require.Equal(t, rules.WaitingWindow, w.standing().State)
		w.act("jonas", rules.ActionWithdraw, because("enough"), nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Len(t, told.list(), 1)
	require.Equal(t, 1, countOf(w.records(), "supersedes"))
}
