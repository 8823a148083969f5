package incident_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/workflows/incident"
	"github.com/lowcodex/countersign/workflows/steps"
)

// The first acknowledgement wins, the second joins, a resolution beats both,
// and everybody is told what there was before (I8, I9).
func TestI8_TheAckRaceIsDecided(t *testing.T) {
	w := newWorld(t)
	got := map[string]compliance.Reply{}
	keep := func(who string) func(compliance.Reply) {
		return func(r compliance.Reply) { got[who] = r }
	}
	w.At(minute, func() {
		w.act("bruno", rules.ActionAcknowledge, nil, keep("first"))
		w.act("goran", rules.ActionAcknowledge, nil, keep("second"))
	})
	w.At(minute+30*time.Second, func() { w.act("bruno", rules.ActionAcknowledge, nil, keep("again")) })
	w.At(2*minute, func() {
		w.act("goran", rules.ActionResolve, map[string]string{"note": "It was a cable"}, keep("resolve"))
	})
	w.At(3*minute, func() { w.act("jonas", rules.ActionAcknowledge, nil, keep("late")) })
	w.end(4 * minute)
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
	winner, joined := "p-bruno", got["second"]
	if got["first"].Reason != "" { // both came in one instant: history decides
		winner, joined = "p-goran", got["first"]
		require.Empty(t, got["second"].Reason)
	}
	require.Equal(t, string(rules.Joined), joined.Reason)
	require.Equal(t, compliance.Recorded, joined.Outcome)
	require.Contains(t, joined.Text, winner+" acknowledged INC-1 first, at 12:01 UTC")
	require.Equal(t, string(rules.AlreadyAcknowledged), got["again"].Reason)
	require.Equal(t, compliance.Recorded, got["again"].Outcome, "pressing twice is no fault")
	require.Equal(t, compliance.Recorded, got["resolve"].Outcome)
	require.Equal(t, string(rules.AlreadyResolved), got["late"].Reason)
	require.Equal(t, compliance.Declined, got["late"].Outcome)
	require.Len(t, w.pager.calls(), 1, "nothing was paged after it")
	evidencetest.Check(t, w.Log)
}

// Every answer of an incident that names an instant lists it, so that whoever reads it
// gets it by their own clock, as from every other process (I8).
func TestI8_AnswersListTheirInstants(t *testing.T) {
	w := newWorld(t)
	var answers []compliance.Reply
	keep := func(r compliance.Reply) { answers = append(answers, r) }
	w.At(minute, func() { w.act("bruno", rules.ActionAcknowledge, nil, keep) })
	w.At(2*minute, func() { w.act("goran", rules.ActionAcknowledge, nil, keep) })
	w.At(3*minute, func() { w.act("bruno", rules.ActionAcknowledge, nil, keep) })
	w.At(4*minute, func() { w.act("bruno", rules.ActionUpdate, map[string]string{"note": "It is a cable"}, keep) })
	w.end(5 * minute)
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
	require.Len(t, answers, 4)
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	require.NoError(t, err)
	for i, want := range []string{
		"Give an update before 21:", "p-bruno acknowledged INC-1 first, at 21:01 JST.", "You acknowledged at 21:01 JST.", "The next word is due before 2",
	} {
		require.Contains(t, answers[i].Text, "UTC", "nobody is known to read it yet")
		text := compliance.PlaceTimes(answers[i].Text, answers[i].Times, tokyo)
		require.Contains(t, text, want)
		require.Contains(t, text, "JST")
		require.NotContains(t, text, "UTC")
	}
}

// Whoever has a page before them and is not needed is told to stand down, also
// when the page left in the instant of the acknowledgement (I10).
func TestI10_TheOthersAreToldToStandDown(t *testing.T) {
	w := newWorld(t)
	w.At(6*minute, func() { w.act("alice", rules.ActionAcknowledge, nil, nil) }) // level 2 paged Bruno again, and Alice, his manager
	w.end(10 * minute)
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
	require.ElementsMatch(t, []string{"slack:U02BRUNO", "slack:U02BRUNO", "slack:U01ALICE"}, w.pager.calls())
	require.Len(t, w.pager.stood, 2, "both pages of Bruno's, and none of Alice's")
	for i, s := range w.pager.stood {
		require.Equal(t, "U02BRUNO", s.To)
		require.Equal(t, "Alice Moreau acknowledged at 13:06 CET.", w.pager.why[i], "by the clock of Bruno, who is in Berlin")
	}
}

// An account that is nobody's never counts, escalation goes on, and the attempt
// is on record in words (I11).
func TestI11_AnUnlinkedPersonDoesNotStopTheEscalation(t *testing.T) {
	w := newWorld(t)
	w.At(minute, func() {
		w.send("d1", "", "slack", "U99STRANGER", rules.ActionAcknowledge, nil, func(r compliance.Reply) {
			require.Equal(t, compliance.Declined, r.Outcome)
			require.Equal(t, rules.UnknownPerson.Text(), r.Text)
		})
	})
	w.end(7 * minute)
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
	require.Greater(t, len(w.pager.calls()), 1, "the next level was paged")
	require.Contains(t, w.records(), "refused")
}

// A stale button does nothing but explain; a button of another incident is
// refused; the same press twice counts once (I12).
func TestI12_StaleForeignAndRepeatedButtons(t *testing.T) {
	w := newWorld(t)
	got := map[string]compliance.Reply{}
	press := func(name, delivery, ref string) {
		w.send(delivery, ref, "slack", "U02BRUNO", rules.ActionAcknowledge, nil, func(r compliance.Reply) { got[name] = r })
	}
	w.At(minute, func() {
		old := w.pager.sent[0].Page.Ref
		b, err := rules.ParseBinding(old)
		require.NoError(t, err)
		expired, foreign := b, b
		expired.Expires = wednesday
		foreign.Incident = "aaaaaaaaaaaa"
		press("expired", "d1", expired.String())
		press("foreign", "d2", foreign.String())
		press("damaged", "d3", old+"x")
		press("good", "d4", old)
		press("repeated", "d4", old)
	})
	w.end(3 * minute)
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, string(rules.StaleButton), got["expired"].Reason)
	require.Equal(t, string(rules.BadRequest), got["foreign"].Reason)
	require.Equal(t, string(rules.BadRequest), got["damaged"].Reason)
	require.Equal(t, compliance.Recorded, got["good"].Outcome)
	require.Equal(t, got["good"], got["repeated"], "one delivery, one answer")
	acked := 0
	for _, r := range w.records() {
		if r == "acknowledged" {
			acked++
		}
	}
	require.Equal(t, 1, acked)
}

// While the log is down people are paged, acknowledge, resolve and stand down;
// what happened is appended when it is back, marked late and in order, and the
// number is known from then on (G3).
func TestG3_NothingUrgentWaitsForTheLog(t *testing.T) {
	w := newWorld(t)
	w.Journal.Down(true)
	var acked, resolved compliance.Reply
	w.At(minute, func() { w.act("alice", rules.ActionAcknowledge, nil, func(r compliance.Reply) { acked = r }) })
	w.At(2*minute, func() {
		w.act("alice", rules.ActionResolve, map[string]string{"note": "It was a cable"}, func(r compliance.Reply) { resolved = r })
	})
	w.At(30*minute, func() {
		require.Equal(t, compliance.Recorded, acked.Outcome)
		require.Equal(t, compliance.Recorded, resolved.Outcome)
		require.Contains(t, acked.Text, "Incident "+subject[len("incident/"):], "it has no number yet")
		require.NotEmpty(t, w.pager.stood)
		s := w.standing()
		require.Empty(t, s.Number)
		require.NotZero(t, s.Behind)
		require.Contains(t, w.Surface.Last().Title, "Incident ", "and the card is there without one")
		w.Journal.Down(false)
	})
	w.At(3*time.Hour, func() { require.Equal(t, "INC-1", w.standing().Number) })
	w.end(4 * time.Hour)
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
	entries := w.Entries(subject)
	require.Equal(t, []string{"received", "paging", "paged", "acknowledged", "stood_down", "resolved"}, w.records()[:6])
	for _, e := range entries[:6] {
		require.True(t, e.Record.Late, e.Record.Type)
		require.Equal(t, "INC-1", e.Record.Number)
	}
	require.Equal(t, "p-alice", entries[3].Record.Actor.Person)
	kept, err := w.Log.Blobs().Get(t.Context(), "sha256:"+entries[0].Record.Rules.Hash)
	require.NoError(t, err, "the rules it was opened under are kept with its first record")
	require.NotEmpty(t, kept)
	require.Equal(t, "Closed", w.Surface.Last().Status)
	evidencetest.Check(t, w.Log)
}

// An act that waits for the log stands behind those that did not: a review that
// comes the moment the log is back is not on record before the resolution (G3).
func TestG3_AReviewStandsBehindTheResolution(t *testing.T) {
	w := newWorld(t)
	w.linked()
	w.At(time.Second, func() { w.Journal.Down(true) })
	w.At(minute, func() { w.act("alice", rules.ActionResolve, map[string]string{"note": "It was a cable"}, nil) })
	var reviewed compliance.Reply
	w.At(30*minute, func() {
		w.Journal.Down(false)
		review := map[string]string{"root_cause": "No limit on retries", "change": "CHG-1", "actions": "Limit retries"}
		w.act("alice", rules.ActionReview, review, func(r compliance.Reply) { reviewed = r })
	})
	w.end(4 * time.Hour)
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, compliance.Recorded, reviewed.Outcome)
	records := w.records()
	require.Contains(t, records, "reviewed")
	require.Less(t, slices.Index(records, "resolved"), slices.Index(records, "reviewed"), "%v", records)
	evidencetest.Check(t, w.Log)
}

// A review that comes before anybody knows when it is due counts: its record has
// no due date, and is not late.
func TestI27_AReviewBeforeItsDueDateIsKnown(t *testing.T) {
	w := newWorld(t)
	w.linked()
	w.Env.OnActivity("ResolveReview", mock.Anything, mock.Anything).After(10*minute).Return(activities.ResolvedReview{Due: wednesday.Add(72 * time.Hour)}, nil)
	w.At(minute, func() { w.act("alice", rules.ActionResolve, map[string]string{"note": "It was a cable"}, nil) })
	var reviewed compliance.Reply
	w.At(2*minute, func() {
		review := map[string]string{"root_cause": "No limit on retries", "change": "CHG-1", "actions": "Limit retries"}
		w.act("alice", rules.ActionReview, review, func(r compliance.Reply) { reviewed = r })
	})
	w.end(4 * time.Hour)
	w.run(declared("order-portal", "sev1"))
	require.Equal(t, compliance.Recorded, reviewed.Outcome, reviewed.Text)
	entries := w.Entries(subject)
	at := slices.Index(w.records(), "reviewed")
	require.GreaterOrEqual(t, at, 0)
	var facts rules.ReviewFacts
	require.NoError(t, json.Unmarshal(entries[at].Record.Facts, &facts))
	require.Zero(t, facts.Due)
	require.Zero(t, facts.Late)
}

// Closure is blocked until the tickets of what is to be done exist, and only
// somebody with the authority, who did not write the review, closes (I27).
func TestI27_ClosureIsBlocked(t *testing.T) {
	w := newWorld(t)
	w.linked()
	down := true
	w.tracker.FailOpen(func(nt compliance.NewTicket) error {
		if down && nt.Kind == compliance.TicketAction {
			return &compliance.Failure{Class: compliance.Unavailable, Op: "open ticket"}
		}
		return nil
	})
	var reasons []string
	keep := func(r compliance.Reply) { reasons = append(reasons, r.Reason) }
	review := map[string]string{"root_cause": "No limit on retries", "change": "CHG-1", "actions": "Limit retries"}
	closing := map[string]string{"statement": "yes"}
	w.At(minute, func() { w.act("farah", rules.ActionClose, closing, keep) })
	w.At(2*minute, func() { w.act("bruno", rules.ActionResolve, map[string]string{"note": "It was a cable"}, nil) })
	w.At(3*minute, func() { w.act("farah", rules.ActionClose, closing, keep) })
	w.At(4*minute, func() {
		w.act("bruno", rules.ActionReview, map[string]string{"root_cause": "No limit", "change": "CHG-9", "actions": "Limit retries"}, keep)
	})
	w.At(5*minute, func() { w.act("bruno", rules.ActionReview, review, nil) })
	w.At(10*minute, func() { w.act("farah", rules.ActionClose, closing, keep); down = false })
	w.At(2*time.Hour, func() { w.act("bruno", rules.ActionClose, closing, keep) })
	w.At(3*time.Hour, func() { w.act("jonas", rules.ActionClose, closing, keep) })
	w.At(4*time.Hour, func() { w.act("farah", rules.ActionClose, closing, keep) })
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{
		string(rules.NotResolved), string(rules.NotReviewed), string(rules.ChangeUnknown), string(rules.ActionsPending),
		string(rules.IsReviewer), string(rules.NotCloser), "",
	}, reasons)
	var actions []compliance.NewTicket
	for _, o := range w.tracker.Opened() {
		if o.Kind == compliance.TicketAction {
			actions = append(actions, o)
		}
	}
	require.Len(t, actions, 1)
	require.Equal(t, "Limit retries", actions[0].Title)
	require.Equal(t, subject, actions[0].Subject)
}

// Whoever closes an incident signs the review that they saw: one that was written
// anew while the form was open is to be read first (I27).
func TestI27_AClosureSignsTheReviewThatWasSeen(t *testing.T) {
	w := newWorld(t)
	w.linked()
	var seen string
	var got []string
	closing := func(ref string) {
		w.send(fmt.Sprintf("closing-%d", len(got)), ref, "cli", "farah", rules.ActionClose, map[string]string{"statement": "yes"}, func(r compliance.Reply) { got = append(got, r.Reason) })
	}
	w.At(minute, func() { w.act("bruno", rules.ActionResolve, map[string]string{"note": "Orders flow again"}, nil) })
	w.At(2*minute, func() {
		w.act("bruno", rules.ActionReview, map[string]string{"root_cause": "No limit on retries", "change": "CHG-1", "actions": "Limit retries"}, nil)
	})
	w.At(time.Hour, func() { seen = w.standing().Ref })
	w.At(time.Hour+minute, func() {
		w.act("bruno", rules.ActionReview, map[string]string{"root_cause": "Nobody knows", "none_needed": "It went away by itself", "actions": "Limit retries"}, nil)
	})
	w.At(time.Hour+2*minute, func() { closing(seen) })
	w.At(time.Hour+3*minute, func() {
		require.Equal(t, rules.Reviewed, w.standing().State)
		closing(w.standing().Ref)
	})
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{string(rules.StaleButton), string(rules.OK)}, got)
	evidencetest.Check(t, w.Log)
}

// An overdue review is chased once a day and is a finding (I27, I31).
func TestI27_AnOverdueReviewIsChased(t *testing.T) {
	w := newWorld(t)
	w.linked()
	w.At(minute, func() { w.act("bruno", rules.ActionResolve, map[string]string{"note": "It was a cable"}, nil) })
	w.At(5*24*time.Hour, func() {
		w.act("bruno", rules.ActionReview, map[string]string{"root_cause": "No limit", "change": "CHG-1", "actions": "Limit retries"}, nil)
	})
	w.At(5*24*time.Hour+time.Hour, func() { w.act("farah", rules.ActionClose, map[string]string{"statement": "yes"}, nil) })
	w.run(declared("order-portal", "sev1")) // due after three days
	require.NoError(t, w.Env.GetWorkflowError())
	findings := 0
	for _, r := range w.records() {
		if r == "finding" {
			findings++
		}
	}
	require.Equal(t, 3, findings, "each day from the third on, until it is closed")
	require.True(t, w.Surface.Called("p-bruno", "review is missing"))
	require.True(t, slices.Contains(w.records(), "closed"))
}

// Where no channel can be made the policy's is used, and the card says so.
func TestARoomThatCannotBeMadeIsSaid(t *testing.T) {
	w := newWorld(t)
	w.rooms.noRoom = &compliance.Failure{Class: compliance.Refused, Op: "open room", Detail: "restricted_action"}
	w.end(3 * minute)
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
	require.Len(t, w.Surface.Posts(), 1)
	require.Equal(t, "incidents", w.Surface.Posts()[0].Channel)
	found := false
	for _, f := range w.Surface.Last().Facts {
		found = found || f.Label == "Channel" && f.Text != ""
	}
	require.True(t, found)
}

// Somebody who is on call and has no account anywhere that pages go to is not
// reached; the record and the card say so, and the next level is paged at once.
func TestI4_WhoeverHasNoAccountAnywhereIsNoSilence(t *testing.T) {
	w := newWorld(t)
	w.Rewrite("directory/people.yaml", "    email: ingrid@meridian-freight.example\n", "")
	w.Rewrite("directory/people.yaml", "      slack: U09INGRID\n", "")
	w.Env.OnSignalExternalWorkflow("default-test-namespace", alertID, "", incident.SignalResolved, mockAny()).Return(nil)
	w.At(minute, func() {
		s := w.standing()
		require.Equal(t, rules.ReachNobody, s.Paged[0].Reach)
		require.Equal(t, rules.NoChannel, s.Paged[0].Why)
		require.Equal(t, compliance.PersonID("p-ingrid"), s.Paged[0].Person)
		require.Equal(t, compliance.PersonID("p-hana"), s.Paged[1].Person)
	})
	w.end(2 * minute)
	w.run(incident.Input{Alert: &incident.Opening{
		ID: alertID, Source: "alertmanager", Count: 1, Event: compliance.AlertEvent{Title: "Orders hang"},
		Plan: steps.IncidentPlan{System: "order-portal", Severity: rules.Sev1, Channel: "incidents", Actions: true, Closers: []string{"change-board"}, Policy: rules.Policy{
			Name: "pinned", Rounds: 1, Fallback: rules.Target{Kind: rules.TargetContact, Name: "control-room"}, Steps: []rules.Step{
				{Name: "Ingrid", Targets: []rules.Target{rules.PersonTarget("p-ingrid")}, Delay: 10 * minute}, {Name: "Hana", Targets: []rules.Target{rules.PersonTarget("p-hana")}, Delay: 10 * minute},
			},
		}},
	}})
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"slack:U08HANA"}, w.pager.calls())
	require.Less(t, w.pager.times()[0], 10*time.Second)
}

// An unknown system pages the general escalation; nothing is lost.
func TestADeclarationForAnUnknownSystemPagesSomebody(t *testing.T) {
	w := newWorld(t)
	w.end(3 * minute)
	w.run(declared("the printer", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
	require.Len(t, w.pager.calls(), 1)
	require.Equal(t, "the printer", w.Surface.Last().Facts[1].Text)
}

// Cancelled by an operator, an incident goes on paging, and that is on record.
func TestACancelledIncidentGoesOn(t *testing.T) {
	w := newWorld(t)
	w.At(minute, func() { w.Env.CancelWorkflow() })
	w.end(7 * minute)
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
	require.Greater(t, len(w.pager.calls()), 1)
	require.Contains(t, w.records(), "closed")
}
