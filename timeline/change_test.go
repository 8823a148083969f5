package timeline

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/gate"
)

// Every type of record of a change is told in a sentence of its own.
func TestEveryKindOfAChangeIsTold(t *testing.T) {
	opens := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	act := change.ActFacts{Action: "approve", Level: 1, Version: 2, Hash: "9f720f7521a70000", Verdict: change.Approve, Reason: change.IsRequester,
		Result: change.Verifying, Tally: &change.Tallied{Approvals: 1, Required: 2},
		Attested: []change.Attested{{Name: "risk", Text: "I accept it.\n→ I confirm this", Answer: "yes"}}}
	for kind, c := range map[string]struct {
		facts   any
		text    string
		details []string
	}{
		change.EventReceived:     {change.ReceivedFacts{Key: "OPS-1"}, "Ticket OPS-1 asked for a change; it got the number CHG-1.", nil},
		change.EventSubmitted:    {change.SubmittedFacts{Version: 1, Hash: "9f720f7521a70000", Chain: "standard", Requester: "p-bruno", Implementer: "p-bruno", System: "s", Environment: "e", Risk: "low", Collisions: []change.Collision{{Number: "CHG-9", Target: true}}, Template: &change.TemplateUse{Name: "restart", Class: "standard", Digest: "0123456789abcdef"}, AskedBy: []change.Exclusion{{Person: "p-bruno", Reason: change.WasRequester}}}, "Version 1 (content 9f720f7521a7) went into review by the chain “standard”.", []string{"s in e, risk low; requested by Bruno, to be carried out by Bruno", "a standard change by the template restart of class standard (0123456789ab)", "also excluded: Bruno, was requester", "at the same time: CHG-9, on the same system, planned from 00:00:00"}},
		change.EventNotSubmitted: {change.SubmittedFacts{Version: 1, Reason: change.NoRoute, Problems: []change.Problem{{Field: "risk", Text: "missing"}}}, "Version 1 was not submitted. " + change.NoRoute.Text(), []string{" in , risk ; requested by , to be carried out by ", "risk: missing"}},
		change.EventDecided:      {act, "Approved at level 1 of version 2 (content 9f720f7521a7). Approvals at this level: 1 of 2.", []string{"confirmed (yes): “I accept it.”"}},
		change.EventRefused:      {act, "Tried to approve. " + change.IsRequester.Text(), []string{"confirmed (yes): “I accept it.”", "reason: is-requester"}},
		change.EventLate:         {act, "Tried to approve. " + change.IsRequester.Text(), []string{"confirmed (yes): “I accept it.”", "reason: is-requester"}},
		change.EventStarted:      {change.ActFacts{Action: "start", Version: 2}, "Started to carry out version 2.", nil},
		change.EventFinished:     {change.ActFacts{Action: "finish", Result: change.RolledBack}, "Reported the outcome: rolled back.", nil},
		change.EventApproved:     {change.MovedFacts{Expires: opens}, "Every level reached its quorum: the version is approved.", []string{"approval valid until 20:00:00"}},
		change.EventRejected:     {change.MovedFacts{}, "A level was denied: the version is rejected.", nil},
		change.EventExpired:      {change.MovedFacts{Reason: change.DeadlinePassed}, "Time ran out: the version expired. Silence is never an approval.", []string{change.DeadlinePassed.Text()}},
		change.EventVoided:       {change.MovedFacts{Changes: []change.FieldChange{{Name: "plan"}}}, "The content changed, so this version and its votes are void.", []string{"what changed: " + change.Describe([]change.FieldChange{{Name: "plan"}})}},
		change.EventNotStarted:   {change.MovedFacts{Window: "weeknights", Opens: opens}, "The start came too late for its window and does not count.", []string{"may start 20:00:00", "window weeknights"}},
		change.EventClosed:       {change.MovedFacts{}, "The ticket still says what was approved: the change is closed.", nil},
		change.EventWithdrawn:    {change.MovedFacts{Detail: "by hand"}, "The change ended before it was carried out.", []string{"by hand"}},
		change.EventDrift:        {change.MovedFacts{}, "Somebody moved the ticket by hand; its status was set back.", nil},
		change.EventUnreadable:   {change.MovedFacts{}, "A message could not be read.", nil},
		change.EventReminded:     {change.CalledFacts{Version: 2, Level: 1, Share: 50, Called: []compliance.PersonID{"p-bruno"}}, "Reminded Bruno that level 1 of version 2 waits for them, after 50% of its time.", nil},
		change.EventEscalated:    {change.CalledFacts{Version: 2, Level: 1, Share: 75, Groups: []string{"board"}}, "Level 1 of version 2 was escalated to board after 75% of its time; its quorum is what it was.", nil},
		change.EventReassigned:   {change.CalledFacts{Version: 2, Level: 1}, "The directory gave level 1 of version 2 other people.", nil},
		change.EventHeld:         {change.ActFacts{Action: "hold", Result: change.Held}, "Put the change on hold; no deadline runs while it is.", nil},
		change.EventObjected:     {change.ActFacts{Action: "object", Result: change.Held}, "Objected to what they had approved; the change is on hold.", nil},
		change.EventNotReplaced:  {change.MovedFacts{Reason: change.OtherPlace, Newer: "CHG-9", Detail: "CHG-9 wanted it."}, "A newer change wanted to take the place of this one and did not.", []string{change.OtherPlace.Text(), "by CHG-9", "CHG-9 wanted it."}},
		change.EventResumed:      {change.ActFacts{Action: "resume", Result: change.WaitingWindow, Lost: []change.Loss{{Person: "p-bruno", Level: 1, Reason: change.Inactive}}}, "Resumed the change; its approval still stands.", []string{"Bruno may no longer decide: inactive"}},
		change.EventSuperseded:   {change.MovedFacts{Reason: change.SupersededByNewer, Newer: "CHG-9"}, "A newer change took the place of this one.", []string{change.SupersededByNewer.Text(), "by CHG-9"}},
		change.EventSupersedes:   {change.MovedFacts{Detail: "CHG-7 was replaced by this change and is over."}, "The older change that this one replaces was told.", []string{"CHG-7 was replaced by this change and is over."}},
		change.EventGated: {change.GatedFacts{Gate: "claims-desk", Version: 2, Hash: "9f720f7521a70000", New: []gate.Part{gate.TestResults, gate.Review},
			Given:   []gate.Given{{Part: gate.TestResults, Digest: "sha256:0a0b0c0d0e0f00", Name: "run.xml"}, {Part: gate.Review, Digest: "sha256:0b", Link: "https://code.example/7", Author: "p-bruno", Reviewer: "p-bruno"}},
			Results: []gate.Result{{Check: gate.Tests, Outcome: compliance.CheckPass, Detail: "3 passed, 0 skipped."}},
			Marks:   []gate.Mark{{Check: gate.Tests}, {Check: gate.CodeReview, Reason: gate.Failed}, {Check: gate.Limits, Waived: &gate.Waiver{Number: "EXC-1", Until: opens}}},
			Stated:  &change.Attested{Text: "Synthetic.", Answer: "yes"}},
			"Handed evidence over for the gate claims-desk of version 2 (content 9f720f7521a7). Open checks after it: 1 of 3.",
			[]string{
				"handed over: tests, run.xml (0a0b0c0d0e0f)", "handed over: review, https://code.example/7 by Bruno, reviewed by Bruno (0b)", "stated (yes): “Synthetic.”",
				"tests: pass. 3 passed, 0 skipped.", "code review open: failed", "limits excused by EXC-1 until 20:00:00",
			}},
		change.EventEdited: {change.EditedFacts{Version: 2, Class: change.Notable, Was: "9f720f7521a70000", Hash: "0123456789ab0000", Changes: []change.FieldChange{{Name: "duration", From: "30m0s", To: "20m0s"}}},
			"The ticket was edited; version 2 and its votes stand. Whoever voted and whoever was still asked was told.",
			[]string{"what changed: duration: 30m0s → 20m0s", "class: notable", "content 9f720f7521a7 became 0123456789ab"}},
		change.EventRetimed: {change.RetimedFacts{Version: 2, Reason: change.ZonesChanged, Was: change.Opening{At: opens, Until: opens.Add(time.Hour), Name: "weeknights", Reason: change.WindowClosed},
			Is: change.Opening{At: opens.Add(time.Hour), Until: opens.Add(2 * time.Hour), Name: "weeknights", Reason: change.WindowClosed}, WasCalendar: "aa", Calendar: "aa", WasZones: "bb", Zones: "cc"},
			"The time at which version 2 may start moved, because the clocks of a time zone change otherwise than was known: now from 21:00:00 until 22:00:00, weeknights.",
			[]string{"before: from 20:00:00 until 21:00:00, weeknights", "zone data cc, before bb"}},
		change.EventTurnPassed: {change.MovedFacts{Reason: change.TurnPassed, Detail: "late"}, "It was its turn in the line, which was not used in time: the next one's came.", []string{change.TurnPassed.Text(), "late"}},
		change.EventProceeded:  {change.ActFacts{Action: "proceed", Point: 2, Remaining: time.Hour}, "Asked at safe point 2, and may go on.", []string{"left, by their estimate: 1h0m0s"}},
		change.EventPaused: {change.ProceedFacts{Version: 1, Point: 1, Points: 3, Reason: change.WindowClosed, Opening: change.Opening{At: opens, Reason: change.WindowClosed}},
			"The work waits at safe point 1 of 3. It may go on from 20:00:00.", []string{"reason: window-closed"}},
		change.EventOverrun: {change.OverrunFacts{Version: 1, Reason: change.Frozen, Since: opens, Name: "audit week", Passed: 1, Points: 3},
			"A freeze began while the change was being carried out; the implementer was called to stop at the next safe point or go back.",
			[]string{"since 20:00:00", "audit week", "safe points passed: 1 of 3"}},
	} {
		t.Run(kind, func(t *testing.T) {
			line := tell(entry(t, kind, c.facts))[0]
			require.Equal(t, c.text, line.Text)
			require.Equal(t, c.details, line.Details)
			require.Equal(t, "Bruno", line.Who)
			require.Equal(t, kind == change.EventRefused || kind == change.EventLate, line.Refused)
		})
	}
}

// A vote that came twice is told with the time of the first, and never as a
// difference of content; records from before hold that time as a difference.
func TestC16_RepeatedVoteIsToldWithTheFirst(t *testing.T) {
	act := change.ActFacts{Action: "approve", Level: 1, Version: 1, Verdict: change.Approve, Reason: change.AlreadyRecorded,
		First: time.Date(2026, 11, 22, 11, 58, 0, 0, time.UTC)}
	require.Equal(t, []string{"decided before, 11:58:00", "reason: already-recorded"}, tell(entry(t, change.EventRefused, act))[0].Details)
	act.First, act.Changes = time.Time{}, "22 November 2026, 11:58 UTC"
	require.Equal(t, []string{"reason: already-recorded"}, tell(entry(t, change.EventRefused, act))[0].Details)
	act.Reason, act.Changes = change.StaleContent, "plan changed"
	require.Equal(t, []string{"differs from what they saw: plan changed", "reason: stale-content"}, tell(entry(t, change.EventRefused, act))[0].Details)
}

// C18: how strongly the voter had signed in is told with the vote.
func TestC18_SignInIsTold(t *testing.T) {
	act := change.ActFacts{Action: "deny", Level: 1, Version: 1, Hash: "9f720f7521a70000", Verdict: change.Deny, SignedIn: &change.SignedIn{
		At: time.Date(2026, 11, 22, 11, 58, 0, 0, time.UTC), Methods: []string{"pwd", "mfa"}, Context: "phrh", Issuer: "https://id.example",
	}}
	require.Equal(t, []string{"signed in 11:58:00 by pwd, mfa phrh, vouched for by https://id.example"}, tell(entry(t, change.EventDecided, act))[0].Details)
}

// A ticket that no longer says what was approved is never told as one that does.
func TestClosedWithDeviation(t *testing.T) {
	line := tell(entry(t, change.EventClosed, change.MovedFacts{Reason: change.ContentChanged}))[0]
	require.Equal(t, "The change is closed with a deviation.", line.Text)
	require.Equal(t, []string{change.ContentChanged.Text()}, line.Details)
}

// What differed from the version before is told with the submission (C12).
func TestC12_WhatChangedSinceIsTold(t *testing.T) {
	line := tell(entry(t, change.EventSubmitted, change.SubmittedFacts{Version: 3, Chain: "standard", Since: "plan changed"}))[0]
	require.Contains(t, line.Details, "since version 2: plan changed")
}

// C24: a changed vote is told with the one it takes the place of; C3: where a resumed
// change went on, and that an objection was taken back while others stand.
func TestC24_ChangedVotesAndHoldsAreTold(t *testing.T) {
	act := change.ActFacts{Action: "deny", Level: 1, Version: 1, Hash: "9f720f7521a70000", Verdict: change.Deny,
		Replaces: &change.Replaced{Verdict: change.Approve, At: time.Date(2026, 11, 22, 11, 58, 0, 0, time.UTC), Index: 7}}
	require.Equal(t, []string{"in place of: approved, 11:58:00"}, tell(entry(t, change.EventDecided, act))[0].Details)
	for result, want := range map[change.State]string{
		change.Open: "Resumed the change; it is in review.", change.Held: "Took an objection back; the change is still on hold.",
	} {
		require.Equal(t, want, tell(entry(t, change.EventResumed, change.ActFacts{Action: "resume", Result: result}))[0].Text)
	}
}
