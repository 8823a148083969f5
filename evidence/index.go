package evidence

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// indexVersion changes with the tables; an index of another version is rebuilt.
const indexVersion = 1

const indexTables = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE records (
	idx      INTEGER PRIMARY KEY,
	key      TEXT NOT NULL UNIQUE,
	type     TEXT NOT NULL,
	subject  TEXT NOT NULL,
	number   TEXT NOT NULL,
	recorded INTEGER NOT NULL, -- microseconds since 1970, UTC
	hash     BLOB NOT NULL
);
CREATE INDEX records_subject ON records (subject, idx);
CREATE INDEX records_number ON records (number, idx) WHERE number <> '';
CREATE TABLE subjects (
	subject TEXT PRIMARY KEY,
	number  TEXT NOT NULL,
	state   TEXT NOT NULL,
	final   INTEGER NOT NULL,
	idx     INTEGER NOT NULL,
	at      TEXT NOT NULL,
	records INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX subjects_number ON subjects (number) WHERE number <> '';
CREATE TABLE series (series TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('version', '1'), ('next', '0');
`

// index is the query index: a cache of the log in SQLite (E5). It is written
// after the log is durable and never before, so it can lag but not lead.
// Losing its last transactions in a power cut is harmless, since opening
// replays the log's tail; hence WAL with synchronous=NORMAL, which syncs at
// WAL checkpoints only and keeps the file consistent.
type index struct{ db *sql.DB }

// row is a record as the index keeps it.
type row struct {
	Index  uint64
	Record Record
	Hash   []byte
}

const memoryIndex = ":memory:"

// openIndex opens the writer's index, creating the tables in an empty file.
func openIndex(ctx context.Context, path string) (*index, error) {
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=busy_timeout(10000)&_txlock=immediate"
	if path == memoryIndex {
		dsn = memoryIndex
	}
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("evidence: open index: %w", err)
	}
	x := &index{db: db}
	if path == memoryIndex {
		db.SetMaxOpenConns(1) // each connection would have a database of its own
	}
	var tables int
	err = db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master WHERE name = 'meta'`).Scan(&tables)
	if err == nil && tables == 0 {
		err = x.within(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, indexTables)
			return err
		})
	}
	if err != nil {
		return nil, errors.Join(refuse(ErrIndex, "%s cannot be opened: %s; rebuild it from the log", path, err), db.Close())
	}
	if err := x.checkVersion(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return x, nil
}

// openIndexReader opens the index of a directory without writing to it.
func openIndexReader(ctx context.Context, dir string) (*index, error) {
	path := filepath.Join(dir, indexFile)
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		return nil, fmt.Errorf("evidence: open index: %w", err)
	}
	x := &index{db: db}
	if err := x.checkVersion(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return x, nil
}

func (x *index) checkVersion(ctx context.Context) error {
	v, err := x.meta(ctx, "version")
	if err != nil {
		return refuse(ErrIndex, "its version cannot be read: %s; rebuild it from the log", err)
	}
	if v != indexVersion {
		return refuse(ErrIndex, "it has version %d, this program writes %d; rebuild it from the log", v, indexVersion)
	}
	return nil
}

func (x *index) meta(ctx context.Context, name string) (uint64, error) {
	var text string
	if err := x.db.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = ?`, name).Scan(&text); err != nil {
		return 0, err
	}
	return strconv.ParseUint(text, 10, 64)
}

// next is the number of records indexed, hence the place of the next one.
func (x *index) next(ctx context.Context) (uint64, error) {
	n, err := x.meta(ctx, "next")
	if err != nil {
		return 0, fmt.Errorf("evidence: read index: %w", err)
	}
	return n, nil
}

// last returns the hash and recording time of the last record indexed.
func (x *index) last(ctx context.Context) (hash []byte, recorded time.Time, err error) {
	var micros int64
	err = x.db.QueryRowContext(ctx, `SELECT hash, recorded FROM records ORDER BY idx DESC LIMIT 1`).Scan(&hash, &micros)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, time.Time{}, nil
	}
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("evidence: read index: %w", err)
	}
	return hash, time.UnixMicro(micros).UTC(), nil
}

// whole checks that no row is missing below next. It reads the primary key only.
func (x *index) whole(ctx context.Context, next uint64) error {
	var count, top int64
	err := x.db.QueryRowContext(ctx, `SELECT count(*), coalesce(max(idx), -1) FROM records`).Scan(&count, &top)
	if err != nil {
		return refuse(ErrIndex, "it cannot be read: %s; rebuild it from the log", err)
	}
	if count != int64(next) || top != int64(next)-1 {
		return refuse(ErrIndex, "it has %d rows up to record %d for %d records: rows were removed or added; verify the log, then rebuild the index from it", count, top, next)
	}
	return nil
}

// within runs f in one write transaction.
func (x *index) within(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := x.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func (x *index) close() error { return x.db.Close() }
