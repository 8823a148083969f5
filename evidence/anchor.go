package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/lowcodex/countersign/evidence/ledger"
)

const (
	anchorPrefix = "checkpoint-"
	anchorLatest = "latest"
)

// anchorFolder is where a log of this origin keeps its checkpoints in an anchor
// directory. It depends on the origin alone: a log begun again under a new key
// finds the anchors of the first and is refused.
func anchorFolder(dir, origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return filepath.Join(dir, hex.EncodeToString(sum[:8]))
}

// dropAnchor copies a checkpoint to one anchor directory as checkpoint-<size>
// and as latest. A different root already anchored for this size is a fork.
func dropAnchor(dir, origin string, cp checkpoint, v note.Verifier) error {
	folder := anchorFolder(dir, origin)
	if _, err := os.Stat(dir); err != nil {
		return fmt.Errorf("evidence: anchor directory: %w", err)
	}
	if err := mkdirSync(folder); err != nil {
		return fmt.Errorf("evidence: anchor: %w", err)
	}
	path := filepath.Join(folder, anchorPrefix+strconv.FormatUint(cp.Size, 10))
	old, err := os.ReadFile(path)
	switch {
	case err == nil:
		was, err := ledger.ParseCheckpoint(old, v)
		if err != nil {
			return refuse(ErrDamaged, "anchor %s was not signed by this log: %s", path, err)
		}
		if !bytes.Equal(was.Root, cp.Root) {
			return refuse(ErrDamaged, "anchor %s has another root for the same size: this log is a fork", path)
		}
	case errors.Is(err, fs.ErrNotExist):
		if err := writeFileSync(path, cp.Raw, 0o644); err != nil {
			return fmt.Errorf("evidence: anchor: %w", err)
		}
	default:
		return fmt.Errorf("evidence: anchor: %w", err)
	}
	// A crash here leaves latest one behind; readers take the largest file.
	if err := writeFileSync(filepath.Join(folder, anchorLatest), cp.Raw, 0o644); err != nil {
		return fmt.Errorf("evidence: anchor: %w", err)
	}
	return nil
}

// anchored is one checkpoint file, read but not yet trusted.
type anchored struct {
	path string
	raw  []byte
}

// readAnchors returns the checkpoint files of a log in an anchor directory by
// growing size, "latest" last. A missing directory is an error, a missing
// folder in it means that nothing was anchored there.
func readAnchors(dir, origin string) ([]anchored, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("evidence: anchor directory: %w", err)
	}
	folder := anchorFolder(dir, origin)
	names, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("evidence: anchors: %w", err)
	}
	type sized struct {
		anchored
		size uint64
	}
	var found []sized
	for _, e := range names {
		size := ^uint64(0)
		if e.Name() != anchorLatest {
			digits, ok := strings.CutPrefix(e.Name(), anchorPrefix)
			n, err := strconv.ParseUint(digits, 10, 64)
			if !ok || err != nil {
				continue // a temporary file of a write that was cut off
			}
			size = n
		}
		path := filepath.Join(folder, e.Name())
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("evidence: anchors: %w", err)
		}
		found = append(found, sized{anchored{path, raw}, size})
	}
	sort.Slice(found, func(i, j int) bool { return found[i].size < found[j].size })
	out := make([]anchored, len(found))
	for i, f := range found {
		out[i] = f.anchored
	}
	return out, nil
}

// guardAnchors refuses a log that its own anchors contradict (E9). The last two
// anchors of each directory suffice here; Verify checks all of them.
func guardAnchors(ctx context.Context, t *tree, dirs []string) error {
	size, _, err := t.head()
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		if size == 0 {
			if err := mkdirSync(dir); err != nil {
				return fmt.Errorf("evidence: anchor directory: %w", err)
			}
		}
		anchors, err := readAnchors(dir, t.id.signer.Name())
		if err != nil {
			return fmt.Errorf("%w (mount it, or create it if it is a new one: without it a rolled back log cannot be told from this one)", err)
		}
		for _, a := range anchors[max(0, len(anchors)-2):] {
			cp, err := ledger.ParseCheckpoint(a.raw, t.id.verifier)
			if err != nil {
				return refuse(ErrDamaged, "anchor %s was not signed by this log's key: %s; restore the key and log that were anchored, or give a new log an origin of its own", a.path, err)
			}
			if err := t.extends(ctx, cp, "anchor "+a.path); err != nil {
				return err
			}
		}
	}
	return nil
}
