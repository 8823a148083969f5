package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/klog/v2"

	"github.com/lowcodex/countersign/integrations/nodered/noderedtest"
	"github.com/lowcodex/countersign/sandbox/demo"
	"github.com/lowcodex/countersign/sandbox/stage"
)

// run holds the flags of the command without a name: everything at once.
type run struct {
	dir      string
	ports    stage.Ports
	demo     string // stories to play; empty: none
	nodered  bool
	socket   bool
	logLevel string
	verbose  bool
}

func (o *run) flags(cmd *cobra.Command) {
	o.ports = stage.DefaultPorts()
	f := cmd.Flags()
	f.StringVar(&o.demo, "demo", "", "play `stories` in a directory of its own, print them and the verified evidence, and end: "+
		strings.Join(demo.Stories(), ", ")+", several with commas, or all")
	f.Lookup("demo").NoOptDefVal = demo.All // --demo alone
	f.BoolVar(&o.nodered, "nodered", false, "run Node-RED itself instead of its stand-in (\"make nodered\" installs it); also COUNTERSIGN_SANDBOX_NODERED=1")
	f.BoolVar(&o.socket, "slack-socket", false, "have the stand-in for Slack send over connections that the gateway opens (Socket Mode), not to its address")
	f.StringVar(&o.dir, "dir", ".sandbox", "directory that keeps everything over restarts")
	f.IntVar(&o.ports.Pages, "port", o.ports.Pages, "port of the pages, 0 for a free one")
	f.IntVar(&o.ports.Gateway, "gateway-port", o.ports.Gateway, "port the vendors call, 0 for a free one")
	f.IntVar(&o.ports.Slack, "slack-port", o.ports.Slack, "port of the stand-in for Slack, 0 for a free one")
	f.IntVar(&o.ports.Jira, "jira-port", o.ports.Jira, "port of the stand-in for Jira, 0 for a free one")
	f.IntVar(&o.ports.OIDC, "oidc-port", o.ports.OIDC, "port of the stand-in for the identity provider, 0 for a free one")
	f.IntVar(&o.ports.Temporal, "temporal-port", o.ports.Temporal, "port of Temporal's frontend, 0 for a free one")
	f.IntVar(&o.ports.UI, "ui-port", o.ports.UI, "port of Temporal's web interface, 0 for a free one")
	f.StringVar(&o.logLevel, "log-level", "info", "debug, info, warn, error or never")
	f.BoolVar(&o.verbose, "verbose", false, "write log lines here instead of into sandbox.log in the directory")
	_ = cmd.MarkFlagDirname("dir")
}

// do starts everything and serves until ctx ends, or plays the demo.
func (o *run) do(ctx context.Context, cmd *cobra.Command) (err error) {
	out := cmd.OutOrStdout()
	var stories []string
	if o.demo != "" {
		if stories, err = demo.Choose(o.demo); err != nil {
			return fmt.Errorf("--demo: %w", err)
		}
		forget, err := o.ownPlace(cmd)
		if err != nil {
			return err
		}
		defer forget()
	}
	real, err := o.realNodeRED()
	if err != nil {
		return err
	}
	logs, done, err := o.logs(cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	log, level, err := newLog(logs, o.logLevel, "text")
	if err != nil {
		return err
	}
	// A library below the evidence log writes to the terminal unless told where.
	klog.SetSlogLogger(log.With("part", "tiles"))
	worker, err := workerCommand(logs, o.logLevel)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(out, "Countersign sandbox")
	if stories != nil {
		if err := demo.WritePolicy(filepath.Join(o.dir, stage.PolicyFolder), out); err != nil {
			return err
		}
	}
	s, err := stage.Start(ctx, stage.Config{
		Dir: o.dir, Ports: o.ports, Logger: log, Level: level, NodeRED: real, SlackSocket: o.socket, Worker: worker,
		Progress: func(what string) { _, _ = fmt.Fprintf(out, "  starting %s\n", what) },
	})
	if err != nil && ctx.Err() != nil {
		return nil // told to end before it was ready
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	if stories != nil {
		_, _ = fmt.Fprintf(out, "  ready after %.1f s\n\n", s.Took.Seconds())
		return demo.Play(ctx, s, stories, out)
	}
	banner(out, s)
	select {
	case err := <-s.Failed():
		return err
	case <-ctx.Done():
		_, _ = fmt.Fprintln(out, "\nstopping; what is under way goes on at the next start")
		return nil
	}
}

// nodeREDVariable asks for Node-RED itself as --nodered does.
const nodeREDVariable = "COUNTERSIGN_SANDBOX_NODERED"

// realNodeRED reports whether Node-RED itself is asked for; the error says what to
// do when it is not installed.
func (o *run) realNodeRED() (bool, error) {
	switch os.Getenv(nodeREDVariable) {
	case "", "0", "false":
		if !o.nodered {
			return false, nil
		}
	}
	if _, err := noderedtest.Installed(); err != nil {
		return false, fmt.Errorf("--nodered (or %s): %w", nodeREDVariable, err)
	}
	return true, nil
}

// ownPlace gives the demo a new directory and free ports, so that it meets
// neither an earlier state nor a sandbox that runs. What was asked for by flag
// stays. The directory is removed at the end unless it was named.
func (o *run) ownPlace(cmd *cobra.Command) (forget func(), err error) {
	for name, port := range map[string]*int{
		"port": &o.ports.Pages, "gateway-port": &o.ports.Gateway, "slack-port": &o.ports.Slack,
		"jira-port": &o.ports.Jira, "oidc-port": &o.ports.OIDC, "temporal-port": &o.ports.Temporal, "ui-port": &o.ports.UI,
	} {
		if !cmd.Flags().Changed(name) {
			*port = 0
		}
	}
	if cmd.Flags().Changed("dir") {
		return func() {}, nil
	}
	o.dir, err = os.MkdirTemp("", "countersign-demo-")
	if err != nil {
		return nil, fmt.Errorf("a directory for the demo: %w", err)
	}
	return func() { _ = os.RemoveAll(o.dir) }, nil
}

// logs opens where log lines go. Above a few megabytes the file is begun anew,
// and the former one kept beside it.
func (o *run) logs(here io.Writer) (io.Writer, func() error, error) {
	if o.verbose {
		return here, func() error { return nil }, nil
	}
	const most = 8 << 20
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("%w: the state cannot be kept there; name a directory that you may write to with --dir", err)
	}
	name := filepath.Join(o.dir, "sandbox.log")
	if info, err := os.Stat(name); err == nil && info.Size() > most {
		if err := os.Rename(name, strings.TrimSuffix(name, ".log")+".old.log"); err != nil {
			return nil, nil, err
		}
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: the state cannot be kept there; name a directory that you may write to with --dir", err)
	}
	return f, f.Close, nil
}
