package evidence

import (
	"context"
	"fmt"
	"time"

	"github.com/lowcodex/countersign/evidence/ledger"
)

// request is one call of Append on its way through the committer.
type request struct {
	events []Event
	// missing holds, per event, the reference to a blob that is not stored. It
	// counts only when the event turns out to be new: a repeated event whose
	// blob was erased since gets its receipt.
	missing []error
	done    chan outcome
}

type outcome struct {
	receipts []Receipt
	err      error
}

// collect makes the next batch: what has arrived, and as long as the batch is
// smaller than the one before, what arrives within BatchAge. A lone caller
// never waits, and many callers do not fall apart into one and the rest.
func (l *Log) collect(first *request, company int) (batch []*request, next *request) {
	batch, records := []*request{first}, len(first.events)
	var late <-chan time.Time
	for records < l.cfg.BatchSize {
		var r *request
		select {
		case r = <-l.requests:
		default:
			if len(batch) >= company {
				return batch, nil
			}
			if late == nil {
				timer := time.NewTimer(l.cfg.BatchAge)
				defer timer.Stop()
				late = timer.C
			}
			select {
			case r = <-l.requests:
			case <-late:
				return batch, nil
			}
		}
		if r == nil { // closed; the loop in commits will see it too
			return batch, nil
		}
		if records+len(r.events) > l.cfg.BatchSize {
			return batch, r
		}
		batch, records = append(batch, r), records+len(r.events)
	}
	return batch, nil
}

// commits is the one writer: it takes batch after batch until Append is closed.
func (l *Log) commits() {
	defer close(l.drained)
	var waiting *request
	company := 1
	for {
		first := waiting
		if first == nil {
			var open bool
			if first, open = <-l.requests; !open {
				return
			}
		}
		var batch []*request
		batch, waiting = l.collect(first, company)
		company = len(batch)
		outcomes := l.commit(l.tree.life, batch)
		for i, r := range batch {
			r.done <- outcomes[i]
		}
	}
}

// plan is a batch ready to be written.
type plan struct {
	rows     []row
	entries  [][]byte
	changed  *ledger.Ledger
	outcomes []outcome
}

// commit carries out the protocol that gives each key one record and each
// series no gap (E3). The steps, and what a crash after each of them means:
//
//  1. Look up what the index knows. Nothing was written.
//  2. Plan: refuse, or allocate numbers and places in memory. Nothing was
//     written; the numbers were never given.
//  3. Add all entries as one flush, synced. Callers have no answer. On opening,
//     the tail is replayed into the index, so a repeated key finds its record
//     and the next number follows.
//  4. Write the index rows in one transaction. As after 3; if the transaction
//     is lost in a power cut the replay makes it again.
//  5. Answer. The caller that repeats an answered append gets the same receipt.
func (l *Log) commit(ctx context.Context, batch []*request) []outcome {
	var p *plan
	// One look at the clock for the days and for the batch: if midnight came between
	// two, records of the new day would stand before those of how the old one ended.
	now := l.cfg.Now()
	err := l.endDays(ctx, now)
	if err == nil {
		p, err = l.plan(ctx, batch, now)
	}
	if err == nil && len(p.entries) > 0 {
		err = l.write(ctx, p)
	}
	// A batch that wrote nothing, such as the look for days, does not say that what
	// could not be written a moment ago can be now.
	if size := l.Size(); err != nil || size >= l.owed {
		l.marks.appended(time.Now(), size, err)
	}
	if err == nil {
		return p.outcomes
	}
	l.logger.Error("append failed; the callers will repeat it", "requests", len(batch), "error", err)
	out := make([]outcome, len(batch))
	for i := range out {
		out[i].err = fmt.Errorf("%w: %w", ErrUnavailable, err)
		// A request refused by the rules was refused whatever became of the others.
		if p != nil && p.outcomes[i].err != nil {
			out[i] = p.outcomes[i]
		}
	}
	return out
}

// plan decides about every request of a batch, which is recorded now. A request is
// admitted or refused whole.
func (l *Log) plan(ctx context.Context, batch []*request, now time.Time) (*plan, error) {
	if l.stale {
		if err := l.catchUp(ctx); err != nil {
			return nil, err
		}
	}
	base, err := l.known(ctx, batch)
	if err != nil {
		return nil, err
	}
	p := &plan{changed: ledger.New(base), outcomes: make([]outcome, len(batch))}
	at, recorded := l.tree.leaves.End(), ledger.Stamp(now, l.lastRecorded)
	for i, r := range batch {
		layer := ledger.New(p.changed)
		rows, entries, receipts, err := l.admit(layer, r, at, recorded)
		if err != nil {
			p.outcomes[i].err = err
			continue
		}
		layer.Merge()
		p.outcomes[i].receipts = receipts
		p.rows, p.entries = append(p.rows, rows...), append(p.entries, entries...)
		at += uint64(len(rows))
	}
	return p, nil
}

// known loads what the batch may touch.
func (l *Log) known(ctx context.Context, batch []*request) (*ledger.Ledger, error) {
	var keys, subjects, numbers []string
	for _, r := range batch {
		for _, ev := range r.events {
			keys, subjects = append(keys, ev.Key), append(subjects, ev.Subject)
			if ev.Number != "" {
				numbers = append(numbers, ev.Number)
			}
		}
	}
	return l.index.load(ctx, keys, subjects, numbers)
}

// admit turns the events of one request into rows and entries from place at on.
func (l *Log) admit(layer *ledger.Ledger, req *request, at uint64, recorded time.Time) (rows []row, entries [][]byte, receipts []Receipt, err error) {
	number := ""
	for i, ev := range req.events {
		record, receipt, err := layer.Admit(ev, number, recorded)
		if err != nil {
			return nil, nil, nil, err
		}
		if record != nil {
			if err := req.missing[i]; err != nil {
				return nil, nil, nil, err
			}
			entry, err := ledger.Encode(*record)
			if err != nil {
				return nil, nil, nil, err
			}
			hash := ledger.LeafHash(entry)
			receipt = Receipt{Index: at + uint64(len(rows)), Number: record.Number, Hash: ledger.HexHash(hash)}
			layer.Apply(*record, receipt)
			rows = append(rows, row{Index: receipt.Index, Record: *record, Hash: hash})
			entries = append(entries, entry)
		}
		number = receipt.Number
		receipts = append(receipts, receipt)
	}
	return rows, entries, receipts, nil
}

// write is steps 3 and 4. After a failure the next batch first reads from the
// disk what became of this one.
func (l *Log) write(ctx context.Context, p *plan) error {
	first, n := p.rows[0].Index, len(p.rows)
	if f := l.cfg.Observer.Planned; f != nil {
		f(n)
	}
	l.stale, l.owed = true, first+uint64(n)
	if err := l.tree.add(p.entries); err != nil {
		return fmt.Errorf("write entries %d to %d: %w", first, first+uint64(n)-1, err)
	}
	if f := l.cfg.Observer.Added; f != nil {
		f(first, n)
	}
	if err := l.index.write(ctx, p.rows, p.changed); err != nil {
		return err
	}
	if f := l.cfg.Observer.Indexed; f != nil {
		f(first, n)
	}
	l.lastRecorded = p.rows[n-1].Record.Recorded
	l.stale, l.owed = false, 0
	return nil
}
