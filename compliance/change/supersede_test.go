package change_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/change"
)

// What a newer change names must be an older change of the same place that is not
// over; each fault is told in a sentence of its own, with what to do (C4).
func TestC4_WhatCanBeSuperseded(t *testing.T) {
	newer := change.Snapshot{System: "billing", Environment: "production"}
	good := change.Older{Number: "CHG-7", Known: true, State: change.WaitingWindow, Place: newer.Place()}
	_, bad := change.JudgeOlder(newer, "", good)
	require.False(t, bad)
	good.State = change.Executing
	_, bad = change.JudgeOlder(newer, "CHG-9", good)
	require.False(t, bad, "nothing happens to it then, and the newer one says so")
	mine := good
	mine.Over, mine.State, mine.By = true, change.Superseded, "CHG-9"
	_, bad = change.JudgeOlder(newer, "CHG-9", mine)
	require.False(t, bad, "an earlier version took its place")
	require.True(t, mine.Replaced("CHG-9"))
	_, bad = change.JudgeOlder(newer, "CHG-10", mine)
	require.True(t, bad)
	mine.By = ""
	require.False(t, mine.Replaced(""), "who took its place is not known")
	seen := map[string]string{}
	for name, edit := range map[string]func(*change.Older){
		"itself":      func(o *change.Older) { o.Same = true },
		"unknown":     func(o *change.Older) { o.Known = false },
		"later":       func(o *change.Older) { o.Later = true },
		"over":        func(o *change.Older) { o.Over, o.State = true, change.RolledBack },
		"no content":  func(o *change.Older) { o.Place = change.Place{} },
		"system":      func(o *change.Older) { o.Place.System = "crm" },
		"environment": func(o *change.Older) { o.Place.Environment = "staging" },
	} {
		o := good
		edit(&o)
		p, bad := change.JudgeOlder(newer, "CHG-9", o)
		require.True(t, bad, name)
		require.Equal(t, "supersedes", p.Field)
		require.Contains(t, p.Text, "CHG-7")
		text := p.Text
		if name == "system" || name == "environment" {
			text = name + text
		}
		require.NotContains(t, seen, text, "%s and %s", name, seen[text])
		seen[text] = name
	}
}

// A number that is none is a problem of the ticket, and case does not matter.
func TestC4_TheNumberIsRead(t *testing.T) {
	for text, want := range map[string]string{"": "", " chg-12 ": "CHG-12", "CHG-7": "CHG-7"} {
		c, problems := change.Parse(with(map[string]string{"supersedes": text}))
		require.Empty(t, problems, text)
		require.Equal(t, want, c.Supersedes)
	}
	for _, text := range []string{"7", "CHG-0", "CHG-07", "INC-7", "CHG-7, CHG-8", "CHG-1234567890123456"} {
		c, problems := change.Parse(with(map[string]string{"supersedes": text}))
		require.Len(t, problems, 1, text)
		require.Equal(t, "supersedes", problems[0].Field)
		require.Empty(t, c.Supersedes)
	}
}

// A newer change ends an older one until its execution begins (C4).
func TestC4_WhatIsUnderWayIsNotTakenAway(t *testing.T) {
	there := change.Place{System: "billing", Environment: "production"}
	for _, s := range change.States() {
		got := change.JudgeSuperseded(s, there, there)
		switch {
		case s == change.Open, s == change.WaitingWindow, s == change.Held:
			require.Equal(t, change.OK, got, s)
		case s.Terminal():
			require.Equal(t, change.AlreadyClosed, got, s)
		default:
			require.Equal(t, change.AlreadyExecuting, got, s)
		}
	}
	seen := map[string]bool{}
	for _, s := range []change.Superseding{
		{}, {Done: true, Stood: change.Held}, {Gone: true}, {Stood: change.Closed}, {Stood: change.Executing},
	} {
		s.Older = "CHG-7"
		require.False(t, seen[s.Text()])
		seen[s.Text()] = true
		require.True(t, strings.HasPrefix(s.Text(), "CHG-7 "), s.Text())
	}
}

// Either of the two may have been edited since they were compared first: only where
// both are known to be of the same system and environment by then one takes the
// other's place. Both are told so in a sentence of their own (C4).
func TestC4_OnlyAtTheSamePlaceByThen(t *testing.T) {
	there := change.Place{System: "billing", Environment: "production"}
	for name, c := range map[string]struct {
		older, newer change.Place
		want         change.Reason
	}{
		"same":                {there, there, change.OK},
		"another system":      {there, change.Place{System: "crm", Environment: "production"}, change.OtherPlace},
		"another environment": {change.Place{System: "billing", Environment: "staging"}, there, change.OtherPlace},
		"older not known":     {change.Place{}, there, change.OtherPlace},
		"newer not known":     {there, change.Place{}, change.OtherPlace},
		"neither known":       {change.Place{}, change.Place{}, change.OtherPlace},
		"half known":          {change.Place{System: "billing"}, change.Place{System: "billing"}, change.OtherPlace},
	} {
		for _, s := range []change.State{change.Open, change.WaitingWindow, change.Held} {
			require.Equal(t, c.want, change.JudgeSuperseded(s, c.older, c.newer), name)
		}
		require.Equal(t, change.AlreadyExecuting, change.JudgeSuperseded(change.Executing, c.older, c.newer), name)
		require.Equal(t, change.AlreadyClosed, change.JudgeSuperseded(change.Closed, c.older, c.newer), name)
	}
	s := change.Superseding{
		Older: "CHG-7", Newer: "CHG-9", Place: there, Stood: change.Open, Met: change.Place{System: "crm", Environment: "production"}, Reason: change.OtherPlace,
	}
	require.Contains(t, s.Text(), "CHG-7 is a change of crm in production by now, and this one of billing in production, so it was not replaced")
	require.Contains(t, s.Refused(), "CHG-9 wanted to take the place of this change and did not. It is a change of billing in production, and this one of crm in production by now")
	s.Met = change.Place{}
	require.Contains(t, s.Text(), "CHG-7 is a change of an unknown system by now")
	s.Stood, s.Reason = change.Executing, change.AlreadyExecuting
	require.Contains(t, s.Text(), "CHG-7 is under way (executing)")
	require.Contains(t, s.Refused(), "This one is under way (executing) and goes on.")
	s.Reason = change.OK
	require.Empty(t, s.Refused())
}
