package patch

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// servedWithin is how long a deployment that was accepted may take to be served.
const servedWithin = 30 * time.Minute

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

// deploy puts the payload on the targets of the ring, one after the other, and
// lets its tests begin when all of them serve it.
func (p *process) deploy(ctx workflow.Context, ring int) error {
	for _, t := range p.s.Route.InRing(ring) {
		at := p.target(t.ID)
		if at.Deployed {
			continue
		}
		if !at.Saved { // somebody else wrote since its snapshot, and a person said to go on
			if ok, err := p.save(ctx, t); err != nil || !ok {
				return err
			}
		}
		if ok, err := p.deployOne(ctx, t); err != nil || !ok {
			return err
		}
	}
	return p.Locked(ctx, func() error {
		if p.s.State != rules.Rolling || p.s.Rings[ring].State != rules.Deploying {
			return nil
		}
		standing := p.s.Rings[ring].Observe(rules.Observation{Deployed: true, Digest: p.s.Artifact.Content, At: workflow.Now(ctx)})
		facts := p.ringFacts(ring, rules.Testing, rules.OK)
		facts.Standing = standing
		if err := p.record(ctx, p.step(ring, "deployed"), rules.EventDeployed, rules.Rolling, facts); err != nil {
			return err
		}
		p.s.Rings[ring] = standing
		p.move(ctx, ring, rules.Testing)
		return nil
	})
}

// deployOne deploys to one target that is still as its snapshot found it. False
// when the rollout is held instead. A deployment is never given up half-way, not
// even for the way back: what is under way could land behind it.
func (p *process) deployOne(ctx workflow.Context, t rules.RouteTarget) (bool, error) {
	at := p.target(t.ID)
	if p.s.State != rules.Rolling {
		return false, nil // stopped between two targets
	}
	before := at.Touched
	at.Touched = true
	in := steps.DeployToTargetInput{
		Target: t.Target, Artifact: p.s.Artifact, Expect: at.Expect,
		Key: fmt.Sprintf("%s/ring/%d/%s/deploy/%s", p.Owner(), t.Ring+1, t.ID, at.Expect.Revision),
	}
	out, err := whole(ctx, p, func(calm workflow.Context, repeat bool) (steps.Deployed, error) {
		in.Repeat = repeat
		return steps.DeployToTarget(calm, in)
	})
	if err == nil {
		out, err = p.served(ctx, t, out)
	}
	if err != nil {
		if !temporal.IsCanceledError(err) && ctx.Err() == nil {
			return false, p.stuck(ctx, t, rules.DeployUnknown, steps.Explain(err).Text)
		}
		return false, err
	}
	why := judgeDeployed(out, p.s.Artifact.Content)
	facts := rules.TargetFacts{Target: t.ID, Ring: t.Ring, Digest: out.Served.Content, Reason: why, Detail: desk.Cut(out.Detail, 300)}
	if err := p.record(ctx, p.step(t.Ring, t.ID+"/deployed"), rules.EventDeployed, "", facts); err != nil {
		return false, err
	}
	if why == rules.OK {
		at.Deployed = true
		return true, nil
	}
	at.Saved = false // the snapshot may not be what is there any more
	if out.Result == steps.DeployConflict || out.Result == steps.DeployRefused {
		at.Touched = before // nothing of ours arrived, or will: there is nothing to take back here
	}
	return false, p.stuck(ctx, t, why, out.Detail)
}

// served follows a deployment that was accepted and is not served yet.
func (p *process) served(ctx workflow.Context, t rules.RouteTarget, out steps.Deployed) (steps.Deployed, error) {
	until := workflow.Now(ctx).Add(servedWithin)
	for out.Result == steps.DeployAccepted && !out.Op.State.Over() && workflow.Now(ctx).Before(until) {
		if err := workflow.Sleep(ctx, 30*time.Second); err != nil {
			return out, err
		}
		next, err := whole(ctx, p, func(calm workflow.Context, _ bool) (steps.Deployed, error) {
			return steps.FollowDeployment(calm, steps.FollowDeploymentInput{Target: t.Target, Op: out.Op})
		})
		if err != nil {
			return out, err
		}
		out = next
	}
	return out, nil
}

// judgeDeployed says what a deployment came to.
func judgeDeployed(out steps.Deployed, payload string) rules.Reason {
	switch out.Result {
	case steps.DeployConflict:
		return rules.TargetChanged
	case steps.DeployRefused:
		return rules.DeployRefused
	case steps.DeployUnknown:
		return rules.DeployUnknown
	}
	switch {
	case out.Served.Content == payload && out.Served.Ready:
		return rules.OK
	case out.Served.Content != "" && out.Served.Content != payload:
		return rules.DigestDrift
	}
	return rules.DeployStuck
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
