package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/timeline"
)

func (p *program) evidenceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "evidence",
		Short: "Read and verify the evidence log",
		Long: "Read, verify and export the evidence log. These commands read the log's\n" +
			"directory, also while the evidence worker writes to it.",
		RunE: group,
	}
	cmd.AddCommand(p.timelineCommand(), p.verifyCommand(), p.exportCommand(), p.rebuildCommand())
	return cmd
}

// directory is the evidence directory, from --evidence or the environment.
func (p *program) directory() (string, error) {
	if p.options.evidence == "" {
		return "", usage("it is not known where the evidence log is", "give --evidence DIR or set "+envEvidence)
	}
	return p.options.evidence, nil
}

func (p *program) timelineCommand() *cobra.Command {
	facts := false
	cmd := &cobra.Command{
		Use:   "show SUBJECT",
		Short: "Show what is on record about a subject of any process, oldest first",
		Long: "Show what is on record about a subject of any process, by its number (CHG-7, INC-7, CER-7,\n" +
			"PAT-7) or its workflow id. Each record is told in words: time, what happened, who, what it\n" +
			"means, the record's index and hash, and its further facts below. --facts gives the typed\n" +
			"facts instead, on one line per record; --output json and yaml give the records as they\n" +
			"stand in the log.",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage(fmt.Sprintf("%s takes one number or workflow id, not %d", cmd.CommandPath(), len(args)), cmd.CommandPath()+" CHG-7")
			}
			return nil
		},
		ValidArgsFunction: completeNames(p.onRecord("")),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := p.directory()
			if err != nil {
				return err
			}
			reader, err := evidence.OpenReader(cmd.Context(), dir)
			if err != nil {
				return evidenceFailure(err)
			}
			defer reader.Close() //nolint:errcheck // only read from
			return p.timeline(cmd.Context(), reader, args[0], facts)
		},
	}
	cmd.Flags().BoolVar(&facts, "facts", false, "give the typed facts of each record instead of words")
	return cmd
}

// anyNumber takes a number of any series, as people may write it.
func anyNumber(text string) (number string, ok bool) {
	upper := strings.ToUpper(text)
	series, digits, found := strings.Cut(upper, "-")
	letters := len(series) >= 2 && len(series) <= 8 && strings.Trim(series, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
	return upper, found && letters && ordinal(digits)
}

func (p *program) timeline(ctx context.Context, reader *evidence.Reader, ref string, facts bool) error {
	if number, ok := anyNumber(ref); ok {
		ref = number
	}
	entries, err := reader.Records(ctx, ref)
	if err == nil && len(entries) == 0 {
		err = evidence.ErrNotFound
	}
	if errors.Is(err, evidence.ErrNotFound) {
		return usage("nothing is on record about "+quote(ref), "give a number such as CHG-7 or a workflow id; see starter change list --all")
	}
	if err != nil {
		return evidenceFailure(err)
	}
	people := snapshots{ctx: ctx, blobs: reader.Blobs(), known: map[string]string{}}
	return p.print(entries, func(w io.Writer) {
		for i, told := range timeline.Of(entries, p.people().of, p.exactly) {
			if facts {
				told.Text, told.Details = p.facts(entries[i].Record.Facts), nil
			}
			p.writeEntry(w, entries[i].Record, told, people)
		}
	})
}

func (p *program) rebuildCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rebuild",
		Short: "Make the index anew from the log",
		Long: "Make the index anew from the log. The index is only a cache: nothing is lost by\n" +
			"deleting it. The evidence worker must be stopped.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := p.directory()
			if err != nil {
				return err
			}
			records, err := evidence.Rebuild(cmd.Context(), dir, p.progress("rebuilt"))
			if err != nil {
				return evidenceFailure(err)
			}
			result := struct {
				Dir     string `json:"dir"`
				Records uint64 `json:"records"`
			}{dir, records}
			return p.print(result, func(w io.Writer) {
				fmt.Fprintf(w, "index rebuilt from %s\n", plural(int(records), "record"))
			})
		},
	}
}

// evidenceFailure gives an error of the log its exit code. The log's own texts
// say what is wrong and how to mend it.
func evidenceFailure(err error) error {
	what := strings.TrimPrefix(err.Error(), "evidence: ")
	switch {
	case errors.Is(err, evidence.ErrDamaged), errors.Is(err, evidence.ErrVerification):
		return &failure{code: ExitUnverified, what: what, next: "keep the directory as it is and compare it with the last anchor and backup", err: err}
	case errors.Is(err, evidence.ErrIndex):
		return &failure{code: ExitUnverified, what: what, next: "stop the evidence worker and run: starter evidence rebuild", err: err}
	case errors.Is(err, evidence.ErrLocked):
		return unreachable(what, "stop the evidence worker, or wait until it has ended", err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return usage(what, "name the directory of an evidence log with --evidence, or with --dir where there is one")
}

// evidenceStanding answers about a subject from the evidence index, when its
// directory is known and readable; it is a fallback, so its failures are not told.
func (p *program) evidenceStanding(ctx context.Context, subject string) (evidence.Standing, bool) {
	return p.fromEvidence(ctx, func(r *evidence.Reader) (evidence.Standing, error) { return r.Standing(ctx, subject) })
}

// evidenceSubject is the subject a number was allocated to.
func (p *program) evidenceSubject(ctx context.Context, number string) (string, bool) {
	s, ok := p.fromEvidence(ctx, func(r *evidence.Reader) (evidence.Standing, error) { return r.ByNumber(ctx, number) })
	return s.Subject, ok
}

func (p *program) fromEvidence(ctx context.Context, ask func(*evidence.Reader) (evidence.Standing, error)) (evidence.Standing, bool) {
	if p.options.evidence == "" {
		return evidence.Standing{}, false
	}
	reader, err := evidence.OpenReader(ctx, p.options.evidence)
	if err != nil {
		p.logger().Warn("evidence not readable", "error", err)
		return evidence.Standing{}, false
	}
	defer reader.Close() //nolint:errcheck // only read from
	s, err := ask(reader)
	return s, err == nil
}
