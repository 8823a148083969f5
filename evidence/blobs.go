package evidence

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lowcodex/countersign/evidence/ledger"
)

// Blobs is the content-addressed store beside the log: what a digest names can
// be proven unchanged, and can be erased without touching the log (E2). It is
// safe for concurrent use and for several processes on one directory.
type Blobs struct{ root string }

// OpenBlobs opens, or creates, the blob store in folder root, which is BlobDir
// of an evidence directory where a log is to find the blobs. It does not take
// the log's lock: other roles store what the log will later refer to.
func OpenBlobs(root string) (*Blobs, error) {
	if err := mkdirSync(root); err != nil {
		return nil, fmt.Errorf("evidence: blob store: %w", err)
	}
	return &Blobs{root: root}, nil
}

// Writable says why nothing can be stored here, or nil. It writes a block of its
// own, as a blob would be written, and takes it away again; a crash in between
// leaves a temporary file, as one while storing does.
func (b *Blobs) Writable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f, err := os.CreateTemp(b.root, ".tmp-*")
	if err != nil {
		return fmt.Errorf("evidence: blob store: %w", err)
	}
	_, err = f.Write(make([]byte, 4096))
	if err == nil {
		err = f.Sync() // a full disk may show only here
	}
	if err = errors.Join(err, f.Close(), os.Remove(f.Name())); err != nil {
		return fmt.Errorf("evidence: blob store: %w", err)
	}
	return nil
}

// Digest is the name of a blob: "sha256:" and 64 lower-case hex digits.
func Digest(content []byte) string { return ledger.Digest(content) }

// Put stores content and returns its digest. It is durable when Put returns;
// storing the same content again is a no-op. ErrTooLarge above MaxBlob.
func (b *Blobs) Put(ctx context.Context, content []byte) (string, error) {
	if len(content) > MaxBlob {
		return "", refuse(ErrTooLarge, "blob of %d bytes, the limit is %d; split it", len(content), MaxBlob)
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	digest := Digest(content)
	path, err := b.path(digest)
	if err != nil {
		return "", err
	}
	if old, err := readBlob(path); err == nil && bytes.Equal(old, content) {
		// The file may be another process's whose folder is not yet synced; it is
		// ours to promise durability, so the folder is synced here as well.
		return digest, syncDir(filepath.Dir(path))
	}
	// A damaged file under this name is replaced: the right content is in hand.
	if err := mkdirSync(filepath.Dir(path)); err != nil {
		return "", fmt.Errorf("evidence: store blob: %w", err)
	}
	if err := writeFileSync(path, content, 0o600); err != nil {
		return "", fmt.Errorf("evidence: store blob: %w", err)
	}
	return digest, nil
}

// Get returns the content after checking it against its digest. ErrNotFound
// when it is not stored (perhaps erased), ErrDamaged when it was altered.
func (b *Blobs) Get(ctx context.Context, digest string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	path, err := b.path(digest)
	if err != nil {
		return nil, err
	}
	content, err := readBlob(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, refuse(ErrNotFound, "blob %s", digest)
	}
	if err != nil {
		return nil, fmt.Errorf("evidence: read blob: %w", err)
	}
	if got := Digest(content); got != digest {
		return nil, refuse(ErrDamaged, "blob %s has the content of %s; restore it from a backup", digest, got)
	}
	return content, nil
}

// Has says whether a blob of that digest is stored. It does not read it.
func (b *Blobs) Has(ctx context.Context, digest string) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	path, err := b.path(digest)
	if err != nil {
		return false, err
	}
	switch _, err := os.Stat(path); {
	case err == nil:
		return true, nil
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	default:
		return false, fmt.Errorf("evidence: look for blob: %w", err)
	}
}

// path maps a digest to its file; the check also keeps a hostile digest from
// naming a file outside the store.
func (b *Blobs) path(digest string) (string, error) {
	hexPart, ok := ledger.HexOf(digest)
	if !ok {
		return "", refuse(ErrInvalid, "%.80q is not a blob digest; want \"sha256:\" and 64 lower-case hex digits", digest)
	}
	return filepath.Join(b.root, hexPart[:2], hexPart), nil
}

// readBlob reads at most one byte more than a blob can have, so that a file
// swapped for an enormous one cannot exhaust memory.
func readBlob(path string) (content []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return io.ReadAll(io.LimitReader(f, MaxBlob+1))
}
