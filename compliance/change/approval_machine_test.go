package change_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
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
	hold        *change.Hold

	// As the oracle keeps it.
	opening int                  // of the level that is open, counted over all changes
	taking  bool                 // somebody may still decide
	parts   []compliance.Account // of all who ever asked
	counted []map[compliance.PersonID]change.Verdict
	quorums []int
	standIn []bool                                        // that the external approver stands in
	seats   []map[compliance.PersonID]compliance.PersonID // whose seat the counted fill

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
	a.asked, a.parts, a.hold = nil, nil, nil
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
			Deputies: rapid.SampledFrom([][]string{nil, {"owners"}, {"board"}}).Draw(t, "deputies"),
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
	r.Route.Levels, a.counted, a.quorums, a.standIn, a.seats = nil, nil, nil, nil, nil
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
		a.seats = append(a.seats, map[compliance.PersonID]compliance.PersonID{})
		reachable = reachable && quorum <= n
	}
	require.Equal(t, reachable, len(change.Unreachable(r.Route.Levels)) == 0, "refused exactly when a quorum is out of reach")
	if a.tally["refused submissions"]++; reachable {
		a.tally["refused submissions"]--
		a.open(t, 1)
	}
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
// While the change is on hold that waits until it is resumed.
func (a *approvals) again(t *rapid.T, state change.VersionState) {
	if a.hold != nil {
		a.review.State, a.taking = state, false
		return
	}
	a.review.State, a.taking, a.stage = state, false, change.Open
	a.submit(t)
}

// TestC5_NoEventsApproveWhatShouldNotBe drives the rules of approval with whatever
// people, trackers and directories do. COUNTERSIGN_STEPS is how many steps are
// taken at least, some thousand without it.
func TestC5_NoEventsApproveWhatShouldNotBe(t *testing.T) {
	t.Parallel()
	target := 20_000
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
				"time":      step("waits", a.wait),
				"start":     step("tries to start", a.start), "read": step("readings", a.reread),
				"pause 1": step("pauses", a.pause), "pause 2": step("pauses", a.pause),
				"edit": step("edits", a.edit), "other 1": step("other acts", a.other), "other 2": step("other acts", a.other),
			})
		})
	}
	t.Logf("%d steps in %s: %v", steps, time.Since(began).Round(time.Second), tally)
	for _, what := range []string{"votes", "refused votes", "starts", "approvals lost", "refused submissions", "deputies' votes", "changed votes", "holds", "resumed", "sent back"} {
		require.NotZero(t, tally[what], what)
	}
}
