package change_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance/change"
)

// What is due at a level of ten hours with reminders at half and four fifths, and a
// fallback at three quarters (C10).
func TestC10_WhatIsDueAtALevel(t *testing.T) {
	l := change.ResolvedLevel{}
	l.Reminders, l.Fallback = []int{50, 80}, &change.Fallback{Groups: []string{"board"}, After: 75}
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	for name, c := range map[string]struct {
		now, reminded int
		escalated     bool
		want          change.Prompt
	}{
		"nothing yet":                          {0, 0, false, change.Prompt{Next: at(300)}},
		"a minute before the first":            {299, 0, false, change.Prompt{Next: at(300)}},
		"the first":                            {300, 0, false, change.Prompt{Remind: 50, Reminded: 1, Next: at(450)}},
		"after the first":                      {300, 1, false, change.Prompt{Reminded: 1, Next: at(450)}},
		"the fallback":                         {450, 1, false, change.Prompt{Reminded: 1, Escalate: true, Next: at(480)}},
		"after the fallback":                   {450, 1, true, change.Prompt{Reminded: 1, Next: at(480)}},
		"the last":                             {480, 1, true, change.Prompt{Remind: 80, Reminded: 2, Next: at(600)}},
		"late: one reminder, and the fallback": {500, 0, false, change.Prompt{Remind: 80, Reminded: 2, Escalate: true, Next: at(600)}},
		"at the deadline":                      {600, 0, false, change.Prompt{Next: at(600)}},
		"after it":                             {900, 1, false, change.Prompt{Reminded: 1, Next: at(600)}},
	} {
		t.Run(name, func(t *testing.T) {
			l.Escalated = c.escalated
			require.Equal(t, c.want, change.Prompted(l, change.Clock{Opened: noon, Deadline: at(600), Reminded: c.reminded}, at(c.now)))
		})
	}
	// A hold of ten hours after the first reminder moves what is left.
	l.Escalated = false
	held := change.Prompted(l, change.Clock{Opened: at(600), Deadline: at(1200), Reminded: 1}, at(950))
	require.Equal(t, change.Prompt{Reminded: 1, Next: at(1050)}, held)
}

// However late somebody looks, and however the deadline moves: no reminder is sent
// twice, none at or after the deadline, none before its share of the time, and at most
// one at a look; looking again at the instant given is enough to miss nothing (C10).
func TestC10_RemindersAreSentOnceAndInTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := change.ResolvedLevel{}
		l.Reminders = rapid.SliceOfNDistinct(rapid.IntRange(1, 99), 0, 5, rapid.ID).Draw(t, "reminders")
		slices.Sort(l.Reminders)
		if rapid.Bool().Draw(t, "falls back") {
			l.Fallback = &change.Fallback{Groups: []string{"board"}, After: rapid.IntRange(1, 99).Draw(t, "after")}
		}
		c := change.Clock{Opened: noon, Deadline: noon.Add(time.Duration(rapid.IntRange(1, 10_000).Draw(t, "minutes")) * time.Minute)}
		sent := map[int]bool{}
		now := noon
		for range 40 {
			p := change.Prompted(l, c, now)
			require.True(t, p.Next.After(now) || !now.Before(c.Deadline), "the wait always ends later")
			require.False(t, p.Next.After(c.Deadline))
			if p.Remind > 0 {
				require.True(t, now.Before(c.Deadline))
				require.False(t, sent[p.Remind])
				sent[p.Remind] = true
				require.False(t, now.Before(c.Opened.Add(c.Deadline.Sub(c.Opened)*time.Duration(p.Remind)/100)))
			}
			if p.Escalate {
				require.False(t, l.Escalated)
				require.True(t, now.Before(c.Deadline))
				l.Escalated = true
			}
			require.GreaterOrEqual(t, p.Reminded, c.Reminded)
			c.Reminded = p.Reminded
			if !now.Before(c.Deadline) {
				break
			}
			switch rapid.IntRange(0, 9).Draw(t, "then") {
			case 0: // a hold
				pause := time.Duration(rapid.IntRange(1, 5000).Draw(t, "pause")) * time.Minute
				now, c.Opened, c.Deadline = now.Add(pause), c.Opened.Add(pause), c.Deadline.Add(pause)
			case 1: // nobody looked
				now = now.Add(time.Duration(rapid.IntRange(1, 5000).Draw(t, "away")) * time.Minute)
			default:
				now = p.Next
			}
		}
	})
}
