package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/workflows/checkup"
)

const (
	// checkupEnds is when the engine drops a checkup that nobody waits for any more.
	checkupEnds = 2 * time.Minute
	// tellProgress is how often the run is asked whom it waits for.
	tellProgress = time.Second
)

// haveLooked has the workers of these queues look at their parts, and waits for what
// they say. Whom it waits for is told meanwhile.
func (p *program) haveLooked(ctx context.Context, e engine, queues, parts []string) (rules.Report, error) {
	within, cancel := context.WithTimeout(ctx, p.options.timeout)
	defer cancel()
	var report rules.Report
	run, err := e.ExecuteWorkflow(within, client.StartWorkflowOptions{
		ID: checkup.WorkflowID(p.newID()), TaskQueue: compliance.QueueWorkflows, WorkflowExecutionTimeout: checkupEnds,
	}, checkup.Type, checkup.Input{Queues: queues, Parts: parts})
	if err != nil {
		return report, err
	}
	done := make(chan error, 1)
	go func() { done <- run.Get(within, &report) }()
	ticks := time.NewTicker(tellProgress)
	defer ticks.Stop()
	told := ""
	for {
		select {
		case err := <-done:
			return report, notInTime(ctx, within, err)
		case <-ticks.C:
			if waits := waitingFor(within, e, run.GetID()); waits != "" && waits != told {
				told = waits
				fmt.Fprintf(p.notes, "waiting for: %s\n", line(waits))
			}
		}
	}
}

// waitingFor is whom the run waits for; nothing when it cannot be asked.
func waitingFor(ctx context.Context, e engine, id string) string {
	value, err := e.QueryWorkflow(ctx, id, "", checkup.QueryProgress)
	var at checkup.Progress
	if err != nil || value.Get(&at) != nil {
		return ""
	}
	return strings.Join(at.Waiting, ", ")
}

// notInTime says what it means that the workers did not answer.
func notInTime(ctx, within context.Context, err error) error {
	var late *temporal.TimeoutError
	if ctx.Err() == nil && err != nil && (within.Err() != nil || errors.As(err, &late)) {
		return unreachable("the workers did not answer in time", "give it longer with --timeout; if they are of an older version, update them: starter version", err)
	}
	return err
}

// reportOf renders a report for people: what is right on a line, what is not with
// how to mend it.
func (p *program) reportOf(report rules.Report) func(io.Writer) {
	return func(w io.Writer) {
		ink, wide, look := p.ink(w), 0, 0
		for _, c := range report.Checks {
			wide = max(wide, len([]rune(c.Item)))
		}
		part := ""
		for _, c := range report.Checks {
			if c.Part != part {
				part = c.Part
				fmt.Fprintln(w, ink.bold(line(part)))
			}
			word := ink.good("ok     ")
			switch c.Result {
			case rules.Mend:
				word = ink.bad("to mend")
			case rules.Unknown:
				word = ink.warn("look   ")
				look++
			}
			item := line(c.Item)
			fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("  %s  %s%s  %s", word, item, strings.Repeat(" ", max(wide-len([]rune(item)), 0)), line(c.Detail)), " "))
			if c.Result != rules.OK {
				fmt.Fprintf(w, "           %s\n           → %s\n", c.Reason.Text(), line(c.Mend))
			}
		}
		switch n := report.ToMend(); {
		case n > 0:
			fmt.Fprintf(w, "\n%s, %d to look at yourself\n", ink.bad(fmt.Sprintf("%d to mend", n)), look)
		case len(report.Checks) > 0:
			fmt.Fprintf(w, "\n%s, %d to look at yourself\n", ink.good("nothing to mend"), look)
		}
	}
}
