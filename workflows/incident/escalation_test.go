package incident_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/workflows/incident"
	"github.com/lowcodex/countersign/workflows/steps"
)

const minute = time.Minute

// Each level waits its own delay from when it was entered; after the last one
// a pause and the next round; when all rounds are over, the last level, its
// manager and the last resort are paged again and again: never silence (I3, I15).
func TestI15_UnacknowledgedGoesThroughLevelsAndRoundsAndNeverStops(t *testing.T) {
	w := newWorld(t)
	w.end(4 * time.Hour)
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
	var when []time.Duration
	for _, at := range w.pager.times() {
		if at = at.Round(minute); !slices.Contains(when, at) {
			when = append(when, at)
		}
	}
	// Around the clock: 5, 10 and 15 minutes, three rounds with 5 minutes between
	// them, then every 15 minutes.
	round := []time.Duration{0, 5 * minute, 15 * minute}
	var want []time.Duration
	for r := range 3 {
		for _, at := range round {
			want = append(want, time.Duration(r)*35*minute+at)
		}
	}
	for at := 100 * minute; at < 4*time.Hour; at += 15 * minute {
		want = append(want, at)
	}
	require.Equal(t, want, when)
	first := w.pager.sent[0]
	require.Equal(t, "Orders hang", first.Page.Title)
	require.Contains(t, first.Page.Text, rules.FirstStep.Text())
	require.Contains(t, w.pager.calls(), "slack:C03INCIDENTS", "the fixed contact when all rounds are over")
	require.Contains(t, w.records(), "finding", "that is a finding")
	evidencetest.Check(t, w.Log)
}

// A level that reaches nobody is left at once, a policy that reaches nobody
// pages the last resort and is a finding (I4).
func TestI4_NobodyToReachMovesOnAtOnceToTheLastResort(t *testing.T) {
	w := newWorld(t)
	w.pager.fail = func(channel, to string) error {
		if to == "C03INCIDENTS" {
			return nil
		}
		return &compliance.Failure{Class: compliance.Gone, Op: "page", Detail: "deactivated"}
	}
	w.end(minute)
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"slack:C03INCIDENTS"}, w.pager.calls())
	require.Less(t, w.pager.times()[0], 10*time.Second, "no delay of a level that reached nobody was waited for")
	require.Equal(t, []string{"received", "paging", "paged", "paging", "paged", "paging", "paged", "paging", "finding", "paged"}, w.records()[:10])
}

// A rotation without anybody active is left at once, and the card says so.
func TestI4_AnEmptyRotationIsLeftAtOnce(t *testing.T) {
	w := newWorld(t)
	w.Rewrite("directory/people.yaml", "    zone: Europe/Berlin\n", "    zone: Europe/Berlin\n    active_to: \"2026-01-01\"\n")
	w.At(2*minute, func() {
		s := w.standing()
		require.Equal(t, rules.ReachNobody, s.Paged[0].Reach)
		require.Equal(t, 2, s.Page, "the second level was entered at once")
	})
	w.end(3 * minute)
	w.rewriteActor()
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
}

// rewriteActor lets somebody else than Bruno, who left, end the incident.
func (w *world) rewriteActor() {
	w.At(3*minute, func() { w.act("goran", rules.ActionResolve, map[string]string{"note": "Orders flow again"}, nil) })
	w.At(4*minute, func() {
		w.act("goran", rules.ActionReview, map[string]string{"root_cause": "No limit on retries", "change": "CHG-1", "actions": "Limit retries"}, nil)
	})
}

// A channel that fails for good is left at once, one that is down after three
// tries or half a minute, one of unknown outcome without being repeated (I18).
func TestI18_TheNextChannelOnFailure(t *testing.T) {
	for name, c := range map[string]struct {
		class  compliance.Class
		tries  int
		within time.Duration
	}{
		"refused":       {compliance.Refused, 1, time.Second},
		"blocked":       {compliance.Blocked, 1, time.Second},
		"unknown":       {compliance.UnknownOutcome, 1, time.Second},
		"down":          {compliance.Unavailable, 3, 30 * time.Second},
		"throttled":     {compliance.Throttled, 2, 61 * time.Second},
		"not one of us": {"jammed", 1, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			tries := map[string]int{}
			w.pager.fail = func(channel, _ string) error {
				if tries[channel]++; channel == "mail" {
					return nil
				}
				return &compliance.Failure{Class: c.class, Op: "page", RetryAfter: map[bool]time.Duration{true: 40 * time.Second}[c.class == compliance.Throttled]}
			}
			w.end(3 * minute)
			w.run(declared("order-portal", "sev1"))
			require.NoError(t, w.Env.GetWorkflowError())
			require.Equal(t, []string{"mail:bruno@meridian-freight.example"}, w.pager.calls())
			require.LessOrEqual(t, w.pager.times()[0], c.within)
			require.Equal(t, c.tries, tries["slack"])
			require.Equal(t, 1, tries["mail"])
		})
	}
}

// An acknowledgement without word ages out: everybody is paged from the first
// level on, the one who had it too; an update renews it, within bounds (I14).
func TestI14_AnAcknowledgementAgesOut(t *testing.T) {
	w := newWorld(t)
	w.At(minute, func() { w.act("hana", rules.ActionAcknowledge, nil, nil) })
	w.At(20*minute, func() { w.act("hana", rules.ActionUpdate, map[string]string{"note": "Looking", "quiet": "8h"}, nil) })
	w.At(49*minute, func() {
		require.Equal(t, rules.Acknowledged, w.standing().State, "renewed at 20 minutes, for 30")
		require.Contains(t, w.Surface.Last().Facts, compliance.Fact{Label: "Next word due before", At: wednesday.Add(50 * minute)}, "each reader has it in their own zone")
	})
	w.At(51*minute, func() {
		s := w.standing()
		require.Equal(t, rules.Triggered, s.State)
		require.Equal(t, rules.Place{Phase: rules.PhaseStep, Round: 1, Step: 1}, s.Place)
	})
	w.end(52 * minute)
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
	require.ElementsMatch(t, []string{"slack:U02BRUNO", "slack:U02BRUNO", "slack:U08HANA"}, w.pager.calls())
	require.Equal(t, []string{"received", "paging", "paged", "acknowledged", "stood_down", "updated", "ack_expired", "paging", "paged"}, w.records()[:9])
}

// While a level waits, whoever comes on call is paged, too, and whoever was
// paged stays paged; an acknowledged incident never moves by the clock: the
// newcomer is asked, and until they accept it stays where it is (I6).
func TestI6_AShiftEndsWhileNobodyHasAcknowledged(t *testing.T) {
	w := newWorld(t)
	w.Rewrite("rules/escalation.yaml", "        delay: 5m\n", "        delay: 4h\n")
	w.end(3 * time.Hour)
	w.run(declared("order-portal", "sev1")) // 13:00 in Amsterdam; Chicago takes over at 08:00, which is 14:00 UTC
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"slack:U02BRUNO", "slack:U05EMEKA"}, w.pager.calls())
	require.Equal(t, []time.Duration{0, 2 * time.Hour}, w.pager.times())
	require.Equal(t, w.pager.sent[0].Page.Ref, w.pager.sent[1].Page.Ref, "the same page, for one more")
}

func TestI6_OwnershipNeverMovesByTheClock(t *testing.T) {
	for name, accepts := range map[string]bool{"accepted": true, "not accepted": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			ask := func() { w.act("bruno", rules.ActionUpdate, map[string]string{"note": "still at it"}, nil) }
			w.At(minute, func() { w.act("bruno", rules.ActionAcknowledge, nil, nil) })
			for m := 20 * minute; m < 3*time.Hour; m += 20 * minute {
				w.At(m, ask)
			}
			w.At(2*time.Hour+minute, func() {
				require.Equal(t, compliance.PersonID("p-bruno"), w.standing().Owner)
				w.act("goran", rules.ActionAccept, nil, func(r compliance.Reply) {
					require.Equal(t, string(rules.NotAsked), r.Reason, "it was offered to somebody else")
				})
				if accepts {
					w.act("emeka", rules.ActionAccept, nil, nil)
				}
			})
			w.At(2*time.Hour+20*minute, func() {
				owner := compliance.PersonID("p-bruno")
				if accepts {
					owner = "p-emeka"
				}
				require.Equal(t, owner, w.standing().Owner)
			})
			w.end(3 * time.Hour)
			w.run(declared("order-portal", "sev1"))
			require.NoError(t, w.Env.GetWorkflowError())
			require.Len(t, w.pager.calls(), 1, "nobody is paged for a shift that ended")
			require.True(t, w.Surface.Called("p-emeka", "on call now"))
			require.Equal(t, !accepts, w.Surface.Called("p-bruno", "not taken over"))
			require.Equal(t, !accepts, slices.Contains(w.records(), "not_accepted"))
		})
	}
}

// Editing the rules touches no incident that is open: it goes on by those it
// began under, which every record names. Whoever is deleted from the directory
// is an empty target, and the level is left at once (I7).
func TestI7_EditedRulesDoNotTouchARunningIncident(t *testing.T) {
	w := newWorld(t)
	w.At(minute, func() {
		w.Rewrite("rules/escalation.yaml", "delay: 10m\n", "delay: 1h\n")
		w.Rewrite("rules/escalation.yaml", "rounds: 3\n", "rounds: 1\n")
		w.Rewrite("rules/escalation.yaml", "      - name: Owners of the platforms\n        targets: [{kind: group, name: platform-owners}]", "      - name: Nobody we know\n        targets: [{kind: person, name: p-hana}]")
	})
	w.At(40*minute, func() {
		s := w.standing()
		require.Equal(t, 2, s.Place.Round, "the rules of now have one round only")
		w.Rewrite("rules/escalation.yaml", "ack_for: 30m", "ack_for: 4h")
	})
	w.At(41*minute, func() { w.act("hana", rules.ActionAcknowledge, nil, nil) })
	w.At(72*minute, func() {
		require.Equal(t, rules.Triggered, w.standing().State, "the acknowledgement stood for 30 minutes")
	})
	w.end(73 * minute)
	w.run(declared("order-portal", "sev1"))
	require.NoError(t, w.Env.GetWorkflowError())
	require.Subset(t, w.pager.times(), []time.Duration{0, 5 * minute, 15 * minute, 35 * minute, 40 * minute, 71 * minute})
	require.NotContains(t, w.pager.times(), 65*minute)
	entries := w.Entries(subject)
	began := entries[0].Record.Rules
	for _, e := range entries {
		require.Equal(t, began.Hash, e.Record.Rules.Hash, e.Record.Type)
	}
	now, err := w.Source.Rules(t.Context())
	require.NoError(t, err)
	require.NotEqual(t, began.Hash, now.Hash, "the edit is in force for the next one")
}

func TestI7_WhoeverIsDeletedIsAnEmptyTarget(t *testing.T) {
	w := newWorld(t)
	level := func(name, person string) rules.Step {
		return rules.Step{Name: name, Targets: []rules.Target{rules.PersonTarget(compliance.PersonID(person))}, Delay: 10 * minute}
	}
	w.Env.OnSignalExternalWorkflow("default-test-namespace", alertID, "", incident.SignalResolved, mockAny()).Return(nil)
	w.end(minute)
	w.run(incident.Input{Alert: &incident.Opening{
		ID: alertID, Source: "alertmanager", Count: 1, Event: compliance.AlertEvent{Title: "Orders hang"},
		Plan: steps.IncidentPlan{System: "order-portal", Severity: rules.Sev1, Channel: "incidents", Actions: true, Closers: []string{"change-board"}, Policy: rules.Policy{
			Name: "pinned", Rounds: 1, Steps: []rules.Step{level("Somebody who left", "p-deleted"), level("Hana", "p-hana")}, Fallback: rules.Target{Kind: rules.TargetContact, Name: "control-room"},
		}},
	}})
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"slack:U08HANA"}, w.pager.calls())
	require.Less(t, w.pager.times()[0], 10*time.Second, "the empty level was left at once")
	var f rules.PageFacts
	for _, e := range w.Entries(subject) {
		if e.Record.Type == rules.EventPaged && f.Page == 0 {
			require.NoError(t, json.Unmarshal(e.Record.Facts, &f))
		}
	}
	require.Equal(t, rules.NobodyThere, f.Why, "and the record says why")
}
