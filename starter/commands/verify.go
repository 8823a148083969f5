package commands

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lowcodex/countersign/evidence"
)

func (p *program) verifyCommand() *cobra.Command {
	var (
		dir, key string
		anchors  []string
	)
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Verify the whole log, offline",
		Long: "Verify the whole log, offline: the checkpoint's signature, every record's place in the\n" +
			"tree, consistency from every anchored checkpoint, every blob's digest, unique event\n" +
			"keys, gapless numbers and the totals per state. A failure names the record and exits 4.\n\n" +
			"With --key, a file with the public key as you were given it, and --anchors, copies that\n" +
			"the log's owner cannot rewrite, it proves more than the directory says of itself.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in := evidence.VerifyInput{Dir: dir, Anchors: anchors, Progress: p.progress("verified")}
			if in.Dir == "" {
				var err error
				if in.Dir, err = p.directory(); err != nil {
					return err
				}
			}
			if key != "" {
				content, err := os.ReadFile(key)
				if err != nil {
					return usage("the public key cannot be read: "+err.Error(), "give --key the file with the log's public key")
				}
				in.PublicKey = strings.TrimSpace(string(content))
			}
			report, err := evidence.Verify(cmd.Context(), in)
			return p.verified(report, err, key == "")
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&dir, "dir", "", "the log's directory (default: --evidence)")
	flags.StringVar(&key, "key", "", "file with the log's public key (default: the one beside the log, which proves less)")
	flags.StringSliceVar(&anchors, "anchors", nil, "directories with anchored checkpoints")
	for _, name := range []string{"dir", "anchors"} {
		_ = cmd.MarkFlagDirname(name)
	}
	_ = cmd.MarkFlagFilename("key")
	return cmd
}

// progress keeps one line on a terminal up to date, and is silent elsewhere.
func (p *program) progress(done string) func(done, total uint64) {
	if !isTerminal(p.notes) {
		return nil
	}
	return func(n, total uint64) {
		fmt.Fprintf(p.notes, "\r%s %d of %d records", done, n, total)
		if n >= total {
			fmt.Fprint(p.notes, "\r\x1b[K")
		}
	}
}

// verified prints the report and the failures. A report with findings is a
// failure whatever the error says, so that neither can hide the other.
func (p *program) verified(report evidence.Report, err error, ownKey bool) error {
	failed := err != nil || len(report.Findings) > 0
	if err != nil && !errors.Is(err, evidence.ErrVerification) && len(report.Findings) == 0 {
		return evidenceFailure(err)
	}
	if err := p.print(report, func(w io.Writer) { p.writeReport(w, report, failed, ownKey) }); err != nil {
		return err
	}
	if !failed {
		return nil
	}
	what := fmt.Sprintf("the evidence does not verify: %s", plural(len(report.Findings)+report.More, "finding"))
	if len(report.Findings) > 0 {
		what += ", the first: " + line(report.Findings[0].String())
	}
	return &failure{code: ExitUnverified, what: what,
		next: "keep the directory as it is and compare it with the last anchor and backup", err: err}
}

func (p *program) writeReport(w io.Writer, r evidence.Report, failed, ownKey bool) {
	ink := p.ink(w)
	fact := func(label, text string) { fmt.Fprintf(w, "  %-10s %s\n", label, text) }
	if failed {
		fmt.Fprintln(w, ink.bad("NOT VERIFIED"))
	} else {
		fmt.Fprintln(w, ink.good("verified"))
	}
	fact("log", line(r.Origin))
	records := plural(int(r.Size), "record")
	if r.Size > 0 {
		records += fmt.Sprintf(", from %s to %s", p.at(r.First), p.at(r.Last))
	}
	fact("records", records)
	fact("root", r.Root)
	subjects := strconv.Itoa(r.Subjects)
	if len(r.Series) < 2 { // else the states are told per series
		subjects += "; " + totals(r.States)
	}
	fact("subjects", subjects)
	for _, s := range r.Series {
		gaps := "no gaps"
		if len(s.Gaps) > 0 {
			gaps = ink.bad("gaps: " + strings.Join(s.Gaps, ", "))
		}
		text := fmt.Sprintf("%s: %d, %s to %s, %s", s.Series, s.Count, s.First, s.Last, gaps)
		if len(s.States) > 0 {
			text += "; " + totals(s.States)
		}
		fact("series", text)
	}
	fact("types", totals(r.Types))
	fact("blobs", fmt.Sprintf("%d re-hashed", r.Blobs))
	fact("anchors", anchored(r.Anchors))
	fact("index", r.Index)
	if ownKey {
		fact("key", ink.warn("the one beside the log; give --key to prove who signed"))
	}
	for _, f := range r.Findings {
		fmt.Fprintf(w, "  %s %s\n", ink.bad("finding   "), line(f.String()))
	}
	if r.More > 0 {
		fact("", fmt.Sprintf("and %d more", r.More))
	}
}

func anchored(anchors []evidence.AnchorReport) string {
	if len(anchors) == 0 {
		return "none checked; give --anchors to prove that nothing was cut off"
	}
	newest := slices.MaxFunc(anchors, func(a, b evidence.AnchorReport) int { return int(int64(a.Size) - int64(b.Size)) })
	return fmt.Sprintf("%d consistent, the newest at %s", len(anchors), plural(int(newest.Size), "record"))
}

func totals(counts map[string]int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%s %d", line(name), counts[name]))
	}
	return or(strings.Join(parts, ", "), "none")
}
