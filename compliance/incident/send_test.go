package incident_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
)

func sec(n int) time.Time { return noon.Add(time.Duration(n) * time.Second) }

func try(channel string, from, to int, class compliance.Class, retry int) incident.Attempt {
	return incident.Attempt{Channel: channel, Started: sec(from), Ended: sec(to), Class: class, RetryAfter: time.Duration(retry) * time.Second}
}

func TestI18_WhatFollowsFromASend(t *testing.T) {
	send := func(channel string, retry bool, why incident.Reason) incident.Send {
		return incident.Send{Do: incident.SendNow, Channel: channel, Retry: retry, Reason: why}
	}
	wait := func(channel string, at int, why incident.Reason) incident.Send {
		return incident.Send{Do: incident.SendWait, Channel: channel, At: sec(at), Retry: true, Reason: why}
	}
	done := func(r incident.Reach, why incident.Reason) incident.Send {
		return incident.Send{Do: incident.SendDone, Reach: r, Reason: why}
	}
	type attempts = []incident.Attempt
	for name, c := range map[string]struct {
		attempts attempts
		now      int
		want     incident.Send
	}{
		"nothing yet":             {nil, 0, send("chat", false, incident.FirstChannel)},
		"accepted":                {attempts{try("chat", 0, 1, "", 0)}, 1, done(incident.Reached, incident.Accepted)},
		"channel archived":        {attempts{try("chat", 0, 1, compliance.Gone, 0)}, 1, send("mail", false, incident.FailedForGood)},
		"token revoked":           {attempts{try("chat", 0, 1, compliance.Blocked, 0)}, 1, send("mail", false, incident.FailedForGood)},
		"refused":                 {attempts{try("chat", 0, 1, compliance.Refused, 0)}, 1, send("mail", false, incident.FailedForGood)},
		"timed out":               {attempts{try("chat", 0, 10, compliance.UnknownOutcome, 0)}, 10, send("mail", false, incident.OutcomeUnknown)},
		"class of the future":     {attempts{try("chat", 0, 1, "jammed", 0)}, 1, send("mail", false, incident.OutcomeUnknown)},
		"under way":               {attempts{{Channel: "chat", Started: sec(0)}}, 9, wait("chat", 10, incident.InFlight)},
		"cut off by a crash":      {attempts{{Channel: "chat", Started: sec(0)}}, 10, send("mail", false, incident.OutcomeUnknown)},
		"throttled for a while":   {attempts{try("chat", 0, 1, compliance.Throttled, 30)}, 1, wait("chat", 31, incident.Retrying)},
		"throttle is over":        {attempts{try("chat", 0, 1, compliance.Throttled, 30)}, 31, send("chat", true, incident.Retrying)},
		"throttled to the limit":  {attempts{try("chat", 0, 0, compliance.Throttled, 60)}, 1, wait("chat", 60, incident.Retrying)},
		"throttled too long":      {attempts{try("chat", 0, 0, compliance.Throttled, 61)}, 1, send("mail", false, incident.ThrottledTooLong)},
		"throttled once more":     {attempts{try("chat", 0, 1, compliance.Throttled, 40), try("chat", 41, 42, compliance.Throttled, 20)}, 42, send("mail", false, incident.ThrottledTooLong)},
		"throttled without time":  {attempts{try("chat", 0, 1, compliance.Throttled, 0)}, 1, wait("chat", 6, incident.Retrying)},
		"down once":               {attempts{try("chat", 0, 1, compliance.Unavailable, 0)}, 1, wait("chat", 6, incident.Retrying)},
		"down three times":        {attempts{try("chat", 0, 1, compliance.Unavailable, 0), try("chat", 6, 7, compliance.Unavailable, 0), try("chat", 12, 13, compliance.Unavailable, 0)}, 13, send("mail", false, incident.FailedTooOften)},
		"down, and we were too":   {attempts{try("chat", 0, 1, compliance.Unavailable, 0)}, 31, send("mail", false, incident.FailedTooOften)},
		"all failed":              {attempts{try("chat", 0, 1, compliance.Gone, 0), try("mail", 1, 2, compliance.Invalid, 0)}, 2, done(incident.ReachNobody, incident.AllFailed)},
		"unknown, then failed":    {attempts{try("chat", 0, 1, compliance.UnknownOutcome, 0), try("mail", 1, 2, compliance.Gone, 0)}, 2, done(incident.ReachMaybe, incident.OutcomeUnknown)},
		"unknown, then accepted":  {attempts{try("chat", 0, 1, compliance.UnknownOutcome, 0), try("mail", 1, 2, "", 0)}, 2, done(incident.Reached, incident.Accepted)},
		"failed, then unknown":    {attempts{try("chat", 0, 1, compliance.Gone, 0), try("mail", 1, 2, compliance.UnknownOutcome, 0)}, 2, done(incident.ReachMaybe, incident.OutcomeUnknown)},
		"an answer after a crash": {attempts{{Channel: "chat", Started: sec(0)}, try("mail", 10, 11, "", 0)}, 11, done(incident.Reached, incident.Accepted)},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, incident.NextSend([]string{"chat", "", "mail", "chat"}, c.attempts, sec(c.now)))
		})
	}
	require.Equal(t, done(incident.ReachNobody, incident.NoChannel), incident.NextSend(nil, nil, noon))
}

// I18: whatever the providers answer, it ends, within bounds, and a channel that
// may have delivered is never used again.
func TestI18_SendsEndAndNeverRepeatBlindly(t *testing.T) {
	channels := []string{"chat", "pager", "mail"}
	rapid.Check(t, func(t *rapid.T) {
		now := noon
		var attempts []incident.Attempt
		closed := map[string]bool{}
		for range 200 {
			s := incident.NextSend(channels, attempts, now)
			switch s.Do {
			case incident.SendDone:
				accepted, maybe := false, false
				for _, a := range attempts {
					accepted = accepted || a.Class == "" && !a.Ended.IsZero()
					maybe = maybe || a.Class == compliance.UnknownOutcome || a.Ended.IsZero()
				}
				require.Equal(t, accepted, s.Reach == incident.Reached)
				require.Equal(t, !accepted && maybe, s.Reach == incident.ReachMaybe)
				require.True(t, accepted || len(closed) == len(channels), "every channel was tried")
				require.Less(t, now.Sub(noon), 6*time.Minute)
				require.LessOrEqual(t, len(attempts), 3*60)
				return
			case incident.SendWait:
				require.True(t, s.At.After(now))
				now = s.At
				continue
			}
			require.False(t, closed[s.Channel], "%s was through", s.Channel)
			a := incident.Attempt{Channel: s.Channel, Started: now}
			a.Class = rapid.SampledFrom(append(compliance.Classes(), "", compliance.Throttled, compliance.Unavailable)).Draw(t, "class")
			if a.Class == "" && rapid.Bool().Draw(t, "cut off") {
				closed[s.Channel] = true
				attempts = append(attempts, a)
				continue
			}
			now = now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond)
			a.Ended = now
			if a.Class == compliance.Throttled {
				a.RetryAfter = time.Duration(rapid.IntRange(0, 90).Draw(t, "after")) * time.Second
			}
			attempts = append(attempts, a)
			if next := incident.NextSend(channels, attempts, now); next.Do != incident.SendWait || next.Channel != s.Channel {
				closed[s.Channel] = true
			}
		}
		t.Fatal("sending does not end")
	})
}

func TestI4_WhatAStepReached(t *testing.T) {
	type to = []incident.Recipient
	for name, c := range map[string]struct {
		to    to
		reach incident.Reach
		why   incident.Reason
	}{
		"empty":                   {nil, incident.ReachNobody, incident.NobodyThere},
		"all inactive":            {to{{Inactive: true}, {Inactive: true}}, incident.ReachNobody, incident.AllInactive},
		"no channel":              {to{{Inactive: true}, {Reach: incident.ReachNobody, Why: incident.NoChannel}}, incident.ReachNobody, incident.NoChannel},
		"all failed":              {to{{Reach: incident.ReachNobody, Why: incident.AllFailed}, {Reach: incident.ReachNobody, Why: incident.NoChannel}}, incident.ReachNobody, incident.AllFailed},
		"one of several":          {to{{Reach: incident.ReachNobody}, {Reach: incident.Reached}, {Reach: incident.ReachPending}}, incident.Reached, ""},
		"still under way":         {to{{Reach: incident.ReachMaybe}, {Reach: incident.ReachPending}, {Reach: incident.ReachNobody}}, incident.ReachPending, ""},
		"not one is certain":      {to{{Reach: incident.ReachNobody}, {Reach: incident.ReachMaybe}}, incident.ReachMaybe, ""},
		"nothing known yet":       {to{{Person: "p-ann"}}, incident.ReachPending, ""},
		"inactive is not reached": {to{{Inactive: true, Reach: incident.Reached}}, incident.ReachNobody, incident.AllInactive},
	} {
		reach, why := incident.StepReach(c.to)
		require.Equal(t, c.reach, reach, name)
		require.Equal(t, c.why, why, name)
	}
}
