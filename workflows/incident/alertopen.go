package incident

import (
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/workflows/steps"
)

// countEvery is how often an incident is told of more reports of the same at most.
const countEvery = time.Minute

// open starts the incident as a child that outlives the alert.
func (a *alert) open(ctx workflow.Context) error {
	s := &a.s
	s.Opened++
	token := rules.AlertToken(a.Self, a.First, s.Opened)
	s.Alert = s.Alert.Opened(token)
	plan := *s.Plan
	plan.Severity = s.Alert.Severity
	opening := Opening{ID: a.Self, Source: s.Source, Event: s.Event, Plan: plan, Before: s.Alert.Before, Count: s.Alert.Count}
	_, err := steps.Begin(ctx, workflow.ChildWorkflowOptions{ // a reset run may have opened it before
		WorkflowID: token.ID(), WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		TypedSearchAttributes: attributes(plan),
		Priority:              temporal.Priority{PriorityKey: 1},
	}, Incident, Input{Alert: &opening})
	s.Told, s.ToldAt = s.Alert.Count, workflow.Now(ctx)
	return err
}

// attributes are what lists show of an incident from its start on.
func attributes(plan steps.IncidentPlan) temporal.SearchAttributes {
	return temporal.NewSearchAttributes(
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeProcess).ValueSet("incident"),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeStage).ValueSet(string(rules.Triggered)),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeSystem).ValueSet(plan.System),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeSeverity).ValueSet(string(plan.Severity)),
	)
}

// count tells the incident of more reports of the same, now and then.
func (a *alert) count(ctx workflow.Context) {
	if a.s.Alert.Incident != "" && a.s.Alert.Count > a.s.Told && workflow.Now(ctx).Sub(a.s.ToldAt) >= countEvery {
		a.tell(ctx, Alerted{})
	}
}

// tell sends the incident a fact. One that is closed needs none.
func (a *alert) tell(ctx workflow.Context, fact Alerted) {
	s := &a.s
	fact.Incident, fact.Count, fact.Left, fact.At = s.Alert.Incident, s.Alert.Count, s.Left, workflow.Now(ctx)
	s.Told, s.ToldAt = s.Alert.Count, fact.At
	a.Background(ctx, "tell", func(ctx workflow.Context) {
		if err := workflow.SignalExternalWorkflow(ctx, fact.Incident.ID(), "", SignalAlerted, fact).Get(ctx, nil); err != nil {
			a.Logger.Info("incident is over", "incident", fact.Incident, "error", err)
		}
	})
}
