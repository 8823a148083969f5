package export

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/bundle"
	"github.com/lowcodex/countersign/evidence/ledger"
)

// maxQuiet bounds the list of numbers without a record.
const maxQuiet = 10_000

func compare(a, b string) int { return strings.Compare(a, b) }

// selected hands on every record that was asked for, in the order of the log.
func (e *export) selected(ctx context.Context, m *bundle.Manifest, f func(uint64, []byte) error) error {
	s := e.in.Selection
	if !s.Period() {
		places, err := e.extent.Places(ctx, s.Subjects, s.Numbers)
		if err != nil {
			return err
		}
		done := 0
		return e.extent.At(ctx, places, func(i uint64, entry []byte) error {
			e.progress(uint64(done), uint64(len(places)))
			done++
			return f(i, entry)
		})
	}
	first, err := e.extent.Since(ctx, s.From)
	if err != nil {
		return err
	}
	end, err := e.extent.Since(ctx, s.To)
	if err != nil {
		return err
	}
	wants := func(subject string) bool { return len(s.Roots) == 0 || slices.Contains(s.Roots, bundle.Root(subject)) }
	if m.Quiet, err = e.extent.Quiet(ctx, first, end, wants, maxQuiet); err != nil {
		return err
	}
	over := errors.New("over")
	err = e.extent.Each(ctx, first, e.extent.Checkpoint.Size, func(i uint64, entry []byte) error {
		e.progress(i-first, end-first)
		if i < end && len(s.Roots) == 0 {
			return f(i, entry)
		}
		var r ledger.Record // its form is examined when it is taken
		if err := json.Unmarshal(entry, &r); err != nil {
			return fmt.Errorf("%w: record %d cannot be read: %s; verify the log", evidence.ErrDamaged, i, err)
		}
		switch {
		case s.Wants(r):
			return f(i, entry)
		case i >= end && r.Type != ledger.EventDay:
			return over // the records of how the last day ended are behind us
		}
		return nil
	})
	if errors.Is(err, over) {
		err = nil
	}
	e.progress(end-first, end-first)
	return err
}

func (e *export) progress(done, total uint64) {
	if e.in.Progress != nil && (done%256 == 0 || done >= total) {
		e.in.Progress(min(done, total), total)
	}
}

// content writes the blobs that the records refer to.
func (e *export) content(ctx context.Context, m *bundle.Manifest) error {
	var digests []string
	for digest := range e.blobs {
		digests = append(digests, digest)
	}
	slices.Sort(digests)
	for _, digest := range digests {
		if e.blobs[digest] && !e.in.Selection.Personal {
			m.Blobs.LeftOut = append(m.Blobs.LeftOut, digest)
			continue
		}
		content, err := e.reader.Blobs().Get(ctx, digest)
		if errors.Is(err, evidence.ErrNotFound) {
			m.Blobs.Erased = append(m.Blobs.Erased, digest)
			continue
		}
		if err != nil {
			return err
		}
		hex, _ := ledger.HexOf(digest)
		if err := e.file(bundle.BlobFolder+hex, content); err != nil {
			return err
		}
		m.Blobs.In++
	}
	return nil
}

// anchors writes the anchored checkpoints with the proofs that the log extends them.
func (e *export) anchors(ctx context.Context, key note.Verifier) error {
	found, err := e.trusted(key)
	if err != nil {
		return err
	}
	var lines []byte
	for _, cp := range found {
		if cp.Size < e.extent.Checkpoint.Size {
			line, err := e.extends(ctx, cp)
			if err != nil {
				return err
			}
			lines = append(lines, line...)
		}
		if err := e.file(fmt.Sprintf("%scheckpoint-%d", bundle.AnchorFolder, cp.Size), cp.Raw); err != nil {
			return err
		}
	}
	return e.file(bundle.ConsistencyFile, lines)
}

func (e *export) extends(ctx context.Context, cp ledger.Checkpoint) ([]byte, error) {
	path, err := e.prover.Consistency(ctx, cp.Size)
	if err != nil {
		return nil, fmt.Errorf("%w: no proof from the anchor of %d records: %s; verify the log", evidence.ErrDamaged, cp.Size, err)
	}
	step := bundle.Consistency{Size: cp.Size, Path: path}
	if err := step.Proves(cp, e.extent.Checkpoint); err != nil {
		return nil, fmt.Errorf("%w: the log is no extension of the anchor of %d records (%s): its history was rewritten; verify the log", evidence.ErrDamaged, cp.Size, err)
	}
	return step.Line()
}

// trusted are the anchors by size, once each: those given, and of those found as
// many, evenly, as a bundle holds. The largest stays.
func (e *export) trusted(key note.Verifier) ([]ledger.Checkpoint, error) {
	given, err := e.signed(e.in.Given, key)
	if err != nil {
		return nil, err
	}
	found, err := e.signed(e.in.Found, key)
	if err != nil {
		return nil, err
	}
	room, n := bundle.MaxAnchors-len(given), len(found)
	if room < 1 {
		return nil, fmt.Errorf("%w: %d anchors were given, a bundle holds fewer than %d", evidence.ErrTooLarge, len(given), bundle.MaxAnchors)
	}
	if n > room {
		for i := range room {
			found[i] = found[(i+1)*n/room-1]
		}
		found = found[:room]
	}
	all := append(given, found...)
	slices.SortStableFunc(all, bySize)
	return slices.CompactFunc(all, func(a, b ledger.Checkpoint) bool { return a.Size == b.Size }), nil
}

func bySize(a, b ledger.Checkpoint) int {
	switch {
	case a.Size < b.Size:
		return -1
	case a.Size > b.Size:
		return 1
	}
	return 0
}

// signed are checkpoints that the log signed and that it may extend, by size. They
// were read before the extent was taken, so a larger one is another history.
func (e *export) signed(raws [][]byte, key note.Verifier) ([]ledger.Checkpoint, error) {
	var all []ledger.Checkpoint
	own := e.extent.Checkpoint
	for _, raw := range raws {
		cp, err := ledger.ParseCheckpoint(raw, key)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%w: an anchor was not signed with the log's key: %s; starter evidence verify --anchors names the file", evidence.ErrDamaged, err)
		case cp.Size > own.Size, cp.Size == own.Size && !bytes.Equal(cp.Root, own.Root):
			return nil, fmt.Errorf("%w: an anchor commits to %d records with root %s, the log has %d with root %s: it was rolled back or rewritten; verify the log", evidence.ErrDamaged,
				cp.Size, ledger.HexHash(cp.Root), own.Size, ledger.HexHash(own.Root))
		case cp.Size > 0:
			all = append(all, cp)
		}
	}
	slices.SortStableFunc(all, bySize)
	return slices.CompactFunc(all, func(a, b ledger.Checkpoint) bool { return a.Size == b.Size && bytes.Equal(a.Root, b.Root) }), nil
}
