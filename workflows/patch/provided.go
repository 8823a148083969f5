package patch

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// receivePayload takes the payload for a rollout that an advisory opened. Who may
// provide it is judged by the live directory, and it is on record before it counts.
func (p *process) receivePayload(ctx workflow.Context) {
	desk.Receive(ctx, p.Desk, SignalProvided, func(in Provided) {
		p.Follow(ctx, "payload", in.Key, func(ctx workflow.Context) error { return p.provided(ctx, in) })
	})
}

func (p *process) provided(ctx workflow.Context, in Provided) error {
	if p.s.State != rules.Assessing || p.s.Asked.Payload != nil || p.s.Route == nil {
		return nil // the first one counts; the card shows it
	}
	who, err := desk.Outlast(ctx, p.Desk, desk.AtRules, func(bool) (steps.Identified, error) {
		return steps.IdentifyActor(ctx, steps.IdentifyInput{Account: in.Actor, Route: p.allowed()})
	})
	if err != nil {
		return err
	}
	kind, facts := rules.EventReceived, any(rules.ReceivedFacts{
		System: p.s.Asked.System, Title: in.Payload.Title + " " + in.Payload.Version, Authors: []compliance.PersonID{who.Person},
		Advisory: p.s.Asked.Advisory, Payload: named(&in.Payload),
	})
	if who.Reason != rules.OK {
		kind, facts = rules.EventRefused, rules.ActFacts{Action: "provide", Delivery: in.Key, Surface: "cli", Received: workflow.Now(ctx), Reason: who.Reason, Stood: p.s.State}
	}
	ev := p.event(ctx, "provided/"+in.Key, kind, "", facts)
	ev.Blobs = append(ev.Blobs, evidence.BlobRef{Role: "payload", Digest: in.Payload.Blob})
	acted := steps.Acted{Event: 0, Inbound: inboundOf(in, workflow.Now(ctx))}
	if _, err := p.Record(ctx, steps.RecordEventsInput{Events: []evidence.Event{ev}, Acted: []steps.Acted{acted}}); err != nil {
		return err
	}
	if who.Reason != rules.OK {
		p.s.Logged(refusedFact("provide a payload", who.Person, who.Reason, workflow.Now(ctx)))
		p.Show()
		return nil
	}
	p.s.Asked.Payload, p.s.Asked.Actor = &in.Payload, in.Actor
	p.s.Route.Requester = who.Person
	p.s.Turn++
	p.Show()
	return nil
}
