package change_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// card is what somebody saw when they decided: one opening of one level.
type card struct {
	ref     string
	opening int
}

// approvals is a change whose review is driven by the rules, and beside it what
// the oracle knows of it: who is counted at each level, noted vote by vote.
type approvals struct {
	org *orgchart
	now time.Time

	// As a process keeps it and hands it to the rules.
	review      change.Review
	stage       change.State
	asked       []change.Asker
	reporter    compliance.Account
	implementer compliance.PersonID
	external    bool
	chain       []change.Level
	cards       []card

	// As the oracle keeps it.
	opening int                  // of the level that is open, counted over all changes
	taking  bool                 // somebody may still decide
	parts   []compliance.Account // of all who ever asked
	counted []map[compliance.PersonID]change.Verdict
	quorums []int
	standIn []bool // that the external approver stands in

	tally map[string]int
}

// begin brings a new ticket in; cards of the one before stay around.
func (a *approvals) begin(t *rapid.T) {
	n := 1
	if a.review.Number != "" {
		fmt.Sscanf(a.review.Number, "CHG-%d", &n)
		n++
	}
	a.review, a.stage = change.Review{Number: fmt.Sprint("CHG-", n)}, change.Open
	a.asked, a.parts = nil, nil
	a.reporter = compliance.Account{Provider: "tracker", ID: string(rapid.SampledFrom(everybody[:6]).Draw(t, "reporter"))}
	a.implementer = rapid.SampledFrom(everybody).Draw(t, "implementer")
	a.join(drawAccount(t, "creator"), change.IsCreator)
	a.rules(t)
	a.submit(t)
}

// rules draws the chain of levels and the policy on lost eligibility.
func (a *approvals) rules(t *rapid.T) {
	a.chain = nil
	for range rapid.IntRange(1, 2).Draw(t, "levels") {
		a.chain = append(a.chain, change.Level{
			Groups:     rapid.SampledFrom([][]string{{"owners"}, {"board"}, {"owners", "board"}}).Draw(t, "groups"),
			Quorum:     rapid.SampledFrom([]string{"1", "1", "2", "2", "3", "34%", "50%"}).Draw(t, "quorum"),
			MaxDenials: rapid.IntRange(0, 1).Draw(t, "denials"), Deadline: 3 * time.Hour,
			External: rapid.SampledFrom(ids{"", "p-ext", "p-ext", "p-3"}).Draw(t, "stand-in"),
		})
	}
	a.external = rapid.Bool().Draw(t, "external")
	a.review.Route.OnLost = rapid.SampledFrom([]change.LostEligibility{change.KeepVote, change.VoidVote}).Draw(t, "lost")
}

func (a *approvals) join(by compliance.Account, as change.Reason) {
	a.asked = change.Joined(a.asked, change.Asker{Account: by, As: as})
	a.parts = append(a.parts, by)
}

// submit brings the next version to review, or has it refused (C6).
func (a *approvals) submit(t *rapid.T) {
	r := &a.review
	r.Version, r.State, r.Votes, a.taking = r.Version+1, change.Rejected, nil, false
	sum := sha256.Sum256([]byte{byte(rapid.IntRange(0, 2).Draw(t, "content"))})
	r.Hash = hex.EncodeToString(sum[:])
	r.Route.Requester, r.Route.Implementer = compliance.PersonID(a.reporter.ID), a.implementer
	r.Route.Levels, a.counted, a.quorums, a.standIn = nil, nil, nil, nil
	d := a.org.duties(r.Route.Requester, a.implementer, a.asked)
	reachable := true
	for _, l := range a.chain {
		var standIn *compliance.Person
		if p, known := a.org.person(l.External); known {
			standIn = &p
		}
		resolved, err := change.ResolveLevel(l, a.org.members(), d, standIn, a.external, a.now)
		require.NoError(t, err)
		r.Route.Levels = append(r.Route.Levels, resolved)

		n, stands := 0, a.external && l.External != "" && a.org.works(l.External) && a.independent(l.External) && !a.known(l.External, l.Groups)
		for _, p := range everybody {
			if a.org.works(p) && a.org.belongs(p, l.Groups) && a.independent(p) {
				n++
			}
		}
		quorum := needed(l.Quorum, n)
		if stands = stands && quorum > n; stands {
			n++
		}
		a.quorums, a.standIn, a.counted = append(a.quorums, quorum), append(a.standIn, stands), append(a.counted, map[compliance.PersonID]change.Verdict{})
		reachable = reachable && quorum <= n
	}
	require.Equal(t, reachable, len(change.Unreachable(r.Route.Levels)) == 0, "refused exactly when a quorum is out of reach")
	if a.tally["refused submissions"]++; reachable {
		a.tally["refused submissions"]--
		a.open(t, 1)
	}
}

// known says that the directory lists somebody in one of the groups.
func (a *approvals) known(p compliance.PersonID, groups []string) bool {
	return !a.org.removed[p] && a.org.belongs(p, groups)
}

func (a *approvals) independent(p compliance.PersonID) bool {
	return a.org.independent(p, ids{a.review.Route.Requester, a.implementer}, a.parts)
}

// open opens a level. Two openings may have the same nonce by chance.
func (a *approvals) open(t *rapid.T, level int) {
	r := &a.review
	r.State, r.Level, r.Deadline = change.InReview, level, a.now.Add(a.chain[level-1].Deadline)
	r.Nonce = rapid.SampledFrom([]string{"n0", "n1", "n2"}).Draw(t, "nonce")
	a.opening, a.taking = a.opening+1, true
	a.cards = append(a.cards, card{change.NewBinding(r.Number, r.Version, level, r.Nonce, r.Hash).String(), a.opening})
}

// again ends a version for a reason that calls for the next one.
func (a *approvals) again(t *rapid.T, state change.VersionState) {
	a.review.State, a.taking, a.stage = state, false, change.Open
	a.submit(t)
}

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
	voter := change.Voter{Reason: change.UnknownPerson}
	level, open := max(1, min(r.Level, len(r.Route.Levels))), change.ResolvedLevel{}
	if level <= len(r.Route.Levels) {
		open = r.Route.Levels[level-1]
	}
	owners := a.org.owners(by)
	if len(owners) == 1 {
		p, _ := a.org.person(owners[0])
		voter.Person = p.ID
		voter.Reason = change.EligibleNow(open, p, a.org.members(), a.org.duties(r.Route.Requester, a.implementer, a.asked), a.now)
	}
	ruling := change.Judge(*r, d, voter, a.now)

	at, over := a.stands()
	counts := a.taking && !over && saw.opening == a.opening && a.now.Before(r.Deadline) && len(owners) == 1 && a.mayDecide(owners[0], at)
	if counts {
		first, voted := a.counted[at][owners[0]]
		require.Equal(t, voted && first == d.Verdict, ruling.Reason == change.AlreadyRecorded)
		require.Equal(t, voted && first != d.Verdict, ruling.Reason == change.AlreadyVoted)
		counts = !voted
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
	for range rapid.IntRange(1, 2).Draw(t, "kept") { // a vote that got in twice is still one person's
		r.Votes = append(r.Votes, change.Vote{Person: voter.Person, Level: r.Level, Verdict: d.Verdict, At: a.now})
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

func (a *approvals) mayDecide(p compliance.PersonID, level int) bool {
	l := a.chain[level]
	standsIn := a.standIn[level] && p == l.External
	return a.org.works(p) && a.independent(p) && (a.org.belongs(p, l.Groups) || standsIn)
}

// start has the implementer try to begin: everybody counted is looked at again.
func (a *approvals) start(t *rapid.T) {
	r := &a.review
	d := a.org.duties(r.Route.Requester, a.implementer, a.asked)
	losses := change.Lost(r.Route, r.Votes, func(level int, p compliance.PersonID) change.Reason {
		who, known := a.org.person(p)
		if !known {
			return change.UnknownPerson
		}
		return change.EligibleNow(r.Route.Levels[level-1], who, a.org.members(), d, a.now)
	})
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
			kept := a.mayDecide(p, i) || r.Route.OnLost == change.KeepVote && a.independent(p)
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
			seat = seat || voted || slices.Contains(r.Route.Levels[i].Eligible, e.Person)
		}
	}
	decides := change.AskerDecidesOn(r.Route, r.Votes, d.AskedBy)
	require.Equal(t, seat, decides)
	if decides {
		a.again(t, change.Withdrawn)
	}
}

// stands is the oracle's count: the first level, from 0, without its quorum, and
// whether there is nothing left to decide, since a level is denied or all are reached.
func (a *approvals) stands() (level int, over bool) {
	for i, votes := range a.counted {
		approvals, denials := 0, 0
		for _, verdict := range votes {
			switch verdict {
			case change.Approve:
				approvals++
			case change.Deny:
				denials++
			}
		}
		switch {
		case denials > a.chain[i].MaxDenials:
			return i, true
		case approvals < a.quorums[i]:
			return i, false
		}
	}
	return len(a.counted), true
}

// holds compares where the rules have brought the version with what the counted votes say.
func (a *approvals) holds(t *rapid.T) {
	if !a.taking {
		require.NotEqual(t, change.WaitingWindow, a.stage)
		return
	}
	level, over := a.stands()
	want := change.InReview // nothing is approved before every level has its quorum
	switch {
	case over && level == len(a.counted):
		want = change.Approved // and nothing stays open then
	case over:
		want = change.Rejected
	default:
		require.Equal(t, level+1, a.review.Level)
	}
	require.Equal(t, want, a.review.State)
	require.Equal(t, want == change.Approved, a.stage == change.WaitingWindow)
}

// TestC5_NoEventsApproveWhatShouldNotBe drives the rules of approval with whatever
// people, trackers and directories do. COUNTERSIGN_STEPS is how many steps are
// taken at least, some thousand without it.
func TestC5_NoEventsApproveWhatShouldNotBe(t *testing.T) {
	t.Parallel()
	target := 10_000
	if text := os.Getenv("COUNTERSIGN_STEPS"); text != "" {
		var err error
		target, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	steps, tally, began := 0, map[string]int{}, time.Now()
	for steps < target {
		rapid.Check(t, func(t *rapid.T) {
			a := &approvals{org: drawOrganisation(t), now: noon, tally: tally}
			a.begin(t)
			step := func(name string, do func(*rapid.T)) func(*rapid.T) {
				return func(t *rapid.T) { steps++; tally[name]++; do(t) }
			}
			t.Repeat(map[string]func(*rapid.T){
				"":       a.holds,
				"vote 1": step("attempts", a.vote), "vote 2": step("attempts", a.vote), "vote 3": step("attempts", a.vote),
				"vote 4": step("attempts", a.vote), "vote 5": step("attempts", a.vote), "vote 6": step("attempts", a.vote),
				"directory": step("changes of the directory", func(t *rapid.T) { a.org.change(t) }),
				"time": step("waits", func(t *rapid.T) {
					a.now = a.now.Add(time.Duration(rapid.IntRange(0, 60).Draw(t, "minutes")) * time.Minute)
				}),
				"start": step("tries to start", a.start), "read": step("readings", a.reread),
				"edit": step("edits", a.edit), "other 1": step("other acts", a.other), "other 2": step("other acts", a.other),
			})
		})
	}
	t.Logf("%d steps in %s: %v", steps, time.Since(began).Round(time.Second), tally)
	for _, what := range []string{"votes", "refused votes", "starts", "approvals lost", "refused submissions"} {
		require.NotZero(t, tally[what], what)
	}
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
	case r.State == change.Rejected, r.State == change.InReview && !a.now.Before(r.Deadline):
		a.again(t, change.Expired)
	case what == 0:
		by := rapid.SampledFrom(everybody).Draw(t, "by")
		may := change.JudgeWithdraw(a.stage, r.Route.Requester, by) == change.OK
		require.Equal(t, by == r.Route.Requester, may)
		if may {
			r.State, a.stage, a.taking = change.Withdrawn, change.WithdrawnChange, false
		}
	case what == 1:
		a.join(drawAccount(t, "submitter"), change.IsSubmitter)
	}
}
