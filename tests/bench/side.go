package main

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"

	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
	"github.com/lowcodex/countersign/workflows/change"
)

// run is one workflow under way: a change, or a bare one.
type run struct {
	id      string
	carried string // what the buttons of the first level carry
}

// click is one act of a person, or one bare update.
type click struct {
	mark     string    // part of the update's id
	sent     time.Time // the first byte of the signed request
	answered time.Time // the last byte of the answer
	pending  bool      // the outcome was not known in time
	repeats  int       // times it was answered that nothing was recorded
}

// side is one of the two things that are compared.
type side interface {
	name() string
	// begin starts a run; it may take acts when ready returns.
	begin(ctx context.Context) (*run, error)
	// ready waits until a person could make the n-th act.
	ready(ctx context.Context, r *run, n int) error
	// act makes the n-th of five acts and returns when it is answered.
	act(ctx context.Context, r *run, n int) (click, error)
}

// acts are the five of a two-level change with three approvers.
func acts() []struct{ person, action string } {
	return []struct{ person, action string }{
		{"bruno", rules.ActionApprove}, {"chidi", rules.ActionApprove}, {"farah", rules.ActionApprove},
		{"goran", rules.ActionStart}, {"goran", rules.ActionFinish},
	}
}

// product drives changes through the product's own doors: a signed webhook of
// the tracker and signed forms of the message surface.
type product struct{ w *world }

func (p product) name() string { return "product" }

func (p product) begin(ctx context.Context) (*run, error) {
	issue, err := p.w.site.Jira.CreateIssue("acc-jonas", ticket())
	if err == nil {
		err = p.w.site.Jira.Transition("acc-jonas", issue.Key, p.w.rules.Tickets().SubmitStatus)
	}
	return &run{id: p.subject(issue)}, err
}

func (p product) subject(i jiratest.Issue) string {
	return change.WorkflowID(p.w.rules.Tickets().Site, i.ID)
}

func (p product) ready(ctx context.Context, r *run, n int) error {
	before := ""
	if n == 2 {
		before = r.carried // the second level's button carries something else
	}
	_, err := p.w.board.offered(ctx, r.id, acts()[n].action, before)
	return err
}

func (p product) act(ctx context.Context, r *run, n int) (click, error) {
	a := acts()[n]
	carried, err := p.w.board.offered(ctx, r.id, a.action, "")
	if err != nil {
		return click{}, err
	}
	if n == 0 {
		r.carried = carried
	}
	form, err := p.w.fill(a.person, a.action, carried)
	if err != nil {
		return click{}, err
	}
	c, err := p.w.submit(ctx, form)
	if err != nil {
		return c, fmt.Errorf("%s of %s by %s: %w", a.action, r.id, a.person, err)
	}
	return c, nil
}

// ticket is the content of an ordinary change of two levels in the example policy.
func ticket() map[string]string {
	return map[string]string{
		"title": "Raise the invoice limit", "purpose": "Larger customers",
		"system": "sandbox", "environment": "sandbox", "risk": "medium",
		"plan": "1. Import the package\n2. Restart the flows", "test_plan": "Run the regression suite",
		"rollback": "Import the former package", "rollback_owner": "acc-goran", "rollback_tested_on": time.Now().AddDate(0, -1, 0).Format(time.DateOnly),
		"implementer": "acc-goran", "duration": "30m",
	}
}

// raw drives bare workflows with the SDK alone.
type raw struct {
	w *world
	s shape
}

func (b raw) name() string { return "bare" }

func (b raw) begin(ctx context.Context) (*run, error) {
	r := &run{id: "bare/" + uuid.NewString()}
	options := client.StartWorkflowOptions{ID: r.id, TaskQueue: barePrefix + "workflows"}
	if b.s.Signals == 0 {
		_, err := b.w.engine.ExecuteWorkflow(ctx, options, bareType)
		return r, err
	}
	_, err := b.w.engine.SignalWithStartWorkflow(ctx, r.id, bareSignal, note{Key: r.id}, options, bareType)
	for n := 1; n < b.s.Signals && err == nil; n++ {
		err = b.w.engine.SignalWorkflow(ctx, r.id, "", bareSignal, note{Key: r.id})
	}
	return r, err
}

// ready has nothing to wait for: the workflow takes updates from its start.
func (b raw) ready(context.Context, *run, int) error { return nil }

func (b raw) act(ctx context.Context, r *run, n int) (click, error) {
	c := click{mark: uuid.NewString(), sent: time.Now()}
	handle, err := b.w.engine.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		UpdateID: c.mark, WorkflowID: r.id, UpdateName: b.s.Updates[n], Args: []any{note{Key: c.mark}},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = handle.Get(ctx, nil)
	}
	c.answered = time.Now()
	return c, err
}

// over waits until the run has closed.
func (w *world) over(ctx context.Context, r *run) error {
	return w.engine.GetWorkflow(ctx, r.id, "").Get(ctx, nil)
}
