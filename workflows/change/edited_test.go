package change_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence/evidencetest"
)

// edits are the edits on record that left the votes standing.
func (w *world) edits() []rules.EditedFacts {
	entries, err := w.Log.Records(context.Background(), subject)
	require.NoError(w.T, err)
	var out []rules.EditedFacts
	for _, e := range entries {
		if e.Record.Type == rules.EventEdited {
			var f rules.EditedFacts
			require.NoError(w.T, json.Unmarshal(e.Record.Facts, &f))
			require.Len(w.T, e.Record.Blobs, 1, "what the ticket says now is kept")
			out = append(out, f)
		}
	}
	return out
}

// A renamed title keeps the votes: it is on record and on the card, and those who
// voted and those still asked are told, once (C12).
func TestC12_NotableEditKeepsTheVotesAndTellsApprovers(t *testing.T) {
	w := newWorld(t)
	w.At(time.Minute, func() { w.approve("bruno", nil) })
	w.At(2*time.Minute, func() { w.edit(false, map[string]string{"title": "Raise the limit", "contacts": "the desk"}) })
	w.At(3*time.Minute, func() { w.hint(false) })
	w.At(4*time.Minute, func() {
		s := w.standing()
		require.Equal(t, 1, s.Version)
		require.Len(t, s.Votes, 1)
		require.Equal(t, "Raise the limit", s.Title)
		var calls []compliance.Note
		for _, n := range w.Surface.Notes() {
			if len(n.People) > 0 {
				calls = append(calls, n)
			}
		}
		require.Len(t, calls, 1, "a second hint about the same edit tells nobody again")
		require.ElementsMatch(t, []compliance.PersonID{"p-bruno", "p-chidi", "p-dana", "p-emeka"}, calls[0].People)
		require.Contains(t, calls[0].Text, "contacts added; title changed")
		require.True(t, shows(w, "the votes stand"))
		require.Contains(t, facts(w.tracker.steps[len(w.tracker.steps)-1].Comment), "version 1 was edited: contacts added; title changed")
		w.approve("chidi", nil)
	})
	w.At(5*time.Minute, func() { w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "edited", "decided", "withdrawn"}, w.records())
	edits := w.edits()
	require.Len(t, edits, 1)
	require.Equal(t, rules.Notable, edits[0].Class)
	require.Empty(t, edits[0].Was, "votes are bound to neither")
	require.Equal(t, []rules.FieldChange{{Name: "contacts", Added: true, Class: rules.Notable}, {Name: "title", Class: rules.Notable}}, edits[0].Changes, "prose is not on record")
	evidencetest.Check(t, w.Log)
}

// A cosmetic edit is on record and on the card's log, and tells nobody (C12).
func TestC12_CosmeticEditIsOnRecordOnly(t *testing.T) {
	w := newWorld(t)
	w.Rewrite("rules/fields.yaml", "{id: summary, kind: text, class: notable", "{id: summary, kind: text, class: cosmetic")
	w.Rewrite("rules/fields.yaml", "customfield_10106, kind: text, class: material", "customfield_10106, kind: text, class: cosmetic")
	var before int
	w.At(time.Minute, func() { before = len(w.tracker.steps); w.approve("bruno", nil) })
	w.At(2*time.Minute, func() { w.edit(false, map[string]string{"title": "Raise the limit"}) })
	w.At(3*time.Minute, func() { w.edit(false, map[string]string{"test_plan": "Run it all"}) })
	w.At(4*time.Minute, func() {
		require.Equal(t, 1, w.standing().Version)
		require.Len(t, w.tracker.steps, before, "no comment")
		require.Empty(t, w.Surface.Notes(), "nobody is called")
		require.True(t, shows(w, "The ticket was edited (title changed)."))
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "edited", "edited", "withdrawn"}, w.records())
	edits := w.edits()
	require.Equal(t, rules.Cosmetic, edits[0].Class)
	require.NotEmpty(t, edits[1].Was, "the hash covers it all the same")
	require.NotEqual(t, edits[1].Was, edits[1].Hash)
}

// A narrowed window stays one version: a card opened before still decides, what
// is on record is what its reader saw, and the start goes by the narrowed one (C11, C12).
func TestC12_NarrowedWindowStaysOneVersion(t *testing.T) {
	w := newWorld(t)
	var opened string
	w.At(time.Minute, func() { opened = w.standing().Ref; w.approve("bruno", nil) })
	w.At(2*time.Minute, func() { w.edit(false, map[string]string{"duration": "20m"}) })
	w.At(3*time.Minute, func() {
		require.NotEqual(t, opened, w.standing().Ref)
		w.send("d-old", opened, "chidi", rules.ActionApprove, attested(), func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome, r.Text) })
	})
	w.At(4*time.Minute, func() { w.approve("farah", nil) })
	w.At(5*time.Minute, func() {
		s := w.standing()
		require.Equal(t, rules.WaitingWindow, s.State)
		require.Equal(t, 1, s.Version)
		// Narrowed again, and nobody told the process: the start finds it.
		w.tracker.set(func() { w.tracker.ticket.Fields["duration"] = "15m" })
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) {
			require.Equal(t, string(rules.StaleContent), r.Reason)
			require.Contains(t, r.Text, "duration: 20m0s → 15m0s")
		})
	})
	w.At(6*time.Minute, func() {
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome, r.Text) })
	})
	w.At(7*time.Minute, func() {
		w.act("goran", rules.ActionFinish, map[string]string{"result": "succeeded", "note": "looked at it"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "edited", "decided", "decided", "approved", "edited", "refused", "started", "finished", "closed"}, w.records())
	edits := w.edits()
	require.Equal(t, edits[0].Hash, edits[1].Was)
	require.Equal(t, []rules.FieldChange{{Name: "duration", From: "30m0s", To: "20m0s", Class: rules.Notable}}, edits[0].Changes)
	var seen []string
	entries, err := w.Log.Records(context.Background(), subject)
	require.NoError(t, err)
	for _, e := range entries {
		if e.Record.Type == rules.EventDecided || e.Record.Type == rules.EventStarted {
			var f rules.ActFacts
			require.NoError(t, json.Unmarshal(e.Record.Facts, &f))
			seen = append(seen, f.Hash)
		}
	}
	require.Equal(t, []string{edits[0].Was, edits[0].Was, edits[0].Hash, edits[1].Hash}, seen)
	evidencetest.Check(t, w.Log)
}

// An estimate that is shortened so that it fits the open window makes the change
// ready, and the implementer is called (C12, C28).
func TestC12_ShorterEstimateThatFitsCallsTheImplementer(t *testing.T) {
	w := newWorld(t)
	late := 3*time.Hour + 40*time.Minute // the window closes at 13:00 UTC
	for i, who := range []string{"bruno", "chidi", "farah"} {
		w.At(late+time.Duration(i)*time.Minute, func() { w.approve(who, nil) })
	}
	w.At(late+4*time.Minute, func() {
		require.False(t, w.standing().Ready)
		w.edit(false, map[string]string{"duration": "10m"})
	})
	w.At(late+5*time.Minute, func() {
		require.True(t, w.standing().Ready)
		require.True(t, w.Surface.Called("p-goran", "CHG-1 may be started now."))
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) { require.Equal(t, compliance.Recorded, r.Outcome, r.Text) })
	})
	w.At(late+6*time.Minute, func() {
		w.act("goran", rules.ActionFinish, map[string]string{"result": "succeeded", "note": "looked at it"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
}

// A window that is moved or widened, and an edit that leaves the ticket
// incomplete, void the votes as before (C12).
func TestC12_WidenedWindowAndIncompleteEditVoid(t *testing.T) {
	w := newWorld(t)
	w.At(time.Minute, func() { w.approve("bruno", nil) })
	w.At(2*time.Minute, func() { w.edit(false, map[string]string{"duration": "20m"}) })
	w.At(3*time.Minute, func() { w.edit(false, map[string]string{"duration": "30m"}) })
	w.At(4*time.Minute, func() {
		require.Equal(t, 2, w.standing().Version)
		require.Empty(t, w.standing().Votes)
		require.Contains(t, facts(w.Surface.Last().Facts), "Changed since version 1: duration: 20m0s → 30m0s. The ticket has the whole")
		w.edit(false, map[string]string{"title": ""})
	})
	w.At(5*time.Minute, func() {
		require.Equal(t, rules.IncompleteContent, w.standing().Reason)
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "edited", "voided", "submitted", "voided", "not_submitted", "withdrawn"}, w.records())
}

// What is only described otherwise after the work is on record with the closure
// and no deviation (C12, C13).
func TestC12_TitleEditedDuringExecutionIsNoDeviation(t *testing.T) {
	w := newWorld(t)
	for i, who := range []string{"bruno", "chidi", "farah"} {
		w.At(time.Duration(i+1)*time.Minute, func() { w.approve(who, nil) })
	}
	w.At(5*time.Minute, func() { w.act("goran", rules.ActionStart, ready(), nil) })
	w.At(6*time.Minute, func() { w.tracker.set(func() { w.tracker.ticket.Fields["title"] = "Done" }) })
	w.At(7*time.Minute, func() {
		w.act("goran", rules.ActionFinish, map[string]string{"result": "succeeded", "note": "looked at it"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	entries, err := w.Log.Records(context.Background(), subject)
	require.NoError(t, err)
	var f rules.MovedFacts
	require.NoError(t, json.Unmarshal(entries[len(entries)-1].Record.Facts, &f))
	require.Equal(t, rules.OK, f.Reason)
	require.Equal(t, []rules.FieldChange{{Name: "title", Class: rules.Notable}}, f.Changes)
}

// A title that is edited while the change is on hold keeps its votes, before the
// process is told and after; nobody can start by it (C3, C12).
func TestC12_NotableEditOnHoldKeepsTheVotes(t *testing.T) {
	w := newWorld(t)
	for i, who := range []string{"bruno", "chidi", "farah"} {
		w.At(time.Duration(i+1)*time.Minute, func() { w.approve(who, nil) })
	}
	w.At(5*time.Minute, func() { w.act("dana", rules.ActionHold, because("Wait for the backup"), counted(t)) })
	w.At(6*time.Minute, func() { w.edit(false, map[string]string{"duration": "20m"}) })
	w.At(7*time.Minute, func() {
		require.Equal(t, rules.Held, w.standing().State)
		require.False(t, w.standing().Ready, "it is on hold")
		w.tracker.set(func() { w.tracker.ticket.Fields["title"] = "Renamed" })
		w.act("jonas", rules.ActionResume, nil, counted(t))
	})
	w.At(8*time.Minute, func() {
		s := w.standing()
		require.Equal(t, rules.WaitingWindow, s.State)
		require.Equal(t, 1, s.Version)
		require.True(t, s.Ready)
		require.Equal(t, "Renamed", s.Title)
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "decided", "decided", "approved", "held", "edited", "edited", "resumed", "withdrawn"}, w.records())
}
