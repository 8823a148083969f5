package incident

import (
	"go.temporal.io/sdk/workflow"

	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// open reads what the incident is about, asks the rules where the alert has not,
// and queues the record that allocates its number. Nothing here waits for the log.
func (p *process) open(ctx workflow.Context, in Input) error {
	if in.Carried != nil {
		p.resume(ctx)
		return nil
	}
	s, now := &p.s, workflow.Now(ctx)
	token, err := rules.ParseIncidentID(p.Self)
	if err != nil {
		return err
	}
	s.Opened, s.Count = now, 1
	plan := steps.IncidentPlan{}
	switch {
	case in.Alert != nil:
		ev := in.Alert.Event
		s.Title, s.Text, s.Outside, s.Source, s.Alert, s.Left = ev.Title, ev.Text, ev.Link, in.Alert.Source, in.Alert.ID, ev.Truncated
		s.Count, plan = in.Alert.Count, in.Alert.Plan
		if in.Alert.Before != "" {
			s.Before = in.Alert.Before.ID()
		}
	default:
		d, _, _ := rules.ParseDeclare(*in.Declared) // checked when it was declared; what is missing pages the fallback
		s.Declared, s.Title, s.Text = in.Declared, d.Title, d.Seen
		plan, err = desk.Outlast(ctx, p.Desk, desk.AtRules, func(bool) (steps.IncidentPlan, error) {
			return steps.ResolveIncident(ctx, steps.ResolveIncidentInput{System: d.System, Severity: string(d.Severity)})
		})
		if err != nil {
			return err
		}
	}
	if s.Title == "" {
		s.Title = "Alert without a title"
	}
	s.Plan, s.Standing = &plan, rules.Open(token, plan.Severity, now)
	p.received()
	return nil
}

// received queues the record that allocates the number.
func (p *process) received() {
	s := &p.s
	ev := p.head().Event(p.Owner()+"/received", rules.EventReceived, s.Opened)
	ev.Series, ev.State = Series, string(s.Standing.State)
	ev.Facts = desk.Encoded(rules.ReceivedFacts{
		Alert: s.Alert, Before: s.Before, Title: s.Title, System: s.Plan.System, Severity: s.Plan.Severity, Policy: s.Plan.Policy.Name,
	})
	in := steps.RecordEventsInput{Events: []evidence.Event{ev}}
	if s.Declared != nil {
		in.Acted = []steps.Acted{{Inbound: *s.Declared}}
	}
	p.RecordBehind(in)
	p.Tell(openedNote(s), statusTriggered)
}

// resume takes up again what an earlier run left under way.
func (p *process) resume(ctx workflow.Context) {
	s := &p.s
	for i := range s.Pages {
		for _, r := range s.Pages[i].To {
			p.send(ctx, s.Pages[i].N, r)
		}
	}
	p.standDown(ctx)
	if !s.Resolved.IsZero() && s.Due.IsZero() {
		p.beside("review", p.planReview)
	}
	p.openItems(ctx)
	p.openOwed()
}
