package evidence

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sort"
	"time"

	"github.com/lowcodex/countersign/evidence/ledger"
)

// dayInterval is how often the log looks whether a day ended while nothing came.
const dayInterval = time.Minute

// endDays puts on record how each day ended that is over, for the log and for
// every series (C36). It runs before every batch, so these are the first records
// of the next day: what was recorded on a day stands before them and nothing
// else does. A crash between two days leaves the rest to the next batch; within
// a day all of its records are one flush.
func (l *Log) endDays(ctx context.Context, now time.Time) error {
	if l.stale {
		if err := l.catchUp(ctx); err != nil {
			return err
		}
	}
	if l.lastRecorded.IsZero() {
		return nil // an empty log has no day
	}
	today := ledger.DayOf(ledger.Stamp(now, l.lastRecorded))
	if l.today.Equal(today) {
		return nil
	}
	last, err := l.lastDay(ctx)
	if err != nil {
		return err
	}
	for day := last.next; day.Before(today); day = day.AddDate(0, 0, 1) {
		events, err := l.dayEvents(ctx, day, last.run)
		if err != nil {
			return err
		}
		if err := l.endDay(ctx, day, events, now); err != nil {
			return err
		}
	}
	l.today = today
	return nil
}

func (l *Log) endDay(ctx context.Context, day time.Time, events []Event, now time.Time) error {
	req := &request{events: events, missing: make([]error, len(events))}
	p, err := l.plan(ctx, []*request{req}, now)
	if err == nil {
		err = p.outcomes[0].err
	}
	if err == nil {
		err = l.write(ctx, p)
	}
	if err != nil {
		return fmt.Errorf("put on record how %s ended: %w", day.Format(time.DateOnly), err)
	}
	return nil
}

// lastDay is the next day to end, and where the records of days begin that are
// about to be written: the log may end within them.
type lastDay struct {
	next time.Time
	run  uint64
}

func (l *Log) lastDay(ctx context.Context) (lastDay, error) {
	d := lastDay{next: ledger.DayOf(l.lastRecorded), run: l.tree.leaves.End()}
	var at uint64
	err := l.index.db.QueryRowContext(ctx, `SELECT idx FROM records WHERE subject = ? ORDER BY idx DESC LIMIT 1`, ledger.DaySubject("")).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return d, nil // the first day ends, or the log is from before days were recorded
	}
	if err != nil {
		return d, fmt.Errorf("read index: %w", err)
	}
	raw, err := l.bundles.one(ctx, at, d.run)
	if err != nil {
		return d, err
	}
	r, err := ledger.Decode(raw)
	if err != nil {
		return d, refuse(ErrDamaged, "record %d cannot be read: %s", at, err)
	}
	facts, day, ok := ledger.DayOfRecord(r)
	if !ok {
		return d, refuse(ErrDamaged, "record %d is not that of a day's end", at)
	}
	d.next = day.AddDate(0, 0, 1)
	var kind string
	if err := l.index.db.QueryRowContext(ctx, `SELECT type FROM records ORDER BY idx DESC LIMIT 1`).Scan(&kind); err != nil {
		return d, fmt.Errorf("read index: %w", err)
	}
	if kind == ledger.EventDay {
		d.run = facts.Records
	}
	return d, nil
}

// dayEvents says how a day ended after which run records stand on the log.
func (l *Log) dayEvents(ctx context.Context, day time.Time, run uint64) ([]Event, error) {
	first, err := l.index.since(ctx, day, run)
	if err != nil {
		return nil, err
	}
	came, err := l.index.allocated(ctx, first, run)
	if err != nil {
		return nil, err
	}
	known := ledger.New(nil)
	if err := l.index.loadSeries(ctx, known); err != nil {
		return nil, fmt.Errorf("read index: %w", err)
	}
	facts := []ledger.DayFacts{{Came: run - first}}
	for series, n := range known.Last {
		facts = append(facts, ledger.DayFacts{Series: series, Last: ledger.JoinNumber(series, n), Came: came[series]})
	}
	sort.Slice(facts, func(i, j int) bool { return facts[i].Series < facts[j].Series })
	events := make([]Event, len(facts))
	for i, f := range facts {
		f.Day, f.Records = day.Format(time.DateOnly), run
		if events[i], err = ledger.NewDay(f); err != nil {
			return nil, err
		}
		if events[i], err = ledger.Normal(events[i]); err != nil {
			return nil, err
		}
	}
	return events, nil
}

// since is the place of the first record that was recorded at t or later, at most
// size. Records are recorded in the order of time.
func (x *index) since(ctx context.Context, t time.Time, size uint64) (uint64, error) {
	var failed error
	at := sort.Search(int(size), func(i int) bool {
		var recorded int64
		if failed == nil {
			failed = x.db.QueryRowContext(ctx, `SELECT recorded FROM records WHERE idx = ?`, i).Scan(&recorded)
		}
		return recorded >= t.UnixMicro()
	})
	if failed != nil {
		return 0, fmt.Errorf("read index: %w", failed)
	}
	return uint64(at), nil
}

// allocated counts, per series, the numbers whose first record lies in [first, end).
func (x *index) allocated(ctx context.Context, first, end uint64) (map[string]uint64, error) {
	counts := map[string]uint64{}
	err := each(ctx, x.db, func(rows *sql.Rows) error {
		var number string
		err := rows.Scan(&number)
		if series, _, ok := ledger.SplitNumber(number); ok {
			counts[series]++
		}
		return err
	}, `SELECT DISTINCT r.number FROM records r WHERE r.idx >= ?1 AND r.idx < ?2 AND r.number <> ''
		AND NOT EXISTS (SELECT 1 FROM records e WHERE e.number = r.number AND e.number <> '' AND e.idx < ?1)`, int64(first), int64(end))
	if err != nil {
		return nil, fmt.Errorf("read index: %w", err)
	}
	return counts, nil
}

// watchDays asks for the days that ended while nothing was recorded, until Close.
// A failure is reported and tried again; the next append tries, too.
func (l *Log) watchDays() {
	defer close(l.watched)
	tick := time.NewTicker(dayInterval)
	defer tick.Stop()
	for {
		req := &request{done: make(chan outcome, 1)}
		if err := l.hand(context.Background(), req); err != nil {
			return // closed
		}
		if out := <-req.done; out.err != nil {
			l.logger.Error("how a day ended is not on record yet", "error", out.err)
		}
		select {
		case <-l.stop:
			return
		case <-tick.C:
		}
	}
}
