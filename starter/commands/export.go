package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/bundle"
	"github.com/lowcodex/countersign/evidence/export"
	"github.com/lowcodex/countersign/evidence/ledger"
)

// exporting are the flags of an export.
type exporting struct {
	as, period, process, out string
	subjects                 []string
	impersonal               bool
	anchors, given           []string
}

// exported is what an export prints.
type exported struct {
	Bundle    string           `json:"bundle"`
	Size      int64            `json:"size"` // bytes
	Manifest  string           `json:"manifest"`
	Record    uint64           `json:"record"` // place of the record of the export
	Selection bundle.Selection `json:"selection"`
	Totals    bundle.Totals    `json:"totals"`
	Blobs     bundle.Blobs     `json:"blobs"`
	Quiet     []string         `json:"open_without_record,omitempty"`
	Findings  []ledger.Finding `json:"findings,omitempty"`
}

func (p *program) exportCommand() *cobra.Command {
	var x exporting
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write a bundle that an auditor verifies elsewhere",
		Long: "Write a bundle that an auditor verifies elsewhere, with the program verify and the log's\n" +
			"public key: the records of a period or of some subjects as they stand in the log, what\n" +
			"they refer to, every proof, control totals, and a report for people.\n\n" +
			"--period takes days, months or years, in UTC and by the time of recording: 2026,\n" +
			"2026-01..2026-03 or 2026-01-15..2026-02-03, both ends included. --subject takes numbers\n" +
			"or workflow ids. The export is put on record before the bundle is there; so this command\n" +
			"needs the server and the evidence worker.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.export(cmd.Context(), x) },
	}
	p.actorFlag(cmd, &x.as)
	flags := cmd.Flags()
	flags.StringVar(&x.period, "period", "", "the days, months or years to export, FROM..TO or one of them")
	flags.StringSliceVar(&x.subjects, "subject", nil, "a number such as CHG-42 or a workflow id; may be repeated")
	enum(cmd, false, &x.process, "process", "", "of a period, only this process", processNames()...)
	flags.StringVar(&x.out, "out", "", "the file to write, which must not exist")
	flags.BoolVar(&x.impersonal, "without-personal", false, "leave out blobs that may hold personal data; their digests stay")
	flags.StringSliceVar(&x.anchors, "anchors", nil, "directories with anchored checkpoints, as for verify")
	flags.StringSliceVar(&x.given, "anchor", nil, "a checkpoint that an auditor keeps, to prove consistency from; may be repeated")
	_ = cmd.RegisterFlagCompletionFunc("subject", completeNames(p.onRecord("")))
	_ = cmd.RegisterFlagCompletionFunc("period", cobra.NoFileCompletions)
	_ = cmd.MarkFlagDirname("anchors")
	_ = cmd.MarkFlagFilename("anchor")
	_ = cmd.MarkFlagFilename("out", "zip")
	return cmd
}

func (p *program) export(ctx context.Context, x exporting) error {
	by, err := p.exporter(x.as)
	if err != nil {
		return err
	}
	if err := free(x.out); err != nil {
		return err
	}
	dir, err := p.directory()
	if err != nil {
		return err
	}
	reader, err := evidence.OpenReader(ctx, dir)
	if err != nil {
		return evidenceFailure(err)
	}
	defer reader.Close() //nolint:errcheck // only read from
	in := export.Input{By: by, Created: p.now().UTC().Truncate(time.Second), Progress: p.progress("exported"), Scratch: filepath.Dir(x.out)}
	if in.Selection, err = p.selection(ctx, reader, x); err != nil {
		return err
	}
	in.Tell = p.telling(ctx, reader, in.Selection.Personal)
	if in.Found, err = reader.Anchored(x.anchors); err != nil {
		return usage("the anchors cannot be read: "+strings.TrimPrefix(err.Error(), "evidence: "), "give --anchors a directory that the evidence worker anchors to")
	}
	for _, name := range x.given {
		raw, err := os.ReadFile(name)
		if err != nil {
			return usage("the anchor cannot be read: "+err.Error(), "give --anchor the file with the checkpoint")
		}
		in.Given = append(in.Given, raw)
	}
	// Dialled first: an export that cannot be put on record is not begun.
	return p.withEngine(ctx, func(e engine) error {
		done, err := p.writeBundle(ctx, e, reader, in, x.out)
		if err != nil {
			return err
		}
		return p.print(done, func(w io.Writer) { p.writeExported(w, done) })
	})
}

// exporter is who exports: the person where the directory knows one, the account
// at least.
func (p *program) exporter(as string) (evidence.Actor, error) {
	account, err := actor(as)
	if err != nil {
		return evidence.Actor{}, err
	}
	by := evidence.Actor{Account: evidence.Account{Provider: account.Provider, ID: account.ID}}
	if directory := p.people().directory; directory != nil {
		if owners := directory.ByAccount(account); len(owners) == 1 {
			by.Person = string(owners[0].ID)
		}
	}
	return by, nil
}

func exportFailure(err error) error {
	var path *os.PathError
	switch {
	case errors.Is(err, evidence.ErrDamaged), errors.Is(err, evidence.ErrVerification), errors.Is(err, evidence.ErrIndex),
		errors.Is(err, evidence.ErrNotFound), errors.Is(err, evidence.ErrTooLarge), errors.Is(err, context.Canceled):
		return evidenceFailure(err)
	case errors.As(err, &path):
		return unreachable("the bundle cannot be written: "+err.Error(), "make room on the disk, or give --out a place on another one", err)
	}
	return evidenceFailure(err)
}

func (p *program) writeExported(w io.Writer, x exported) {
	ink := p.ink(w)
	fact := func(label, text string) { fmt.Fprintf(w, "  %-10s %s\n", label, text) }
	fmt.Fprintf(w, "%s %s\n", ink.good("exported"), line(x.Bundle))
	records := plural(int(x.Totals.Records), "record")
	if x.Totals.Records > 0 {
		records += fmt.Sprintf(", %d to %d of the log", x.Totals.First, x.Totals.Last)
	}
	fact("records", records)
	for _, k := range x.Totals.Kinds {
		fact(line(k.Kind), fmt.Sprintf("%s; %s", plural(k.Subjects, "subject"), totals(k.States)))
	}
	for _, s := range x.Totals.Series {
		gaps := "no gaps"
		if len(s.Gaps) > 0 {
			gaps = ink.bad(fmt.Sprintf("gaps: %v", s.Gaps))
		}
		fact(s.Series, fmt.Sprintf("%s allocated, %s", plural(s.Count, "number"), gaps))
	}
	fact("blobs", fmt.Sprintf("%d, %d left out, %d not in the store any more", x.Blobs.In, len(x.Blobs.LeftOut), len(x.Blobs.Erased)))
	fact("manifest", x.Manifest)
	fact("on record", fmt.Sprintf("record %d", x.Record))
	for _, f := range x.Findings {
		fact(ink.bad("finding"), line(f.String()))
	}
	fmt.Fprintf(w, "hand over the bundle; the key goes another way. verify --key KEY --manifest %s %s\n", x.Manifest, line(x.Bundle))
}
