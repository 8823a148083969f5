package activities

import (
	"context"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
)

// ProveBackupInput names a backup and the scratch target it is restored into,
// which must be another one than it was taken from.
type ProveBackupInput struct {
	Of      compliance.Artifact `json:"of"`
	From    string              `json:"from"` // id of the target that was saved
	Scratch compliance.Target   `json:"scratch"`
	Key     string              `json:"key"`
}

// ProvedBackup is what a restore brought out. Digests are those of content, so
// that a backup is good when Read is Of. Detail says what went wrong when there
// is no probe: the backup is then unproved.
type ProvedBackup struct {
	Probe  *patch.RestoreProbe `json:"probe,omitempty"`
	Detail string              `json:"detail,omitempty"`
}

// ProveBackup restores a backup into a scratch target and reads it back. Listing
// it or checking its sum would prove neither. It can be repeated at will: each
// attempt begins by restoring anew.
func (p *Platforms) ProveBackup(ctx context.Context, in ProveBackupInput) (ProvedBackup, error) {
	defer p.beating(ctx)()
	op := "prove a backup of " + in.From
	if in.Scratch.ID == in.From {
		return ProvedBackup{}, translate(&compliance.Failure{Class: compliance.Invalid, Op: op,
			Detail: "the scratch target is the one that was saved: name another one, nothing is restored over what is in use"})
	}
	adapter, err := p.of(in.Scratch)
	if err != nil {
		return ProvedBackup{}, translate(err)
	}
	pack, err := p.load(ctx, in.Of, op)
	if err != nil {
		return ProvedBackup{}, translate(err)
	}
	read, err := adapter.TryRestore(ctx, in.Scratch, pack, in.Key, func() { beat(ctx) })
	switch compliance.ClassOf(err) {
	case "":
	case compliance.Invalid, compliance.Refused, compliance.Gone:
		return ProvedBackup{Detail: detail(err)}, nil // this backup cannot be restored
	default:
		return ProvedBackup{}, translate(err)
	}
	done(ctx, "backup restored", "of", in.Of.Content, "read", read)
	return ProvedBackup{Probe: &patch.RestoreProbe{Of: in.Of.Content, Read: read, At: p.Now().UTC()}}, nil
}
