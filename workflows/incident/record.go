package incident

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// head is what every record of this incident has in common.
func (p *process) head() steps.Head { return p.Head(p.s.Plan.Rules, "") }

// moveBehind puts on record what happened, without waiting for it.
func (p *process) moveBehind(ctx workflow.Context, kind string, facts rules.MovedFacts) {
	p.behind(ctx, kind, facts.To, facts)
}

// behind queues a record of something that must not wait. state is the
// incident's state after it, empty where it stays.
func (p *process) behind(ctx workflow.Context, kind string, state rules.State, facts any) {
	p.RecordBehind(steps.RecordEventsInput{Events: []evidence.Event{p.event(ctx, kind, state, facts)}})
}

// event is a record that may happen several times: its key counts.
func (p *process) event(ctx workflow.Context, kind string, state rules.State, facts any) evidence.Event {
	p.s.Sequence++
	_, step, _ := strings.Cut(kind, ".")
	ev := p.head().Event(fmt.Sprintf("%s/%s/%d", p.Owner(), step, p.s.Sequence), kind, workflow.Now(ctx))
	ev.State, ev.Final, ev.Facts = string(state), state.Terminal(), desk.Encoded(facts)
	return ev
}

// actBehind queues the record of an act that was judged here, because it must
// not wait for the log (G3). Who acted is looked up when it is appended.
func (p *process) actBehind(in compliance.Inbound, kind string, state rules.State, facts any) {
	ev := p.head().Event(rules.ActKey(p.Owner(), in.Delivery), kind, in.Received)
	ev.State, ev.Facts = string(state), desk.Encoded(facts)
	p.RecordBehind(steps.RecordEventsInput{Events: []evidence.Event{ev}, Acted: []steps.Acted{{Inbound: in}}})
}

// act is what every record of an act says.
func (p *process) act(in compliance.Inbound, page int, reason rules.Reason) *rules.ActFacts {
	return &rules.ActFacts{
		Action: in.Action, Delivery: in.Delivery, Surface: in.Surface, Message: in.Message,
		Received: in.Received.UTC(), Page: page, Reason: reason, State: p.s.Standing.State,
	}
}

func one(ev evidence.Event) []evidence.Event { return []evidence.Event{ev} }

// finding is the record that a page is itself a finding: nobody in the whole
// policy, every round over, a rollback that failed.
func (p *process) finding(ctx workflow.Context, page *Page, facts rules.PageFacts) []evidence.Event {
	if page.Decision.Finding == rules.OK {
		return nil
	}
	ev := p.head().Event(rules.StepKey(p.Owner(), page.N, "finding"), rules.EventFinding, workflow.Now(ctx))
	ev.Facts = desk.Encoded(facts)
	return one(ev)
}
