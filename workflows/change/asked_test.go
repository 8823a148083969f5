package change_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/workflows/change"
)

func jiraAccount(who string) compliance.Account {
	return compliance.Account{Provider: "jira", ID: "acc-" + who}
}

// reporter makes somebody the reporter of the ticket, as whoever may edit it can.
func (w *world) reporter(who string) {
	w.tracker.set(func() { w.tracker.ticket.Requester = jiraAccount(who) })
}

func (w *world) refusedFor(who string, why rules.Reason) {
	w.approve(who, func(r compliance.Reply) {
		require.Equal(w.T, compliance.Declined, r.Outcome, who)
		require.Equal(w.T, string(why), r.Reason, who)
	})
}

// Whoever created the ticket, moved it to be submitted or had it submitted does
// not decide, whomever the ticket names as its reporter; the card, the ticket and
// the record say so (C5).
func TestC5_CreatorAndSubmitterDoNotDecide(t *testing.T) {
	w := newWorld(t)
	w.tracker.ticket.Creator = jiraAccount("chidi")
	w.At(0, func() { w.touched("acc-dana", true, "submitted") })
	w.At(time.Minute, func() { w.refusedFor("chidi", rules.IsCreator) })
	w.At(2*time.Minute, func() { w.refusedFor("dana", rules.IsSubmitter) })
	w.At(3*time.Minute, func() { w.refusedFor("farah", rules.NotEligible) })
	w.At(4*time.Minute, func() {
		for _, shown := range [][]compliance.Fact{w.Surface.Last().Facts, w.tracker.steps[0].Comment} {
			i := slices.IndexFunc(shown, func(f compliance.Fact) bool { return f.Label == "Also excluded" })
			require.GreaterOrEqual(t, i, 0)
			require.Equal(t, []compliance.PersonID{"p-chidi", "p-dana"}, shown[i].People)
		}
		require.Equal(t, []compliance.PersonID{"p-bruno", "p-emeka"}, w.standing().Awaiting)
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []rules.Exclusion{{Person: "p-chidi", Reason: rules.IsCreator}, {Person: "p-dana", Reason: rules.IsSubmitter}}, w.submissions()[0].AskedBy)
	evidencetest.Check(t, w.Log)
}

// A submission from the command line says who made it, since our own account
// creates and moves the ticket; nobody else stands behind that account (C5).
func TestC5_WhoeverRanTheSubmissionDoesNotDecide(t *testing.T) {
	w := newWorld(t)
	w.tracker.ticket.Creator, w.tracker.ticket.Own = jiraAccount("our-own"), true
	w.At(time.Minute, func() { w.refusedFor("bruno", rules.IsSubmitter) })
	w.At(2*time.Minute, func() { w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil) })
	w.Env.ExecuteWorkflow(change.Change, change.Input{
		Ticket: w.tracker.ticket.Ref, Submitter: compliance.Account{Provider: "cli", ID: "bruno"},
	})
	require.NoError(t, w.Env.GetWorkflowError())
}

// Whose account created the ticket nobody knows: then nobody can say who is
// independent of it, and it is not submitted (C5).
func TestC5_UnknownCreator(t *testing.T) {
	for name, creator := range map[string]compliance.Account{"unlinked": jiraAccount("nobody"), "none": {}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.tracker.ticket.Creator = creator
			w.At(time.Minute, func() {
				require.Equal(t, rules.UnknownPerson, w.standing().Reason)
				require.Contains(t, facts(w.tracker.steps[0].Comment), "account that created the ticket")
			})
			w.At(2*time.Minute, func() { w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil) })
			w.run()
			require.NoError(t, w.Env.GetWorkflowError())
		})
	}
}

// The weakness itself: whoever may edit the reporter puts somebody else in their
// place for the next version. They stay what they were (C2, C5).
func TestC5_RequesterOfAnEarlierVersionDoesNotDecide(t *testing.T) {
	w := newWorld(t)
	w.reporter("chidi")
	w.At(time.Minute, func() { w.act("bruno", rules.ActionDeny, map[string]string{"reason": "No test"}, nil) })
	w.At(2*time.Minute, func() {
		w.reporter("jonas")
		w.edit(true, map[string]string{"test_plan": "Another"})
	})
	w.At(3*time.Minute, func() { w.refusedFor("chidi", rules.WasRequester) })
	w.At(4*time.Minute, func() { w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []rules.Exclusion{{Person: "p-chidi", Reason: rules.WasRequester}}, w.submissions()[1].AskedBy)
}

// Somebody who has approved, or may, and is then made the reporter: the version
// is reviewed anew without them, and stays the request of its requester (C5).
func TestC5_ApproverBecomesTheReporter(t *testing.T) {
	w := newWorld(t)
	w.At(time.Minute, func() { w.approve("chidi", nil) })
	w.At(2*time.Minute, func() {
		w.reporter("chidi")
		w.touched("acc-goran", false, "")
	})
	w.At(3*time.Minute, func() {
		s := w.standing()
		require.Equal(t, 2, s.Version)
		require.Empty(t, s.Votes)
		require.NotContains(t, s.Awaiting, compliance.PersonID("p-chidi"))
		require.True(t, shows(w, "Somebody who was to decide asked for this change"))
		w.refusedFor("chidi", rules.IsRequester)
	})
	w.At(4*time.Minute, func() { w.act("chidi", rules.ActionWithdraw, map[string]string{"reason": "mine now"}, nil) })
	w.At(5*time.Minute, func() { w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil) })
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"received", "submitted", "decided", "voided", "submitted", "refused", "refused", "withdrawn"}, w.records())
}

// Nobody told us that the reporter was edited: the start looks, and an approval of
// whoever is the reporter now does not count, even where votes of people who lost
// their eligibility are kept (C5).
func TestC5_ReporterEditedUnseenBeforeTheStart(t *testing.T) {
	w := newWorld(t)
	w.Rewrite("rules/chains.yaml", "on_lost_eligibility: void", "on_lost_eligibility: keep")
	approved(w)
	w.At(5*time.Minute, func() {
		w.reporter("chidi")
		w.act("goran", rules.ActionStart, ready(), func(r compliance.Reply) { require.Equal(t, string(rules.EligibilityLost), r.Reason, r.Text) })
	})
	w.At(6*time.Minute, func() {
		require.Equal(t, rules.Expired, w.standing().Review)
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
	require.NotContains(t, w.records(), "started")
}

// So many had a part in asking that too few are left to decide: the submission is
// refused, and says who is counted out and why (C5, C6).
func TestC6_AskersAreCountedOut(t *testing.T) {
	w := newWorld(t)
	w.tracker.ticket.Creator = jiraAccount("chidi")
	w.At(0, func() {
		for _, who := range []string{"acc-dana", "acc-emeka"} {
			w.touched(who, true, "submitted")
		}
	})
	w.At(time.Minute, func() {
		require.Equal(t, rules.UnreachableQuorum, w.standing().Reason)
		require.Contains(t, facts(w.tracker.steps[0].Comment), "the creator of the ticket, 2 people who submitted it")
		w.act("jonas", rules.ActionWithdraw, map[string]string{"reason": "enough"}, nil)
	})
	w.run()
	require.NoError(t, w.Env.GetWorkflowError())
}

// submissions are the facts of every version on record.
func (w *world) submissions() []rules.SubmittedFacts {
	var out []rules.SubmittedFacts
	w.each(func(kind string, facts json.RawMessage, _ compliance.PersonID, _ time.Time) {
		if kind == rules.EventSubmitted || kind == rules.EventNotSubmitted {
			var f rules.SubmittedFacts
			require.NoError(w.T, json.Unmarshal(facts, &f))
			out = append(out, f)
		}
	})
	return out
}

func (w *world) each(f func(kind string, facts json.RawMessage, by compliance.PersonID, at time.Time)) {
	entries, err := w.Log.Records(context.Background(), subject)
	require.NoError(w.T, err)
	for _, e := range entries {
		by := compliance.PersonID("")
		if e.Record.Actor != nil {
			by = compliance.PersonID(e.Record.Actor.Person)
		}
		f(e.Record.Type, e.Record.Facts, by, e.Record.At)
	}
}

// However the reporter is edited, the ticket submitted again, and whether or not
// anybody tells us: nobody has approved what starts who requested any version of
// it, created its ticket, submitted it, or is its reporter then (C2, C5).
func TestC5_NoSequenceOfEditsLetsAnybodyApproveTheirOwn(t *testing.T) {
	started, refused := 0, 0
	for seed := range uint64(14) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := newWorld(t)
			r := rand.New(rand.NewPCG(seed, 1))
			people := []string{"alice", "bruno", "chidi", "dana", "emeka", "farah", "jonas"}
			some := func() string { return people[r.IntN(len(people))] }
			w.tracker.ticket.Creator, w.tracker.ticket.Requester = jiraAccount(some()), jiraAccount(some())
			submitters := map[compliance.PersonID]time.Time{} // since when
			person := func(a compliance.Account) compliance.PersonID { return compliance.PersonID("p-" + a.ID[len("acc-"):]) }
			for minute := range 40 {
				w.At(time.Duration(minute+1)*time.Minute, func() {
					if w.Env.IsWorkflowCompleted() {
						return
					}
					switch r.IntN(20) {
					case 0:
						w.reporter(some()) // and no word of it
					case 1:
						w.reporter(some())
						w.touched("acc-goran", false, "")
					case 2:
						who := some()
						if p := compliance.PersonID("p-" + who); submitters[p].IsZero() {
							submitters[p] = w.Env.Now()
						}
						w.tracker.set(func() { w.tracker.ticket.Status = "submitted" })
						w.touched("acc-"+who, true, "submitted")
					case 3:
						w.act(some(), rules.ActionDeny, map[string]string{"reason": "no"}, nil)
					case 4:
						w.act("goran", rules.ActionStart, ready(), nil)
					default:
						w.approve(some(), nil)
					}
				})
			}
			w.At(3*time.Hour, func() {
				if w.standing().State == rules.Executing {
					w.act("goran", rules.ActionFinish, map[string]string{"result": "succeeded", "note": "done"}, nil)
				}
			})
			w.run()
			require.NoError(t, w.Env.GetWorkflowError())

			asked := []compliance.PersonID{"p-goran", person(w.tracker.ticket.Creator)}
			approvals := map[int][]compliance.PersonID{}
			w.each(func(kind string, raw json.RawMessage, by compliance.PersonID, at time.Time) {
				var f rules.ActFacts
				switch kind {
				case rules.EventSubmitted, rules.EventNotSubmitted:
					var s rules.SubmittedFacts
					require.NoError(t, json.Unmarshal(raw, &s))
					asked = append(asked, s.Requester)
				case rules.EventRefused:
					refused++
				case rules.EventDecided:
					require.NoError(t, json.Unmarshal(raw, &f))
					require.NotEqual(t, person(w.tracker.ticket.Creator), by)
					if f.Verdict == rules.Approve {
						approvals[f.Version] = append(approvals[f.Version], by)
					}
				case rules.EventStarted:
					started++
					require.NoError(t, json.Unmarshal(raw, &f))
					require.Len(t, approvals[f.Version], 3)
					for _, p := range approvals[f.Version] {
						require.NotContains(t, asked, p, "approved what they asked for")
						if since, submitted := submitters[p]; submitted {
							require.True(t, since.After(at), "%s approved what they submitted", p)
						}
					}
				}
			})
		})
	}
	t.Logf("%d starts, %d refusals", started, refused)
	require.Positive(t, started, "none of the sequences led to a start: the test says nothing")
	require.Greater(t, refused, 40)
}
