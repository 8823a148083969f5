package engine

import (
	"fmt"
	"time"

	"go.temporal.io/server/common/config"
	"go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
)

const (
	mainStore       = "state"
	visibilityStore = "visibility"
)

// datastores are the server's settings for its store; on SQLite one database
// holds both halves.
type datastores struct {
	main       *config.SQL
	visibility *config.SQL // nil when main holds it as well
}

func (d datastores) visibilityName() string {
	if d.visibility == nil {
		return mainStore
	}
	return visibilityStore
}

func (d datastores) dataStores() map[string]config.DataStore {
	stores := map[string]config.DataStore{mainStore: {SQL: d.main}}
	if d.visibility != nil {
		stores[visibilityStore] = config.DataStore{SQL: d.visibility}
	}
	return stores
}

// prepare makes the store ready for the server: it exists, has this server's
// schema, and on SQLite also its namespaces, which there is no cheaper moment for.
func prepare(c Config, l logger) (datastores, error) {
	if c.Store.Postgres != nil {
		return preparePostgres(*c.Store.Postgres, l)
	}
	conf, err := prepareSQLite(c.Store)
	if err != nil {
		return datastores{}, err
	}
	if err := seedNamespaces(conf, c); err != nil {
		return datastores{}, err
	}
	return datastores{main: conf}, nil
}

// seedNamespaces writes absent namespaces into a SQLite store before the server
// runs: registered through the API they would be unknown to the frontend for
// some two seconds. One that exists already is left as it is.
func seedNamespaces(conf *config.SQL, c Config) error {
	seeds := make([]*sqlite.NamespaceConfig, 0, len(c.Namespaces))
	for _, name := range c.Namespaces {
		seed, err := sqlite.NewNamespaceConfig(clusterName, name, false, c.SearchAttributes)
		if err != nil {
			return fmt.Errorf("engine: namespace %q: %w", name, err)
		}
		seed.Detail.Config.Retention = durationpb.New(c.Retention.Round(time.Second))
		seeds = append(seeds, seed)
	}
	if err := sqlite.CreateNamespaces(conf, seeds...); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	return nil
}
