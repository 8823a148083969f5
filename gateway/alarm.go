package gateway

import (
	"context"
	"errors"

	"go.temporal.io/api/workflowservice/v1"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/workflows/patch"
)

// mostRollouts bounds how many running rollouts are told of one alarm; each knows
// whether the target is one of its own.
const mostRollouts = 200

// alarm tells every running rollout of an alert about a target (P6). A rollout
// that began a moment ago may not be listed yet: it has touched nothing either.
func (g *Gateway) alarm(ctx context.Context, ev compliance.AlertEvent, target string) error {
	list, err := g.engine.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		Query: "WorkflowType = '" + patch.Type + "' AND ExecutionStatus = 'Running'", PageSize: mostRollouts,
	})
	if err != nil {
		return err
	}
	a := compliance.HealthAlarm{Key: ev.Source + "/" + ev.Key, Target: target, Source: ev.Source, Title: ev.Title, Over: !ev.Firing, At: ev.Received.UTC()}
	var errs []error
	for _, run := range list.GetExecutions() {
		err := g.engine.SignalWorkflow(ctx, run.GetExecution().GetWorkflowId(), "", compliance.SignalHealthAlarm, a)
		if err != nil && !isOver(err) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
