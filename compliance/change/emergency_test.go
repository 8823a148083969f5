package change_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

var night = time.Date(2026, 11, 30, 22, 0, 0, 0, time.UTC)

// The tables know no way to an execution that passes neither an approval nor the
// broken glass, and none from there to closure that passes no review (C32, C33).
func TestC32_OnlyBrokenGlassLeadsPastApproval(t *testing.T) {
	from := func(to change.State) []change.State {
		var out []change.State
		for _, s := range change.States() {
			if change.CanMove(s, to) {
				out = append(out, s)
			}
		}
		return out
	}
	require.Equal(t, []change.State{change.WaitingWindow}, from(change.Executing))
	require.ElementsMatch(t, []change.State{change.Open, change.WaitingWindow}, from(change.ExecutingUnapproved))
	require.Equal(t, []change.State{change.ExecutingUnapproved}, from(change.RetroReview))
	require.Equal(t, []change.State{change.RetroReview}, change.ExecutingUnapproved.Next())
	require.Equal(t, []change.State{change.RetroReview}, from(change.Violation))

	people := []compliance.PersonID{"p-req", "p-impl", "p-call", "p-rev", "p-other"}
	rapid.Check(t, func(t *rapid.T) {
		now, state := night, rapid.SampledFrom([]change.State{change.Open, change.WaitingWindow}).Draw(t, "state")
		var e *change.Emergency
		duty := func(p compliance.PersonID) change.Reason {
			return change.Duties{Requester: "p-req", Implementer: "p-impl"}.Reason(p)
		}
		for range rapid.IntRange(1, 12).Draw(t, "acts") {
			now = now.Add(time.Duration(rapid.IntRange(0, 9).Draw(t, "minutes")) * time.Minute)
			by := rapid.SampledFrom(people).Draw(t, "by")
			switch rapid.IntRange(0, 3).Draw(t, "act") {
			case 0:
				c := change.BreakGlassCase{
					State: state, Calling: e.Calling(), Requester: "p-req", Implementer: "p-impl", Whole: rapid.Bool().Draw(t, "whole"), Configured: true,
					Incident: rapid.SampledFrom([]change.IncidentStanding{change.IncidentUnknown, change.IncidentOpen, change.IncidentPast}).Draw(t, "incident"),
					Open:     rapid.Bool().Draw(t, "open"), Reviewers: rapid.IntRange(0, 1).Draw(t, "reviewers"),
				}
				if change.JudgeBreakGlass(c, by) == change.OK {
					require.True(t, c.Whole && c.Incident == change.IncidentOpen && !c.Open && c.Reviewers > 0 && duty(by) != change.OK)
					e = &change.Emergency{Invoker: by, AnswerBy: now.Add(15 * time.Minute), Called: []compliance.PersonID{"p-call"}}
				}
			case 1:
				if change.JudgeAnswer(e, state, by, duty(by), now) == change.OK {
					require.Equal(t, compliance.PersonID("p-call"), by)
					require.True(t, now.Before(e.AnswerBy))
					e.Answer, e.AnsweredBy = rapid.SampledFrom([]change.Answer{change.GoAhead, change.No}).Draw(t, "answer"), by
				}
			case 2:
				if e.Calling() && !now.Before(e.AnswerBy) {
					e.Answer = change.Unanswered
				}
			default:
				r := change.JudgeRetro(e, state, by, true, duty(by))
				require.True(t, r != change.OK, "nothing is reviewed that was not carried out")
			}
			if e.Granted() {
				require.True(t, change.CanMove(state, change.ExecutingUnapproved))
				require.NotEqual(t, change.OK, change.JudgeBreakGlass(change.BreakGlassCase{State: change.ExecutingUnapproved, Configured: true}, "p-req"))
				require.Equal(t, change.NoCall, change.JudgeAnswer(e, change.ExecutingUnapproved, "p-call", change.OK, now))
				return
			}
		}
	})
}

// Which of several obstacles is named first, and that each is one.
func TestC32_JudgeBreakGlass(t *testing.T) {
	good := change.BreakGlassCase{
		State: change.Open, Requester: "p-req", Implementer: "p-impl", Whole: true, Configured: true, Incident: change.IncidentOpen, Reviewers: 1,
	}
	require.Equal(t, change.OK, change.JudgeBreakGlass(good, "p-req"))
	require.Equal(t, change.OK, change.JudgeBreakGlass(good, "p-impl"))
	for want, edit := range map[change.Reason]func(*change.BreakGlassCase){
		change.AlreadyClosed:       func(c *change.BreakGlassCase) { c.State = change.Violation },
		change.AlreadyExecuting:    func(c *change.BreakGlassCase) { c.State = change.RetroReview },
		change.AlreadyInvoked:      func(c *change.BreakGlassCase) { c.Calling = true },
		change.NotInvoker:          func(c *change.BreakGlassCase) { c.Requester = "p-else" },
		change.NoEmergencyPath:     func(c *change.BreakGlassCase) { c.Configured = false },
		change.EmergencyIncomplete: func(c *change.BreakGlassCase) { c.Whole = false },
		change.NoIncident:          func(c *change.BreakGlassCase) { c.Incident = change.IncidentUnknown },
		change.IncidentOver:        func(c *change.BreakGlassCase) { c.Incident = change.IncidentPast },
		change.ReviewOpen:          func(c *change.BreakGlassCase) { c.Open = true },
		change.NoReviewer:          func(c *change.BreakGlassCase) { c.Reviewers = 0 },
	} {
		c := good
		edit(&c)
		require.Equal(t, want, change.JudgeBreakGlass(c, "p-req"))
	}
	nobody := good
	nobody.Implementer = ""
	require.Equal(t, change.EmergencyIncomplete, change.JudgeBreakGlass(nobody, "p-req"))
}

// Nobody answers for themselves, whoever was asked.
func TestC32_JudgeAnswer(t *testing.T) {
	e := &change.Emergency{Invoker: "p-req", AnswerBy: night, Called: ids{"p-req", "p-call", "p-deputy"}}
	before := night.Add(-1)
	require.Equal(t, change.OK, change.JudgeAnswer(e, change.Open, "p-call", change.OK, before))
	require.Equal(t, change.OK, change.JudgeAnswer(e, change.WaitingWindow, "p-call", change.OK, before))
	require.Equal(t, change.NotCalled, change.JudgeAnswer(e, change.Open, "p-req", change.OK, before))
	require.Equal(t, change.NotCalled, change.JudgeAnswer(e, change.Open, "p-else", change.OK, before))
	require.Equal(t, change.IsActing, change.JudgeAnswer(e, change.Open, "p-deputy", change.IsActing, before))
	require.Equal(t, change.NoCall, change.JudgeAnswer(e, change.Open, "p-call", change.OK, night), "the last instant is too late")
	require.Equal(t, change.NoCall, change.JudgeAnswer(e, change.Executing, "p-call", change.OK, before))
	require.Equal(t, change.AlreadyClosed, change.JudgeAnswer(e, change.Closed, "p-call", change.OK, before))
	require.Equal(t, change.NoCall, change.JudgeAnswer(nil, change.Open, "p-call", change.OK, before))
}

// What is bypassed: who had not approved, freezes that it would run into, and the window.
func TestC32_Bypass(t *testing.T) {
	route := change.Route{Levels: []change.ResolvedLevel{
		{Level: change.Level{Name: "Owners"}, Required: 1, Eligible: ids{"p-1", "p-2"}},
		{Level: change.Level{Name: "Board"}, Required: 2, Eligible: ids{"p-1", "p-3"}},
	}}
	votes := []change.Vote{{Person: "p-2", Level: 1, Verdict: change.Approve}, {Person: "p-3", Level: 2, Verdict: change.Approve}}
	schedule := change.Schedule{
		Restricted: true,
		Windows:    []change.NamedInterval{{Name: "later", Interval: compliance.Interval{Start: night.Add(time.Hour), End: night.Add(2 * time.Hour)}}},
		Freezes: []change.NamedInterval{
			{Name: "past", Interval: compliance.Interval{Start: night.Add(-time.Hour), End: night}},
			{Name: "now", Interval: compliance.Interval{Start: night, End: night.Add(time.Minute)}},
			{Name: "soon", Interval: compliance.Interval{Start: night.Add(20 * time.Minute), End: night.Add(time.Hour)}},
			{Name: "after", Interval: compliance.Interval{Start: night.Add(30 * time.Minute), End: night.Add(time.Hour)}},
		},
	}
	require.Equal(t, change.Bypassed{Approvers: ids{"p-1"}, Levels: []string{"Board"}, Freezes: []string{"now", "soon"}, Window: true},
		change.Bypass(change.Open, route, votes, schedule, night, 30*time.Minute))
	require.Equal(t, change.Bypassed{Approved: true, Freezes: []string{"soon", "after"}, Window: true},
		change.Bypass(change.WaitingWindow, route, votes, schedule, night.Add(time.Hour-time.Minute), 0), "the window opens in a minute")
	require.Equal(t, change.Bypassed{Approved: true}, change.Bypass(change.WaitingWindow, route, votes, schedule, night.Add(time.Hour), 0), "it is open, and no freeze is left")
}

func TestC32_WhatPeopleAnswerIsRead(t *testing.T) {
	ref := change.NewBinding("CHG-7", 1, 0, "", "0123456789abcdef").String()
	in := func(action string, pairs ...string) compliance.Inbound {
		out := compliance.Inbound{Action: action, Ref: ref}
		for i := 0; i < len(pairs); i += 2 {
			out.Answers = append(out.Answers, compliance.Answer{Name: pairs[i], Value: pairs[i+1], Shown: "shown"})
		}
		return out
	}
	for _, action := range []string{change.ActionBreakGlass, change.ActionAcknowledge, change.ActionReview, change.ActionRemedy} {
		form, ok := change.FormFor(action)
		require.True(t, ok, action)
		require.NotEmpty(t, form.Intro, action)
	}
	b, why, _ := change.ParseBreakGlass(in(change.ActionBreakGlass, "incident", " INC-7 ", "reason", "Orders hang", "bypass", "yes"))
	require.Equal(t, change.OK, why)
	require.Equal(t, "INC-7", b.Incident)
	for field, c := range map[string]struct {
		in   compliance.Inbound
		want change.Reason
	}{
		"incident": {in(change.ActionBreakGlass, "incident", "CHG-7", "reason", "Orders hang", "bypass", "yes"), change.NoIncident},
		"reason":   {in(change.ActionBreakGlass, "incident", "INC-7", "bypass", "yes"), change.MissingAnswer},
		"bypass":   {in(change.ActionBreakGlass, "incident", "INC-7", "reason", "Orders hang"), change.MissingAnswer},
	} {
		_, why, at := change.ParseBreakGlass(c.in)
		require.Equal(t, c.want, why)
		require.Equal(t, field, at)
	}
	_, why, _ = change.ParseAcknowledgement(in(change.ActionAcknowledge))
	require.Equal(t, change.SeenOnly, why)
	_, why, _ = change.ParseAcknowledgement(in(change.ActionAcknowledge, "answer", "no"))
	require.Equal(t, change.MissingAnswer, why, "a no without a word")
	_, why, _ = change.ParseAcknowledgement(in(change.ActionAcknowledge, "answer", "unanswered"))
	require.Equal(t, change.BadRequest, why, "nobody says that they said nothing")
	_, why, at := change.ParseRetro(in(change.ActionReview, "verdict", "would_approve", "note", "Read it"))
	require.Equal(t, change.MissingAnswer, why)
	require.Equal(t, change.FieldLooked, at)
	r, why, _ := change.ParseRemedy(in(change.ActionRemedy, "remedy", "follow_up", "change", "CHG-9", "note", "It is mended"))
	require.Equal(t, change.OK, why)
	require.Equal(t, "CHG-9", r.FollowUp)
	_, why, at = change.ParseRemedy(in(change.ActionRemedy, "remedy", "follow_up", "note", "It is mended"))
	require.Equal(t, change.MissingAnswer, why)
	require.Equal(t, change.FieldFollowUp, at)
	require.True(t, slices.Contains(change.Reasons(), change.SeenOnly))
}
