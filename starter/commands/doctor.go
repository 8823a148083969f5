package commands

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/checkup"
)

// servedQueue is a task queue and the role whose workers serve it.
type servedQueue struct{ queue, role string }

// servedQueues lists every queue, in the order in which an installation is set up.
func servedQueues() []servedQueue {
	return []servedQueue{
		{compliance.QueueWorkflows, "workflows"}, {compliance.QueueEvidence, "evidence"},
		{compliance.QueueMessages, "activities"}, {compliance.QueueTickets, "activities"}, {compliance.QueuePages, "activities"},
		{compliance.QueuePlatforms, "activities"}, {compliance.QueueFeeds, "activities"},
	}
}

func (p *program) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Look whether the whole installation works, and say how to mend it",
		Long: "Look at everything that must be right: the engine, its namespace and search attributes, the\n" +
			"workers of every role, the policy, the evidence log and its anchors, the gateway where vendors\n" +
			"reach it, clocks, and every vendor that is configured: tokens, permissions, channels, fields and\n" +
			"transitions. The workers look, because only they hold the credentials. Nothing is changed.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.lookAt(cmd.Context(), servedQueues(), nil)
		},
	}
}

// lookAt looks at the engine and has the workers of these queues look at these
// parts, or at all that they have, and prints what was found.
func (p *program) lookAt(ctx context.Context, queues []servedQueue, parts []string) error {
	var report checkup.Report
	err := p.withEngine(ctx, func(e engine) error {
		served, err := p.lookAtEngine(ctx, e, queues, parts == nil, &report)
		if err != nil || !slices.Contains(served, compliance.QueueWorkflows) { // nobody could run it
			return err
		}
		found, err := p.haveLooked(ctx, e, served, parts)
		report.Checks = append(report.Checks, found.Checks...)
		return err
	})
	var why *failure
	if err != nil {
		why = explain(ctx, err)
		if ctx.Err() != nil {
			return why
		}
		report.Checks = append(report.Checks, checkup.Part("engine").Wrong("server", checkup.Unreachable, why.what, why.next))
	}
	if err := p.print(report, p.reportOf(report)); err != nil {
		return err
	}
	switch {
	case why != nil:
		return &failure{code: why.code, err: why}
	case report.ToMend() > 0:
		return &failure{code: ExitRefused}
	}
	return nil
}
