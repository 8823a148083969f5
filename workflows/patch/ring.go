package patch

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// work does what a ring under way is at.
func (p *process) work(ctx workflow.Context, ring int) error {
	switch p.s.Rings[ring].State {
	case rules.Preparing:
		return p.prepare(ctx, ring)
	case rules.Deploying:
		return p.deploy(ctx, ring)
	default:
		return p.check(ctx, ring)
	}
}

// prepare saves what every target of the ring serves: its way back. A target that
// is not healthy has none, and is not touched.
func (p *process) prepare(ctx workflow.Context, ring int) error {
	for _, t := range p.s.Route.InRing(ring) {
		if at := p.target(t.ID); !at.Saved {
			if ok, err := p.save(ctx, t); err != nil || !ok {
				return err
			}
		}
	}
	return p.Locked(ctx, func() error {
		if p.s.State == rules.Rolling && p.s.Rings[ring].State == rules.Preparing {
			p.move(ctx, ring, rules.Deploying) // every snapshot is on record
		}
		return nil
	})
}

// save takes the snapshot of one target and puts it on record. False when the
// rollout is held instead.
func (p *process) save(ctx workflow.Context, t rules.RouteTarget) (bool, error) {
	snap, err := whole(ctx, p, func(ctx workflow.Context, _ bool) (steps.TargetSnapshot, error) {
		return steps.SnapshotTarget(ctx, steps.SnapshotTargetInput{Target: t.Target})
	})
	if err != nil {
		return false, err
	}
	seen, err := desk.Outlast(ctx, p.Desk, AtPlatform, func(bool) (steps.VerifiedTarget, error) {
		return steps.VerifyTarget(ctx, steps.VerifyTargetInput{Target: t.Target, Content: snap.Artifact.Content})
	})
	if err != nil {
		return false, err
	}
	at := p.target(t.ID)
	before := rules.Verified{Version: snap.Artifact.Version, Digest: snap.Artifact.Content, Artifact: snap.Artifact.Blob, At: snap.At}
	facts := rules.TargetFacts{Target: t.ID, Ring: t.Ring, Digest: seen.Served.Content, Before: &before}
	if !seen.Matches {
		facts.Reason, facts.Detail = rules.NoVerifiedState, seen.Served.Detail
	} else if suite, err := p.worked(ctx, t, before.Digest); err != nil {
		return false, err
	} else if suite != "" {
		at.Suite, facts.Outcome = suite, rules.Pass
	}
	ev := p.event(ctx, p.step(t.Ring, t.ID+"/snapshot"), rules.EventSnapshot, "", facts)
	ev.Blobs = append(ev.Blobs, evidence.BlobRef{Role: "snapshot", Digest: snap.Artifact.Blob})
	if _, err := p.Record(ctx, steps.RecordEventsInput{Events: []evidence.Event{ev}}); err != nil {
		return false, err
	}
	if !seen.Matches {
		return false, p.stuck(ctx, t, rules.NoVerifiedState, seen.Served.Detail)
	}
	at.Saved, at.Expect = true, snap.Version
	at.History = append(at.History, before)
	return true, nil
}

// worked names a suite of the ring that passes on what the target serves now: if
// it does not pass after the way back, the target is not back.
func (p *process) worked(ctx workflow.Context, t rules.RouteTarget, content string) (string, error) {
	for _, name := range p.s.Route.Plan.Rings[t.Ring].Suites {
		report, err := desk.Outlast(ctx, p.Desk, AtPlatform, func(bool) (compliance.CheckReport, error) {
			return steps.RunSuite(ctx, steps.RunSuiteInput{Target: t.Target, Suite: name, Definition: p.s.Route.Suite(name), Content: content})
		})
		if err != nil {
			return "", err
		}
		if report.Outcome == rules.Pass {
			return name, nil
		}
	}
	return "", nil
}

// stuck holds the rollout for one target.
func (p *process) stuck(ctx workflow.Context, t rules.RouteTarget, why rules.Reason, detail string) error {
	return p.Locked(ctx, func() error {
		if p.s.State != rules.Rolling {
			return nil
		}
		return p.heldFor(ctx, rules.Decision{Move: rules.Hold, Ring: t.Ring, Reason: why, Target: t.ID}, detail)
	})
}

// target is the standing of one target; every target of the route has one.
func (p *process) target(id string) *Target {
	for i := range p.s.Targets {
		if p.s.Targets[i].ID == id {
			return &p.s.Targets[i]
		}
	}
	return &Target{ID: id}
}
