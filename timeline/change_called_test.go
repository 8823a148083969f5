package timeline

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// Whom an open level called is told with who came and who left, and why (C9, C10).
func TestC10_CallsAreTold(t *testing.T) {
	until := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	leave := change.Delegation{ID: "leave", Principal: "p-bruno", Person: "p-bruno", Interval: compliance.Interval{Start: until.Add(-time.Hour), End: until}}
	for _, c := range []struct {
		kind    string
		facts   change.CalledFacts
		text    string
		details []string
	}{
		{change.EventReminded, change.CalledFacts{Version: 2, Level: 1, Share: 50, Called: []compliance.PersonID{"p-bruno"}, Deadline: until},
			"Reminded Bruno that level 1 of version 2 waits for them, after 50% of its time.", []string{"to be decided before 20:00:00"}},
		{change.EventEscalated, change.CalledFacts{Version: 2, Level: 1, Share: 75, Groups: []string{"change-board"}, Called: []compliance.PersonID{"p-bruno"}, Excluded: []change.Exclusion{{Person: "p-bruno", Reason: change.IsRequester}}},
			"Level 1 of version 2 was escalated to change-board after 75% of its time; its quorum is what it was.", []string{"may decide now: Bruno", "not Bruno at level 1: is requester"}},
		{change.EventReassigned, change.CalledFacts{Version: 1, Level: 2, Left: []compliance.PersonID{"p-bruno"}},
			"The directory gave level 2 of version 1 other people.", []string{"decide no more: Bruno"}},
		{change.EventReassigned, change.CalledFacts{Version: 1, Level: 2, Called: []compliance.PersonID{"p-bruno"}, Delegations: []change.Delegation{leave}},
			"Called Bruno to level 2 of version 1 in the place of who is away.", []string{"Bruno acts for Bruno from 19:00:00 until 20:00:00 (leave)"}},
	} {
		line := tell(entry(t, c.kind, c.facts))[0]
		require.Equal(t, c.text, line.Text)
		require.Equal(t, c.details, line.Details)
	}
}

// A vote in another's place is told with both and the delegation (C9); a move by hand
// with whoever made it (C22).
func TestC9_AVoteInAnothersPlaceIsTold(t *testing.T) {
	line := tell(entry(t, change.EventDecided, change.ActFacts{Action: "deny", Level: 1, Version: 1, Hash: "9f720f7521a70000", Verdict: change.Deny, For: "p-bruno", Delegation: "leave"}))[0]
	require.Equal(t, "Denied for Bruno at level 1 of version 1 (content 9f720f7521a7).", line.Text)
	require.Equal(t, []string{"in the place of Bruno, by the delegation leave"}, line.Details)
	moved := tell(entry(t, change.EventDrift, change.MovedFacts{Detail: "the ticket was moved by hand to approved", By: "p-bruno", Reason: change.IsRequester}))[0]
	require.Equal(t, []string{change.IsRequester.Text(), "the ticket was moved by hand to approved", "moved by Bruno"}, moved.Details)
	submitted := tell(entry(t, change.EventSubmitted, change.SubmittedFacts{Version: 1, Levels: []change.ResolvedLevel{{Delegations: []change.Delegation{{ID: "leave", Principal: "p-bruno", Person: "p-bruno"}}}}}))[0]
	require.Contains(t, submitted.Details[len(submitted.Details)-1], "Bruno acts for Bruno from ")
}

// An objection to what a deputy approved is told with who gave it for whom (C24).
func TestC24_AnObjectionNamesTheSeat(t *testing.T) {
	line := tell(entry(t, change.EventObjected, change.ActFacts{
		Action: "object", Result: change.Held, Objects: &change.ObjectedTo{Level: 1, Person: "p-bruno", For: "p-bruno", Delegation: "leave"},
	}))[0]
	require.Equal(t, "Objected to what was approved in another's place; the change is on hold.", line.Text)
	require.Equal(t, []string{"about the approval at level 1, given by Bruno for Bruno by the delegation leave"}, line.Details)
}
