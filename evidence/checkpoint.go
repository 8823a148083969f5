package evidence

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	flog "github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api/layout"
	"github.com/transparency-dev/tessera/client"
	"golang.org/x/mod/sumdb/note"

	"github.com/lowcodex/countersign/evidence/ledger"
)

// readCheckpoint reads the published checkpoint; fs.ErrNotExist when there is none.
func readCheckpoint(dir string, v note.Verifier) (checkpoint, error) {
	raw, err := os.ReadFile(filepath.Join(dir, logDir, layout.CheckpointPath))
	if err != nil {
		return checkpoint{}, err
	}
	return ledger.ParseCheckpoint(raw, v)
}

// publish signs a checkpoint over every durable entry and puts it in place. A
// crash before the rename leaves the older checkpoint, which is still true.
func (t *tree) publish() (checkpoint, error) {
	t.pub.Lock()
	defer t.pub.Unlock()
	size, root, err := t.head()
	if err != nil {
		return checkpoint{}, fmt.Errorf("evidence: publish: %w", err)
	}
	text := flog.Checkpoint{Origin: t.id.signer.Name(), Size: size, Hash: root}.Marshal()
	raw, err := note.Sign(&note.Note{Text: string(text)}, t.id.signer)
	if err != nil {
		return checkpoint{}, fmt.Errorf("evidence: sign checkpoint: %w", err)
	}
	cp := checkpoint{Size: size, Root: root, Raw: raw}
	path := filepath.Join(t.dir, layout.CheckpointPath)
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, raw) {
		t.published = size
		return cp, nil
	}
	if err := writeFileSync(path, raw, 0o644); err != nil {
		return checkpoint{}, fmt.Errorf("evidence: publish checkpoint: %w", err)
	}
	t.published = size
	return cp, nil
}

// behind says whether entries wait for a checkpoint.
func (t *tree) behind() bool {
	t.pub.Lock()
	published := t.published
	t.pub.Unlock()
	size, _, err := t.head()
	return err == nil && size > published
}

// extends proves that the tree on disk is an extension of an earlier
// checkpoint: an older backup is smaller, a fork has another root. what names
// the checkpoint in the error.
func (t *tree) extends(ctx context.Context, cp checkpoint, what string) error {
	size, root, err := t.head()
	if err != nil {
		return err
	}
	if cp.Size > size {
		return refuse(ErrDamaged,
			"%s commits to %d records and the log has %d: it was rolled back; restore a newer backup, complete with its .state folder", what, cp.Size, size)
	}
	if cp.Size == 0 {
		return nil
	}
	pb, err := client.NewProofBuilder(ctx, size, t.reader.ReadTile)
	if err != nil {
		return err
	}
	steps, err := pb.ConsistencyProof(ctx, cp.Size, size)
	if err != nil {
		return refuse(ErrDamaged, "no proof that the log extends %s: %s; restore the tiles from a backup", what, err)
	}
	if err := proof.VerifyConsistency(rfc6962.DefaultHasher, cp.Size, size, steps, cp.Root, root); err != nil {
		return refuse(ErrDamaged, "the log is not an extension of %s at size %d: its history was rewritten (%s); restore the log that was anchored", what, cp.Size, err)
	}
	return nil
}

// guardFiles refuses what the library would open without a word and then start
// again at record 0 (E9): tiles or a checkpoint whose state file is missing.
// It says whether the log is new.
func guardFiles(dir string) (isNew bool, err error) {
	exists := func(name string) bool {
		_, statErr := os.Stat(filepath.Join(dir, logDir, name))
		if statErr != nil && !errors.Is(statErr, fs.ErrNotExist) {
			err = errors.Join(err, statErr)
		}
		return statErr == nil
	}
	state, tiles, published := exists(".state/treeState"), exists("tile"), exists(layout.CheckpointPath)
	if err != nil {
		return false, fmt.Errorf("evidence: look at log: %w", err)
	}
	if !state && (tiles || published) {
		return false, refuse(ErrDamaged,
			"%s has tiles or a checkpoint but no .state/treeState; opened like this it would start again at record 0. Restore .state from the same backup as the tiles (order of a backup: checkpoint, .state, tiles)",
			filepath.Join(dir, logDir))
	}
	return !state, nil
}
