package commands

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"time"

	"github.com/spf13/cobra"
)

// watchEvery is how often a watched subject is asked again. A query costs the
// worker a replay at worst, so this is no faster than a person reads.
const watchEvery = 2 * time.Second

func (p *program) showCommand(d *descriptor) *cobra.Command {
	var watch bool
	cmd := &cobra.Command{
		Use:               "show " + d.argument(),
		Short:             "Show how " + d.a() + " stands",
		Long:              d.desk.showHelp,
		Args:              oneSubject(d),
		ValidArgsFunction: completeNames(p.remembered(d), p.onRecord(d.Series)),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if err := checkReference(d, args[0]); err != nil {
				return err
			}
			return p.withEngine(ctx, func(e engine) error {
				subject, err := p.resolve(ctx, e, d, args[0])
				if err != nil {
					return err
				}
				if watch {
					return p.watch(ctx, e, d, subject)
				}
				s, err := p.look(ctx, e, d, subject)
				if err != nil {
					return err
				}
				return p.print(s, func(w io.Writer) { s.whole(p, w) })
			})
		},
	}
	cmd.Flags().BoolVarP(&watch, "watch", "w", false, "show it again whenever it changes, until it is over or ctrl-C")
	return cmd
}

// look gives the standing from the process or, for a subject that is past the
// namespace's retention, from the evidence index.
func (p *program) look(ctx context.Context, e engine, d *descriptor, subject string) (standing, error) {
	s, err := p.standing(ctx, e, d, subject)
	if !isGone(err) {
		return s, err
	}
	if old, ok := p.evidenceStanding(ctx, subject); ok {
		fmt.Fprintln(p.notes, "The engine no longer knows this "+d.Noun+"; this is its standing in the evidence.")
		return d.desk.recorded(old), nil
	}
	return nil, usage("there is no "+d.Noun+" "+subject,
		"see "+d.command("list")+" --all; "+d.Plural+" closed long ago are found with --evidence DIR")
}

// watch prints the standing whenever it differs from the one before. Ending it
// by ctrl-C is its normal end. A worker or server that goes away for a while
// does not end it: it is told once, and asked again.
func (p *program) watch(ctx context.Context, e engine, d *descriptor, subject string) error {
	ticks := time.NewTicker(watchEvery)
	defer ticks.Stop()
	var last standing
	lost := false
	for {
		s, err := p.look(ctx, e, d, subject)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			lost = false
			if last == nil || !reflect.DeepEqual(last, s) {
				if err := p.print(s, func(w io.Writer) { p.writeWatched(w, s) }); err != nil {
					return err
				}
				last = s
			}
			if s.over() {
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

func (p *program) writeWatched(w io.Writer, s standing) {
	if isTerminal(w) {
		fmt.Fprint(w, "\x1b[H\x1b[2J") // home and clear: one standing at a time
	}
	fmt.Fprintln(w, p.ink(w).dim(p.exactly(p.now())))
	s.whole(p, w)
}
