package patch

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// head is what every record of this rollout has in common.
func (p *process) head() steps.Head {
	var pinned evidence.Rules
	if r := p.s.Route; r != nil {
		pinned = evidence.Rules{Version: r.RulesVersion, Hash: r.RulesHash, Directory: r.DirectoryVersion}
	}
	return p.Head(pinned, "")
}

// sequence is the logical step of something that may happen more than once.
func (p *process) sequence(step string) string {
	p.s.Sequence++
	return fmt.Sprintf("%s/%d", step, p.s.Sequence)
}

// event is one event about this rollout. State is empty where it moves nothing.
func (p *process) event(ctx workflow.Context, step, kind string, state rules.State, facts any) evidence.Event {
	ev := p.head().Event(p.Owner()+"/"+step, kind, workflow.Now(ctx))
	ev.State, ev.Final = string(state), state.Terminal()
	ev.Facts = desk.Encoded(facts)
	return ev
}

// record puts one event on record and waits for it.
func (p *process) record(ctx workflow.Context, step, kind string, state rules.State, facts any) error {
	_, err := p.Record(ctx, steps.RecordEventsInput{Events: []evidence.Event{p.event(ctx, step, kind, state, facts)}})
	return err
}

// behind puts one event on record without waiting: on the way back only (G3).
func (p *process) behind(ctx workflow.Context, step, kind string, state rules.State, facts any) {
	p.RecordBehind(steps.RecordEventsInput{Events: []evidence.Event{p.event(ctx, step, kind, state, facts)}})
}

// ringFacts are the facts of a ring that moves.
func (p *process) ringFacts(ring int, to rules.RingState, reason rules.Reason) rules.RingFacts {
	r := p.s.Rings[ring]
	return rules.RingFacts{
		Ring: ring, Name: p.s.Route.Plan.Rings[ring].Name, From: r.State, To: to, Standing: r, Reason: reason,
	}
}

// close records an end and takes it.
func (p *process) close(ctx workflow.Context, to rules.State, reason rules.Reason, detail string) error {
	if err := workflow.Await(ctx, p.Caught); err != nil { // the end stands behind what did not wait
		return err
	}
	err := p.record(ctx, "closed/"+string(to), rules.EventClosed, to, rules.MovedFacts{From: p.s.State, To: to, Reason: reason, Detail: detail})
	if err != nil {
		return err
	}
	p.s.State, p.s.Reason, p.s.Detail = to, reason, detail
	p.s.Turn++
	p.stage(ctx)
	return nil
}

// recorded puts a prepared event on record and waits for it.
func (p *process) recorded(ctx workflow.Context, ev evidence.Event) error {
	_, err := p.Record(ctx, steps.RecordEventsInput{Events: []evidence.Event{ev}})
	return err
}
