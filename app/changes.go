package app

import (
	"context"
	"errors"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/change"
	process "github.com/lowcodex/countersign/workflows/rules"
)

// openChanges are the changes under way, from the engine's lists. One that began in
// the seconds by which they lag has read what is in force itself.
type openChanges struct{ engine client.Client }

// Page lists changes with something to decide, to wait for or to carry out; the
// others wait for their requester only.
func (o openChanges) Page(ctx context.Context, token []byte) ([]string, []byte, error) {
	query := "WorkflowType = " + quoted(change.Type) + " AND ExecutionStatus = 'Running' AND " + compliance.AttributeStage + " IN ("
	for i, s := range []string{string(rules.InReview), string(rules.WaitingWindow), string(rules.Executing), string(rules.Held)} {
		if i > 0 {
			query += ", "
		}
		query += quoted(s)
	}
	page, err := o.engine.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query + ")", PageSize: listPage, NextPageToken: token})
	if err != nil {
		return nil, nil, &compliance.Failure{Class: compliance.Unavailable, Op: "list changes", Detail: "the engine did not answer", Err: err}
	}
	var ids []string
	for _, e := range page.GetExecutions() {
		ids = append(ids, e.GetExecution().GetWorkflowId())
	}
	return ids, page.GetNextPageToken(), nil
}

// Tell signals the newest run.
func (o openChanges) Tell(ctx context.Context, id string, m rules.Moved) error {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	err := o.engine.SignalWorkflow(ctx, id, "", change.SignalRulesMoved, m)
	var gone *serviceerror.NotFound
	if err == nil || errors.As(err, &gone) {
		return nil // it is over: nothing of it can move any more
	}
	return &compliance.Failure{Class: compliance.Unavailable, Op: "tell " + id + " what is in force", Detail: "the engine did not answer", Err: err}
}

// Ask triggers the schedule of the tellings, which every worker makes when it starts;
// where somebody deleted it since, it is made again.
func (o openChanges) Ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	if err := begin(ctx, o.engine.ScheduleClient(), tellings()); err != nil {
		return &compliance.Failure{Class: compliance.Unavailable, Op: "have the changes told what is in force", Detail: "the engine did not take it", Err: err}
	}
	return nil
}

// tellDaily has the changes under way told every day what is in force. A run begins at
// once, too: this process may be of another release, whose zone data give other
// instants (C25). It tells nobody where nothing moved.
func (a *App) tellDaily(ctx context.Context) error {
	return a.daily(ctx, "the daily word to the changes", tellings())
}

// tellings is the schedule by which the changes under way are told. One telling
// follows the one that is under way, however many ask: that may have begun by what is
// not in force any more.
func tellings() client.ScheduleOptions {
	return client.ScheduleOptions{
		ID: process.DailyTellID,
		Spec: client.ScheduleSpec{
			Intervals: []client.ScheduleIntervalSpec{{Every: 24 * time.Hour, Offset: 4 * time.Hour}},
			Jitter:    10 * time.Minute,
		},
		Action: &client.ScheduleWorkflowAction{
			ID: process.DailyTellID, Workflow: process.TellType, TaskQueue: compliance.QueueWorkflows, Args: []any{process.TellInput{}},
		},
		Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE,
		Note:    "Tells the changes under way what of the policy is in force, and by which zone data.",
	}
}
