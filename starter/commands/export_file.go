package commands

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/export"
)

// free refuses a file that is there: evidence is not written over.
func free(out string) error {
	if out == "" {
		return usage("it is not known where to write the bundle", "give --out FILE.zip")
	}
	if _, err := os.Lstat(out); err == nil {
		return usage(quote(out)+" exists", "give --out another name; a bundle is not written over")
	}
	if info, err := os.Stat(filepath.Dir(out)); err != nil || !info.IsDir() {
		return usage("there is no directory "+quote(filepath.Dir(out)), "make it, or give --out another name")
	}
	return nil
}

// writeBundle writes beside the file, syncs, puts the export on record, and only
// then gives the bundle its name. A crash before the record leaves a temporary
// file and nobody has a bundle; a crash after it leaves an export on record whose
// bundle is not there, and a repetition is another export.
func (p *program) writeBundle(ctx context.Context, e engine, reader *evidence.Reader, in export.Input, out string) (_ exported, err error) {
	f, err := os.CreateTemp(in.Scratch, ".bundle-*")
	if err != nil {
		return exported{}, usage("the bundle cannot be written: "+err.Error(), "give --out a directory that can be written to")
	}
	named := false
	defer func() {
		if !named {
			_ = f.Close() // perhaps closed already
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	result, err := export.Write(ctx, reader, in, f)
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return exported{}, exportFailure(err)
	}
	info, err := f.Stat()
	if err != nil {
		return exported{}, exportFailure(err)
	}
	receipt, err := p.recordExport(ctx, e, in, result)
	if err != nil {
		return exported{}, err
	}
	if err := place(f, out); err != nil {
		return exported{}, &failure{code: ExitUnreachable, what: "the export is on record, and the bundle could not get its name: " + err.Error(), next: "repeat the command; the repetition is an export of its own", err: err}
	}
	named = true
	m := result.Manifest
	return exported{Bundle: out, Size: info.Size(), Manifest: result.Digest, Record: receipt.Index, Selection: m.Selection, Totals: m.Totals,
		Blobs: m.Blobs, Quiet: m.Quiet, Findings: result.Findings}, nil
}

// place closes the file and gives it its name, durably.
func place(f *os.File, out string) error {
	if err := f.Close(); err != nil {
		return err
	}
	if err := free(out); err != nil { // somebody took the name meanwhile
		return err
	}
	if err := os.Rename(f.Name(), out); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(out))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
