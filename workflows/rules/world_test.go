package rules_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/rules"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/tests/processtest"
	changes "github.com/lowcodex/countersign/workflows/change"
	process "github.com/lowcodex/countersign/workflows/rules"
)

const (
	subject = "proposal/0b9cf5a2-8a5b-4f0e-9d5c-2f1f6c3a9b11"
	asked   = "change/example/10042"
)

var wednesday = time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC)

// world runs the real process with the real rules and evidence log; the tracker is a
// recorder and the change is played by a script. Time skips.
type world struct {
	*processtest.World
	tracker  tracker
	book     *activities.Rulebook
	inForce  *policy.Rules
	edited   *policy.Rules
	others   *policy.Rules // that change only by a change as well
	script   func(ctx workflow.Context, c *played)
	between  func() // a report and what the change makes of it
	told     int    // signals to the keeper
	proposal process.Proposal
	changes  everybody // under way, besides the one that is played
}

// newWorld has rules on record as in force that change only by a change.
func newWorld(t *testing.T) *world {
	w := &world{World: processtest.New(t, func(w *processtest.World) {
		w.Rewrite("rules/organisation.yaml", "channels:", "rules: {change: required, system: sandbox, environment: sandbox, risk: medium}\nchannels:")
	})}
	w.book = &activities.Rulebook{Log: w.Journal, Blobs: w.Log.Blobs(), Source: w.Source}
	var err error
	w.inForce, err = w.Source.Rules(t.Context())
	require.NoError(t, err)
	other := processtest.World{T: t, Policy: t.TempDir()}
	require.NoError(t, os.CopyFS(other.Policy, os.DirFS(w.Policy)))
	other.Rewrite("rules/chains.yaml", "deadline: 72h", "deadline: 71h")
	w.edited, _, err = policy.Load(other.Policy)
	require.NoError(t, err)
	other.Rewrite("rules/chains.yaml", "deadline: 71h", "deadline: 70h")
	w.others, _, err = policy.Load(other.Policy)
	require.NoError(t, err)
	w.proposal = process.Proposal{Actor: account("jonas"), Content: w.edited.Canonical(), Purpose: "Sooner"}
	w.engine(subject)
	return w
}

func account(name string) compliance.Account { return compliance.Account{Provider: "cli", ID: name} }

func (w *world) engine(self string) {
	w.Engine(wednesday, self)
	w.Env.SetTestTimeout(time.Minute)
	w.Env.RegisterActivity(&activities.Tickets{Tracker: &w.tracker, Blobs: w.Log.Blobs(), People: w.People(), Provider: "jira", Now: w.Env.Now})
	w.Env.RegisterActivity(w.book)
	w.Env.RegisterActivity(&activities.Proposals{Blobs: w.Log.Blobs()})
	w.Env.RegisterActivity(&activities.Broadcast{Source: w.Source, Changes: &w.changes, Pause: time.Nanosecond})
	w.Env.RegisterWorkflow(process.TellChanges)
	w.Env.RegisterWorkflow(process.ProposeRules)
	w.Env.RegisterWorkflow(process.KeepRules)
	w.Env.RegisterWorkflowWithOptions(w.change, workflow.RegisterOptions{Name: changes.Type})
	w.Env.OnSignalExternalWorkflow(mock.Anything, process.KeeperID, "", process.SignalMoved, mock.Anything).Return(
		func(_, _, _, _ string, _ any) error { w.told++; return nil }).Maybe()
}

// seen is a sighting of rules, stored as a process stores them first.
func (w *world) seen(r *policy.Rules) rules.Sighting {
	w.T.Helper()
	_, err := w.Log.Blobs().Put(context.Background(), r.Canonical())
	require.NoError(w.T, err)
	d, err := w.Source.Directory(context.Background())
	require.NoError(w.T, err)
	return rules.Sighting{Rules: r.Hash, Required: r.Organisation().Rules.Required, Directory: d.Hash, At: wednesday}
}

// sight puts a sighting on record, as the keeper does.
func (w *world) sight(r *policy.Rules) rules.Standing {
	w.T.Helper()
	s, err := call(w, w.book.RecordSighting, w.seen(r))
	require.NoError(w.T, err)
	return s
}

// propose plays the proposal and gives how it ended.
func (w *world) propose() process.Proposed {
	w.T.Helper()
	w.Env.ExecuteWorkflow(process.ProposeRules, w.proposal)
	require.NoError(w.T, w.Env.GetWorkflowError())
	var out process.Proposed
	require.NoError(w.T, w.Env.GetWorkflowResult(&out))
	return out
}

func (w *world) records() string { return strings.Join(w.Records(rules.Subject), " ") }

// last is the last record of a type.
func (w *world) last(kind string) rules.Facts {
	w.T.Helper()
	all := processtest.Facts[rules.Facts](w.World, rules.Subject, kind)
	require.NotEmpty(w.T, all, kind)
	return all[len(all)-1]
}

// played is the change as a script plays it.
type played struct {
	w        *world
	executor string
	approval change.Approval
}

//workflowcheck:ignore plays in the test environment only
func (c *played) tell(ctx workflow.Context, a change.Approval) {
	require.NoError(c.w.T, workflow.SignalExternalWorkflow(ctx, c.executor, "", changes.SignalApproval, a).Get(ctx, nil))
}

// approve says that it is approved and may start.
//
//workflowcheck:ignore plays in the test environment only
func (c *played) approve(ctx workflow.Context) {
	c.approval.State, c.approval.Review = change.WaitingWindow, change.Approved
	c.tell(ctx, c.approval)
}

// next answers the next report; a reason refuses it. What counts is on record first.
//
//workflowcheck:ignore plays in the test environment only
func (c *played) next(ctx workflow.Context, refuse change.Reason) change.Report {
	var r change.Report
	workflow.GetSignalChannel(ctx, changes.SignalReported).Receive(ctx, &r)
	if c.w.between != nil {
		c.w.between()
	}
	if refuse == change.OK {
		c.approval.State = r.Result
		if r.Result == change.Executing {
			c.w.execute()
		}
	}
	a := c.approval
	a.Request, a.Reason = r.Key, refuse
	// A proposal that has said its last word is gone.
	_ = workflow.SignalExternalWorkflow(ctx, c.executor, "", changes.SignalApproval, a).Get(ctx, nil)
	return r
}

// execute puts on record that the change is being carried out.
func (w *world) execute() {
	_, err := w.Log.Append(context.Background(), []evidence.Event{{
		Key: "CHG-1/started", Type: change.EventStarted, Schema: 1, Subject: asked, State: string(change.Executing), At: wednesday,
	}})
	require.NoError(w.T, err)
}

//workflowcheck:ignore plays in the test environment only
func (w *world) change(ctx workflow.Context, in changes.Input) error {
	require.Equal(w.T, subject, in.Executor)
	require.Empty(w.T, in.Chain, "the rules in force route it")
	require.Equal(w.T, w.proposal.Actor, in.Submitter, "whoever proposes does not approve (C5)")
	c := &played{w: w, executor: in.Executor, approval: change.Approval{
		Number: "CHG-1", State: change.Open, Review: change.InReview, Version: 1, Plan: change.PlanDigest(w.tracker.fields["plan"]),
	}}
	c.tell(ctx, c.approval)
	w.script(ctx, c)
	return nil
}

// tracker records the ticket.
type tracker struct {
	activities.TicketTracker
	mu     sync.Mutex
	fields map[string]string
	opened int
	fail   error
}

func (k *tracker) Read(context.Context, compliance.TicketRef) (compliance.Ticket, error) {
	return compliance.Ticket{}, errors.New("the tracker says nothing")
}

func (k *tracker) Open(_ context.Context, t compliance.NewTicket, _ bool) (compliance.TicketRef, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.fields, k.opened = t.Fields, k.opened+1
	return compliance.TicketRef{Site: "example", ID: "10042", Key: "OPS-12"}, k.fail
}

func (k *tracker) Apply(context.Context, compliance.TicketStep, map[compliance.PersonID]compliance.Person, bool) error {
	return nil
}
