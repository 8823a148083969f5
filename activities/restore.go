package activities

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/lowcodex/countersign/compliance"
)

// RestoreTargetInput brings a saved artifact back. Suite is run afterwards when
// its definition is given: a target that serves the right bytes and does not
// work is not restored.
type RestoreTargetInput struct {
	Target     compliance.Target   `json:"target"`
	Artifact   compliance.Artifact `json:"artifact"`
	Key        string              `json:"key"`
	Suite      string              `json:"suite,omitempty"`
	Definition string              `json:"definition,omitempty"` // blob digest of the suite
	Repeat     bool                `json:"repeat,omitempty"`
	// Over lists the contents that may be written over; empty: any. A target that
	// serves another one is left alone, and that is the result.
	Over []string `json:"over,omitempty"`
}

// RestoredTarget is how it ended. Verified is set only when the target was read
// afterwards and serves the artifact's content, and the suite passed where one
// was given.
type RestoredTarget struct {
	Verified bool `json:"verified"`
	// LeftAlone is set when the target served none of Over and nothing was written.
	LeftAlone bool                    `json:"left_alone,omitempty"`
	Served    compliance.Served       `json:"served,omitzero"`
	Check     *compliance.CheckReport `json:"check,omitempty"`
	Detail    string                  `json:"detail,omitempty"`
	At        time.Time               `json:"at"` // UTC
}

// RestoreTarget brings an earlier artifact back over whatever is there now. It
// is a deployment like any other, verified by reading and by calling; it can be
// repeated without harm and looks first whether the content is back already.
func (p *Platforms) RestoreTarget(ctx context.Context, in RestoreTargetInput) (RestoredTarget, error) {
	defer p.beating(ctx)()
	adapter, err := p.of(in.Target)
	if err != nil {
		return RestoredTarget{}, translate(err)
	}
	pack, err := p.load(ctx, in.Artifact, "restore "+in.Target.ID)
	if err != nil {
		return RestoredTarget{}, translate(err)
	}
	there, err := adapter.Find(ctx, in.Target, pack, in.Key)
	if err != nil {
		return RestoredTarget{}, translate(err)
	}
	if there == nil {
		if other, served := p.others(ctx, adapter, in); other {
			return RestoredTarget{LeftAlone: true, Served: served, At: p.Now().UTC()}, nil
		}
		beat(ctx)
		op, err := adapter.Rollback(ctx, in.Target, pack, in.Key)
		switch compliance.ClassOf(err) {
		case "":
			there = &op
		case compliance.Invalid, compliance.Refused, compliance.Gone:
			return RestoredTarget{Detail: detail(err), At: p.Now().UTC()}, nil
		default:
			return RestoredTarget{}, translate(err) // the next attempt looks first
		}
	}
	after, err := p.follow(ctx, adapter, in.Target, DeployAccepted, *there)
	if err != nil {
		return RestoredTarget{}, translate(err)
	}
	out, err := p.verifyRestored(ctx, adapter, in, after)
	if err != nil {
		return RestoredTarget{}, translate(err)
	}
	out.At = p.Now().UTC()
	done(ctx, "target restored", "target", in.Target.ID, "key", in.Key, "verified", out.Verified)
	return out, nil
}

// others reports whether the target serves what may not be written over. One that
// cannot be read may be the reason for the way back, and is not waited for. What
// is deployed between this look and the writing is overwritten: the platform's own
// revision is not asked for, because a way back must not be refused for it.
func (p *Platforms) others(ctx context.Context, adapter Platform, in RestoreTargetInput) (bool, compliance.Served) {
	if len(in.Over) == 0 {
		return false, compliance.Served{}
	}
	served, err := adapter.Live(ctx, in.Target)
	return err == nil && served.Content != "" && !slices.Contains(in.Over, served.Content), served
}

func (p *Platforms) verifyRestored(ctx context.Context, adapter Platform, in RestoreTargetInput, after Deployed) (RestoredTarget, error) {
	out := RestoredTarget{Served: after.Served, Detail: after.Detail}
	switch {
	case after.Served.Content != in.Artifact.Content:
		if out.Detail == "" {
			out.Detail = "the target serves something else than what was restored"
		}
		return out, nil
	case !after.Served.Ready:
		if out.Detail == "" {
			out.Detail = after.Served.Detail
		}
		return out, nil
	case in.Definition == "":
		out.Verified = true
		return out, nil
	}
	check, err := p.runSuite(ctx, adapter, RunSuiteInput{
		Target: in.Target, Suite: in.Suite, Definition: in.Definition, Content: in.Artifact.Content,
	})
	var unkept notKept
	if errors.As(err, &unkept) && ctx.Err() == nil {
		activity.GetLogger(ctx).Warn("the report on a check of the way back cannot be kept", "target", in.Target.ID, "error", err)
		err = nil // the way back waits for no disk
	}
	if err != nil {
		return RestoredTarget{}, err
	}
	out.Check, out.Detail = &check, check.Detail
	out.Verified = check.Outcome == compliance.CheckPass
	return out, nil
}
