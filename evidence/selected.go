package evidence

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/lowcodex/countersign/evidence/ledger"
)

// indexPatience is how long a reader waits for the index to know every record
// under the checkpoint: the writer indexes a batch a moment after it is durable.
const indexPatience = 5 * time.Second

// Extent is the log as one checkpoint has it: what a reader sees does not change
// while the writer goes on.
type Extent struct {
	reader     *Reader
	Checkpoint ledger.Checkpoint
}

// Extent takes the published checkpoint, once its signature was checked and the
// index knows every record under it.
func (r *Reader) Extent(ctx context.Context) (*Extent, error) {
	verifier, err := verifierOf(r.dir, r.public)
	if err != nil {
		return nil, err
	}
	cp, err := readCheckpoint(r.dir, verifier)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, refuse(ErrNotFound, "%s has no checkpoint yet; start the evidence worker, which signs one", r.dir)
	}
	if err != nil {
		return nil, refuse(ErrDamaged, "the published checkpoint does not verify with the key beside it: %s", err)
	}
	patience, cancel := context.WithTimeout(ctx, indexPatience)
	defer cancel()
	for {
		next, err := r.index.next(ctx)
		if err != nil {
			return nil, err
		}
		if next >= cp.Size {
			return &Extent{reader: r, Checkpoint: cp}, nil
		}
		select {
		case <-patience.Done():
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, refuse(ErrIndex, "it knows %d of %d records; rebuild it from the log", next, cp.Size)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Since is the place of the first record recorded at t or later; the size of the
// extent when there is none.
func (e *Extent) Since(ctx context.Context, t time.Time) (uint64, error) {
	return e.reader.index.since(ctx, t, e.Checkpoint.Size)
}

// Each hands on the entries from first up to end. They are not held against the tree.
func (e *Extent) Each(ctx context.Context, first, end uint64, f func(index uint64, entry []byte) error) error {
	size := e.Checkpoint.Size
	stop := errors.New("end")
	err := e.reader.bundles.each(ctx, first, size, func(i uint64, entry []byte) error {
		if i >= min(end, size) {
			return stop
		}
		return f(i, entry)
	})
	if errors.Is(err, stop) {
		return nil
	}
	return err
}

// At hands on the entries at places, which grow.
func (e *Extent) At(ctx context.Context, places []uint64, f func(index uint64, entry []byte) error) error {
	for _, i := range places {
		entry, err := e.reader.bundles.one(ctx, i, e.Checkpoint.Size)
		if err != nil {
			return err
		}
		if err := f(i, entry); err != nil {
			return err
		}
	}
	return nil
}

// Places are those of the records about the subjects and of those that carry the
// numbers, in the order of the log.
func (e *Extent) Places(ctx context.Context, subjects, numbers []string) ([]uint64, error) {
	names, err := json.Marshal(subjects)
	if err != nil {
		return nil, err
	}
	carried, err := json.Marshal(numbers)
	if err != nil {
		return nil, err
	}
	var places []uint64
	err = each(ctx, e.reader.index.db, func(rows *sql.Rows) error {
		var i uint64
		err := rows.Scan(&i)
		places = append(places, i)
		return err
	}, `SELECT idx FROM (
			SELECT r.idx FROM json_each(?1) j CROSS JOIN records r ON r.subject = j.value
			UNION SELECT r.idx FROM json_each(?2) j CROSS JOIN records r ON r.number = j.value AND r.number <> ''
		) WHERE idx < ?3 ORDER BY idx`, string(names), string(carried), int64(e.Checkpoint.Size))
	if err != nil {
		return nil, fmt.Errorf("evidence: read index: %w", err)
	}
	return places, nil
}

// Quiet lists the numbers, at most limit, of subjects that had begun before
// record first, had not ended before record end, and have no record between.
func (e *Extent) Quiet(ctx context.Context, first, end uint64, wants func(subject string) bool, limit int) ([]string, error) {
	var quiet []string
	err := each(ctx, e.reader.index.db, func(rows *sql.Rows) error {
		var subject, number string
		if err := rows.Scan(&subject, &number); err != nil {
			return err
		}
		if len(quiet) < limit && wants(subject) {
			quiet = append(quiet, number)
		}
		return nil
	}, `SELECT s.subject, s.number FROM subjects s WHERE s.number <> '' AND s.state <> '' AND (s.final = 0 OR s.idx >= ?2)
		AND EXISTS (SELECT 1 FROM records r WHERE r.subject = s.subject AND r.idx < ?1)
		AND NOT EXISTS (SELECT 1 FROM records r WHERE r.subject = s.subject AND r.idx >= ?1 AND r.idx < ?2)
		ORDER BY s.subject`, int64(first), int64(end))
	if err != nil {
		return nil, fmt.Errorf("evidence: read index: %w", err)
	}
	return quiet, nil
}

// Anchored are the checkpoints in anchor directories, by growing size and once
// each, as they are there: not yet trusted.
func (r *Reader) Anchored(dirs []string) ([][]byte, error) {
	verifier, err := verifierOf(r.dir, r.public)
	if err != nil {
		return nil, err
	}
	var all [][]byte
	for _, dir := range dirs {
		found, err := readAnchors(dir, verifier.Name())
		if err != nil {
			return nil, err
		}
		for _, a := range found {
			all = append(all, a.raw)
		}
	}
	return all, nil
}
