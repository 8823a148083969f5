package evidence

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// blobUse remembers the first record that refers to a blob.
type blobUse struct {
	index  uint64
	number string
}

// expected is what the index should say about one record: a digest of its row,
// since a whole log of rows would not fit into memory, and the number to name it by.
type expected struct {
	row    [sha256.Size]byte
	number string
}

func rowDigest(key, kind, subject, number string, recorded int64, hash []byte) [sha256.Size]byte {
	// Quoting keeps "a"+"bc" and "ab"+"c" apart.
	return sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %d %x", key, kind, subject, number, recorded, hash))
}

// record checks one record against all before it, and notes what blobs and index
// should hold of it.
func (v *verification) record(i uint64, entry, hash []byte) {
	r, ok := v.records.Record(i, entry)
	if !ok {
		v.rows = append(v.rows, expected{})
		return
	}
	for _, ref := range r.Blobs {
		v.refer(ref.Digest, i, r.Number)
	}
	if r.Actor != nil && r.Actor.Snapshot != "" {
		v.refer(r.Actor.Snapshot, i, r.Number)
	}
	v.rows = append(v.rows, expected{rowDigest(r.Key, r.Type, r.Subject, r.Number, r.Recorded.UnixMicro(), hash), r.Number})
}

func (v *verification) refer(digest string, i uint64, number string) {
	if _, ok := v.blobs[digest]; !ok {
		v.blobs[digest] = blobUse{i, number}
	}
}

// checkBlobs hashes every blob that a record refers to.
func (v *verification) checkBlobs(ctx context.Context) error {
	store := &Blobs{root: BlobDir(v.in.Dir)}
	digests := slices.SortedFunc(maps.Keys(v.blobs), func(a, b string) int {
		return int(int64(v.blobs[a].index) - int64(v.blobs[b].index))
	})
	for _, digest := range digests {
		if err := ctx.Err(); err != nil {
			return err
		}
		use := v.blobs[digest]
		switch _, err := store.Get(ctx, digest); {
		case err == nil:
		case errors.Is(err, ErrNotFound):
			v.report.FindAt(CheckBlob, use.index, use.number, "its blob %s is missing", digest)
		default:
			v.report.FindAt(CheckBlob, use.index, use.number, "its blob: %s", err)
		}
	}
	return nil
}

// checkIndex compares the index with the records just read. The writer may
// have indexed more since; what is beyond the checkpoint is left alone.
func (v *verification) checkIndex(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(v.in.Dir, indexFile)); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	x, err := openIndexReader(ctx, v.in.Dir)
	if err != nil {
		v.report.Index = "differs"
		v.report.Find(CheckIndex, "%s", err)
		return nil
	}
	before := len(v.report.Findings) + v.report.More
	err = errors.Join(v.compareRows(ctx, x), v.compareSubjects(ctx, x), x.close())
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		v.report.Find(CheckIndex, "it cannot be read: %s", err)
	}
	v.report.Index = "matches"
	if len(v.report.Findings)+v.report.More > before {
		v.report.Index = "differs"
	}
	return nil
}

func (v *verification) compareRows(ctx context.Context, x *index) error {
	next := uint64(0)
	err := each(ctx, x.db, func(rows *sql.Rows) error {
		var i uint64
		var key, kind, subject, number string
		var recorded int64
		var hash []byte
		if err := rows.Scan(&i, &key, &kind, &subject, &number, &recorded, &hash); err != nil {
			return err
		}
		for ; next < i; next++ {
			v.report.FindAt(CheckIndex, next, v.rows[next].number, "the index has no row for it; rebuild the index")
		}
		if want := v.rows[i]; rowDigest(key, kind, subject, number, recorded, hash) != want.row {
			v.report.FindAt(CheckIndex, i, want.number, "the index says otherwise; rebuild it")
		}
		next = i + 1
		return nil
	}, `SELECT idx, key, type, subject, number, recorded, hash FROM records WHERE idx < ? ORDER BY idx`, len(v.rows))
	for ; err == nil && next < uint64(len(v.rows)); next++ {
		v.report.FindAt(CheckIndex, next, v.rows[next].number, "the index has no row for it; rebuild the index")
	}
	return err
}

// compareSubjects compares standings, unless the writer has gone on meanwhile.
func (v *verification) compareSubjects(ctx context.Context, x *index) error {
	next, err := x.next(ctx)
	if err != nil || next != v.report.Size {
		return err
	}
	found := 0
	err = each(ctx, x.db, func(rows *sql.Rows) error {
		got, err := scanStanding(rows)
		if err != nil {
			return err
		}
		found++
		want, ok := v.records.Ledger.Subject(got.Subject)
		// Times are compared as such: their zones are different pointers.
		sameTime := want.At.Equal(got.At)
		want.At = got.At
		if !ok || !sameTime || want != got {
			v.report.Find(CheckIndex, "it has another standing of %q (%s) than the log; rebuild it", got.Subject, got.Number)
		}
		return nil
	}, `SELECT `+standingColumns+` FROM subjects s`)
	if err == nil && found != len(v.records.Ledger.Subjects) {
		v.report.Find(CheckIndex, "it has %d subjects, the log has %d; rebuild it", found, len(v.records.Ledger.Subjects))
	}
	return err
}
