package evidence

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"

	"github.com/lowcodex/countersign/evidence/ledger"
)

// Rebuild makes the index anew from the log alone and returns the number of
// records. The writer must be stopped (ErrLocked otherwise). Nothing in the
// index has another source, so the result equals what the writer had made.
//
// It covers the records under the published checkpoint; what was added after
// it is replayed when the log is opened. progress may be nil.
func Rebuild(ctx context.Context, dir string, progress func(done, total uint64)) (_ uint64, err error) {
	if _, err := guardFiles(dir); err != nil {
		return 0, err
	}
	lock, err := holdDir(dir)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	verifier, err := verifierOf(dir, "")
	if err != nil {
		return 0, err
	}
	cp, err := readCheckpoint(dir, verifier)
	if err != nil {
		return 0, refuse(ErrDamaged, "checkpoint: %s", err)
	}
	// A crash at any point before the rename leaves the old index in place.
	fresh := filepath.Join(dir, indexFile+".rebuild")
	if err := removeIndex(fresh); err != nil {
		return 0, err
	}
	if err := buildIndex(ctx, fresh, dir, cp.Size, progress); err != nil {
		return 0, errors.Join(err, removeIndex(fresh))
	}
	// The old write-ahead log must not be applied to the new file.
	if err := removeIndex(filepath.Join(dir, indexFile)); err != nil {
		return 0, err
	}
	if err := os.Rename(fresh, filepath.Join(dir, indexFile)); err != nil {
		return 0, fmt.Errorf("evidence: rebuild: %w", err)
	}
	return cp.Size, syncDir(dir)
}

// buildIndex fills a new index file; closing it folds its write-ahead log in.
func buildIndex(ctx context.Context, path, dir string, size uint64, progress func(done, total uint64)) error {
	x, err := openIndex(ctx, path)
	if err != nil {
		return err
	}
	err = replay(ctx, x, bundles{read: filesOf(dir).ReadEntryBundle, tile: filesOf(dir).ReadTile}, size, progress)
	return errors.Join(err, x.close())
}

func removeIndex(path string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("evidence: remove index: %w", err)
		}
	}
	return nil
}

// verifierOf parses a public key, or the one beside the log when it is empty.
func verifierOf(dir, public string) (note.Verifier, error) {
	source := "the public key given"
	if public == "" {
		source = filepath.Join(dir, keyPubFile)
		raw, err := os.ReadFile(source)
		if err != nil {
			return nil, fmt.Errorf("evidence: read public key: %w", err)
		}
		public = string(raw)
	}
	return ledger.ParseKey(public, source)
}
