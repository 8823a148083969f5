package rules_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/rules"
	"github.com/lowcodex/countersign/policy"
	process "github.com/lowcodex/countersign/workflows/rules"
)

// call runs an activity as a worker does.
func call[I, R any](w *world, method func(context.Context, I) (R, error), in I) (R, error) {
	w.T.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(method)
	var out R
	value, err := env.ExecuteActivity(method, in)
	if err == nil {
		err = value.Get(&out)
	}
	return out, err
}

// Approved and started, exactly the rules that the approvers read come into force:
// after the change is on record as being carried out, and before it is told.
func TestC37_AnApprovedProposalComesIntoForce(t *testing.T) {
	w := newWorld(t)
	w.sight(w.inForce)
	w.script = func(ctx workflow.Context, c *played) {
		require.NoError(t, workflow.Sleep(ctx, 48*time.Hour))
		require.NotContains(t, w.records(), "adopted")
		c.approve(ctx)
		require.Equal(t, change.Executing, c.next(ctx, change.WindowClosed).Result)
		require.NotContains(t, w.records(), "adopted", "its window is closed")
		require.Equal(t, change.Executing, c.next(ctx, change.OK).Result)
		require.Equal(t, change.Verifying, c.next(ctx, change.OK).Result)
		require.Contains(t, w.records(), "adopted", "on record before it is reported")
	}
	out := w.propose()
	require.Equal(t, process.Adopted, out.Stage)
	require.Equal(t, "first proposed adopted", w.records())
	f := w.last(rules.EventAdopted)
	require.Equal(t, rules.Version{Rules: w.edited.Hash, Directory: f.Before.Directory}, f.After)
	require.Equal(t, []string{w.inForce.Hash, "CHG-1", asked, rules.ByChange}, []string{f.Before.Rules, f.Number, f.Change, f.By})
	require.True(t, f.Required)
	require.Equal(t, 1, f.Differences)
	require.Equal(t, 1, w.told, "the keeper looks at the record")
	require.Contains(t, w.tracker.fields["plan"], w.edited.Hash)
	require.Contains(t, w.tracker.fields["plan"], "~ chains: low-risk.levels[Platform owners].deadline  72h → 71h")
	require.Equal(t, "2026-11-18", w.tracker.fields["rollback_tested_on"])
}

// Whatever ends the approval brings nothing into force, and says so.
func TestC37_NothingComesIntoForceWithoutTheApproval(t *testing.T) {
	for name, c := range map[string]struct {
		script func(w *world) func(workflow.Context, *played)
		why    rules.Reason
	}{
		"denied": {func(w *world) func(workflow.Context, *played) {
			return func(ctx workflow.Context, c *played) {
				c.approval.Review, c.approval.Reason = change.Rejected, change.DeniedByApprover
				c.tell(ctx, c.approval)
				require.Equal(w.T, change.WithdrawnChange, c.next(ctx, change.OK).Result)
			}
		}, rules.NotApproved},
		"expired": {func(w *world) func(workflow.Context, *played) {
			return func(ctx workflow.Context, c *played) {
				c.approval.Review = change.Expired
				c.tell(ctx, c.approval)
				require.Equal(w.T, change.WithdrawnChange, c.next(ctx, change.OK).Result)
			}
		}, rules.NotApproved},
		"withdrawn": {func(*world) func(workflow.Context, *played) {
			return func(ctx workflow.Context, c *played) {
				c.approval.State, c.approval.Reason = change.WithdrawnChange, change.WithdrawnByPerson
				c.tell(ctx, c.approval)
			}
		}, rules.NotApproved},
		"another plan was approved": {func(w *world) func(workflow.Context, *played) {
			return func(ctx workflow.Context, c *played) {
				c.approval.Plan = change.PlanDigest("Bring other rules into force")
				c.approve(ctx)
				require.Equal(w.T, change.WithdrawnChange, c.next(ctx, change.OK).Result)
			}
		}, rules.ContentChanged},
		"others came into force": {func(w *world) func(workflow.Context, *played) {
			return func(ctx workflow.Context, c *played) {
				w.moveOn(w.others)
				c.approve(ctx)
				require.Equal(w.T, change.WithdrawnChange, c.next(ctx, change.OK).Result)
			}
		}, rules.Moved},
		"others came into force between the start and the record": {func(w *world) func(workflow.Context, *played) {
			return func(ctx workflow.Context, c *played) {
				c.approve(ctx)
				w.between = func() { w.moveOn(w.others) }
				require.Equal(w.T, change.Executing, c.next(ctx, change.OK).Result)
				w.between = nil
				require.Equal(w.T, change.Failed, c.next(ctx, change.OK).Result)
			}
		}, rules.Moved},
		"started by nobody's record": {func(w *world) func(workflow.Context, *played) {
			return func(ctx workflow.Context, c *played) {
				c.approve(ctx)
				var r change.Report
				workflow.GetSignalChannel(ctx, "reported").Receive(ctx, &r)
				c.approval.State = change.Executing
				c.tell(ctx, change.Approval{State: change.Executing, Review: change.Approved, Request: r.Key})
				require.Equal(w.T, change.Failed, c.next(ctx, change.OK).Result)
			}
		}, rules.NotExecuting},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.sight(w.inForce)
			w.script = c.script(w)
			out := w.propose()
			require.Equal(t, process.Ended, out.Stage)
			require.Equal(t, c.why, out.Reason)
			require.Equal(t, c.why, w.last(rules.EventNotAdopted).Reason)
			require.NotEqual(t, w.edited.Hash, w.sight(w.inForce).Rules)
		})
	}
}

// moveOn brings other rules into force by the record.
func (w *world) moveOn(r *policy.Rules) {
	w.T.Helper()
	w.seen(r)
	in := proposedBy("jonas", "proposal/other")
	in.Rules, in.Base = r.Hash, w.inForce.Hash
	adopted, err := call(w, w.book.AdoptRules, adoption(in, account("bruno")))
	require.NoError(w.T, err)
	require.Equal(w.T, rules.OK, adopted.Reason)
}

// What cannot be asked for is refused before anybody has to read a ticket.
func TestC37_ProposalsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	refuse := func(why rules.Reason) {
		t.Helper()
		w.engine(subject + string(why))
		require.Equal(t, why, w.propose().Reason)
		require.Equal(t, why, w.last(rules.EventNotProposed).Reason)
		require.Zero(t, w.tracker.opened)
	}
	refuse(rules.NothingInForce)
	w.sight(w.inForce)
	w.proposal.Base = w.edited.Hash
	refuse(rules.Moved)
	w.proposal.Base, w.proposal.Content = "", w.inForce.Canonical()
	refuse(rules.InForce)
	w.proposal.Content = []byte(`{"apiVersion":"countersign/v9"}`)
	refuse(rules.Unreadable)
	free, _, err := policy.LoadFS(policy.ExampleFS())
	require.NoError(t, err)
	w.moveOn(free)
	w.proposal.Content = w.edited.Canonical()
	refuse(rules.NoChangeNeeded)
}

// An override takes two people; whoever asked, a stranger and a word about other
// rules do not count and are on record.
func TestC37_AnOverrideTakesTwoPeople(t *testing.T) {
	w := newWorld(t)
	w.sight(w.inForce)
	w.proposal.Override = true
	word := func(after time.Duration, who, digest string) {
		w.At(after, func() {
			w.Env.SignalWorkflow(process.SignalConfirm, process.Confirmation{By: account(who), Rules: digest})
		})
	}
	word(time.Minute, "jonas", w.edited.Hash)
	word(2*time.Minute, "nobody", w.edited.Hash)
	word(3*time.Minute, "bruno", w.inForce.Hash)
	word(4*time.Minute, "bruno", w.edited.Hash)
	out := w.propose()
	require.Equal(t, process.Adopted, out.Stage)
	require.Equal(t, "first override_asked override_refused override_refused override_refused overridden", w.records())
	f := w.last(rules.EventOverridden)
	require.Equal(t, []string{w.edited.Hash, "p-bruno", rules.ByOverride}, []string{f.After.Rules, f.Confirmed, f.By})
	require.Zero(t, w.tracker.opened)
	entries := w.Entries(rules.Subject)
	require.Equal(t, "p-jonas", entries[len(entries)-1].Record.Actor.Person)
}

func TestC37_AnOverrideThatNobodyConfirms(t *testing.T) {
	w := newWorld(t)
	w.sight(w.inForce)
	w.proposal.Override = true
	require.Equal(t, rules.NotConfirmed, w.propose().Reason)
	require.Equal(t, "first override_asked override_withheld", w.records())
	require.Equal(t, process.ConfirmWithin, w.Env.Now().Sub(wednesday).Truncate(time.Minute))
}

// A record whose answer is lost, as by a crash of its process, is found and not made
// again.
func TestC37_LostAnswersMakeNoSecondRecord(t *testing.T) {
	w := newWorld(t)
	w.Journal.Lose(1)
	_, err := call(w, w.book.RecordSighting, w.seen(w.inForce))
	require.Error(t, err)
	w.sight(w.inForce)
	w.script = func(ctx workflow.Context, c *played) {
		c.approve(ctx)
		w.Journal.Lose(2)
		c.next(ctx, change.OK)
		c.next(ctx, change.OK)
	}
	w.Journal.Lose(1)
	require.Equal(t, process.Adopted, w.propose().Stage)
	require.Equal(t, "first proposed adopted", w.records())
}
