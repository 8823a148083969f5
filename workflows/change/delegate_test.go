package change_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/tests/processtest"
	"github.com/lowcodex/countersign/workflows/change"
)

// away has Chidi represented by Hana, whom the platform owners' level lets decide in
// another's place, from one instant until before the other.
func (w *world) away(from, until time.Time) {
	w.standIns()
	w.represents("Chidi Okafor", "p-hana", "leave", from, until)
}

// standIns lets the members of security decide for absent platform owners.
func (w *world) standIns() {
	w.Rewrite("rules/chains.yaml", "        groups: [platform-owners]\n        quorum: 2\n", "        groups: [platform-owners]\n        deputies: [security]\n        quorum: 2\n")
}

func (w *world) represents(name, deputy, id string, from, until time.Time) {
	w.Rewrite("directory/people.yaml", "    name: "+name+"\n", fmt.Sprintf("    name: %s\n    deputies: [{id: %s, person: %s, from: %q, until: %q}]\n",
		name, id, deputy, from.Format(time.RFC3339), until.Format(time.RFC3339)))
}

// told tells the process what is in force, as the keeper of the rules does.
func (w *world) told() {
	dir, err := w.Source.Directory(context.Background())
	require.NoError(w.T, err)
	r, err := w.Source.Rules(context.Background())
	require.NoError(w.T, err)
	w.Env.SignalWorkflow(change.SignalRulesMoved, rules.Moved{Rules: r.Hash, Directory: dir.Hash, Zones: "z"})
}

func (w *world) withdraw() {
	w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
}

// refused expects the reason of a refusal.
func (w *world) refused(reason rules.Reason) func(compliance.Reply) {
	return func(r compliance.Reply) { require.Equal(w.T, string(reason), r.Reason, r.Text) }
}

func (w *world) counted() func(compliance.Reply) {
	return func(r compliance.Reply) { require.Equal(w.T, compliance.Recorded, r.Outcome, r.Text) }
}

// A deputy decides in the place of who is away: the vote names both and the
// delegation, on the card, in the ticket and on record, and fills one seat. Whose seat
// it is, and the deputy, are told so when they try again (C9).
func TestC9_ADeputyDecidesInTheirPlace(t *testing.T) {
	w := newWorld(t)
	w.away(saturday.Add(-time.Hour), saturday.Add(90*time.Hour))
	var asked []compliance.PersonID
	w.At(time.Minute, func() {
		asked = w.Surface.Cards()[0].Notify
		require.Contains(t, w.standing().Awaiting, compliance.PersonID("p-hana"))
		w.approve("hana", func(r compliance.Reply) {
			w.counted()(r)
			require.Contains(t, r.Text, "in the place of p-chidi")
			require.Equal(t, []compliance.PersonID{"p-chidi"}, r.People)
		})
	})
	w.At(2*time.Minute, func() { w.approve("chidi", w.refused(rules.Represented)) })
	w.At(3*time.Minute, func() {
		w.approve("hana", func(r compliance.Reply) {
			w.counted()(r)
			require.Equal(t, string(rules.AlreadyRecorded), r.Reason)
		})
	})
	w.At(4*time.Minute, func() { w.approve("farah", w.refused(rules.NotEligible)) })
	w.At(5*time.Minute, func() {
		s := w.standing()
		require.Equal(t, 1, s.Remaining, "one seat is filled")
		require.Equal(t, compliance.PersonID("p-chidi"), s.Votes[0].For)
		require.NotContains(t, s.Awaiting, compliance.PersonID("p-chidi"))
		require.NotContains(t, s.Awaiting, compliance.PersonID("p-hana"))
		w.approve("bruno", w.counted())
	})
	w.At(6*time.Minute, func() {
		require.Equal(t, 2, w.standing().Level)
		log := w.Surface.Last().Log
		i := slices.IndexFunc(log, func(f compliance.Fact) bool { return f.For != "" })
		require.GreaterOrEqual(t, i, 0)
		require.Equal(t, []compliance.PersonID{"p-hana"}, log[i].People)
		require.Equal(t, compliance.PersonID("p-chidi"), log[i].For)
		w.approve("farah", w.counted())
	})
	w.At(7*time.Minute, func() { w.act("goran", rules.ActionStart, ready(), w.counted()) })
	w.At(8*time.Minute, func() {
		w.act("goran", rules.ActionFinish, map[string]string{"result": "succeeded", "note": "looked at it"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Contains(t, asked, compliance.PersonID("p-hana"), "the deputy is asked with the others")
	require.Equal(t, []string{
		"received", "submitted", "decided", "refused", "refused", "refused", "decided", "decided", "approved", "started", "finished", "closed",
	}, w.records())
	vote := processtest.Facts[rules.ActFacts](w.World, subject, rules.EventDecided)[0]
	require.Equal(t, compliance.PersonID("p-chidi"), vote.For)
	require.Equal(t, "leave", vote.Delegation)
	require.Equal(t, "p-hana", w.Entries(subject)[2].Record.Actor.Person)
	require.Equal(t, "leave", processtest.Facts[rules.SubmittedFacts](w.World, subject, rules.EventSubmitted)[0].Levels[0].Delegations[0].ID)
	evidencetest.Check(t, w.Log)
}

// Whoever is away may still decide first; the deputy is then told that the seat is
// taken (C9).
func TestC9_TheOriginalApproverMayActFirst(t *testing.T) {
	w := newWorld(t)
	w.away(saturday.Add(-time.Hour), saturday.Add(90*time.Hour))
	w.At(time.Minute, func() { w.approve("chidi", w.counted()) })
	w.At(2*time.Minute, func() {
		w.approve("hana", w.refused(rules.SeatTaken))
		require.NotContains(t, w.standing().Awaiting, compliance.PersonID("p-hana"))
	})
	w.At(time.Hour, w.withdraw)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "refused", "withdrawn"}, w.records())
}

// Nobody decides for whoever asked or carries the change out, outside the span of a
// delegation, or without being in a group that may stand in (C9).
func TestC9_WhoMayNotStandIn(t *testing.T) {
	w := newWorld(t)
	w.standIns()
	w.represents("Chidi Okafor", "p-hana", "over", saturday.Add(-48*time.Hour), saturday)
	w.represents("Goran Petrov", "p-hana", "goran", saturday.Add(2*time.Hour), saturday.Add(3*time.Hour))
	w.represents("Bruno Keller", "p-alice", "bruno", saturday, saturday.Add(90*time.Hour))
	w.represents("Dana Whitfield", "p-hana", "dana", saturday.Add(2*time.Hour), saturday.Add(4*time.Hour))
	w.At(time.Minute, func() { w.approve("hana", w.refused(rules.NotEligible)) })
	w.At(2*time.Minute, func() { w.approve("alice", w.refused(rules.NotDeputy)) })
	w.At(150*time.Minute, func() { w.approve("hana", w.refused(rules.IsActing)) }) // for the implementer, too
	w.At(210*time.Minute, func() { w.approve("hana", w.counted()) })
	w.At(5*time.Hour, func() {
		require.Equal(t, compliance.PersonID("p-dana"), w.standing().Votes[0].For)
		w.withdraw()
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
}

// A vote given in another's place counts at the start only while its deputy may stand
// in at that level; that the delegation is over by then loses nothing (C5, C9).
func TestC9_DeputysVoteIsLookedAtAgainBeforeTheStart(t *testing.T) {
	for name, leaves := range map[string]bool{"stays": false, "leaves": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.away(saturday.Add(-time.Hour), saturday.Add(10*time.Minute))
			w.At(time.Minute, func() { w.approve("hana", w.counted()) })
			w.At(2*time.Minute, func() { w.approve("bruno", w.counted()) })
			w.At(3*time.Minute, func() { w.approve("farah", w.counted()) })
			w.At(time.Hour, func() {
				want := w.counted()
				if leaves {
					w.Rewrite("directory/groups.yaml", "members: [p-farah, p-hana]", "members: [p-farah]")
					want = w.refused(rules.EligibilityLost)
				}
				w.act("goran", rules.ActionStart, ready(), want)
			})
			w.At(2*time.Hour, func() {
				if leaves {
					w.withdraw()
					return
				}
				w.act("goran", rules.ActionFinish, map[string]string{"result": "succeeded", "note": "looked at it"}, nil)
			})
			w.run()
			require.NoError(t, w.Env.GetWorkflowError())
		})
	}
}

// A delegation that begins while a level is open calls its deputy at that instant,
// once and on record, by the level's one timer (C9).
func TestC9_ADelegationThatBeginsMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.away(saturday.Add(5*time.Hour), saturday.Add(90*time.Hour))
	w.At(4*time.Hour, func() {
		require.False(t, w.Surface.Called("p-hana", "in the place"))
		require.NotContains(t, w.standing().Awaiting, compliance.PersonID("p-hana"))
		w.approve("hana", w.refused(rules.NotEligible))
	})
	w.At(6*time.Hour, func() {
		require.True(t, w.Surface.Called("p-hana", "in the place of somebody who is away"))
		require.Contains(t, w.standing().Awaiting, compliance.PersonID("p-hana"))
		i := slices.IndexFunc(w.Surface.Last().Facts, func(f compliance.Fact) bool { return f.Label == "Deputy" })
		require.GreaterOrEqual(t, i, 0)
		require.Equal(t, compliance.PersonID("p-chidi"), w.Surface.Last().Facts[i].For)
		w.approve("hana", w.counted())
	})
	w.At(7*time.Hour, func() { w.withdraw() })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "refused", "reassigned", "decided", "withdrawn"}, w.records())
	called := processtest.Facts[rules.CalledFacts](w.World, subject, rules.EventReassigned)[0]
	require.Equal(t, []compliance.PersonID{"p-hana"}, called.Called)
	require.Equal(t, "leave", called.Delegations[0].ID)
	require.Len(t, calls(w, "in the place"), 1)
}

// An edit of the directory moves a review that is open: who came is called, once, who
// left is waited for no more, the levels to come follow, and it is on record. Being
// told again changes nothing (C9).
func TestC9_AnEditOfTheDirectoryMovesAnOpenReview(t *testing.T) {
	w := newWorld(t)
	w.standIns()
	w.At(time.Minute, func() { w.approve("bruno", w.counted()) })
	w.At(time.Hour, func() {
		w.Rewrite("directory/groups.yaml", "members: [p-bruno, p-chidi, p-dana, p-emeka]", "members: [p-bruno, p-chidi, p-emeka, p-alice]")
		w.Rewrite("directory/groups.yaml", "members: [p-alice, p-dana, p-farah]", "members: [p-alice, p-farah]")
		w.represents("Chidi Okafor", "p-hana", "sudden", saturday.Add(time.Minute), saturday.Add(90*time.Hour))
		w.told()
	})
	for n := range 3 {
		w.At(time.Duration(2+n)*time.Hour, w.told)
	}
	w.At(6*time.Hour, func() {
		require.ElementsMatch(t, []compliance.PersonID{"p-alice", "p-chidi", "p-emeka", "p-hana"}, w.standing().Awaiting)
		w.approve("dana", w.refused(rules.NotEligible))
		w.approve("alice", w.counted())
	})
	w.At(7*time.Hour, func() {
		require.Equal(t, 2, w.standing().Level)
		require.Equal(t, []compliance.PersonID{"p-alice", "p-farah"}, w.standing().Awaiting)
		w.withdraw()
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "reassigned", "reassigned", "reassigned", "refused", "decided", "withdrawn"}, w.records())
	moved := processtest.Facts[rules.CalledFacts](w.World, subject, rules.EventReassigned)
	require.Equal(t, []compliance.PersonID{"p-alice"}, moved[0].Called)
	require.Equal(t, []compliance.PersonID{"p-dana"}, moved[0].Left)
	require.Equal(t, 2, moved[1].Level)
	require.Equal(t, []compliance.PersonID{"p-dana"}, moved[1].Left)
	require.Equal(t, "sudden", moved[2].Delegations[0].ID)
	require.Len(t, calls(w, "asked for now"), 1)
	require.Equal(t, []compliance.PersonID{"p-alice"}, calls(w, "asked for now")[0].People)
	require.Len(t, calls(w, "in the place"), 1)
	evidencetest.Check(t, w.Log)
}

// A hold moves the deadline beyond what was known at the submission: a delegation that
// begins then still calls its deputy (C3, C9).
func TestC9_ADelegationThatBeginsAfterAHold(t *testing.T) {
	w := newWorld(t)
	w.away(saturday.Add(120*time.Hour), saturday.Add(200*time.Hour))
	w.At(10*time.Hour, func() {
		w.act("jonas", rules.ActionHold, map[string]string{"reason": "waiting for the vendor"}, w.counted())
	})
	w.At(100*time.Hour, func() { w.act("jonas", rules.ActionResume, nil, w.counted()) })
	w.At(119*time.Hour, func() { require.Empty(t, calls(w, "in the place")) })
	w.At(121*time.Hour, func() {
		require.Len(t, calls(w, "in the place"), 1)
		w.approve("hana", w.counted())
	})
	w.At(122*time.Hour, w.withdraw)
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "held", "resumed", "reminded", "reassigned", "decided", "withdrawn"}, w.records())
}

// calls are the notes whose text has these words.
func calls(w *world, words string) []compliance.Note {
	var out []compliance.Note
	for _, n := range w.Surface.Notes() {
		if strings.Contains(n.Text, words) {
			out = append(out, n)
		}
	}
	return out
}
