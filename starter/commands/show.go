package commands

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"time"

	"github.com/spf13/cobra"

	rules "github.com/lowcodex/countersign/compliance/change"
	process "github.com/lowcodex/countersign/workflows/change"
)

// watchEvery is how often a watched change is asked again. A query costs the
// worker a replay at worst, so this is no faster than a person reads.
const watchEvery = 2 * time.Second

func (p *program) showCommand() *cobra.Command {
	var watch bool
	cmd := &cobra.Command{
		Use:   "show CHANGE",
		Short: "Show how a change stands",
		Long: "Show how a change stands: state, version, level, votes, who is awaited, deadline,\n" +
			"next opening and trouble with a vendor. A change that the engine has forgotten is\n" +
			"shown from the evidence index, when --evidence names its directory.",
		Args:              oneChange,
		ValidArgsFunction: completeChanges(p.remembered, p.onRecord),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if err := checkReference(args[0]); err != nil {
				return err
			}
			return p.withEngine(ctx, func(e engine) error {
				subject, err := p.resolve(ctx, e, args[0])
				if err != nil {
					return err
				}
				if watch {
					return p.watch(ctx, e, subject)
				}
				s, err := p.look(ctx, e, subject)
				if err != nil {
					return err
				}
				return p.print(s, func(w io.Writer) { p.writeStanding(w, s) })
			})
		},
	}
	cmd.Flags().BoolVarP(&watch, "watch", "w", false, "show it again whenever it changes, until it is over or ctrl-C")
	return cmd
}

// look gives the standing from the process or, for a change that is past the
// namespace's retention, from the evidence index.
func (p *program) look(ctx context.Context, e engine, subject string) (process.Standing, error) {
	s, err := p.standing(ctx, e, subject)
	if !isGone(err) {
		return s, err
	}
	if old, ok := p.evidenceStanding(ctx, subject); ok {
		fmt.Fprintln(p.notes, "The engine no longer knows this change; this is its standing in the evidence.")
		return process.Standing{
			Number: old.Number, Subject: subject, State: rules.State(old.State), LastIndex: old.Index,
		}, nil
	}
	return s, usage("there is no change "+subject,
		"see starter change list --all; changes closed long ago are found with --evidence DIR")
}

// watch prints the standing whenever it differs from the one before. Ending it
// by ctrl-C is its normal end. A worker or server that goes away for a while
// does not end it: it is told once, and asked again.
func (p *program) watch(ctx context.Context, e engine, subject string) error {
	ticks := time.NewTicker(watchEvery)
	defer ticks.Stop()
	var last *process.Standing
	lost := false
	for {
		s, err := p.look(ctx, e, subject)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			lost = false
			if last == nil || !reflect.DeepEqual(*last, s) {
				if err := p.print(s, func(w io.Writer) { p.writeWatched(w, s) }); err != nil {
					return err
				}
				last = &s
			}
			if s.State.Terminal() {
				return nil
			}
		case last == nil || explain(ctx, err).code != ExitUnreachable:
			return err
		case !lost:
			p.complain(explain(ctx, err))
			lost = true
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
	}
}

func (p *program) writeWatched(w io.Writer, s process.Standing) {
	if isTerminal(w) {
		fmt.Fprint(w, "\x1b[H\x1b[2J") // home and clear: one standing at a time
	}
	fmt.Fprintln(w, p.ink(w).dim(p.exactly(p.now())))
	p.writeStanding(w, s)
}
