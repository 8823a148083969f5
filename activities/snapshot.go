package activities

import (
	"context"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// SnapshotTargetInput names the target to save.
type SnapshotTargetInput struct {
	Target compliance.Target `json:"target"`
}

// TargetSnapshot is what a target had at one moment: the way back to it.
type TargetSnapshot struct {
	Artifact compliance.Artifact        `json:"artifact"`
	Version  compliance.PlatformVersion `json:"version"`
	Caps     compliance.PlatformCaps    `json:"caps"`
	At       time.Time                  `json:"at"` // UTC
}

// SnapshotTarget exports what is on a target and stores it, so that histories
// and records carry its digests only. A crash after it was stored leaves an
// unreferenced blob.
func (p *Platforms) SnapshotTarget(ctx context.Context, in SnapshotTargetInput) (TargetSnapshot, error) {
	defer p.beating(ctx)()
	adapter, err := p.of(in.Target)
	if err != nil {
		return TargetSnapshot{}, translate(err)
	}
	saved, version, err := adapter.Snapshot(ctx, in.Target)
	if err != nil {
		return TargetSnapshot{}, translate(err)
	}
	if saved.Artifact.Blob, err = p.store(ctx, saved.Data, "save target "+in.Target.ID); err != nil {
		return TargetSnapshot{}, translate(err)
	}
	done(ctx, "target saved", "target", in.Target.ID, "content", saved.Artifact.Content)
	return TargetSnapshot{Artifact: saved.Artifact, Version: version, Caps: adapter.Capabilities(), At: p.Now().UTC()}, nil
}

// VerifyTargetInput names the target and the content it should serve; empty
// content only asks what is served.
type VerifyTargetInput struct {
	Target  compliance.Target `json:"target"`
	Content string            `json:"content,omitempty"`
}

// VerifiedTarget is what a target served when it was asked. Matches is set when
// it is ready and serves the content that was asked for.
type VerifiedTarget struct {
	Served  compliance.Served `json:"served"`
	Matches bool              `json:"matches"`
	At      time.Time         `json:"at"` // UTC
}

// VerifyTarget reads what a target serves now. A target that serves something
// else is a result; one that does not answer is an error that is retried.
func (p *Platforms) VerifyTarget(ctx context.Context, in VerifyTargetInput) (VerifiedTarget, error) {
	defer p.beating(ctx)()
	adapter, err := p.of(in.Target)
	if err != nil {
		return VerifiedTarget{}, translate(err)
	}
	served, err := adapter.Live(ctx, in.Target)
	if err != nil {
		return VerifiedTarget{}, translate(err)
	}
	return VerifiedTarget{Served: served, Matches: served.Ready && in.Content != "" && served.Content == in.Content, At: p.Now().UTC()}, nil
}

// ValidateArtifactInput names a stored artifact by its blob, and the target it is meant for.
type ValidateArtifactInput struct {
	Target compliance.Target `json:"target"`
	Blob   string            `json:"blob"`
}

// ValidateArtifact asks a target's platform what speaks against an artifact, and
// what its content's digest is. Problems are a result, not an error.
func (p *Platforms) ValidateArtifact(ctx context.Context, in ValidateArtifactInput) (compliance.ArtifactReport, error) {
	defer p.beating(ctx)()
	adapter, err := p.of(in.Target)
	if err != nil {
		return compliance.ArtifactReport{}, translate(err)
	}
	data, err := p.read(ctx, in.Blob, "validate artifact for "+in.Target.ID)
	if err != nil {
		return compliance.ArtifactReport{}, translate(err)
	}
	report, err := adapter.Validate(ctx, in.Target, data)
	return report, translate(err)
}
