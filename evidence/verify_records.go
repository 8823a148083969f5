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

// maxGaps bounds the gap list of a series.
const maxGaps = 100

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

// record checks one record against all before it.
func (v *verification) record(i uint64, entry, hash []byte) {
	r, err := decode(entry)
	if err != nil {
		v.report.findAt(CheckRecord, i, r.Number, "%s", err)
		if r.Key == "" {
			v.rows = append(v.rows, expected{})
			return
		}
	}
	if r.Recorded.Before(v.last.Recorded) {
		v.report.findAt(CheckRecord, i, r.Number, "recorded at %s, before the record before it (%s)", timeText(r.Recorded), timeText(v.last.Recorded))
	}
	if i == 0 {
		v.report.First = r.Recorded
	}
	v.report.Last, v.last = r.Recorded, r
	v.report.Types[r.Type]++
	if p, ok := v.ledger.key(r.Key); ok {
		v.report.findAt(CheckKey, i, r.Number, "key %q is already that of record %d", r.Key, p.Index)
	}
	if s, _ := v.ledger.subject(r.Subject); s.Final && (r.State != "" || r.Final) {
		v.report.findAt(CheckFinal, i, r.Number, "sets state %q of %q, which ended with record %d", r.State, r.Subject, s.Index)
	}
	v.number(i, r)
	v.ledger.apply(r, Receipt{Index: i, Number: r.Number, Hash: hexHash(hash)})
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

// number checks that a number was allocated once, in sequence, to one subject.
func (v *verification) number(i uint64, r Record) {
	own, _ := v.ledger.subject(r.Subject)
	switch {
	case own.Number != "":
		if r.Number != own.Number {
			v.report.findAt(CheckNumber, i, r.Number, "%q has number %s", r.Subject, own.Number)
		}
	case r.Series != "":
		v.allocation(i, r)
	case r.Number != "":
		if _, ok := v.ledger.owner(r.Number); !ok {
			v.report.findAt(CheckNumber, i, r.Number, "the number was not allocated before this record")
		}
	}
}

func (v *verification) allocation(i uint64, r Record) {
	series, n, ok := splitNumber(r.Number)
	if !ok || series != r.Series {
		v.report.findAt(CheckNumber, i, r.Number, "series %s was asked for and number %q given", r.Series, r.Number)
		return
	}
	if owner, taken := v.ledger.owner(r.Number); taken {
		v.report.findAt(CheckNumber, i, r.Number, "the number is allocated twice, to %q and to %q", owner, r.Subject)
		return
	}
	sr := v.series[series]
	if sr == nil {
		sr = &SeriesReport{Series: series, First: r.Number}
		v.series[series] = sr
	}
	last := v.ledger.lastOf(series)
	switch {
	case n <= last:
		v.report.findAt(CheckNumber, i, r.Number, "allocated after %s", sr.Last)
	case n > last+1:
		v.report.findAt(CheckNumber, i, r.Number, "%s to %s are missing before it", joinNumber(series, last+1), joinNumber(series, n-1))
		for m := last + 1; m < n && len(sr.Gaps) < maxGaps; m++ {
			sr.Gaps = append(sr.Gaps, joinNumber(series, m))
		}
	}
	sr.Count++
	sr.Last = r.Number
}

func (s *SeriesReport) count(state string) {
	if s.States == nil {
		s.States = map[string]int{}
	}
	s.States[state]++
}

func sortedSeries(series map[string]*SeriesReport) []SeriesReport {
	out := make([]SeriesReport, 0, len(series))
	for _, name := range slices.Sorted(maps.Keys(series)) {
		out = append(out, *series[name])
	}
	return out
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
			v.report.findAt(CheckBlob, use.index, use.number, "its blob %s is missing", digest)
		default:
			v.report.findAt(CheckBlob, use.index, use.number, "its blob: %s", err)
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
		v.report.find(CheckIndex, "%s", err)
		return nil
	}
	before := len(v.report.Findings) + v.report.More
	err = errors.Join(v.compareRows(ctx, x), v.compareSubjects(ctx, x), x.close())
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		v.report.find(CheckIndex, "it cannot be read: %s", err)
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
			v.report.findAt(CheckIndex, next, v.rows[next].number, "the index has no row for it; rebuild the index")
		}
		if want := v.rows[i]; rowDigest(key, kind, subject, number, recorded, hash) != want.row {
			v.report.findAt(CheckIndex, i, want.number, "the index says otherwise; rebuild it")
		}
		next = i + 1
		return nil
	}, `SELECT idx, key, type, subject, number, recorded, hash FROM records WHERE idx < ? ORDER BY idx`, len(v.rows))
	for ; err == nil && next < uint64(len(v.rows)); next++ {
		v.report.findAt(CheckIndex, next, v.rows[next].number, "the index has no row for it; rebuild the index")
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
		want, ok := v.ledger.subject(got.Subject)
		// Times are compared as such: their zones are different pointers.
		sameTime := want.At.Equal(got.At)
		want.At = got.At
		if !ok || !sameTime || want != got {
			v.report.find(CheckIndex, "it has another standing of %q (%s) than the log; rebuild it", got.Subject, got.Number)
		}
		return nil
	}, `SELECT `+standingColumns+` FROM subjects s`)
	if err == nil && found != len(v.ledger.subjects) {
		v.report.find(CheckIndex, "it has %d subjects, the log has %d; rebuild it", found, len(v.ledger.subjects))
	}
	return err
}
