package engine

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/persistence"
	plugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/schema"
	lite "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// openTimeout bounds the creation of a database file; it takes milliseconds.
const openTimeout = 30 * time.Second

// prepareSQLite returns the settings of a SQLite store, creating the file with
// the server's schema if there is none yet.
func prepareSQLite(s Store) (*config.SQL, error) {
	conf := &config.SQL{
		PluginName: plugin.PluginName,
		// More connections than one make the server's own writers wait for each
		// other's locks: half the throughput and seconds of delay were measured
		// with four.
		MaxConns:     1,
		MaxIdleConns: 1,
	}
	if s.File == "" {
		// The name separates several engines in one process.
		conf.DatabaseName = "memory-" + uuid.NewString()
		conf.ConnectAttributes = map[string]string{"mode": "memory", "cache": "shared"}
		return conf, nil
	}
	path, err := filepath.Abs(s.File)
	if err != nil {
		return nil, fmt.Errorf("engine: database file: %w", err)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("engine: the directory of the database file %s does not exist; create it first", path)
	}
	// The driver reads the name as a URI, in which these characters mean something else.
	conf.DatabaseName = (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()
	// Pragma names go in bare; with a leading underscore the plugin ignores them.
	conf.ConnectAttributes = map[string]string{
		"mode":         "rwc",
		"journal_mode": "wal",
		"synchronous":  s.Synchronous,
		// A second server on the same file would fight the first one for its
		// shards. Holding the lock as long as the process lives turns that into
		// an error at its start; the system drops it when the process dies.
		"locking_mode": "exclusive",
	}
	return conf, ensureSchema(path, conf.DatabaseName)
}

// ensureSchema creates the tables of an empty file and refuses a file that is
// not this server version's. SQLite has no schema migrations, so a file made
// by another schema cannot be used; its mark is kept in user_version.
func ensureSchema(path, escaped string) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), openTimeout)
	defer cancel()
	statements, mark, err := liteSchema()
	if err != nil {
		return err
	}
	db, err := sql.Open("sqlite", "file:"+escaped+"?mode=rwc&_pragma=busy_timeout=1000&_pragma=synchronous=full")
	if err != nil {
		return fmt.Errorf("engine: open %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()

	var found, tables int
	row := db.QueryRowContext(ctx, "SELECT (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_master)")
	if err := row.Scan(&found, &tables); err != nil {
		return openError(path, err)
	}
	switch {
	case tables > 0 && found == mark:
		return nil
	case tables > 0:
		return fmt.Errorf("engine: %s was made by another program or another version of the Temporal server and "+
			"cannot be converted; move it away to start afresh, or use PostgreSQL, which can be upgraded", path)
	}
	return openError(path, createSchema(ctx, db, statements, mark))
}

// createSchema makes all tables and the mark in one transaction. A crash in
// the middle leaves an empty file, which the next start fills again.
func createSchema(ctx context.Context, db *sql.DB, statements []string, mark int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect after the commit
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("create schema: %w", err)
		}
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", mark)); err != nil {
		return fmt.Errorf("mark schema: %w", err)
	}
	return tx.Commit()
}

// liteSchema returns the server's embedded SQLite schema and a number that
// changes whenever its text does.
func liteSchema() ([]string, int, error) {
	var readers []io.Reader
	sum := crc32.NewIEEE()
	for _, name := range []string{"sqlite/v3/temporal/schema.sql", "sqlite/v3/visibility/schema.sql"} {
		text, err := fs.ReadFile(schema.Assets(), name)
		if err != nil {
			return nil, 0, fmt.Errorf("engine: the server's SQLite schema: %w", err)
		}
		_, _ = sum.Write(text) // a hash never fails
		readers = append(readers, bytes.NewReader(text))
	}
	statements, err := persistence.LoadAndSplitQueryFromReaders(readers)
	if err != nil {
		return nil, 0, fmt.Errorf("engine: the server's SQLite schema: %w", err)
	}
	return statements, int(sum.Sum32() >> 1), nil // user_version is a signed 32-bit number
}

func openError(path string, err error) error {
	var lerr *lite.Error
	if errors.As(err, &lerr) && lerr.Code()&0xff == codes.SQLITE_BUSY {
		return fmt.Errorf("engine: %s is in use by another server; end it first or use another file", path)
	}
	if err != nil {
		return fmt.Errorf("engine: database file %s: %w", path, err)
	}
	return nil
}
