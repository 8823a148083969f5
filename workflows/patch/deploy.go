package patch

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/workflows/steps"
)

// servedWithin is how long a deployment that was accepted may take to be served.
const servedWithin = 30 * time.Minute

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
	facts := rules.TargetFacts{Target: t.ID, Ring: t.Ring, Digest: out.Served.Content, Reason: why, Detail: compliance.Cut(out.Detail, 300)}
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
