package incident_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/evidence/evidencetest"
)

const aDay = 24 * time.Hour

// closed lets the incident be resolved, reviewed with these things to be done,
// and closed within its first hour.
func (w *world) closed(actions string) {
	w.linked()
	w.At(minute, func() { w.act("bruno", rules.ActionResolve, map[string]string{"note": "It was a cable"}, nil) })
	w.At(2*minute, func() {
		w.act("bruno", rules.ActionReview, map[string]string{"root_cause": "No limit on retries", "change": "CHG-1", "actions": actions}, func(r compliance.Reply) {
			require.Equal(w.T, compliance.Recorded, r.Outcome, r.Text)
		})
	})
	w.At(30*minute, func() {
		w.act("farah", rules.ActionClose, map[string]string{"statement": "yes"}, func(r compliance.Reply) {
			require.Equal(w.T, compliance.Recorded, r.Outcome, r.Text)
		})
	})
}

// items are the facts of the records about things to be done, of one type.
func (w *world) items(kind string) []rules.ItemFacts {
	var out []rules.ItemFacts
	for _, e := range w.Entries(subject) {
		if e.Record.Type == kind {
			var f rules.ItemFacts
			require.NoError(w.T, json.Unmarshal(e.Record.Facts, &f))
			out = append(out, f)
		}
	}
	return out
}

// What a review asked for is chased after the closure: its owner before it is
// due and when it is late, the manager after that, once a week from then on,
// until its ticket is done. It ends the run, and nothing is told afterwards (I27).
func TestI27_WhatIsToBeDoneIsChasedAfterTheClosure(t *testing.T) {
	w := newWorld(t)
	done := false
	w.tracker.ends = func(string) string {
		if done {
			return compliance.ResolvedDone
		}
		return ""
	}
	w.closed("Limit retries @p-goran 2026-12-05")
	due := time.Date(2026, 12, 5, 23, 0, 0, 0, time.UTC) // the end of that day in Amsterdam
	w.At(time.Hour, func() {
		s := w.standing()
		require.Equal(t, rules.Closed, s.State)
		require.Equal(t, due, s.Review.Actions[0].Due)
		require.Equal(t, []compliance.PersonID{"p-goran"}, s.Awaiting)
		require.Equal(t, due, s.Due)
		require.Equal(t, "Closed. Still to be done: 1 of 1", w.Surface.Last().Status)
	})
	w.At(due.Sub(wednesday)+20*aDay, func() { done = true }) // no webhook: it is read once a week
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
	var told []time.Duration
	var why []rules.Reason
	for _, e := range w.Entries(subject) {
		if e.Record.Type == rules.EventItemChased {
			told = append(told, e.Record.At.Sub(due).Round(time.Hour))
		}
	}
	for _, f := range w.items(rules.EventItemChased) {
		why = append(why, f.Reason)
		require.Contains(t, f.People, compliance.PersonID("p-goran"))
		require.Equal(t, f.Reason == rules.ItemEscalated, len(f.People) > 1, "and the manager")
	}
	require.Equal(t, []time.Duration{-2 * aDay, 0, 3 * aDay, 10 * aDay, 17 * aDay}, told)
	require.Equal(t, []rules.Reason{rules.ItemDueSoon, rules.ItemOverdue, rules.ItemEscalated, rules.ItemEscalated, rules.ItemEscalated}, why)
	require.True(t, w.Surface.Called("p-goran", "is due on 5 December 2026"))
	require.True(t, w.Surface.Called("p-goran", "is not done"))
	require.Less(t, w.Env.Now().Sub(due), 28*aDay)
	require.Equal(t, "action_done", w.records()[len(w.records())-1])
	require.Equal(t, "Closed", w.Surface.Last().Status)
	st, err := w.Log.Standing(context.Background(), subject)
	require.NoError(t, err)
	require.True(t, st.Final)
	require.Equal(t, "closed", st.State, "what follows the closure changes no state")
	var opened compliance.NewTicket
	for _, o := range w.tracker.Opened() {
		if o.Kind == compliance.TicketAction {
			opened = o
		}
	}
	require.Equal(t, "2026-12-05", opened.Due)
	evidencetest.Check(t, w.Log)
}

// The tracker's webhook is a hint that ends it at once; "won't do" and a deleted
// ticket end nothing: it stays open until somebody else with the authority
// withdraws it, with a reason (I27).
func TestI27_WontDoAndADeletedTicketNeedAPersonsWord(t *testing.T) {
	w := newWorld(t)
	ends := map[string]string{}
	w.tracker.ends = func(key string) string { return ends[key] }
	w.closed("Limit retries @p-goran\nAlert on retries\nTest it")
	var refs []compliance.TicketRef
	hint := func(i int, deleted bool) {
		w.Env.SignalWorkflow("ticket-changed", compliance.TicketEvent{Delivery: refs[i].Key, Site: refs[i].Site, TicketID: refs[i].ID, Key: refs[i].Key, Deleted: deleted})
	}
	w.At(time.Hour, func() {
		for _, a := range w.standing().Review.Actions {
			refs = append(refs, a.Ticket)
		}
		ends[refs[0].Key] = compliance.ResolvedWontDo
		hint(0, false)
	})
	w.At(2*time.Hour, func() {
		require.Equal(t, compliance.ResolvedWontDo, w.standing().Review.Actions[0].Kept)
		require.True(t, w.Surface.Called("p-goran", "its ticket ended as not to be done"))
		hint(0, false) // again: it is on record already
		ends[refs[1].Key] = compliance.ResolvedDone
		hint(1, false)
	})
	w.At(3*time.Hour, func() {
		require.False(t, w.standing().Review.Actions[1].Open(), "done by its ticket")
		w.tracker.gone = true
		hint(2, true)
	})
	var got []string
	keep := func(r compliance.Reply) { got = append(got, r.Reason) }
	w.At(4*time.Hour, func() {
		require.Equal(t, "deleted", w.standing().Review.Actions[2].Kept)
		w.act("goran", rules.ActionWithdraw, map[string]string{"reason": "Nobody needs it"}, keep)
	})
	give := func(who, action, item, field string) func() {
		return func() { w.act(who, action, map[string]string{"item": item, field: "Nobody needs it"}, keep) }
	}
	w.At(5*time.Hour, give("goran", rules.ActionWithdraw, "1", "reason"))
	w.At(6*time.Hour, give("jonas", rules.ActionWithdraw, "1", "reason"))
	w.At(7*time.Hour, give("farah", rules.ActionWithdraw, "1", "reason"))
	w.At(8*time.Hour, give("farah", rules.ActionWithdraw, "1", "reason"))
	w.At(9*time.Hour, give("jonas", rules.ActionFinish, "3", "note"))
	w.At(10*time.Hour, give("bruno", rules.ActionFinish, "3", "note"))
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{
		string(rules.WhichItem), string(rules.IsOwner), string(rules.NotCloser), "", string(rules.ItemEnded), string(rules.NotOwner), "",
	}, got)
	kept := w.items(rules.EventItemKept)
	require.Len(t, kept, 2, "each once")
	require.Equal(t, "deleted", kept[1].Resolution)
	withdrawn := w.items(rules.EventItemWithdrawn)
	require.Len(t, withdrawn, 1)
	require.Equal(t, rules.ActionWithdraw, withdrawn[0].Action)
	require.Equal(t, "Closed", w.Surface.Last().Status)
	require.Empty(t, w.Surface.Last().Actions)
	evidencetest.Check(t, w.Log)
}

// An owner who is not there any more is no silence: the manager is told, and
// without one the author of the review and whoever may close incidents.
func TestI27_AnOwnerWhoLeftIsNoSilence(t *testing.T) {
	w := newWorld(t)
	w.tracker.ends = func(string) string { return "" }
	w.closed("Limit retries @p-goran 2026-12-05")
	w.At(time.Hour, func() {
		w.Rewrite("directory/people.yaml", "id: p-goran\n", "id: p-goran\n    active_to: \"2026-11-30\"\n")
	})
	w.At(12*aDay, func() { w.act("farah", rules.ActionFinish, map[string]string{"note": "I did it myself"}, nil) })
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
	chased := w.items(rules.EventItemChased)
	require.NotEmpty(t, chased)
	for _, f := range chased {
		require.NotEmpty(t, f.People)
		require.NotContains(t, f.People, compliance.PersonID("p-goran"))
	}
}

// A line that names nobody, a day that does not exist or has passed: nothing is
// recorded but the refusal, which says what to write instead.
func TestI27_ImpossibleDatesAndOwnersAreRefused(t *testing.T) {
	w := newWorld(t)
	w.linked()
	got := map[string]compliance.Reply{}
	lines := []string{"Limit retries 2026-02-30", "Limit retries 2026-11-24", "Limit retries @p-nobody", "Limit retries @bruno"}
	w.At(minute, func() { w.act("bruno", rules.ActionResolve, map[string]string{"note": "It was a cable"}, nil) })
	for i, line := range lines {
		w.At(time.Duration(i+2)*minute, func() {
			w.act("bruno", rules.ActionReview, map[string]string{"root_cause": "No limit", "change": "CHG-1", "actions": line}, func(r compliance.Reply) { got[line] = r })
		})
	}
	w.At(30*minute, func() { w.act("farah", rules.ActionClose, map[string]string{"statement": "yes"}, nil) })
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
	for i, want := range []rules.Reason{rules.BadDue, rules.BadDue, rules.UnknownOwner, rules.OK} {
		require.Equal(t, string(want), got[lines[i]].Reason, lines[i])
		if want != rules.OK {
			require.Equal(t, rules.FieldActions, got[lines[i]].Field)
			require.Equal(t, want.Text(), got[lines[i]].Text)
		}
	}
	require.Equal(t, 3, len(slices.DeleteFunc(w.records(), func(r string) bool { return r != "refused" })))
}

// A review may sign that no change is needed, with a reason; whoever closes
// signs it again under a statement that says so (I27). Requirement 34.
func TestI27_NoChangeNeededIsSignedTwice(t *testing.T) {
	w := newWorld(t)
	var got []compliance.Reply
	keep := func(r compliance.Reply) { got = append(got, r) }
	review := func(change, none string) func() {
		return func() {
			w.act("bruno", rules.ActionReview, map[string]string{"root_cause": "A cable", "change": change, "none_needed": none, "actions": "Label cables"}, keep)
		}
	}
	w.At(minute, func() { w.act("bruno", rules.ActionResolve, map[string]string{"note": "It was a cable"}, nil) })
	w.At(2*minute, review("", ""))
	w.At(3*minute, review("CHG-1", "The cable is in"))
	w.At(4*minute, review("", "The cable is in, and no software was at fault"))
	w.At(5*minute, func() {
		v, err := w.Env.QueryWorkflow(compliance.QueryForm, rules.ActionClose)
		require.NoError(t, err)
		var offer compliance.Offer
		require.NoError(t, v.Get(&offer))
		require.Contains(t, offer.Form.Fields[0].Label, "no change is needed")
		require.Contains(t, offer.Form.Intro, "no software was at fault")
		w.act("bruno", rules.ActionClose, map[string]string{"statement": "yes"}, keep)
	})
	w.At(6*minute, func() { w.act("farah", rules.ActionClose, map[string]string{"statement": "yes"}, keep) })
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
	var reasons []string
	for _, r := range got {
		reasons = append(reasons, r.Reason)
	}
	require.Equal(t, []string{string(rules.MissingAnswer), string(rules.ChangeAndNone), "", string(rules.IsReviewer), ""}, reasons)
	var f rules.ReviewFacts
	for _, e := range w.Entries(subject) {
		if e.Record.Type == rules.EventClosed {
			require.NoError(t, json.Unmarshal(e.Record.Facts, &f))
		}
	}
	require.True(t, f.NoneNeeded)
	require.Equal(t, compliance.PersonID("p-bruno"), f.Author)
	require.Equal(t, compliance.PersonID("p-farah"), f.Closer)
	require.NotEmpty(t, f.Shown)
}

// A page that is given to somebody else where it rang is shown and on record,
// and is no acknowledgement: paging goes on (I8, I11).
func TestI8_AReassignmentIsNoAcknowledgement(t *testing.T) {
	w := newWorld(t)
	give := func(delivery, who string) {
		ref := w.pager.sent[0].Page.Ref
		in := compliance.Inbound{
			Delivery: delivery, Surface: "pagerduty", Actor: compliance.Account{Provider: "slack", ID: who}, Subject: subject, Action: rules.ActionReassign,
			Ref: ref, Received: w.Env.Now(), Answers: []compliance.Answer{{Name: rules.FieldTo, Value: "slack:U08HANA,pagerduty:PNOBODY"}},
		}
		w.inbound(in, nil)
	}
	w.At(minute, func() { give("r1", "U02BRUNO"); give("r1", "U02BRUNO"); give("r2", "U99STRANGER") })
	w.At(2*minute, func() {
		require.Equal(t, rules.Triggered, w.standing().State)
		i := slices.IndexFunc(w.Surface.Last().Facts, func(f compliance.Fact) bool { return f.Label == "Page given" })
		require.GreaterOrEqual(t, i, 0, "the card shows it")
		require.Equal(t, []compliance.PersonID{"p-hana"}, w.Surface.Last().Facts[i].People)
		require.Contains(t, w.Surface.Last().Facts[i].Text, "no acknowledgement")
		require.Contains(t, w.rooms.invited, compliance.PersonID("p-hana"))
	})
	w.end(6 * minute)
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
	require.Greater(t, len(w.pager.calls()), 1, "the next level was paged")
	count := 0
	for _, r := range w.records() {
		if r == "reassigned" {
			count++
		}
	}
	require.Equal(t, 1, count, "one delivery, one record")
	require.Contains(t, w.records(), "refused", "a stranger's is refused")
}
