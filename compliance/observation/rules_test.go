package observation

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
)

func noon() time.Time { return time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC) }

func TestObservation_WhatExplainsARevision(t *testing.T) {
	last := &Seen{Content: "a", At: noon().Add(-time.Hour)}
	look := noon().Add(-15 * time.Minute)
	over := func(from, to time.Duration) []Execution {
		return []Execution{{Number: "CHG-7", From: look.Add(from), To: look.Add(to), Planned: time.Hour}}
	}
	begun := func(from, planned time.Duration) []Execution {
		return []Execution{{Number: "CHG-7", From: look.Add(from), Planned: planned}}
	}
	for name, c := range map[string]struct {
		content string
		known   Known
		want    Outcome
		by      string // what explains it, or what was under way where nothing does
	}{
		"the first one seen":                    {"b", Known{}, Baseline, ""},
		"the same":                              {"a", Known{Last: last}, Unchanged, ""},
		"put there by nobody":                   {"b", Known{Last: last}, Unexplained, ""},
		"by a rollout":                          {"b", Known{Last: last, Rollouts: []Rollout{{Number: "PAT-1", Contents: []string{"b"}}}}, ByRollout, "PAT-1"},
		"a rollout of something else":           {"b", Known{Last: last, Rollouts: []Rollout{{Number: "PAT-1", Contents: []string{"c"}}}}, Unexplained, ""},
		"a rollout under way":                   {"b", Known{Last: last, Rollouts: []Rollout{{Number: "PAT-1", UnderWay: true}}}, UnderWay, "PAT-1"},
		"a rollout under way at the first look": {"b", Known{Rollouts: []Rollout{{Number: "PAT-1", UnderWay: true}}}, UnderWay, "PAT-1"},
		"a change carried out now":              {"b", Known{Last: last, LastLook: look, Changes: begun(-time.Hour, time.Hour)}, ByChange, "CHG-7"},
		"within the grace of its plan":          {"b", Known{Last: last, LastLook: look, Changes: begun(-89*time.Minute, time.Hour)}, ByChange, "CHG-7"},
		"longer than its plan and the grace":    {"b", Known{Last: last, LastLook: look, Changes: begun(-90*time.Minute, time.Hour)}, Unexplained, "CHG-7"},
		"one that was never reported":           {"b", Known{Last: last, LastLook: look, Changes: begun(-30*24*time.Hour, 24*time.Hour)}, Unexplained, "CHG-7"},
		"one without a planned duration":        {"b", Known{Last: last, LastLook: look, Changes: begun(-14*time.Minute, 0)}, ByChange, "CHG-7"},
		"long without a planned duration":       {"b", Known{Last: last, LastLook: look, Changes: begun(-15*time.Minute, 0)}, Unexplained, "CHG-7"},
		"finished long after its plan":          {"b", Known{Last: last, LastLook: look, Changes: over(-24*time.Hour, time.Minute)}, Unexplained, "CHG-7"},
		"a change that a process carries out":   {"b", Known{Last: last, LastLook: look, Changes: []Execution{{Number: "CHG-7", From: look, Planned: time.Hour, Process: true}}}, Unexplained, "CHG-7"},
		"one of two changes":                    {"b", Known{Last: last, LastLook: look, Changes: append(begun(-24*time.Hour, time.Hour), Execution{Number: "CHG-8", From: look, Planned: time.Hour})}, ByChange, "CHG-8"},
		"a change closed since":                 {"b", Known{Last: last, LastLook: look, Changes: over(-time.Hour, time.Minute)}, ByChange, "CHG-7"},
		"a change over before the last look":    {"b", Known{Last: last, LastLook: look, Changes: over(-time.Hour, -time.Minute)}, Unexplained, ""},
		"a change begun after it was seen":      {"b", Known{Last: last, LastLook: look, Changes: over(time.Hour, 2*time.Hour)}, Unexplained, ""},
		"found before":                          {"b", Known{Last: last, Finding: Open, Number: "OBS-1"}, Standing, "OBS-1"},
		"found before a change began":           {"b", Known{Last: last, Finding: Open, Number: "OBS-1", LastLook: look, Changes: over(0, time.Minute)}, Standing, "OBS-1"},
		"found, and then rolled out":            {"b", Known{Last: last, Finding: Open, Rollouts: []Rollout{{Number: "PAT-1", Contents: []string{"b"}}}}, ByRollout, "PAT-1"},
		"found and explained":                   {"b", Known{Last: last, Finding: Explained, Number: "OBS-1"}, ByFinding, "OBS-1"},
		"found, and its run ended":              {"b", Known{Last: last, Finding: Stopped, Number: "OBS-1"}, Standing, "OBS-1"},
	} {
		got := Judge(Seen{Content: c.content, At: noon()}, c.known)
		require.Equal(t, c.want, got.Outcome, name)
		by := got.By
		if got.Outcome == Unexplained {
			require.Empty(t, got.By, name)
			by = got.Meanwhile
		}
		require.Equal(t, c.by, strings.Join(by, " "), name)
	}
}

// Whatever else is on record, content that no rollout put there is never taken for a
// rollout's, and what differs is never unchanged.
func TestObservation_NothingIsExplainedByItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digest := rapid.SampledFrom([]string{"a", "b", "c"})
		k := Known{Last: &Seen{Content: digest.Draw(t, "last")}, Finding: rapid.SampledFrom([]State{"", Open, Explained, Stopped}).Draw(t, "finding"), LastLook: noon()}
		put := map[string]bool{}
		for range rapid.IntRange(0, 3).Draw(t, "rollouts") {
			d := digest.Draw(t, "content")
			k.Rollouts, put[d] = append(k.Rollouts, Rollout{Number: "PAT-1", Contents: []string{d}}), true
		}
		seen := Seen{Content: digest.Draw(t, "seen"), At: noon()}
		got := Judge(seen, k)
		require.Equal(t, seen.Content == k.Last.Content, got.Outcome == Unchanged)
		if got.Outcome == ByRollout {
			require.True(t, put[seen.Content])
		}
		if got.Outcome == Unexplained {
			require.Empty(t, k.Finding, "one finding for one content")
		}
	})
}

// However long a change is carried out, it explains edits for no longer than was
// approved and the grace, and never once it is over.
func TestObservation_AnExecutionIsBoundByItsPlan(t *testing.T) {
	for planned, want := range map[time.Duration]time.Duration{
		0: 15 * time.Minute, 10 * time.Minute: 15 * time.Minute, time.Hour: 30 * time.Minute, 8 * time.Hour: 4 * time.Hour, 14 * 24 * time.Hour: 4 * time.Hour,
	} {
		require.Equal(t, want, Grace(planned), planned)
	}
	rapid.Check(t, func(t *rapid.T) {
		minutes := func(name string, from, to int) time.Duration {
			return time.Duration(rapid.IntRange(from, to).Draw(t, name)) * time.Minute
		}
		e := Execution{Number: "CHG-7", From: noon(), Planned: minutes("planned", 0, 3000)}
		if rapid.Bool().Draw(t, "over") {
			e.To = noon().Add(minutes("took", 0, 6000))
			require.False(t, e.Until().After(e.To))
		}
		require.LessOrEqual(t, e.Until().Sub(e.From), e.Planned+4*time.Hour)
		last := noon().Add(minutes("last", -6000, 9000))
		seen := last.Add(minutes("pause", 0, 3000))
		if e.Explains(last, seen) {
			require.True(t, e.underWay(last, seen), "what explains was under way")
			require.False(t, last.After(noon().Add(e.Planned+4*time.Hour)))
		}
	})
}

func TestObservation_AnUnreadTargetIsToldAfterADay(t *testing.T) {
	require.False(t, Unread(time.Time{}, noon()))
	require.False(t, Unread(noon().Add(-UntoldAfter+time.Second), noon()))
	require.True(t, Unread(noon().Add(-UntoldAfter), noon()))
}

func TestObservation_WhoExplainsAndByWhat(t *testing.T) {
	approver := Actor{Approver: true}
	act := Act{Number: "OBS-1", By: "CHG-7"}
	change := Named{Kind: "change", Systems: []string{"yard"}, Executed: true}
	for name, c := range map[string]struct {
		state State
		act   Act
		who   Actor
		named Named
		want  Reason
	}{
		"by a change":           {Open, act, approver, change, OK},
		"by an incident":        {Open, act, approver, Named{Kind: "incident", Systems: []string{"port", "yard"}}, OK},
		"nobody knows them":     {Open, act, Actor{Reason: UnknownPerson}, change, UnknownPerson},
		"they left":             {Open, act, Actor{Reason: Inactive, Approver: true}, change, Inactive},
		"no approver":           {Open, act, Actor{}, change, NotApprover},
		"nothing on record":     {Open, act, approver, Named{}, NotOnRecord},
		"an exception":          {Open, act, approver, Named{Kind: "exception", Systems: []string{"yard"}}, OtherKind},
		"of another system":     {Open, act, approver, Named{Kind: "change", Systems: []string{"port"}, Executed: true}, OtherSystem},
		"a change never begun":  {Open, act, approver, Named{Kind: "change", Systems: []string{"yard"}}, NotExecuted},
		"of another finding":    {Open, Act{Number: "OBS-2", By: "CHG-7"}, approver, change, StaleFinding},
		"explained already":     {Explained, act, approver, change, OverAlready},
		"ended by an operator ": {Stopped, act, approver, change, OverAlready},
	} {
		got, _ := Explain(c.state, "OBS-1", "yard", c.act, c.who, c.named)
		require.Equal(t, c.want, got, name)
	}
}

func TestObservation_ActsAreRead(t *testing.T) {
	in := func(ref, by, why string) compliance.Inbound {
		return compliance.Inbound{Action: ActionExplain, Ref: ref, Answers: []compliance.Answer{{Name: FieldBy, Value: by}, {Name: FieldReason, Value: why}}}
	}
	a, bad, _ := ParseAct(in("OBS-1", " chg-7 ", "Anna mended it"))
	require.Equal(t, OK, bad)
	require.Equal(t, Act{Number: "OBS-1", By: "CHG-7"}, a)
	for _, c := range []struct {
		in    compliance.Inbound
		want  Reason
		field string
	}{
		{in("CHG-1", "CHG-7", "because"), BadRequest, ""},
		{in("OBS-1", "", "because"), MissingAnswer, FieldBy},
		{in("OBS-1", "the outage", "because"), NotOnRecord, FieldBy},
		{in("OBS-1", strings.Repeat("9", 30), "because"), BadRequest, FieldBy},
		{in("OBS-1", "CHG-7", "  . "), MissingAnswer, FieldReason},
		{in("OBS-1", "CHG-7", "\xff"), BadRequest, FieldReason},
		{compliance.Inbound{Action: "approve", Ref: "OBS-1"}, BadRequest, ""},
	} {
		_, bad, field := ParseAct(c.in)
		require.Equal(t, c.want, bad, "%+v", c.in)
		require.Equal(t, c.field, field, "%+v", c.in)
	}
	f, ok := FormFor(ActionExplain)
	require.True(t, ok)
	require.Len(t, f.Fields, 2)
	_, ok = FormFor("approve")
	require.False(t, ok)
}

func TestObservation_EveryReasonHasASentence(t *testing.T) {
	said := map[string]bool{}
	for _, r := range Reasons() {
		text := r.Text()
		require.False(t, said[text], "%s repeats a sentence", r)
		said[text] = true
		require.True(t, strings.HasSuffix(text, "."), r)
		require.NotContains(t, text, string(r)+")", r)
	}
	require.Contains(t, Reason("new-one").Text(), "new-one")
}

func TestObservation_EveryOutcomeHasItsWords(t *testing.T) {
	said := map[string]bool{}
	for _, o := range append(Outcomes(), "") {
		text := o.Text([]string{"CHG-7", "CHG-8"})
		require.False(t, said[text] || text == string(o), "%s: %s", o, text)
		said[text] = true
	}
	require.Contains(t, ByChange.Text([]string{"CHG-7", "CHG-8"}), "CHG-7, CHG-8")
	require.Equal(t, "newer", Outcome("newer").Text(nil))
}

func TestObservation_OneFindingForOneContent(t *testing.T) {
	require.Equal(t, SubjectID("gate", "a", 1), SubjectID("gate", "a", 1))
	for _, other := range []string{SubjectID("yard", "a", 1), SubjectID("gate", "b", 1), SubjectID("gate", "a", 2)} {
		require.NotEqual(t, SubjectID("gate", "a", 1), other)
	}
	require.True(t, Explained.Terminal() && Stopped.Terminal())
	require.False(t, Open.Terminal() || State("other").Terminal())
	for _, o := range Outcomes() {
		require.Equal(t, o != Unchanged && o != UnderWay && o != Standing && o != Unexplained, o.Explains(), o)
	}
}
