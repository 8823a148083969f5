package evidence

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lowcodex/countersign/evidence/ledger"
)

// Entry is a record with its place in the log.
type Entry struct {
	Index  uint64 `json:"index"`
	Record Record `json:"record"`
	Hash   string `json:"hash"` // RFC 6962 leaf hash of the entry, hex
}

// view answers questions about what is on record, from index and log. Log and
// Reader share it.
type view struct {
	index   *index
	bundles bundles
	blobs   *Blobs
	public  string
}

// Standing returns what is known of a subject, also long after its process is
// over (E5); ErrNotFound when nothing was recorded about it. State is empty
// while no record has set one.
func (v *view) Standing(ctx context.Context, subject string) (Standing, error) {
	return v.standing(ctx, `s.subject = ?`, subject)
}

// ByNumber returns the standing of the subject that a number ("CHG-7") was
// allocated to; ErrNotFound when it never was.
func (v *view) ByNumber(ctx context.Context, number string) (Standing, error) {
	return v.standing(ctx, `s.number = ? AND s.number <> ''`, number)
}

func (v *view) standing(ctx context.Context, where, name string) (Standing, error) {
	s, err := scanStanding(v.index.db.QueryRowContext(ctx, `SELECT `+standingColumns+` FROM subjects s WHERE `+where, name))
	if errors.Is(err, sql.ErrNoRows) {
		return Standing{}, refuse(ErrNotFound, "nothing is on record about %q", name)
	}
	if err != nil {
		return Standing{}, fmt.Errorf("evidence: read index: %w", err)
	}
	return s, nil
}

// Standings returns the standings of all subjects of a series ("CHG"), or of
// all subjects when series is empty, in the order of their subjects' names.
func (v *view) Standings(ctx context.Context, series string) ([]Standing, error) {
	var out []Standing
	err := each(ctx, v.index.db, func(rows *sql.Rows) error {
		s, err := scanStanding(rows)
		out = append(out, s)
		return err
	}, `SELECT `+standingColumns+` FROM subjects s WHERE ?1 = '' OR s.number LIKE ?1 || '-%' ORDER BY s.subject`, series)
	if err != nil {
		return nil, fmt.Errorf("evidence: read index: %w", err)
	}
	return out, nil
}

// Records returns every record of a subject, or every record that carries a
// number ("CHG-7"), in log order; none is not an error.
func (v *view) Records(ctx context.Context, subjectOrNumber string) ([]Entry, error) {
	where := `subject = ?`
	if _, _, ok := ledger.SplitNumber(subjectOrNumber); ok {
		where = `number = ? AND number <> ''`
	}
	return v.entries(ctx, `SELECT idx, hash FROM records WHERE `+where+` ORDER BY idx`, subjectOrNumber)
}

// Lookup returns the record of an event key; ErrNotFound when there is none.
func (v *view) Lookup(ctx context.Context, key string) (Entry, error) {
	found, err := v.entries(ctx, `SELECT idx, hash FROM records WHERE key = ?`, key)
	if err != nil {
		return Entry{}, err
	}
	if len(found) == 0 {
		return Entry{}, refuse(ErrNotFound, "no record has key %q", key)
	}
	return found[0], nil
}

// entries reads the records that a query of places names, and holds each
// against the hash in the index: an altered entry is not shown as evidence.
func (v *view) entries(ctx context.Context, query, arg string) ([]Entry, error) {
	type place struct {
		index uint64
		hash  []byte
	}
	var places []place
	err := each(ctx, v.index.db, func(rows *sql.Rows) error {
		var p place
		err := rows.Scan(&p.index, &p.hash)
		places = append(places, p)
		return err
	}, query, arg)
	if err != nil {
		return nil, fmt.Errorf("evidence: read index: %w", err)
	}
	size, err := v.index.next(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Entry, 0, len(places))
	for _, p := range places {
		raw, err := v.bundles.one(ctx, p.index, size)
		if err != nil {
			return nil, fmt.Errorf("evidence: read record %d: %w", p.index, err)
		}
		if got := ledger.LeafHash(raw); string(got) != string(p.hash) {
			return nil, refuse(ErrDamaged, "record %d is %s in the log and %s in the index; verify the log", p.index, ledger.HexHash(got), ledger.HexHash(p.hash))
		}
		r, err := ledger.Decode(raw)
		if err != nil {
			return nil, refuse(ErrDamaged, "record %d cannot be read: %s", p.index, err)
		}
		out = append(out, Entry{Index: p.index, Record: r, Hash: ledger.HexHash(p.hash)})
	}
	return out, nil
}

// Blobs is the store beside the log.
func (v *view) Blobs() *Blobs { return v.blobs }

// PublicKey is the log's note verifier key, "<origin>+<hash>+<key>", for the
// auditor to keep.
func (v *view) PublicKey() string { return v.public }
