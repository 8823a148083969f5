package change_test

import (
	"slices"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// vote has somebody decide on what they saw, once or several times over.
func (a *approvals) vote(t *rapid.T) {
	if len(a.cards) == 0 {
		return
	}
	by := drawAccount(t, "by")
	if level := a.review.Level; level >= 1 && level <= len(a.review.Route.Levels) && rapid.IntRange(0, 2).Draw(t, "called") > 0 {
		if called := a.review.Route.Levels[level-1].Eligible; len(called) > 0 {
			by.ID = string(rapid.SampledFrom(called).Draw(t, "by"))
		}
	}
	a.away(t, &by)
	saw, damage := a.cards[len(a.cards)-1], 0
	switch rapid.IntRange(0, 7).Draw(t, "saw") {
	case 0:
		saw = rapid.SampledFrom(a.cards[max(0, len(a.cards)-8):]).Draw(t, "card")
	case 1:
		damage, saw.opening = rapid.IntRange(1, 5).Draw(t, "damage"), 0
	}
	binding, err := change.ParseBinding(saw.ref)
	require.NoError(t, err)
	switch damage {
	case 1:
		binding.Hash = "ffffffffffff"
	case 2:
		binding.Version++
	case 3:
		binding.Level++
	case 4:
		binding.Nonce += "x"
	case 5:
		binding.Number += "0"
	}
	d := change.Decision{Binding: binding, Verdict: rapid.SampledFrom([]change.Verdict{change.Approve, change.Approve, change.Approve, change.Deny, change.Abstain}).Draw(t, "verdict")}
	for range rapid.IntRange(1, 2).Draw(t, "deliveries") {
		a.judge(t, by, saw, d)
	}
}

// judge decides by the rules and asks the oracle whether the vote should count.
func (a *approvals) judge(t *rapid.T, by compliance.Account, saw card, d change.Decision) {
	r := &a.review
	voter, seat := change.Voter{Reason: change.UnknownPerson}, change.Seat{}
	level, open := max(1, min(r.Level, len(r.Route.Levels))), change.ResolvedLevel{}
	if level <= len(r.Route.Levels) {
		open = r.Route.Levels[level-1]
	}
	owners := a.org.owners(by)
	if len(owners) == 1 {
		p, _ := a.org.person(owners[0])
		voter.Person = p.ID
		seat, voter.Reason = change.SeatOf(level, open, p, a.org.roster(), a.org.duties(r.Route.Requester, a.implementer, a.asked), r.Votes, a.now)
	}
	ruling := change.Judge(*r, d, voter, a.now)

	at, over := a.stands()
	counts := a.taking && a.hold == nil && !over && saw.opening == a.opening && a.now.Before(r.Deadline) && len(owners) == 1 && a.seat(owners[0], at) != ""
	if counts {
		first, voted := a.counted[at][owners[0]]
		require.Equal(t, voted && first == d.Verdict, ruling.Reason == change.AlreadyRecorded)
		require.Equal(t, voted && first != d.Verdict, ruling.Replaces != nil, "the last word before a level completes counts (C24)")
		if counts = !voted || first != d.Verdict; voted && counts {
			require.Equal(t, first, ruling.Replaces.Verdict)
			a.tally["changed votes"]++
		}
	}
	require.Equal(t, counts, ruling.Counts, "%s by %s on %+v: %s", d.Verdict, by, saw, ruling.Reason)
	require.Equal(t, counts, ruling.Reason == change.OK)
	a.tally["refused votes"]++
	if !counts {
		return
	}
	a.tally["refused votes"]--
	a.tally["votes"]++
	a.counted[at][owners[0]] = d.Verdict
	a.fills(t, owners[0], at, seat)
	for range rapid.IntRange(1, 2).Draw(t, "kept") { // a vote that got in twice is still one person's
		r.Votes = change.Recast(r.Votes, change.Vote{Person: voter.Person, Level: r.Level, Verdict: d.Verdict, At: a.now, For: seat.For, Delegation: seat.Delegation})
	}
	switch change.Tally(r.Level, open, r.Votes).Outcome {
	case change.Denied:
		r.State = change.Rejected
	case change.Reached:
		if r.Level < len(r.Route.Levels) {
			a.open(t, r.Level+1)
			break
		}
		r.State, a.stage = change.Approved, change.WaitingWindow
	}
}

// losses are those counted who may no longer decide, as before a start.
func (a *approvals) losses() []change.Loss {
	r := &a.review
	d := a.org.duties(r.Route.Requester, a.implementer, a.asked)
	return change.Lost(r.Route, r.Votes, func(level int, p compliance.PersonID) change.Reason {
		who, known := a.org.person(p)
		if !known {
			who = compliance.Person{}
		}
		return change.StillCounts(r.Route.Levels[level-1], a.vouched(level, p), who, a.org.roster(), d, a.now)
	})
}

// start has the implementer try to begin: everybody counted is looked at again.
func (a *approvals) start(t *rapid.T) {
	r := &a.review
	losses := a.losses()
	_, lost := change.AfterLoss(r.Route, r.Votes, losses)
	e := change.Execution{State: a.stage, Implementer: a.implementer, Expires: a.now.Add(time.Hour), Lost: lost}
	got := change.JudgeStart(e, a.implementer, a.now)
	if a.stage != change.WaitingWindow {
		require.NotEqual(t, change.OK, got)
		return
	}
	suffices := true
	for i, votes := range a.counted {
		n := 0
		for p, verdict := range votes {
			kept := a.stays(p, i)
			if verdict == change.Approve && kept {
				n++
			}
		}
		suffices = suffices && n >= a.quorums[i]
	}
	require.Equal(t, suffices, got == change.OK, "%s, votes %v, losses %v", got, a.counted, losses)
	if suffices {
		a.tally["starts"]++
		a.stage, a.taking = change.Executing, false
		return
	}
	a.tally["approvals lost"]++
	a.again(t, change.Expired)
}

// reread is the process looking at who asked: a vote or a seat of theirs brings
// the version back to review without them.
func (a *approvals) reread(t *rapid.T) {
	r := &a.review
	if r.State != change.InReview && r.State != change.Approved || a.stage == change.Executing {
		return
	}
	d := a.org.duties(r.Route.Requester, a.implementer, a.asked)
	seat := false
	for i := range a.counted {
		for _, e := range d.AskedBy {
			_, voted := a.counted[i][e.Person]
			seat = seat || voted || a.filled(i, e.Person) || slices.Contains(r.Route.Levels[i].Eligible, e.Person)
		}
	}
	decides := change.AskerDecidesOn(r.Route, r.Votes, d.AskedBy)
	require.Equal(t, seat, decides)
	if decides {
		a.again(t, change.Withdrawn)
	}
}

// wait lets time pass, sometimes exactly until the deadline.
func (a *approvals) wait(t *rapid.T) {
	if a.now.Before(a.review.Deadline) && rapid.IntRange(0, 5).Draw(t, "until the deadline") == 0 {
		a.now = a.review.Deadline
		return
	}
	a.now = a.now.Add(time.Duration(rapid.IntRange(0, 60).Draw(t, "minutes")) * time.Minute)
}

// edit changes the ticket: its content, and perhaps who carries it out or reports it.
func (a *approvals) edit(t *rapid.T) {
	if a.stage == change.Executing || a.stage.Terminal() || rapid.IntRange(0, 5).Draw(t, "cosmetic") > 0 {
		return
	}
	a.join(a.reporter, change.WasRequester)
	if rapid.Bool().Draw(t, "reporter") {
		a.reporter.ID = string(rapid.SampledFrom(everybody[:6]).Draw(t, "reporter"))
	}
	if rapid.Bool().Draw(t, "implementer") {
		a.implementer = rapid.SampledFrom(everybody).Draw(t, "implementer")
	}
	a.again(t, change.Withdrawn)
}

// other is what happens less often: somebody submits it, a deadline is noticed, a
// denied version comes again, it is taken back, or a new change comes in.
func (a *approvals) other(t *rapid.T) {
	r := &a.review
	what := rapid.IntRange(0, 3).Draw(t, "what")
	switch {
	case a.stage == change.Executing || a.stage.Terminal():
		a.begin(t)
	case a.hold == nil && (r.State == change.Rejected || r.State == change.InReview && !a.now.Before(r.Deadline)):
		a.again(t, change.Expired)
	case what == 0:
		by := rapid.SampledFrom(everybody).Draw(t, "by")
		may := change.JudgeWithdraw(a.stage, r.Route.Requester, by) == change.OK
		require.Equal(t, by == r.Route.Requester, may)
		if may {
			r.State, a.stage, a.taking, a.hold, r.Held = change.Withdrawn, change.WithdrawnChange, false, nil, false
		}
	case what == 1:
		a.join(drawAccount(t, "submitter"), change.IsSubmitter)
	}
}
