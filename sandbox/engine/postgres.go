package engine

import (
	"fmt"
	"maps"
	"net/url"

	"github.com/blang/semver/v4"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	plugin "go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql"
	v12 "go.temporal.io/server/schema/postgresql/v12"
	"go.temporal.io/server/tools/common/schema"
	tools "go.temporal.io/server/tools/sql"
)

// preparePostgres creates both databases if they are absent and brings their
// schemas to this server's version. Every step can be repeated after a crash:
// creating what exists is no error, and the schema version says what is done.
func preparePostgres(p Postgres, l logger) (datastores, error) {
	d := datastores{main: p.settings(p.Database), visibility: p.settings(p.Visibility)}
	for _, half := range []struct {
		conf         *config.SQL
		schema, want string
	}{
		{d.main, "postgresql/v12/temporal", v12.Version},
		{d.visibility, "postgresql/v12/visibility", v12.VisibilityVersion},
	} {
		if err := createDatabase(*half.conf, l); err != nil {
			return d, err
		}
		if err := migrate(half.conf, half.schema, half.want, l); err != nil {
			return d, fmt.Errorf("engine: PostgreSQL database %q: %w", half.conf.DatabaseName, err)
		}
	}
	return d, nil
}

func (p Postgres) settings(database string) *config.SQL {
	return &config.SQL{
		PluginName:        plugin.PluginNamePGX,
		DatabaseName:      database,
		ConnectAddr:       join(p.Host, p.Port),
		ConnectProtocol:   "tcp",
		User:              url.User(p.User).String(), // goes into a URL as it is
		Password:          p.Password,
		ConnectAttributes: maps.Clone(p.Attributes),
		MaxConns:          20,
		MaxIdleConns:      20,
	}
}

// createDatabase works on a copy, because the call connects to the server's
// default database by changing the settings it is given. A user that may not
// create databases gets along with one that exists.
func createDatabase(conf config.SQL, l logger) error {
	if usable(conf) {
		return nil
	}
	name := conf.DatabaseName
	if err := tools.DoCreateDatabase(&conf, "", l); err != nil {
		return fmt.Errorf("engine: PostgreSQL at %s: create database %q: %w", conf.ConnectAddr, name, err)
	}
	return nil
}

// usable reports whether the database can be connected to. A connection is made
// at the first statement only, and a failure here is no news for the log.
func usable(conf config.SQL) bool {
	db, err := tools.NewConnection(&conf, log.NewNoopLogger())
	if err != nil {
		return false
	}
	defer db.Close()
	return db.Exec("SELECT 1") == nil
}

// migrate uses the parts of the server's schema tool and not the tool itself,
// which ends the process on an error or, told to be quiet, hides it.
func migrate(conf *config.SQL, schemaName, want string, l logger) error {
	db, err := tools.NewConnection(conf, l)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer db.Close()
	// A database without a version has no schema yet, or its set-up was cut off
	// before it began; both start from 0.0.
	if _, err := db.ReadSchemaVersion(); err != nil {
		setup := &schema.SetupConfig{InitialVersion: "0.0"}
		if err := schema.NewSetupSchemaTask(db, setup, l).Run(); err != nil {
			return fmt.Errorf("set up schema: %w", err)
		}
	}
	update := &schema.UpdateConfig{SchemaName: schemaName}
	if err := schema.NewUpdateSchemaTask(db, update, l).Run(); err != nil {
		return fmt.Errorf("update schema: %w", err)
	}
	got, err := db.ReadSchemaVersion()
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	have, err := semver.ParseTolerant(got)
	if err != nil {
		return fmt.Errorf("schema version %q: %w", got, err)
	}
	if need, err := semver.ParseTolerant(want); err != nil || have.LT(need) {
		return fmt.Errorf("schema has version %s after the update, this server needs %s", got, want)
	}
	return nil
}
