package patch_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/workflows/patch"
)

const cve = "CVE-2026-1234"

// What a person names gets its deadlines, too: from the day on which it was found,
// or from the request, with the worse value for all that nobody knows (P13, P14).
func TestP13_AVulnerabilityThatAPersonNamesHasAClock(t *testing.T) {
	w := newWorld(t)
	found := wednesday.AddDate(0, 0, -3)
	w.asked.Vulnerabilities = []rules.Vulnerability{
		{ID: cve}, {ID: "CVE-2026-4321", Evidence: []rules.Evidence{{Kind: rules.Detected, At: found, Source: "the request for the rollout"}}},
	}
	w.script.never = true
	w.At(time.Hour, w.Env.CancelWorkflow)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	starts := map[string]map[time.Time]int{cve: {}, "CVE-2026-4321": {}}
	for _, f := range facts[rules.ClockFacts](w, rules.EventClock) {
		require.Equal(t, rules.Detected, f.Clock.Start.Kind)
		require.NotEmpty(t, f.Clock.Ruling.Assumed)
		starts[f.Clock.Vulnerability][f.Clock.Start.At]++
	}
	require.Equal(t, map[string]map[time.Time]int{cve: {wednesday: 4}, "CVE-2026-4321": {found: 4}}, starts, "one for each target")
}

// Who is asked to secure traces sees what of it is only assumed (P14).
func TestP14_AHaltForTracesNamesWhatIsAssumed(t *testing.T) {
	w := newWorld(t)
	w.asked.Vulnerabilities = []rules.Vulnerability{{ID: cve}}
	w.At(time.Hour, func() {
		require.Equal(t, rules.ForensicsFirst, w.standing().Reason)
		require.Contains(t, w.Surface.Said(), cve+" on yard-staging: not known, so the worse was assumed: exploited, automatable, impact")
		w.act("emeka", rules.ActionResume, resume(rules.HowContinue), nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, "new", w.serves("gate"))
}

// What a person answers is not assumed, is on record as theirs, and stands in the
// change for whoever approves it; nothing is held for what nobody knows (P14).
func TestP14_WhatAPersonAnswersIsNotAssumed(t *testing.T) {
	w := newWorld(t)
	w.asked.Advisory = "GHSA-1"
	w.asked.Vulnerabilities = []rules.Vulnerability{{ID: cve, Exploited: rules.No, Automatable: rules.No, Impact: rules.Partial}}
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.NotContains(t, w.Records(subject), "held")
	require.Equal(t, "new", w.serves("gate"))
	clocks := facts[rules.ClockFacts](w, rules.EventClock)
	require.NotEmpty(t, clocks)
	for _, f := range clocks {
		require.Empty(t, f.Clock.Ruling.Assumed)
		require.Equal(t, rules.No, f.Clock.Ruling.As.Exploited)
		require.Equal(t, rules.Partial, f.Clock.Ruling.As.Impact)
	}
	require.Equal(t, []rules.Statement{{Vulnerability: cve, Exploited: rules.No, Automatable: rules.No, Impact: rules.Partial}}, facts[rules.ReceivedFacts](w, rules.EventReceived)[0].Statements)
	require.Contains(t, w.tracker.opened["purpose"], "By the requester, "+cve+": exploited no, automatable no, impact partial")
}

// An advisory opens a rollout that has no payload yet: its clocks run for each
// target, warn, come nearer by themselves and later only by a word, until
// somebody provides the payload (P13, P14, P15, P19). Requirement 26.
func TestP19_ClocksRunAndWarnUntilAPayloadComes(t *testing.T) {
	w := newWorld(t)
	payload := *w.asked.Payload
	provider := w.asked.Actor
	published := rules.Evidence{Kind: rules.Published, At: wednesday.Add(-24 * time.Hour), Source: "ICSA-26-1 v1"}
	w.asked = patch.Asked{System: "yard-flows", Advisory: "ICSA-26-1", Revision: "1", Vulnerabilities: []rules.Vulnerability{
		{ID: cve, Evidence: []rules.Evidence{published}, Exploited: rules.No, Automatable: rules.No, Impact: rules.Partial},
	}}
	var before []rules.Clock
	w.At(time.Minute, func() {
		before = w.standing().Clocks
		require.Len(t, before, 4, "one for each target")
		require.Contains(t, w.Surface.Last().Status, "Waits for a payload")
	})
	news := patch.News{Key: "kev-2026.11.19", Vulnerabilities: []rules.Vulnerability{{
		ID: cve, Exploited: rules.Yes, Evidence: []rules.Evidence{{Kind: rules.Listed, At: wednesday, Source: "KEV 2026.11.19"}},
	}}}
	w.At(2*time.Minute, func() {
		w.Env.SignalWorkflow(patch.SignalInformed, news)
		w.Env.SignalWorkflow(patch.SignalInformed, news)
	})
	w.At(3*time.Minute, func() {
		for i, c := range w.standing().Clocks {
			require.Equal(t, published.At, c.Start.At, "the original start stays")
			require.False(t, c.Due.IsZero())
			require.True(t, before[i].Due.IsZero() || !c.Due.After(before[i].Due), "never later by itself")
		}
		require.Contains(t, w.Surface.Said(), rules.DueNearer.Text())
		milder := news
		milder.Key = "kev-2026.11.20"
		milder.Vulnerabilities = []rules.Vulnerability{{ID: cve, Exploited: rules.No}}
		w.Env.SignalWorkflow(patch.SignalInformed, milder)
	})
	w.At(4*time.Minute, func() {
		require.NotEmpty(t, facts[rules.ClockFacts](w, rules.EventLater), "a later deadline only waits for a word")
	})
	w.At(20*24*time.Hour, func() {
		require.NotEmpty(t, facts[rules.WarnedFacts](w, rules.EventWarned))
		w.Env.SignalWorkflow(patch.SignalProvided, patch.Provided{Key: "by-nobody", Actor: stranger(), Payload: payload})
		w.Env.SignalWorkflow(patch.SignalProvided, patch.Provided{Key: "by-emeka", Actor: owner(provider.Provider), Payload: payload})
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, "new", w.serves("gate"))
	points := map[rules.Point]bool{}
	for _, f := range facts[rules.WarnedFacts](w, rules.EventWarned) {
		points[f.Warning.Point] = true
		require.NotEmpty(t, f.Told)
	}
	require.True(t, points[rules.AtDeadline])
	require.True(t, points[rules.AtDeadline+1], "and every 24 hours after it")
	require.Len(t, facts[rules.ActFacts](w, rules.EventRefused), 1, "a stranger provides nothing")
}
