package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"

	"github.com/lowcodex/countersign/connect"
	process "github.com/lowcodex/countersign/workflows/observation"
)

func (p *program) lookNowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "look-now",
		Short: "Have all observed targets looked at now",
		Long: "Have all targets that the policy observes looked at now instead of when the schedule says, wait\n" +
			"for it, and say how each stands. A look that is under way is waited for first. A target that does\n" +
			"not answer is tried for two minutes; when --timeout is over the look goes on.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withEngine(cmd.Context(), func(e engine) error { return p.lookNow(cmd.Context(), e) })
		},
	}
}

func (p *program) lookNow(ctx context.Context, e engine) error {
	within, cancel := context.WithTimeout(ctx, p.options.timeout)
	defer cancel()
	run, err := connect.RunNow(within, e.ScheduleClient(), process.ScheduleID, process.LookInput{Asked: time.Now().UTC()})
	if none := (*serviceerror.NotFound)(nil); errors.As(err, &none) {
		return usage("no target is observed here", "give a class or a target of the policy's file patch “observe: {every: 15m}”, and start a worker")
	}
	var looks process.Looks
	if err == nil {
		err = e.GetWorkflow(within, run.WorkflowID, run.FirstExecutionRunID).Get(within, &looks)
	}
	if err != nil {
		if ctx.Err() == nil && within.Err() != nil {
			return unreachable("the look is not over yet", "see what it finds with: starter finding list, or give it longer with --timeout", err)
		}
		return err
	}
	if looks.Targets == nil {
		looks.Targets = []process.Look{}
	}
	return p.print(looks.Targets, func(w io.Writer) { p.writeLooks(w, looks.Targets) })
}

// writeLooks says how each target stands, one a line.
func (p *program) writeLooks(w io.Writer, looks []process.Look) {
	if len(looks) == 0 {
		fmt.Fprintln(w, "no target is observed")
	}
	for _, l := range looks {
		fmt.Fprintf(w, "%-20s %s\n", line(l.Target), p.lookWords(l))
	}
}

func (p *program) lookWords(l process.Look) string {
	if l.Detail != "" {
		return "cannot be read since " + p.at(l.Since) + ": " + line(l.Detail)
	}
	return l.Outcome.Text(l.By)
}
