// Package stage puts the whole product on one machine: an embedded engine, the
// stand-ins for the vendors, every role of the product, and the pages on which
// a person plays everybody. All of it listens on the loopback interface only.
package stage

import (
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"

	"go.temporal.io/sdk/contrib/envconfig"
)

// Config says where the state is and where to listen.
type Config struct {
	// Dir keeps everything: engine, stand-ins, policy, evidence. It is created
	// if it does not exist. One stage at a time can use it.
	Dir   string
	Ports Ports
	// NodeRED launches Node-RED itself for the installations that rollouts reach. It
	// must be installed (`make nodered`).
	NodeRED bool
	// SlackSocket has the stand-in for Slack send over connections of the gateway's.
	SlackSocket bool
	// Worker makes the command of a process that runs the roles workflows and
	// activities as its environment says, prints WorkerReady when it does, and ends on
	// WorkerStop. It is mandatory.
	Worker func() *exec.Cmd
	// Env is where the settings of vendors and COUNTERSIGN_ENCRYPTION_KEYS are looked
	// up; nil is the process's environment.
	Env envconfig.EnvLookup
	// Logger receives the lines of the product, the stand-ins and the engine.
	Logger *slog.Logger
	// Level is from where on Logger writes, so that the engine need not format
	// what is not written; nil is warn, and the engine never says less.
	Level slog.Leveler
	// Progress is told what is being started; nil is silent.
	Progress func(what string)
}

// Ports of the loopback interface; 0 takes a free one.
type Ports struct {
	Pages    int // what people open
	Gateway  int // what the vendors call
	Slack    int // stand-in for Slack's Web API
	Jira     int // stand-in for Jira's REST API
	OIDC     int // stand-in for the identity provider
	Temporal int // engine's frontend
	UI       int // engine's web interface
}

// DefaultPorts are the same at every start, so that addresses that were
// written down, on cards for example, stay right.
func DefaultPorts() Ports {
	return Ports{Pages: 8080, Gateway: 8090, Slack: 8091, Jira: 8092, OIDC: 8093, Temporal: 7233, UI: 8233}
}

func (c Config) withDefaults() (Config, error) {
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return c, err
	}
	c.Dir = dir
	if c.Env == nil {
		c.Env = envconfig.EnvLookupOS
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Level == nil {
		c.Level = slog.LevelWarn
	}
	if c.Progress == nil {
		c.Progress = func(string) {}
	}
	return c, os.MkdirAll(c.Dir, 0o700)
}

// PolicyFolder is the folder of Config.Dir that holds the policy. A policy that is
// there when the stage starts is used as it is.
const PolicyFolder = "policy"

// Folders of Config.Dir.
func (c Config) policy() string   { return filepath.Join(c.Dir, PolicyFolder) }
func (c Config) evidence() string { return filepath.Join(c.Dir, "evidence") }
func (c Config) anchors() string  { return filepath.Join(c.Dir, "anchors") }
func (c Config) standins() string { return filepath.Join(c.Dir, "stand-ins") }
func (c Config) engine() string   { return filepath.Join(c.Dir, "engine.sqlite") }
