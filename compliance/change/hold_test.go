package change_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// holding is a change at its second level of three, approved at the first by p-1;
// p-2 approved the second, p-3 denied the first and p-4's approval there is void.
func holding() change.Holding {
	return change.Holding{
		State: change.Open, Review: change.InReview, Level: 2, Ends: noon.Add(time.Hour), Parties: ids{"p-req", "p-imp"}, Requester: "p-req",
		Votes: []change.Vote{
			vote("p-1", 1, change.Approve), vote("p-3", 1, change.Deny), void(vote("p-4", 1, change.Approve)), vote("p-2", 2, change.Approve),
			{Person: "p-8", Level: 2, Verdict: change.Approve, For: "p-7", Delegation: "leave", Index: 9},
		},
	}
}

// Who is concerned may stop a change while there is something to stop, and no longer (C3).
func TestC3_WhoMayHold(t *testing.T) {
	for name, c := range map[string]struct {
		by        compliance.PersonID
		mayDecide bool
		edit      func(*change.Holding)
		want      change.Reason
	}{
		"the requester":               {by: "p-req"},
		"the implementer":             {by: "p-imp"},
		"an approver of any level":    {by: "p-9", mayDecide: true},
		"somebody else":               {by: "p-9", want: change.NotInvolved},
		"nobody":                      {mayDecide: true, want: change.NotInvolved},
		"a moment before the end":     {by: "p-req", edit: func(h *change.Holding) { h.Ends = noon.Add(1) }},
		"at the deadline":             {by: "p-req", edit: func(h *change.Holding) { h.Ends = noon }, want: change.DeadlinePassed},
		"while it waits for a window": {by: "p-imp", edit: func(h *change.Holding) { h.State, h.Review, h.Ends = change.WaitingWindow, change.Approved, noon }},
		"denied":                      {by: "p-req", edit: func(h *change.Holding) { h.Review = change.Rejected }, want: change.NotInReview},
		"on hold":                     {by: "p-req", edit: func(h *change.Holding) { h.State = change.Held }, want: change.AlreadyHeld},
		"under way":                   {by: "p-req", edit: func(h *change.Holding) { h.State = change.Executing }, want: change.AlreadyExecuting},
		"being verified":              {by: "p-req", edit: func(h *change.Holding) { h.State = change.Verifying }, want: change.AlreadyExecuting},
		"over":                        {by: "p-req", edit: func(h *change.Holding) { h.State = change.WithdrawnChange }, want: change.AlreadyClosed},
	} {
		h := holding()
		if c.edit != nil {
			c.edit(&h)
		}
		require.Equal(t, c.want, change.JudgeHold(h, c.by, c.mayDecide, noon), name)
	}
	for _, s := range change.States() {
		h := holding()
		h.State = s
		require.Equal(t, s != change.Held && change.CanMove(s, change.Held), change.JudgeHold(h, "p-req", false, noon) == change.OK, s)
	}
}

// Whose approval counts at a complete level may object until the execution starts;
// at the open level there is a vote to change (C24).
func TestC24_WhoMayObject(t *testing.T) {
	for name, c := range map[string]struct {
		by   compliance.PersonID
		edit func(*change.Holding)
		want change.Reason
	}{
		"approved a complete level":        {by: "p-1"},
		"approved the open level":          {by: "p-2", want: change.LevelOpen},
		"a deputy approved for them":       {by: "p-7"},
		"as a deputy, at a complete level": {by: "p-8", edit: func(h *change.Holding) { h.State, h.Review = change.WaitingWindow, change.Approved }},
		"as a deputy, at the open level":   {by: "p-8", want: change.LevelOpen},
		"a deputy denied for them":         {by: "p-7", edit: func(h *change.Holding) { h.Votes[4].Verdict = change.Deny }, want: change.NotApprover},
		"a deputy's approval is void":      {by: "p-7", edit: func(h *change.Holding) { h.Votes[4] = void(h.Votes[4]) }, want: change.NotApprover},
		"denied":                           {by: "p-3", want: change.NotApprover},
		"approval is void":                 {by: "p-4", want: change.NotApprover},
		"never voted":                      {by: "p-9", want: change.NotApprover},
		"nobody":                           {want: change.NotApprover},
		"all levels are complete":          {by: "p-2", edit: func(h *change.Holding) { h.State, h.Review = change.WaitingWindow, change.Approved }},
		"somebody else holds it":           {by: "p-1", edit: func(h *change.Holding) { h.State, h.Hold = change.Held, &change.Hold{By: "p-req"} }},
		"somebody else objects":            {by: "p-1", edit: func(h *change.Holding) { h.State, h.Hold = change.Held, &change.Hold{Objectors: ids{"p-2"}} }},
		"objects already":                  {by: "p-1", edit: func(h *change.Holding) { h.State, h.Hold = change.Held, &change.Hold{Objectors: ids{"p-1"}} }, want: change.AlreadyHeld},
		"edited while on hold":             {by: "p-1", edit: func(h *change.Holding) { h.State, h.Review = change.Held, change.Withdrawn }, want: change.NotApprover},
		"under way":                        {by: "p-1", edit: func(h *change.Holding) { h.State = change.Executing }, want: change.AlreadyExecuting},
		"over":                             {by: "p-1", edit: func(h *change.Holding) { h.State = change.Closed }, want: change.AlreadyClosed},
		"after the open level's deadline":  {by: "p-1", edit: func(h *change.Holding) { h.Ends = noon }, want: change.DeadlinePassed},
	} {
		h := holding()
		if c.edit != nil {
			c.edit(&h)
		}
		require.Equal(t, c.want, change.JudgeObject(h, c.by, noon).Reason, name)
	}
}

// Only who held it, or the requester, lets it go on; an objection is the objector's
// to take back, and against it the requester can only start the review anew (C3, C24).
func TestC3_WhoMayResume(t *testing.T) {
	plain, objected := &change.Hold{By: "p-imp"}, &change.Hold{Objectors: ids{"p-1"}}
	both := &change.Hold{By: "p-imp", Objectors: ids{"p-1", "p-2"}}
	for _, c := range []struct {
		hold *change.Hold
		by   compliance.PersonID
		want change.Resumption
	}{
		{plain, "p-imp", change.Resumption{}},
		{plain, "p-req", change.Resumption{}},
		{plain, "p-1", change.Resumption{Reason: change.NotHolder}},
		{plain, "", change.Resumption{Reason: change.NotHolder}},
		{objected, "p-1", change.Resumption{}},
		{objected, "p-req", change.Resumption{Again: true}},
		{objected, "p-imp", change.Resumption{Reason: change.NotHolder}},
		{objected, "", change.Resumption{Reason: change.NotHolder}},
		{both, "p-imp", change.Resumption{Reason: change.ObjectionStands}},
		{both, "p-req", change.Resumption{Again: true}},
		{both, "p-1", change.Resumption{Left: &change.Hold{By: "p-imp", Objectors: ids{"p-2"}}}},
		{&change.Hold{By: "p-imp", Objectors: ids{"p-2"}}, "p-2", change.Resumption{Left: &change.Hold{By: "p-imp", Objectors: ids{}}}},
		{&change.Hold{By: "p-2", Objectors: ids{"p-2"}}, "p-2", change.Resumption{}},
	} {
		require.Equal(t, c.want, change.JudgeResume(change.Held, c.hold, "p-req", c.by), "%+v by %s", c.hold, c.by)
	}
	require.Equal(t, ids{"p-1", "p-2"}, both.Objectors, "the hold that was judged is not altered")
	require.Equal(t, change.NotHeld, change.JudgeResume(change.WaitingWindow, nil, "p-req", "p-req").Reason)
	require.Equal(t, change.AlreadyExecuting, change.JudgeResume(change.Executing, nil, "p-req", "p-req").Reason)
	require.Equal(t, change.AlreadyClosed, change.JudgeResume(change.Superseded, nil, "p-req", "p-req").Reason)
}

// People are told a day before a hold ends the change, or at half of a short one.
func TestC3_PeopleAreToldBeforeAHoldEnds(t *testing.T) {
	require.Equal(t, noon.Add(29*24*time.Hour), change.Hold{Since: noon, Until: noon.Add(30 * 24 * time.Hour)}.WarnAt())
	require.Equal(t, noon.Add(30*time.Minute), change.Hold{Since: noon, Until: noon.Add(time.Hour)}.WarnAt())
}

// After a hold the complete levels need the quorum they had; the open one can still
// be decided (C3, C5).
func TestC3_VotesAfterAHold(t *testing.T) {
	votes := []change.Vote{vote("p-1", 1, change.Approve), vote("p-2", 1, change.Approve), vote("p-1", 2, change.Approve)}
	gone := change.Loss{Person: "p-1", Level: 2, Reason: change.Inactive}
	after, r := change.AfterHold(routeOf(change.VoidVote, 2, 2), votes, []change.Loss{gone}, 1)
	require.Equal(t, change.OK, r)
	require.Equal(t, change.Inactive, after[2].Void)
	require.Equal(t, change.OK, votes[2].Void, "not altered")
	gone.Level = 1
	_, r = change.AfterHold(routeOf(change.VoidVote, 2, 2), votes, []change.Loss{gone}, 1)
	require.Equal(t, change.EligibilityLost, r)
	after, r = change.AfterHold(routeOf(change.KeepVote, 2, 2), votes, []change.Loss{gone}, 1)
	require.Equal(t, change.OK, r)
	require.Equal(t, votes, after)
	_, r = change.AfterHold(routeOf(change.VoidVote, 2), votes[:2], nil, 7)
	require.Equal(t, change.OK, r, "more levels than there are")
}

// A changed vote stays visible and never counts; however often somebody changes
// their mind, what a version carries is bounded (C24).
func TestC24_ChangedVotes(t *testing.T) {
	votes := []change.Vote{vote("p-1", 1, change.Approve), vote("p-2", 1, change.Approve), vote("p-1", 2, change.Approve)}
	after := change.Recast(votes, vote("p-1", 1, change.Deny))
	require.Len(t, after, 4)
	require.Equal(t, change.VoteChanged, after[0].Void)
	require.Equal(t, []change.Reason{change.OK, change.OK, change.OK}, []change.Reason{after[1].Void, after[2].Void, after[3].Void})
	require.Equal(t, change.OK, votes[0].Void, "not altered")

	for i := range 500 {
		after = change.Recast(after, vote(compliance.PersonID(fmt.Sprint("p-", i%3)), 1, []change.Verdict{change.Approve, change.Abstain}[i/3%2]))
	}
	changed, standing := 0, map[compliance.PersonID]int{}
	for _, v := range after {
		if v.Void == change.VoteChanged {
			changed++
		} else if v.Level == 1 {
			standing[v.Person]++
		}
	}
	require.Equal(t, 20, changed)
	require.Equal(t, map[compliance.PersonID]int{"p-0": 1, "p-1": 1, "p-2": 1}, standing)
}

// The record of an objection names the approval that it is about: who gave it, in whose
// place and by which delegation (C9, C24).
func TestC24_TheApprovalThatIsObjectedToIsNamed(t *testing.T) {
	h := holding()
	require.Equal(t, &change.ObjectedTo{Level: 2, Person: "p-8", For: "p-7", Delegation: "leave", Index: 9}, change.JudgeObject(h, "p-7", noon).OnRecord())
	require.Equal(t, &change.ObjectedTo{Level: 1, Person: "p-1"}, change.JudgeObject(h, "p-1", noon).OnRecord())
	require.Nil(t, change.JudgeObject(h, "p-3", noon).OnRecord())
	require.True(t, change.Objectable(change.InReview, 2, h.Votes))
	h.Votes = h.Votes[3:]
	require.True(t, change.Objectable(change.InReview, 2, h.Votes), "one that a deputy gave, at the open level")
	require.False(t, change.Objectable(change.InReview, 2, h.Votes[:1]), "there is a vote to change")
	require.True(t, change.Objectable(change.Approved, 2, h.Votes[:1]))
	require.False(t, change.Objectable(change.Expired, 2, h.Votes))
}
