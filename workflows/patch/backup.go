package patch

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// proveRing takes a backup of every target of a critical ring and proves that it
// can be restored, where nothing of it runs (P23). What the gate then says is the
// rules' business.
func (p *process) proveRing(ctx workflow.Context, ring int) error {
	p.tried = p.look()
	for _, t := range p.s.Route.InRing(ring) {
		b, err := p.proveOne(ctx, t, p.sequence("backup"))
		if err != nil {
			return err
		}
		ruling := rules.JudgeBackup(b, true, p.s.Route.Plan.BackupMaxAge, p.s.Waiver, workflow.Now(ctx))
		facts := rules.TargetFacts{Target: t.ID, Ring: ring, Backup: &b, Gate: &ruling, Reason: ruling.Reason}
		if w := p.s.Waiver; w != nil {
			waived := *w
			waived.Reason = "" // a person's text stands beside the act, as a blob
			facts.Waiver = &waived
		}
		ev := p.event(ctx, p.step(ring, t.ID+"/backup"), rules.EventSnapshot, "", facts)
		if _, err := p.Record(ctx, steps.RecordEventsInput{Events: []evidence.Event{ev}}); err != nil {
			return err
		}
		p.keep(b)
	}
	return nil
}

// proveOne takes a backup of one target and restores it into the scratch place.
func (p *process) proveOne(ctx workflow.Context, t rules.RouteTarget, step string) (rules.Backup, error) {
	snap, err := desk.Outlast(ctx, p.Desk, AtPlatform, func(bool) (steps.TargetSnapshot, error) {
		return steps.SnapshotTarget(ctx, steps.SnapshotTargetInput{Target: t.Target})
	})
	if err != nil {
		return rules.Backup{}, err
	}
	b := rules.Backup{Target: t.ID, Taken: snap.At, Digest: snap.Artifact.Content}
	if p.s.Route.Scratch == nil {
		return b, nil
	}
	proved, err := whole(ctx, p, func(calm workflow.Context, _ bool) (steps.ProvedBackup, error) {
		return steps.ProveBackup(calm, steps.ProveBackupInput{
			Of: snap.Artifact, From: t.ID, Scratch: p.s.Route.Scratch.Target, Key: fmt.Sprintf("%s/%s/%s", p.Owner(), t.ID, step),
		})
	})
	if err != nil {
		return rules.Backup{}, err
	}
	b.Probe = proved.Probe
	return b, nil
}

// keep replaces the backup of a target.
func (p *process) keep(b rules.Backup) {
	for i := range p.s.Backups {
		if p.s.Backups[i].Target == b.Target {
			p.s.Backups[i] = b
			return
		}
	}
	p.s.Backups = append(p.s.Backups, b)
}
