// Package engine is a whole Temporal server inside one process: frontend,
// history, matching, worker and, if asked for, the web UI. The sandbox runs on
// it and the tests start it as a separate program. It is the real server, not
// an imitation; what differs from a cluster is that one process holds
// everything, so a crash stops everything until the next start.
//
// It knows nothing of the product. It serves the loopback interface unless told
// otherwise, because it asks nobody who they are.
package engine

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"regexp"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
)

const (
	// MinRetention is the shortest time a closed workflow stays readable here.
	MinRetention = 30 * 24 * time.Hour
	// DefaultNamespace is served when a Config names none.
	DefaultNamespace = "default"

	defaultIP    = "127.0.0.1"
	startTimeout = 90 * time.Second
)

// Config says what to serve and where. The zero value is a server in memory on
// a free port of the loopback interface, without a UI.
type Config struct {
	// IP is the address the frontend, its HTTP API and the UI listen on; default
	// 127.0.0.1. "localhost" means the same. An address that other machines can
	// reach is refused unless Exposed is set.
	IP string
	// Exposed allows an IP other machines can reach. There is no authentication:
	// whoever reaches the port may start, read and end any workflow.
	Exposed bool
	// Port is the frontend's gRPC port; 0 takes a free one, see Engine.Address.
	Port int
	// HTTPPort is the frontend's HTTP API port; 0 takes a free one. It always
	// listens, because the server needs it for Nexus.
	HTTPPort int
	// UIPort is the web UI's port: 0 is no UI, AnyPort takes a free one.
	UIPort int
	// CodecEndpoint is where the web UI has encrypted payloads decrypted, a URL
	// without /decode; empty shows them as they are. The UI's access token is
	// passed on, if it has one.
	CodecEndpoint string
	// MetricsPort serves the server's own Prometheus metrics on /metrics; 0 is none.
	MetricsPort int
	// Namespaces are created if absent; default is DefaultNamespace alone.
	Namespaces []string
	// Retention of closed workflows in those namespaces; default and least is
	// MinRetention. An existing namespace is only ever raised to it.
	Retention time.Duration
	// SearchAttributes exist, by name and type, in every namespace before Start
	// returns. One that exists with another type is an error.
	SearchAttributes map[string]enumspb.IndexedValueType
	// Store keeps the state; the zero value is memory, lost at the end.
	Store Store
	// DynamicConfig overrides the server's dynamic configuration by key, with
	// plain Go values (numbers as int or float64), over the settings made here.
	DynamicConfig map[string]any
	// Logger receives the server's own lines of LogLevel and above; the default
	// discards them. The default level is warn: at info the server is very talkative.
	Logger   *slog.Logger
	LogLevel slog.Leveler
}

// AnyPort asks for a free port where 0 already means "none".
const AnyPort = -1

// Store says where the state is kept. At most one of File and Postgres is set.
type Store struct {
	// File is the path of a SQLite database, created if it is absent. Its
	// directory must exist. One server at a time can use it.
	File string
	// Synchronous is SQLite's pragma of that name for File: "full" (default: an
	// acknowledged step survives power loss) or "normal" (faster; survives a
	// killed process, but power loss may take the last steps back).
	Synchronous string
	// Postgres is a PostgreSQL server, version 12 or newer.
	Postgres *Postgres
}

// Postgres names two databases of one PostgreSQL server. Both are created when
// the user may create databases, and their schemas are brought up to date.
type Postgres struct {
	Host       string // default 127.0.0.1
	Port       int    // default 5432
	User       string // required
	Password   string // empty where the server trusts the connection
	Database   string // default "temporal"
	Visibility string // default "temporal_visibility"
	// Attributes are added to the connection string, e.g. sslmode=verify-full
	// and sslrootcert. Without sslmode the connection is not encrypted.
	Attributes map[string]string
}

// withDefaults returns a complete copy of the configuration or says what is wrong.
func (c Config) withDefaults() (Config, error) {
	if c.IP == "" || c.IP == "localhost" {
		c.IP = defaultIP
	}
	ip := net.ParseIP(c.IP)
	if ip == nil {
		return c, fmt.Errorf("engine: %q is not an IP address; use 127.0.0.1 or ::1", c.IP)
	}
	if !ip.IsLoopback() && !c.Exposed {
		return c, fmt.Errorf("engine: other machines can reach %s and the server asks nobody who they are; "+
			"listen on 127.0.0.1, or allow it explicitly", c.IP)
	}
	if len(c.Namespaces) == 0 {
		c.Namespaces = []string{DefaultNamespace}
	}
	c.Namespaces = slices.Compact(slices.Sorted(slices.Values(c.Namespaces)))
	if slices.Contains(c.Namespaces, "") {
		return c, errors.New("engine: a namespace needs a name")
	}
	if c.Retention == 0 {
		c.Retention = MinRetention
	}
	if c.Retention < MinRetention {
		return c, fmt.Errorf("engine: a retention of %s is too short, the least is %s", c.Retention, MinRetention)
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.LogLevel == nil {
		c.LogLevel = slog.LevelWarn
	}
	var err error
	c.Store, err = c.Store.withDefaults()
	return c, err
}

func (s Store) withDefaults() (Store, error) {
	switch s.Synchronous {
	case "":
		s.Synchronous = "full"
	case "full", "normal":
	default:
		return s, fmt.Errorf("engine: synchronous is %q, it can be full or normal", s.Synchronous)
	}
	if s.Postgres == nil {
		return s, nil
	}
	if s.File != "" {
		return s, errors.New("engine: a store is either a SQLite file or PostgreSQL, not both")
	}
	p := *s.Postgres
	if p.User == "" {
		return s, errors.New("engine: PostgreSQL needs the name of a user")
	}
	if p.Host == "" {
		p.Host = defaultIP
	}
	if p.Port == 0 {
		p.Port = 5432
	}
	if p.Database == "" {
		p.Database = "temporal"
	}
	if p.Visibility == "" {
		p.Visibility = "temporal_visibility"
	}
	if p.Database == p.Visibility {
		return s, fmt.Errorf("engine: state and visibility need two databases, both are %q", p.Database)
	}
	// The server writes both names and the password into a URL without or with
	// the wrong escaping.
	plain := regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	if !plain.MatchString(p.Database) || !plain.MatchString(p.Visibility) {
		return s, errors.New("engine: names of PostgreSQL databases may have letters, digits, _ and - only")
	}
	if strings.Contains(p.Password, " ") {
		return s, errors.New("engine: the server cannot send a PostgreSQL password with a space; choose another one")
	}
	s.Postgres = &p
	return s, nil
}
