package patch

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// warn warns about deadlines for as long as what they are about is not mended, on
// one timer to the nearest warning (P19). No hold, no approval and no vendor stops
// a clock (P20).
func (p *process) warn(ctx workflow.Context) {
	if p.over() {
		return
	}
	p.Background(ctx, "warnings", func(ctx workflow.Context) {
		for {
			i, w, any := p.nextWarning(ctx)
			until := zero
			if any {
				until = w.At
			}
			clocks := p.clocks
			idle := func() bool { return p.mended() || p.clocks != clocks || p.ShouldContinue(ctx) }
			due := any && !until.After(workflow.Now(ctx))
			if !due {
				if err := p.until(ctx, until, idle); err != nil {
					return
				}
				if p.mended() || p.ShouldContinue(ctx) {
					return // the next run goes on with it
				}
				continue
			}
			if err := p.Locked(ctx, func() error { return p.warned(ctx, i, w) }); err != nil {
				return
			}
		}
	})
}

// until waits for an instant or until something moved; zero never comes.
func (p *process) until(ctx workflow.Context, at time.Time, moved func() bool) error {
	if at.IsZero() {
		return workflow.Await(ctx, moved)
	}
	_, err := workflow.AwaitWithTimeout(ctx, at.Sub(workflow.Now(ctx)), moved)
	return err
}

// mended reports whether no deadline is open any more: every target serves the
// payload, or nobody carries this rollout on.
func (p *process) mended() bool {
	return p.s.State == rules.Completed && len(p.s.Undone) == 0 || p.over()
}

// nextWarning is the one to send now or next, over all clocks.
func (p *process) nextWarning(ctx workflow.Context) (int, rules.Warning, bool) {
	now := workflow.Now(ctx)
	at, best, found := 0, rules.Warning{}, false
	for i, c := range p.s.Clocks {
		w, ok := rules.NextWarning(c.Clock, c.Warned, now)
		if ok && (!found || w.At.Before(best.At)) {
			at, best, found = i, w, true
		}
	}
	return at, best, found
}

// warned records a warning and calls its people. Clocks of one vulnerability that
// are at the same point are one warning to the people, and each is on record.
func (p *process) warned(ctx workflow.Context, i int, w rules.Warning) error {
	people := rules.Addressees(w.Point, p.audience(ctx))
	var events []evidence.Event
	var also []int
	for j, c := range p.s.Clocks {
		other, ok := rules.NextWarning(c.Clock, c.Warned, workflow.Now(ctx))
		if j != i && (!ok || other.Point != w.Point || !other.Due.Equal(w.Due)) {
			continue
		}
		also = append(also, j)
		facts := rules.WarnedFacts{Vulnerability: c.Clock.Vulnerability, Asset: c.Clock.Asset, Warning: w, Told: people}
		events = append(events, p.event(ctx, fmt.Sprintf("%s/%s/%s", w.Key(), c.Clock.Vulnerability, c.Clock.Asset), rules.EventWarned, "", facts))
	}
	if _, err := p.Record(ctx, steps.RecordEventsInput{Events: events}); err != nil {
		return err
	}
	for _, j := range also {
		p.s.Clocks[j].Warned = rules.Warned{Due: w.Due, Last: w.Point}
	}
	text := warnedNote(p.s, p.s.Clocks[i].Clock, w, len(also))
	p.Call(p.Owner()+"/"+w.Key()+"/"+p.s.Clocks[i].Clock.Vulnerability, text, people...)
	p.Tell(told(text), "")
	return nil
}

// audience is who answers for the targets at this moment: whoever did when the
// rollout was planned may be gone by now (P19). Where nobody is named any more, or
// it cannot be read in time, a warning still goes to somebody: those of the plan.
func (p *process) audience(ctx workflow.Context) rules.Audience {
	r := p.s.Route
	now, err := steps.ResolveAudience(ctx, steps.ResolveAudienceInput{System: r.System, Class: r.Class})
	if err != nil || now.Audience == (rules.Audience{}) {
		p.Logger.Warn("who answers for the targets now is not known; those of the plan are told", "error", err)
		return r.Audience
	}
	return now.Audience
}

// receiveNews takes what became known of vulnerabilities, from the feeds. Clocks
// come nearer by themselves, and later only by a person's word (P15).
func (p *process) receiveNews(ctx workflow.Context) {
	desk.Receive(ctx, p.Desk, SignalInformed, func(n News) {
		if n.Key == "" || slices.Contains(p.s.News, n.Key) || len(n.Vulnerabilities) == 0 {
			return
		}
		p.s.News = append(p.s.News, n.Key)
		if len(p.s.News) > 50 {
			p.s.News = p.s.News[len(p.s.News)-50:]
		}
		p.Background(ctx, "news", func(ctx workflow.Context) {
			err := workflow.Await(ctx, p.Known)
			if err == nil {
				err = p.Locked(ctx, func() error { return p.informed(ctx, n) })
			}
			if err != nil {
				p.Logger.Error("news not taken", "key", n.Key, "error", err)
			}
		})
	})
}

// informed reckons the clocks again by the rules of this rollout.
func (p *process) informed(ctx workflow.Context, n News) error {
	if p.s.Route == nil || p.mended() {
		return nil
	}
	var known []rules.Vulnerability
	for _, v := range n.Vulnerabilities {
		for i := range p.s.Asked.Vulnerabilities {
			if own := &p.s.Asked.Vulnerabilities[i]; own.ID == v.ID {
				learn(own, v)
				known = append(known, *own)
			}
		}
	}
	if len(known) == 0 {
		return nil
	}
	reckoned, err := desk.Outlast(ctx, p.Desk, desk.AtRules, func(bool) (steps.ReckonedDeadlines, error) {
		return steps.ReckonDeadlines(ctx, steps.ReckonDeadlinesInput{
			RulesHash: p.s.Route.RulesHash, Class: p.s.Route.Class, Targets: p.s.Route.Targets, Vulnerabilities: known,
		})
	})
	if err != nil {
		return err
	}
	for i, d := range reckoned.Deadlines {
		if d.Reason != rules.OK {
			continue
		}
		if err := p.reckoned(ctx, fmt.Sprintf("clock/%s/%d", n.Key, i), d); err != nil {
			return err
		}
	}
	p.clocks++
	p.Show()
	return nil
}

// learn adds what is new to what is known. Facts are replaced, evidence is only added.
func learn(own *rules.Vulnerability, v rules.Vulnerability) {
	own.Feed = v.Feed
	if v.Exploited != "" {
		own.Exploited = v.Exploited
	}
	if v.Automatable != "" {
		own.Automatable = v.Automatable
	}
	if v.Impact != "" {
		own.Impact = v.Impact
	}
	if len(v.Fixed) > 0 {
		own.Fixed = v.Fixed
	}
	for _, e := range v.Evidence {
		if !slices.Contains(own.Evidence, e) {
			own.Evidence = append(own.Evidence, e)
		}
	}
}

// reckoned compares a clock with what the rules say now, and records what moved.
func (p *process) reckoned(ctx workflow.Context, step string, d rules.Deadline) error {
	for i := range p.s.Clocks {
		c := &p.s.Clocks[i]
		if c.Clock.Vulnerability != d.Clock.Vulnerability || c.Clock.Asset != d.Clock.Asset {
			continue
		}
		inForce, proposal, reason := rules.Recompute(c.Clock, d.Clock.Start, d.Clock.Ruling, d.Clock.Feed)
		if reason == rules.Unchanged && inForce.Ruling.As == c.Clock.Ruling.As && inForce.Feed == c.Clock.Feed {
			return nil
		}
		before := c.Clock
		facts := rules.ClockFacts{Clock: inForce, Before: &before, Unused: d.Unused, Reason: reason}
		kind := rules.EventClock
		if reason == rules.LaterNeedsWord {
			kind, facts.Proposed = rules.EventLater, &proposal
		}
		if err := p.record(ctx, step, kind, "", facts); err != nil {
			return err
		}
		c.Clock, c.Unused, c.Proposed = inForce, d.Unused, facts.Proposed
		if reason != rules.Unchanged {
			p.s.Turn++ // what a card shows about the deadline is another now
			p.call(step, clockNote(p.s, before, *c, reason))
		}
		return nil
	}
	return nil
}

// receivePayload takes the payload for a rollout that an advisory opened. Who may
// provide it is judged by the live directory, and it is on record before it counts.
func (p *process) receivePayload(ctx workflow.Context) {
	desk.Receive(ctx, p.Desk, SignalProvided, func(in Provided) {
		p.Background(ctx, "payload", func(ctx workflow.Context) {
			err := workflow.Await(ctx, p.Known)
			if err == nil {
				err = p.Locked(ctx, func() error { return p.provided(ctx, in) })
			}
			if err != nil {
				p.Logger.Error("payload not taken", "key", in.Key, "error", err)
			}
		})
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
