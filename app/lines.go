package app

import (
	"context"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	line "github.com/lowcodex/countersign/compliance/queue"
	"github.com/lowcodex/countersign/workflows/change"
	"github.com/lowcodex/countersign/workflows/queue"
)

// Begun lists the changes of a system's environment that are being carried out.
func (o openChanges) Begun(ctx context.Context, system, environment string) ([]activities.Begun, error) {
	query := "WorkflowType = " + quoted(change.Type) + " AND ExecutionStatus = 'Running' AND " +
		compliance.AttributeSystem + " = " + quoted(system) + " AND " + compliance.AttributeEnvironment + " = " + quoted(environment) + " AND " +
		compliance.AttributeStage + " IN (" + quoted(string(rules.Executing)) + ", " + quoted(string(rules.Verifying)) + ")"
	var all []activities.Begun
	var next []byte
	for {
		page, err := o.engine.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: listPage, NextPageToken: next})
		if err != nil {
			return nil, &compliance.Failure{Class: compliance.Unavailable, Op: "list changes", Detail: "the engine did not answer", Err: err}
		}
		for _, e := range page.GetExecutions() {
			b := activities.Begun{Subject: e.GetExecution().GetWorkflowId()}
			if p, there := e.GetSearchAttributes().GetIndexedFields()[compliance.AttributeNumber]; there {
				// Without its number it holds its turn all the same.
				_ = converter.GetDefaultDataConverter().FromPayload(p, &b.Number)
			}
			all = append(all, b)
		}
		if next = page.GetNextPageToken(); len(next) == 0 {
			return all, nil
		}
	}
}

// Speak says a word to the line, which begins with it where there is none.
func (o openChanges) Speak(ctx context.Context, system, environment string, w line.Word) error {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	id := queue.WorkflowID(system, environment)
	_, err := o.engine.SignalWithStartWorkflow(ctx, id, queue.SignalWord, w,
		client.StartWorkflowOptions{ID: id, TaskQueue: compliance.QueueWorkflows}, queue.Type, queue.Input{System: system, Environment: environment})
	if err != nil {
		return &compliance.Failure{Class: compliance.Unavailable, Op: "speak to " + id, Detail: "the engine did not answer", Err: err}
	}
	return nil
}
