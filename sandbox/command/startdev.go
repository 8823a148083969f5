package command

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/lowcodex/countersign/sandbox/engine"
)

// startDev holds the flags of "server start-dev". Their names are those of the
// Temporal CLI's command of that name, so that the helper of Temporal's Go SDK
// (testsuite.StartDevServer with ExistingPath) can run this program.
type startDev struct {
	ip, database, synchronous, postgres string
	port, httpPort, uiPort, metricsPort int
	namespaces                          []string
	attributes, dynamic                 []string
	headless, exposed                   bool
	logLevel, logFormat                 string
}

func server() *cobra.Command {
	parent := &cobra.Command{Use: "server", Short: "Temporal server alone"}
	var o startDev
	start := &cobra.Command{
		Use:   "start-dev",
		Short: "Run a Temporal server until interrupted",
		Long: `Runs a whole Temporal server with its web UI, without the product on it, and
with the product's search attributes. State lives in memory, in a SQLite file
(--db-filename) or in PostgreSQL (--postgres).`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := start.Flags()
	f.StringVar(&o.ip, "ip", "127.0.0.1", "address to listen on")
	f.BoolVar(&o.exposed, "exposed", false, "allow an --ip other machines can reach; the server asks nobody who they are")
	f.IntVar(&o.port, "port", 7233, "gRPC port of the frontend, 0 for a free one")
	f.IntVar(&o.httpPort, "http-port", 0, "HTTP API port of the frontend, 0 for a free one")
	f.IntVar(&o.uiPort, "ui-port", 0, "port of the web UI, 0 for the frontend's plus 1000")
	f.BoolVar(&o.headless, "headless", false, "no web UI")
	f.IntVar(&o.metricsPort, "metrics-port", 0, "port of the server's Prometheus metrics, 0 for none")
	f.StringArrayVarP(&o.namespaces, "namespace", "n", nil, "namespace to create besides \"default\"; may be repeated")
	f.StringVarP(&o.database, "db-filename", "f", "", "SQLite file; without it state is lost at the end")
	f.StringVar(&o.synchronous, "db-synchronous", "full", "SQLite durability: full, or normal (power loss may take the last steps)")
	f.StringVar(&o.postgres, "postgres", "", "PostgreSQL, as postgres://user@host:port/database?visibility=database; password in PGPASSWORD or PGPASSWORD_FILE")
	f.StringArrayVar(&o.attributes, "search-attribute", nil, "further search attribute, as Name=Type; may be repeated")
	f.StringArrayVar(&o.dynamic, "dynamic-config-value", nil, "server setting, as key=JSON value; may be repeated")
	f.StringVar(&o.logLevel, "log-level", "warn", "debug, info, warn, error or never")
	f.StringVar(&o.logFormat, "log-format", "text", "text or json")
	parent.AddCommand(start)
	return parent
}

// run serves until ctx ends.
func (o startDev) run(ctx context.Context, out, logs io.Writer) error {
	conf, err := o.config(logs)
	if err != nil {
		return err
	}
	e, err := engine.Start(ctx, conf)
	if err != nil && ctx.Err() != nil {
		return nil // told to end before it was ready
	}
	if err != nil {
		return err
	}
	for _, line := range [][2]string{
		{"Temporal server", e.Address()},
		{"Temporal UI", e.UIAddress()},
		{"Temporal metrics", e.MetricsAddress()},
	} {
		if line[1] != "" {
			_, _ = fmt.Fprintf(out, "%-17s %s\n", line[0]+":", line[1])
		}
	}
	// Whoever started this as a program waits for the last line.
	_, _ = fmt.Fprintln(out, "Ready")
	<-ctx.Done()
	return e.Stop()
}

func (o startDev) config(logs io.Writer) (engine.Config, error) {
	log, level, err := newLog(logs, o.logLevel, o.logFormat)
	if err != nil {
		return engine.Config{}, err
	}
	attributes, err := parseAttributes(o.attributes)
	if err != nil {
		return engine.Config{}, err
	}
	dynamic, err := parseDynamic(o.dynamic)
	if err != nil {
		return engine.Config{}, err
	}
	postgres, err := parsePostgres(o.postgres)
	if err != nil {
		return engine.Config{}, err
	}
	return engine.Config{
		IP: o.ip, Exposed: o.exposed,
		Port: o.port, HTTPPort: o.httpPort, UIPort: o.ui(), MetricsPort: o.metricsPort,
		Namespaces:       append(o.namespaces, engine.DefaultNamespace),
		SearchAttributes: attributes,
		DynamicConfig:    dynamic,
		Store:            engine.Store{File: o.database, Synchronous: o.synchronous, Postgres: postgres},
		Logger:           log,
		LogLevel:         level,
	}, nil
}

// ui follows the CLI's rule: 1000 above the frontend, unless told otherwise.
func (o startDev) ui() int {
	switch {
	case o.headless:
		return 0
	case o.uiPort != 0:
		return o.uiPort
	case o.port == 0 || o.port+1000 > 65535:
		return engine.AnyPort
	default:
		return o.port + 1000
	}
}
