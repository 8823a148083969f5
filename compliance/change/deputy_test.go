package change_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// acts is a delegation in force around noon.
func acts(deputy, principal compliance.PersonID) change.Delegation {
	return change.Delegation{
		ID: string(deputy) + ":" + string(principal), Principal: principal, Person: deputy,
		Interval: compliance.Interval{Start: noon.Add(-time.Hour), End: noon.Add(time.Hour)},
	}
}

// stand is a level that the owners decide, of whom p-1 and p-2 are away; the
// reserve may stand in for them.
func stand(delegations ...change.Delegation) (change.ResolvedLevel, change.Roster) {
	l := change.ResolvedLevel{Level: level("2", "owners"), Required: 2, Eligible: ids{"p-1", "p-2", "p-3"}}
	l.Deputies = []string{"reserve"}
	members := append(group("owners", person("p-1"), person("p-2"), person("p-3"), gone("p-4"), person("p-imp")), group("reserve", person("p-7"), person("p-8"), gone("p-9"), person("p-3"))...)
	return l, change.Roster{Members: members, Delegations: delegations}
}

// Who decides for themselves, who for somebody, and who for nobody (C9).
func TestC9_InWhoseSeatSomebodyDecides(t *testing.T) {
	own := func(p compliance.PersonID, verdict change.Verdict) change.Vote {
		return change.Vote{Person: p, Level: 1, Verdict: verdict}
	}
	in := func(p, q compliance.PersonID) change.Vote {
		return change.Vote{Person: p, For: q, Delegation: string(p) + ":" + string(q), Level: 1, Verdict: change.Approve}
	}
	external := func(l *change.ResolvedLevel) { l.External, l.UsesExternal = "p-x", true }
	for name, c := range map[string]struct {
		by          compliance.PersonID
		delegations []change.Delegation
		votes       []change.Vote
		alter       func(*change.ResolvedLevel)
		seat        compliance.PersonID
		reason      change.Reason
	}{
		"a member, for themselves":                       {by: "p-1"},
		"a member, though they act for another":          {by: "p-3", delegations: []change.Delegation{acts("p-3", "p-1")}},
		"a deputy":                                       {by: "p-7", delegations: []change.Delegation{acts("p-7", "p-1")}, seat: "p-1"},
		"a deputy of two, for the first by id":           {by: "p-7", delegations: []change.Delegation{acts("p-7", "p-2"), acts("p-7", "p-1")}, seat: "p-1"},
		"a deputy of two, one of whom has decided":       {by: "p-7", delegations: []change.Delegation{acts("p-7", "p-2"), acts("p-7", "p-1")}, votes: []change.Vote{own("p-1", change.Deny)}, seat: "p-2"},
		"a deputy whose principal abstained":             {by: "p-7", delegations: []change.Delegation{acts("p-7", "p-1")}, votes: []change.Vote{own("p-1", change.Abstain)}, reason: change.SeatTaken},
		"a deputy after another one":                     {by: "p-8", delegations: []change.Delegation{acts("p-7", "p-1"), acts("p-8", "p-1")}, votes: []change.Vote{in("p-7", "p-1")}, reason: change.SeatTaken},
		"a deputy again, in the same seat":               {by: "p-7", delegations: []change.Delegation{acts("p-7", "p-1"), acts("p-7", "p-2")}, votes: []change.Vote{in("p-7", "p-2")}, seat: "p-2"},
		"a deputy whose first vote was void":             {by: "p-7", delegations: []change.Delegation{acts("p-7", "p-1")}, votes: []change.Vote{{Person: "p-7", For: "p-1", Level: 1, Verdict: change.Deny, Void: change.ContentChanged}}, seat: "p-1"},
		"a deputy who decided at another level":          {by: "p-7", delegations: []change.Delegation{acts("p-7", "p-1")}, votes: []change.Vote{{Person: "p-7", For: "p-1", Level: 2, Verdict: change.Approve}}, seat: "p-1"},
		"who is away, after their deputy":                {by: "p-1", delegations: []change.Delegation{acts("p-7", "p-1")}, votes: []change.Vote{in("p-7", "p-1")}, reason: change.Represented},
		"nobody's deputy":                                {by: "p-7", reason: change.NotEligible},
		"a deputy in no group that stands in":            {by: "p-5", delegations: []change.Delegation{acts("p-5", "p-1")}, reason: change.NotDeputy},
		"the deputy of a deputy":                         {by: "p-8", delegations: []change.Delegation{acts("p-7", "p-1"), acts("p-8", "p-7")}, reason: change.NotEligible},
		"a deputy of somebody outside":                   {by: "p-7", delegations: []change.Delegation{acts("p-7", "p-5")}, reason: change.NotEligible},
		"a deputy of somebody who has left":              {by: "p-7", delegations: []change.Delegation{acts("p-7", "p-4")}, reason: change.NotEligible},
		"a deputy of the implementer":                    {by: "p-7", delegations: []change.Delegation{acts("p-7", "p-imp")}, reason: change.NotEligible},
		"who acts for an asker, too":                     {by: "p-act", delegations: []change.Delegation{acts("p-act", "p-1")}, reason: change.IsActing},
		"a deputy who has left":                          {by: "p-9", delegations: []change.Delegation{acts("p-9", "p-1")}, reason: change.Inactive},
		"a deputy of the external approver":              {by: "p-7", delegations: []change.Delegation{acts("p-7", "p-x")}, alter: external, reason: change.NotEligible},
		"the requester":                                  {by: "p-req", reason: change.IsRequester},
		"too early, since the span is half-open":         {by: "p-7", delegations: []change.Delegation{{ID: "d", Principal: "p-1", Person: "p-7", Interval: compliance.Interval{Start: noon.Add(1), End: noon.Add(2)}}}, reason: change.NotEligible},
		"too late, since the span is half-open":          {by: "p-7", delegations: []change.Delegation{{ID: "d", Principal: "p-1", Person: "p-7", Interval: compliance.Interval{Start: noon.Add(-1), End: noon}}}, reason: change.NotEligible},
		"a member of the fallback before the escalation": {by: "p-5", alter: func(l *change.ResolvedLevel) { l.Fallback = &change.Fallback{Groups: []string{"board"}, After: 50} }, reason: change.NotEligible},
		"a member of the fallback after it": {by: "p-5", alter: func(l *change.ResolvedLevel) {
			l.Fallback, l.Escalated = &change.Fallback{Groups: []string{"board"}, After: 50}, true
		}},
	} {
		t.Run(name, func(t *testing.T) {
			l, r := stand(c.delegations...)
			r.Members = append(r.Members, group("board", person("p-5"))...)
			if c.alter != nil {
				c.alter(&l)
			}
			who := person(c.by)
			if c.by == "p-9" {
				who = gone("p-9")
			}
			seat, reason := change.SeatOf(1, l, who, r, duties, c.votes, noon)
			require.Equal(t, c.reason, reason)
			require.Equal(t, c.seat, seat.For)
			if c.seat != "" {
				require.Equal(t, string(c.by)+":"+string(c.seat), seat.Delegation)
			}
		})
	}
}

// Votes fill seats: the same one is never filled twice, whoever fills it (C7, C9).
func TestC9_ASeatIsCountedOnce(t *testing.T) {
	l, _ := stand()
	in := func(p, q compliance.PersonID) change.Vote {
		return change.Vote{Person: p, For: q, Level: 1, Verdict: change.Approve}
	}
	got := change.Tally(1, l, []change.Vote{in("p-7", "p-1"), in("", ""), {Person: "p-1", Level: 1, Verdict: change.Approve}, in("p-8", "p-1"), in("p-7", "p-2")})
	require.Equal(t, 1, got.Approvals)
	require.Equal(t, ids{"p-2", "p-3"}, got.Outstanding)
	got = change.Tally(1, l, []change.Vote{in("p-7", "p-1"), in("p-8", "p-2")})
	require.Equal(t, change.Reached, got.Outcome)
}

// A deputy's vote is looked at again before execution, with both of them (C5, C9).
func TestC9_WhetherADeputysVoteStillCounts(t *testing.T) {
	vote := change.Vote{Person: "p-7", For: "p-1", Delegation: "p-7:p-1", Level: 1, Verdict: change.Approve}
	for name, c := range map[string]struct {
		alter  func(*change.ResolvedLevel, *change.Roster, *change.Duties, *compliance.Person)
		reason change.Reason
	}{
		"the delegation is over": {func(_ *change.ResolvedLevel, r *change.Roster, _ *change.Duties, _ *compliance.Person) {
			r.Delegations = nil
		}, change.OK},
		"the principal asked for it": {func(_ *change.ResolvedLevel, _ *change.Roster, d *change.Duties, _ *compliance.Person) {
			d.Requester = "p-1"
		}, change.IsActing},
		"the deputy asked for it": {func(_ *change.ResolvedLevel, _ *change.Roster, d *change.Duties, _ *compliance.Person) {
			d.Requester = "p-7"
		}, change.IsRequester},
		"the deputy stands in no more": {func(l *change.ResolvedLevel, _ *change.Roster, _ *change.Duties, _ *compliance.Person) {
			l.Deputies = nil
		}, change.NotDeputy},
		"the principal left the group": {func(l *change.ResolvedLevel, _ *change.Roster, _ *change.Duties, _ *compliance.Person) {
			l.Groups = []string{"board"}
		}, change.NotEligible},
		"the deputy left": {func(_ *change.ResolvedLevel, _ *change.Roster, _ *change.Duties, p *compliance.Person) {
			p.ActiveTo = noon
		}, change.Inactive},
		"the directory forgot them": {func(_ *change.ResolvedLevel, _ *change.Roster, _ *change.Duties, p *compliance.Person) {
			*p = compliance.Person{}
		}, change.UnknownPerson},
		"the deputy decides themselves": {func(_ *change.ResolvedLevel, r *change.Roster, _ *change.Duties, _ *compliance.Person) {
			r.Members = append(r.Members, group("owners", person("p-7"))...)
		}, change.OK},
	} {
		t.Run(name, func(t *testing.T) {
			l, r := stand(acts("p-7", "p-1"))
			d, who := duties, person("p-7")
			c.alter(&l, &r, &d, &who)
			require.Equal(t, c.reason, change.StillCounts(l, vote, who, r, d, noon))
		})
	}
}

// Whoever asked is found behind a deputy's vote, too (C5).
func TestC9_AnAskerBehindADeputy(t *testing.T) {
	votes := []change.Vote{{Person: "p-7", For: "p-1", Level: 1, Verdict: change.Approve}}
	require.True(t, change.AskerDecidesOn(change.Route{}, votes, []change.Exclusion{{Person: "p-1", Reason: change.IsSubmitter}}))
	require.False(t, change.AskerDecidesOn(change.Route{}, votes, []change.Exclusion{{Person: "p-2", Reason: change.IsSubmitter}}))
}

// The delegations of a level are those by which somebody may decide there while it can
// be open; a directory that moved gives it other people and keeps its quorum (C9).
func TestC9_ALevelsDelegationsAndPeople(t *testing.T) {
	soon := acts("p-8", "p-2")
	soon.Start, soon.End = noon.Add(2*time.Hour), noon.Add(3*time.Hour)
	late := acts("p-8", "p-1")
	late.Start, late.End = noon.Add(4*time.Hour), noon.Add(5*time.Hour)
	l, r := stand(soon, late, acts("p-7", "p-1"), acts("p-3", "p-1"), acts("p-5", "p-1"), acts("p-9", "p-1"), acts("p-7", "p-imp"))
	is := change.Reassigned(l, r, duties, nil, noon.Add(4*time.Hour), noon)
	require.Equal(t, ids{"p-1", "p-2", "p-3"}, is.Eligible)
	require.Equal(t, 2, is.Required)
	require.Equal(t, []change.Delegation{acts("p-7", "p-1"), soon}, is.Delegations)

	r.Members = group("owners", person("p-3"), person("p-6"))
	is = change.Reassigned(l, r, duties, nil, noon.Add(4*time.Hour), noon)
	require.Equal(t, ids{"p-6"}, change.Came(l.Eligible, is.Eligible))
	require.Equal(t, ids{"p-1", "p-2"}, change.Came(is.Eligible, l.Eligible))
	require.Empty(t, is.Delegations)
	require.Equal(t, 2, is.Required)

	l.External, l.UsesExternal = "p-x", true
	x := person("p-x")
	require.Contains(t, change.Reassigned(l, r, duties, &x, noon, noon).Eligible, compliance.PersonID("p-x"))
	require.Contains(t, change.Reassigned(l, r, duties, nil, noon, noon).Excluded, change.Exclusion{Person: "p-x", Reason: change.UnknownPerson})
}
