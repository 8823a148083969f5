package activities

import (
	"context"
	"errors"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// DeployResult is what came of a deployment. All of them are results that a
// process decides upon; only what may still succeed by itself is an error.
type DeployResult string

// The results of a deployment.
const (
	DeployAccepted DeployResult = "accepted" // the platform took it; Op says how far it is
	DeployAlready  DeployResult = "already"  // the content was there before: nothing was changed
	DeployConflict DeployResult = "conflict" // the target is not at the expected version: somebody else wrote
	DeployRefused  DeployResult = "refused"  // the platform declined, and will decline again
	DeployUnknown  DeployResult = "unknown"  // no answer, and the effect is not seen: it may still come
)

// DeployToTargetInput is one deployment. Key is its event key, the same at every
// repetition. Expect is the version that the target had when the deployment was
// decided, from its snapshot.
type DeployToTargetInput struct {
	Target   compliance.Target          `json:"target"`
	Artifact compliance.Artifact        `json:"artifact"`
	Key      string                     `json:"key"`
	Expect   compliance.PlatformVersion `json:"expect"`
	Repeat   bool                       `json:"repeat,omitempty"`
}

// Deployed is what came of it. Served is the last that was seen of the target,
// zero when it was not read.
type Deployed struct {
	Result DeployResult      `json:"result"`
	Op     compliance.Op     `json:"op,omitzero"`
	Served compliance.Served `json:"served,omitzero"`
	Detail string            `json:"detail,omitempty"`
	At     time.Time         `json:"at"` // UTC
}

// DeployToTarget puts an artifact on a target that is at the expected version,
// and follows it for a while until it is served. It looks for its effect before
// it deploys: a crash, a kill or a lost answer after the platform took the
// artifact gives "already" or "accepted" at the next attempt and no second
// deployment.
func (p *Platforms) DeployToTarget(ctx context.Context, in DeployToTargetInput) (Deployed, error) {
	defer p.beating(ctx)()
	adapter, err := p.of(in.Target)
	if err != nil {
		return Deployed{}, translate(err)
	}
	pack, err := p.load(ctx, in.Artifact, "deploy to "+in.Target.ID)
	if err != nil {
		return Deployed{}, translate(err)
	}
	out, err := p.deploy(ctx, adapter, in, pack)
	if err != nil {
		return Deployed{}, translate(err)
	}
	out.At = p.Now().UTC()
	done(ctx, "deployed to target", "target", in.Target.ID, "key", in.Key, "result", string(out.Result), "state", string(out.Op.State))
	return out, nil
}

func (p *Platforms) deploy(ctx context.Context, adapter Platform, in DeployToTargetInput, pack compliance.Package) (Deployed, error) {
	there, err := adapter.Find(ctx, in.Target, pack, in.Key)
	if err != nil {
		return Deployed{}, err
	}
	if there != nil {
		// At a first attempt somebody else put it there; at a later one we may have.
		result := DeployAlready
		if repeated(ctx, in.Repeat) {
			result = DeployAccepted
		}
		return p.follow(ctx, adapter, in.Target, result, *there)
	}
	beat(ctx)
	op, err := adapter.Deploy(ctx, in.Target, pack, in.Key, in.Expect)
	switch compliance.ClassOf(err) {
	case "":
		return p.follow(ctx, adapter, in.Target, DeployAccepted, op)
	case compliance.Conflict:
		return p.conflict(ctx, adapter, in.Target, pack, err)
	case compliance.Invalid, compliance.Refused, compliance.Gone:
		return Deployed{Result: DeployRefused, Detail: detail(err)}, nil
	case compliance.UnknownOutcome:
		return p.look(ctx, adapter, in, pack, err)
	}
	return Deployed{}, err
}

// conflict says what is on the target instead. When it is the artifact itself,
// the request was received twice and the first one had its effect.
func (p *Platforms) conflict(ctx context.Context, adapter Platform, t compliance.Target, pack compliance.Package, cause error) (Deployed, error) {
	beat(ctx)
	served, err := adapter.Live(ctx, t)
	if err != nil {
		return Deployed{}, err
	}
	if served.Content == pack.Artifact.Content {
		return Deployed{Result: DeployAccepted, Op: opOf(pack, served), Served: served}, nil
	}
	return Deployed{Result: DeployConflict, Served: served, Detail: detail(cause)}, nil
}

// look searches for the effect of a deployment whose answer was lost. Not seen
// is not the same as not done, so it ends as unknown, never as failed.
func (p *Platforms) look(ctx context.Context, adapter Platform, in DeployToTargetInput, pack compliance.Package, cause error) (Deployed, error) {
	if errors.Is(cause, context.Canceled) {
		return Deployed{}, cause
	}
	out := Deployed{Result: DeployUnknown, Detail: detail(cause)}
	until := time.Now().Add(p.settle())
	for time.Now().Before(until) {
		beat(ctx)
		there, err := adapter.Find(ctx, in.Target, pack, in.Key)
		if err == nil && there != nil {
			return p.follow(ctx, adapter, in.Target, DeployAccepted, *there)
		}
		if served, err := adapter.Live(ctx, in.Target); err == nil {
			out.Served = served
		}
		if !p.pause(ctx) {
			return Deployed{}, ctx.Err()
		}
	}
	return out, nil
}

// follow asks how far an operation is until it is over, waits for a person, or
// has taken longer than one step may.
func (p *Platforms) follow(ctx context.Context, adapter Platform, t compliance.Target, result DeployResult, op compliance.Op) (Deployed, error) {
	until := time.Now().Add(p.settle())
	var last error
	for {
		beat(ctx)
		next, err := adapter.Poll(ctx, t, op)
		if last = err; err == nil {
			op = next
		}
		if op.State.Over() || op.State == compliance.OpWaitingForHuman || !time.Now().Before(until) {
			break
		}
		if !p.pause(ctx) {
			return Deployed{}, ctx.Err()
		}
	}
	out := Deployed{Result: result, Op: op, Detail: op.Detail}
	// A target that cannot be read now is no reason to forget that it took the artifact.
	if served, err := adapter.Live(ctx, t); err == nil {
		out.Served = served
	} else if last = err; ctx.Err() == nil {
		out.Detail = detail(last)
	}
	return out, ctx.Err()
}

// FollowDeploymentInput names an operation that was not over when its step ended.
type FollowDeploymentInput struct {
	Target compliance.Target `json:"target"`
	Op     compliance.Op     `json:"op"`
}

// FollowDeployment asks how far a deployment is, and waits a while for its end.
// A process repeats it with a timer in between.
func (p *Platforms) FollowDeployment(ctx context.Context, in FollowDeploymentInput) (Deployed, error) {
	defer p.beating(ctx)()
	adapter, err := p.of(in.Target)
	if err != nil {
		return Deployed{}, translate(err)
	}
	out, err := p.follow(ctx, adapter, in.Target, DeployAccepted, in.Op)
	out.At = p.Now().UTC()
	return out, translate(err)
}

func opOf(pack compliance.Package, served compliance.Served) compliance.Op {
	op := compliance.Op{Content: pack.Artifact.Content, State: compliance.OpRunning}
	if served.Ready {
		op.State = compliance.OpSucceeded
	}
	return op
}

// detail is the text of a failure for a result; a failure's text holds no secret.
func detail(err error) string {
	var f *compliance.Failure
	switch {
	case err == nil:
		return ""
	case errors.As(err, &f):
		return f.Error()
	}
	return "an error that the integration did not classify"
}
