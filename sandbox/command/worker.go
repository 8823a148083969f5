package command

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/contrib/envconfig"
	"k8s.io/klog/v2"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/sandbox/stage"
)

const workerName = "worker"

// worker is what the sandbox starts itself with a second time. It is configured by its
// environment, as in a deployment.
func worker() *cobra.Command {
	var level string
	cmd := &cobra.Command{
		Use: workerName, Short: "Run the workflows and call the vendors, for a sandbox", Args: cobra.NoArgs, Hidden: true, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// Ctrl-C at a terminal reaches every process; this one is told by the sandbox.
			signal.Ignore(os.Interrupt)
			log, _, err := newLog(cmd.ErrOrStderr(), level, "text")
			if err != nil {
				return err
			}
			log = log.With("part", workerName)
			klog.SetSlogLogger(log)
			cfg, err := app.FromEnvironment(envconfig.EnvLookupOS, workerRoles())
			if err != nil {
				return err
			}
			ctx, cancel := context.WithCancel(cmd.Context())
			defer cancel()
			go obey(cmd.InOrStdin(), cancel)
			a, err := app.New(ctx, cfg, app.Options{Logger: log, Started: func() { _, _ = fmt.Fprintln(cmd.OutOrStdout(), stage.WorkerReady) }})
			if err != nil {
				return err
			}
			return a.Run(ctx)
		},
	}
	cmd.Flags().StringVar(&level, "log-level", "info", "debug, info, warn, error or never")
	return cmd
}

func workerRoles() []string { return []string{app.RoleWorkflows, app.RoleActivities} }

// obey waits for the word to stop. Without a sandbox there is nothing to finish: its
// engine, its stand-ins and its log are gone with it.
func obey(in io.Reader, stop func()) {
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil || strings.TrimSpace(line) != stage.WorkerStop {
		os.Exit(1)
	}
	stop()
}

// workerCommand starts this program again as the worker, with its lines beside the
// sandbox's own.
func workerCommand(logs io.Writer, level string) (func() *exec.Cmd, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("the program of the worker: %w", err)
	}
	return func() *exec.Cmd {
		cmd := exec.Command(program, workerName, "--log-level", level)
		cmd.Stderr = logs
		return cmd
	}, nil
}
