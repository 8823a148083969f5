package evidence

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Reader answers from an evidence directory without its lock, while the writer
// runs or not. It writes nothing there.
type Reader struct {
	view
	dir string
}

// OpenReader opens an evidence directory for reading. Where there is no
// index, as in a copy made for an auditor, it builds one in memory from the
// records under the published checkpoint.
func OpenReader(ctx context.Context, dir string) (*Reader, error) {
	if _, err := os.Stat(filepath.Join(dir, logDir)); err != nil {
		return nil, refuse(ErrNotFound, "%s is not an evidence directory: %s", dir, err)
	}
	public, err := os.ReadFile(filepath.Join(dir, keyPubFile))
	if err != nil {
		return nil, fmt.Errorf("evidence: read public key: %w", err)
	}
	r := &Reader{dir: dir}
	r.public = strings.TrimSpace(string(public))
	r.bundles = bundles{read: filesOf(dir).ReadEntryBundle, tile: filesOf(dir).ReadTile}
	r.blobs = &Blobs{root: BlobDir(dir)}
	if _, err := os.Stat(filepath.Join(dir, indexFile)); err == nil {
		if r.index, err = openIndexReader(ctx, dir); err == nil {
			return r, nil
		}
		// Read-only media and an index of another version end here too; the log
		// itself can still be read.
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("evidence: look for index: %w", err)
	}
	if r.index, err = r.indexInMemory(ctx); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *Reader) indexInMemory(ctx context.Context) (*index, error) {
	verifier, err := verifierOf(r.dir, r.public)
	if err != nil {
		return nil, err
	}
	cp, err := readCheckpoint(r.dir, verifier)
	if err != nil {
		return nil, refuse(ErrDamaged, "checkpoint: %s", err)
	}
	x, err := openIndex(ctx, memoryIndex)
	if err != nil {
		return nil, err
	}
	if err := replay(ctx, x, r.bundles, cp.Size, nil); err != nil {
		return nil, errors.Join(err, x.close())
	}
	return x, nil
}

// Dir is the evidence directory.
func (r *Reader) Dir() string { return r.dir }

// Close ends reading.
func (r *Reader) Close() error { return r.index.close() }
