package export

import (
	"archive/zip"
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/bundle"
	"github.com/lowcodex/countersign/evidence/ledger"
)

// Write writes a bundle to w. It holds the digests of blobs, the keys of records
// and the standing of subjects in memory, and nothing of their content. When it
// fails, what was written is no bundle.
func Write(ctx context.Context, from *evidence.Reader, in Input, w io.Writer) (_ Result, err error) {
	extent, err := from.Extent(ctx)
	if err != nil {
		return Result{}, err
	}
	e := &export{
		in: in, reader: from, extent: extent, zip: zip.NewWriter(w), blobs: map[string]bool{}, prover: extent.Prover(),
		sum: map[string]bundle.File{},
	}
	if e.proofs, err = newSpill(in.Scratch); err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, e.proofs.remove()) }()
	if e.report, err = newReport(in.Scratch, in.Tell); err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, e.report.lines.remove()) }()
	return e.all(ctx)
}

// export is the state of one.
type export struct {
	in     Input
	reader *evidence.Reader
	extent *evidence.Extent
	zip    *zip.Writer
	sum    map[string]bundle.File

	tally  *bundle.Tally
	inner  ledger.Report
	blobs  map[string]bool // digest → it may hold personal data
	proofs *spill
	report *report
	prover *evidence.Prover
}

func (e *export) all(ctx context.Context) (Result, error) {
	m := bundle.Manifest{
		Schema: bundle.Schema, Key: e.reader.PublicKey(), Size: e.extent.Checkpoint.Size, Root: ledger.HexHash(e.extent.Checkpoint.Root),
		Created: e.in.Created.UTC(), By: e.in.By, Selection: e.in.Selection,
	}
	key, err := ledger.ParseKey(m.Key, "the public key beside the log")
	if err != nil {
		return Result{}, err
	}
	m.Log = key.Name()
	if err := e.records(ctx, &m); err != nil {
		return Result{}, err
	}
	m.Totals = e.tally.Totals()
	if err := e.sound(); err != nil {
		return Result{}, err
	}
	steps := []func() error{
		func() error { return e.copy(bundle.ProofsFile, e.proofs) },
		func() error { return e.file(bundle.CheckpointFile, e.extent.Checkpoint.Raw) },
		func() error { return e.file(bundle.KeyFile, []byte(m.Key+"\n")) },
		func() error { return e.anchors(ctx, key) },
		func() error { return e.content(ctx, &m) },
		func() error {
			return e.stream(bundle.ReportFile, func(w io.Writer) error { return e.report.write(w, m) })
		},
	}
	for _, step := range steps {
		if err := errors.Join(ctx.Err(), step()); err != nil {
			return Result{}, err
		}
	}
	for _, f := range e.sum {
		m.Files = append(m.Files, f)
	}
	slices.SortFunc(m.Files, func(a, b bundle.File) int { return compare(a.Name, b.Name) })
	raw, err := m.Bytes()
	if err == nil {
		err = e.file(bundle.ManifestFile, raw)
	}
	if err = errors.Join(err, e.zip.Close()); err != nil {
		return Result{}, fmt.Errorf("write bundle: %w", err)
	}
	return Result{Manifest: m, Digest: ledger.Digest(raw), Findings: e.inner.Findings}, nil
}

// records writes the selected records, and collects on the way what is written
// after them.
func (e *export) records(ctx context.Context, m *bundle.Manifest) error {
	defer func() {
		if e.tally == nil { // nothing was recorded
			e.tally = bundle.NewTally(&e.inner, ledger.Scope{})
		}
	}()
	return e.stream(bundle.RecordsFile, func(w io.Writer) error {
		return e.selected(ctx, m, func(i uint64, entry []byte) error {
			if e.tally == nil {
				e.tally = bundle.NewTally(&e.inner, e.in.Selection.Scope(i))
			}
			return e.record(ctx, w, i, entry)
		})
	})
}

func (e *export) record(ctx context.Context, w io.Writer, i uint64, entry []byte) error {
	leaf := ledger.LeafHash(entry)
	path, err := e.prover.Inclusion(ctx, i)
	if err != nil {
		return fmt.Errorf("%w: no proof of record %d: %s; verify the log", evidence.ErrDamaged, i, err)
	}
	proof := bundle.Inclusion{Index: i, Path: path}
	if err := proof.Proves(leaf, e.extent.Checkpoint); err != nil {
		return fmt.Errorf("%w: record %d is not what the checkpoint commits to (%s); verify the log", evidence.ErrDamaged, i, err)
	}
	r, ok := e.tally.Record(i, entry)
	if !ok {
		return fmt.Errorf("%w: record %d cannot be read; verify the log", evidence.ErrDamaged, i)
	}
	line, err := json.Marshal(proof)
	if err != nil {
		return err
	}
	e.refer(r)
	if _, err := w.Write(append(entry[:len(entry):len(entry)], '\n')); err != nil {
		return err
	}
	if err := e.proofs.write(append(line, '\n')); err != nil {
		return err
	}
	return e.report.record(evidence.Entry{Index: i, Record: r, Hash: ledger.HexHash(leaf)})
}

func (e *export) refer(r ledger.Record) {
	for _, b := range r.Blobs {
		e.blobs[b.Digest] = e.blobs[b.Digest] || bundle.MayBePersonal(b.Role)
	}
	if r.Actor != nil && r.Actor.Snapshot != "" {
		e.blobs[r.Actor.Snapshot] = true
	}
}

// sound refuses to hand over what would not verify. Gaps are listed instead.
func (e *export) sound() error {
	for _, f := range e.inner.Findings {
		if f.Check != ledger.CheckNumber && f.Check != ledger.CheckDay {
			return fmt.Errorf("%w: %s", evidence.ErrVerification, f)
		}
	}
	return nil
}

// file writes a small one.
func (e *export) file(name string, content []byte) error {
	return e.stream(name, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

func (e *export) copy(name string, from *spill) error {
	return e.stream(name, func(w io.Writer) error {
		r, err := from.all()
		if err == nil {
			_, err = io.Copy(w, r)
		}
		return err
	})
}

// stream writes one file of the bundle and notes its digest. Its time is left
// out: the bytes depend on the content alone.
func (e *export) stream(name string, f func(io.Writer) error) error {
	entry, err := e.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	c := &counted{sum: sha256.New()}
	w := bufio.NewWriterSize(io.MultiWriter(entry, c), 64<<10)
	if err := f(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	e.sum[name] = bundle.File{Name: name, Size: c.size, Digest: "sha256:" + hex.EncodeToString(c.sum.Sum(nil))}
	return nil
}
