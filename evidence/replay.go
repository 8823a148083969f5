package evidence

import (
	"context"
	"fmt"

	"github.com/transparency-dev/tessera/api/layout"

	"github.com/lowcodex/countersign/evidence/ledger"
)

// replayChunk is how many records go into one index transaction on replay.
// Chunks end where entry bundles do, because a reader may look meanwhile and
// files for a size within a bundle exist only where a flush ended.
const replayChunk = 2 * layout.EntryBundleWidth

// replay brings an index up to the log's size. It is what makes a crash
// between adding entries and writing their rows harmless, and it is the whole
// of a rebuild. progress may be nil.
func replay(ctx context.Context, x *index, b bundles, size uint64, progress func(done, total uint64)) error {
	next, err := x.next(ctx)
	if err != nil {
		return err
	}
	var rows []row
	flush := func() error {
		if len(rows) == 0 {
			return nil
		}
		if err := indexRows(ctx, x, rows); err != nil {
			return err
		}
		if progress != nil {
			progress(rows[len(rows)-1].Index+1, size)
		}
		rows = rows[:0]
		return nil
	}
	err = b.checked(ctx, next, size, func(i uint64, entry []byte) error {
		r, err := ledger.Decode(entry)
		if err != nil {
			return refuse(ErrDamaged, "record %d cannot be read: %s; verify the log and restore it from a backup", i, err)
		}
		rows = append(rows, row{Index: i, Record: r, Hash: ledger.LeafHash(entry)})
		if (i+1)%replayChunk != 0 {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return fmt.Errorf("evidence: replay from record %d: %w", next, err)
	}
	return nil
}

// indexRows works out what rows read from the log changed and writes both.
func indexRows(ctx context.Context, x *index, rows []row) error {
	keys := make([]string, len(rows))
	subjects := make([]string, len(rows))
	for i, r := range rows {
		keys[i], subjects[i] = r.Record.Key, r.Record.Subject
	}
	base, err := x.load(ctx, keys, subjects, nil)
	if err != nil {
		return err
	}
	changed := ledger.New(base)
	for _, r := range rows {
		if p, ok := changed.Key(r.Record.Key); ok {
			return refuse(ErrDamaged, "records %d and %d have the same key %q; verify the log", p.Index, r.Index, r.Record.Key)
		}
		changed.Apply(r.Record, Receipt{Index: r.Index, Number: r.Record.Number, Hash: ledger.HexHash(r.Hash)})
	}
	return x.write(ctx, rows, changed)
}

// catchUp makes tree and index agree with the disk, at opening and after a
// failed append, whose entries may or may not have been written.
func (l *Log) catchUp(ctx context.Context) error {
	if err := l.tree.readEdge(ctx); err != nil {
		return err
	}
	size, _, err := l.tree.head()
	if err != nil {
		return err
	}
	next, err := l.index.next(ctx)
	if err != nil {
		return err
	}
	if next > size {
		return refuse(ErrDamaged,
			"the index knows %d records and the log has %d: the log was rolled back; restore a newer backup, complete with its .state folder. Only if the loss is accepted and evidenced elsewhere, rebuild the index", next, size)
	}
	if err := l.sameLast(ctx, next); err != nil {
		return err
	}
	if err := replay(ctx, l.index, l.bundles, size, nil); err != nil {
		return err
	}
	_, last, err := l.index.last(ctx)
	if err != nil {
		return err
	}
	l.lastRecorded = last
	l.stale = false
	if size > next {
		l.logger.Info("replayed the log's tail into the index", "from", next, "size", size)
	}
	return nil
}

// sameLast compares the last row of the index with the log: an index of
// another log must not answer for this one.
func (l *Log) sameLast(ctx context.Context, next uint64) error {
	if next == 0 {
		return nil
	}
	hash, _, err := l.index.last(ctx)
	if err != nil {
		return err
	}
	size, _, err := l.tree.head()
	if err != nil {
		return err
	}
	entry, err := l.bundles.one(ctx, next-1, size)
	if err != nil {
		return refuse(ErrDamaged, "record %d cannot be read: %s; restore the log from a backup", next-1, err)
	}
	if got := ledger.LeafHash(entry); string(got) != string(hash) {
		return refuse(ErrIndex, "record %d is %s in the log and %s in the index; verify the log against its anchors, then rebuild the index from it",
			next-1, ledger.HexHash(got), ledger.HexHash(hash))
	}
	return nil
}
