package evidence

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/lowcodex/countersign/evidence/ledger"
)

// write adds rows and what they changed as one transaction: what changed is
// the layer the rows were planned or replayed in.
func (x *index) write(ctx context.Context, rows []row, changed *ledger.Ledger) error {
	err := x.within(ctx, func(tx *sql.Tx) error {
		if err := insertRows(ctx, tx, rows); err != nil {
			return err
		}
		if err := upsertSubjects(ctx, tx, changed.Subjects); err != nil {
			return err
		}
		for _, series := range slices.Sorted(maps.Keys(changed.Last)) {
			if _, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO series VALUES (?, ?)`, series, int64(changed.Last[series])); err != nil {
				return err
			}
		}
		next := rows[len(rows)-1].Index + 1
		_, err := tx.ExecContext(ctx, `UPDATE meta SET value = ? WHERE name = 'next'`, strconv.FormatUint(next, 10))
		return err
	})
	if err != nil {
		return fmt.Errorf("evidence: write index: %w", err)
	}
	return nil
}

func insertRows(ctx context.Context, tx *sql.Tx, rows []row) error {
	stmt, err := tx.PrepareContext(ctx, `INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if _, err = stmt.ExecContext(ctx, int64(r.Index), r.Record.Key, r.Record.Type, r.Record.Subject,
			r.Record.Number, r.Record.Recorded.UnixMicro(), r.Hash); err != nil {
			err = fmt.Errorf("record %d (%s): %w", r.Index, r.Record.Key, err)
			break
		}
	}
	return errors.Join(err, stmt.Close())
}

func upsertSubjects(ctx context.Context, tx *sql.Tx, subjects map[string]Standing) error {
	// Not OR REPLACE: that would drop another subject's row for the same number.
	stmt, err := tx.PrepareContext(ctx, `INSERT INTO subjects VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (subject) DO UPDATE SET number = excluded.number, state = excluded.state,
		final = excluded.final, idx = excluded.idx, at = excluded.at, records = excluded.records`)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(subjects)) {
		s := subjects[name]
		if _, err = stmt.ExecContext(ctx, s.Subject, s.Number, s.State, s.Final, int64(s.Index), ledger.TimeText(s.At), s.Records); err != nil {
			err = fmt.Errorf("subject %q: %w", name, err)
			break
		}
	}
	return errors.Join(err, stmt.Close())
}

// load reads what the index knows of some keys, subjects and numbers, and all
// series, into a ledger to plan on. Names travel as one JSON array: a fixed
// statement for any count.
func (x *index) load(ctx context.Context, keys, subjects, numbers []string) (*ledger.Ledger, error) {
	g := ledger.New(nil)
	err := errors.Join(
		x.loadKeys(ctx, g, keys), x.loadSubjects(ctx, g, subjects),
		x.loadOwners(ctx, g, numbers), x.loadSeries(ctx, g))
	if err != nil {
		return nil, fmt.Errorf("evidence: read index: %w", err)
	}
	return g, nil
}

func (x *index) loadKeys(ctx context.Context, g *ledger.Ledger, keys []string) error {
	return x.forEach(ctx, keys, `SELECT r.idx, r.key, r.type, r.subject, r.number, r.hash
		FROM json_each(?) j CROSS JOIN records r ON r.key = j.value`, func(rows *sql.Rows) error {
		var p ledger.Prior
		var key string
		var hash []byte
		if err := rows.Scan(&p.Index, &key, &p.Type, &p.Subject, &p.Number, &hash); err != nil {
			return err
		}
		p.Hash = ledger.HexHash(hash)
		g.Keys[key] = p
		return nil
	})
}

const standingColumns = `s.subject, s.number, s.state, s.final, s.idx, s.at, s.records`

func (x *index) loadSubjects(ctx context.Context, g *ledger.Ledger, subjects []string) error {
	return x.forEach(ctx, subjects, `SELECT `+standingColumns+`
		FROM json_each(?) j CROSS JOIN subjects s ON s.subject = j.value`, func(rows *sql.Rows) error {
		s, err := scanStanding(rows)
		g.Subjects[s.Subject] = s
		return err
	})
}

func (x *index) loadOwners(ctx context.Context, g *ledger.Ledger, numbers []string) error {
	return x.forEach(ctx, numbers, `SELECT s.number, s.subject
		FROM json_each(?) j CROSS JOIN subjects s ON s.number = j.value AND s.number <> ''`, func(rows *sql.Rows) error {
		var number, subject string
		err := rows.Scan(&number, &subject)
		g.Owners[number] = subject
		return err
	})
}

func (x *index) loadSeries(ctx context.Context, g *ledger.Ledger) error {
	return each(ctx, x.db, func(rows *sql.Rows) error {
		var series string
		var last uint64
		err := rows.Scan(&series, &last)
		g.Last[series] = last
		return err
	}, `SELECT series, last FROM series`)
}

func (x *index) forEach(ctx context.Context, names []string, query string, f func(*sql.Rows) error) error {
	if len(names) == 0 {
		return nil
	}
	list, err := json.Marshal(names)
	if err != nil {
		return err
	}
	return each(ctx, x.db, f, query, string(list))
}

// each runs a query and calls f for every row.
func each(ctx context.Context, db *sql.DB, f func(*sql.Rows) error, query string, args ...any) (err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func scanStanding(rows interface{ Scan(...any) error }) (Standing, error) {
	var s Standing
	var at string
	if err := rows.Scan(&s.Subject, &s.Number, &s.State, &s.Final, &s.Index, &at, &s.Records); err != nil {
		return s, err
	}
	if at == "" {
		return s, nil
	}
	t, err := time.Parse(time.RFC3339Nano, at)
	s.At = t
	return s, err
}
