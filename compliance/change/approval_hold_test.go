package change_test

import (
	"slices"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// holding is what a hold is judged by, as the process hands it over.
func (a *approvals) holding() change.Holding {
	r := a.review
	return change.Holding{
		State: a.stage, Review: r.State, Level: r.Level, Ends: r.Deadline, Votes: r.Votes, Hold: a.hold,
		Parties: ids{r.Route.Requester, a.implementer}, Requester: r.Route.Requester,
	}
}

// runs says whether there is something to stop: a level that is open in time, or an
// approval that waits.
func (a *approvals) runs() bool {
	return a.stage == change.WaitingWindow || a.stage == change.Open && a.review.State == change.InReview && a.now.Before(a.review.Deadline)
}

// pause has somebody hold the change, object to it or resume it.
func (a *approvals) pause(t *rapid.T) {
	by := rapid.SampledFrom(everybody).Draw(t, "by")
	if a.hold != nil && rapid.Bool().Draw(t, "concerned") {
		by = rapid.SampledFrom(append(ids{a.review.Route.Requester, a.hold.By}, a.hold.Objectors...)).Draw(t, "by")
	}
	switch rapid.IntRange(0, 3).Draw(t, "pause") {
	case 0:
		a.stop(t, by)
	case 1:
		a.object(t, by)
	default:
		a.resume(t, by)
	}
}

func (a *approvals) stop(t *rapid.T, by compliance.PersonID) {
	r := &a.review
	d := a.org.duties(r.Route.Requester, a.implementer, a.asked)
	may, should := false, false
	for i, l := range r.Route.Levels {
		p, known := a.org.person(by)
		may = may || known && change.EligibleNow(l, p, a.org.members(), d, a.now) == change.OK
		should = should || a.mayDecide(by, i)
	}
	got := change.JudgeHold(a.holding(), by, may, a.now)
	want := a.runs() && (should || by == r.Route.Requester || by == a.implementer)
	require.Equal(t, want, got == change.OK, "%s holds: %s", by, got)
	if want {
		a.held(change.Hold{By: by})
	}
}

func (a *approvals) object(t *rapid.T, by compliance.PersonID) {
	got := change.JudgeObject(a.holding(), by, a.now).Reason
	complete, over := a.stands() // the levels before this one are
	if over && complete < len(a.counted) {
		complete = 0 // denied
	}
	want := a.runs() || a.hold != nil && a.taking && !slices.Contains(a.hold.Objectors, by)
	stood := false
	for _, votes := range a.counted[:min(complete, len(a.counted))] {
		stood = stood || votes[by] == change.Approve
	}
	for i := range a.counted { // whose seat it is may, at the open level, too
		for deputy, seat := range a.seats[i] {
			stood = stood || seat == by && deputy != by && a.counted[i][deputy] == change.Approve && (i < complete || i == complete && !over)
		}
	}
	want = want && stood
	require.Equal(t, want, got == change.OK, "%s objects: %s, votes %v", by, got, a.counted)
	switch {
	case !want:
	case a.hold != nil:
		a.hold.Objectors = append(a.hold.Objectors, by)
	default:
		a.held(change.Hold{Objectors: ids{by}})
	}
}

// held stops the change with what is left of its deadline.
func (a *approvals) held(h change.Hold) {
	h.From, h.Remaining = a.stage, a.review.Deadline.Sub(a.now)
	a.hold, a.stage, a.review.Held = &h, change.Held, true
	a.tally["holds"]++
}

// resume lets it go on with the directory as it is now, as far as this person may.
func (a *approvals) resume(t *rapid.T, by compliance.PersonID) {
	r := &a.review
	ruling := change.JudgeResume(a.stage, a.hold, r.Route.Requester, by)
	if a.hold == nil {
		require.NotEqual(t, change.OK, ruling.Reason)
		return
	}
	objects := slices.Contains(a.hold.Objectors, by)
	alone := by == a.hold.By && len(a.hold.Objectors) == 0
	require.Equal(t, objects || alone || by == r.Route.Requester, ruling.Reason == change.OK, "%s resumes %+v: %s", by, a.hold, ruling.Reason)
	switch {
	case ruling.Reason != change.OK:
		return
	case ruling.Left != nil:
		require.True(t, objects, "only an objection is taken back beside others")
		require.NotContains(t, ruling.Left.Objectors, by)
		require.True(t, len(a.hold.Objectors) > 1 || a.hold.By != "" && a.hold.By != by)
		a.hold = ruling.Left
		return
	}
	require.Equal(t, !objects && len(a.hold.Objectors) > 0, ruling.Again, "no vote survives an objection that stands")
	left := *a.hold
	a.hold, a.stage, r.Held = nil, left.From, false
	if ruling.Again || !a.taking { // or it was edited meanwhile
		a.tally["sent back"]++
		a.again(t, change.Withdrawn)
		return
	}
	r.Deadline = a.now.Add(left.Remaining)
	a.recount(t)
}

// recount takes away the votes of those who may no longer decide.
func (a *approvals) recount(t *rapid.T) {
	r := &a.review
	complete := r.Level - 1
	if r.State == change.Approved {
		complete = len(r.Route.Levels)
	}
	votes, lost := change.AfterHold(r.Route, r.Votes, a.losses(), complete)
	suffices := true
	for i, counted := range a.counted {
		n := 0
		for p, verdict := range counted {
			if verdict != change.Approve {
				continue
			}
			if a.stays(p, i) {
				n++
			} else {
				delete(counted, p)
				delete(a.seats[i], p)
			}
		}
		suffices = suffices && (i >= complete || n >= a.quorums[i])
	}
	require.Equal(t, suffices, lost == change.OK, "%s after a hold, votes %v", lost, a.counted)
	r.Votes = votes
	a.tally["resumed"]++
	if !suffices {
		a.again(t, change.Expired)
	}
}
