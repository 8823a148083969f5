package bundle

import (
	"context"
	"errors"
	"reflect"

	"github.com/lowcodex/countersign/evidence/ledger"
)

// checkRecords reads every record with its proof once, in order.
func (v *verification) checkRecords(ctx context.Context) error {
	records, err := v.files.lines(RecordsFile, ledger.MaxRecord)
	if err != nil {
		v.report.find(CheckFile, "%s cannot be read: %s", RecordsFile, err)
		return nil
	}
	defer records.from.Close() //nolint:errcheck // only read from
	proofs, err := v.files.lines(ProofsFile, maxProof)
	if err != nil {
		v.report.find(CheckFile, "%s cannot be read: %s", ProofsFile, err)
		return nil
	}
	defer proofs.from.Close() //nolint:errcheck // only read from
	w := walk{v: v, whole: v.manifest.Selection.Period() && len(v.manifest.Selection.Roots) == 0}
	for !w.broken {
		if records.n%256 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			if v.in.Progress != nil {
				v.in.Progress(uint64(records.n), max(v.manifest.Totals.Records, uint64(records.n)+1))
			}
		}
		entry, more := records.next()
		line, proved := proofs.next()
		if more != proved && errors.Join(records.err(), proofs.err()) == nil {
			v.report.find(CheckProof, "%s and %s do not have the same number of lines: record %d on has no counterpart", RecordsFile, ProofsFile, records.n+1)
			break
		}
		if !more || !proved {
			break
		}
		w.record(records.n, entry, line)
		if v.report.More > 0 && !w.broken {
			v.report.find(CheckFile, "%s was read to line %d only: there is too much that does not fit", RecordsFile, records.n)
			w.broken = true
		}
	}
	if v.in.Progress != nil {
		v.in.Progress(uint64(records.n), uint64(records.n))
	}
	for _, l := range []*lines{records, proofs} {
		if err := l.err(); err != nil {
			v.report.find(CheckFile, "%s cannot be read: %s", l.name, err)
			w.broken = true
		}
	}
	if w.broken {
		return nil // what follows would only repeat it
	}
	v.read[RecordsFile], v.read[ProofsFile] = records.file(), proofs.file()
	w.finish()
	return nil
}

// walk is the reading of the records.
type walk struct {
	v      *verification
	whole  bool // every record of a period was asked for
	tally  *Tally
	inner  ledger.Report // of the examination
	last   uint64
	broken bool // the order is lost; going on could take for ever
}

func (w *walk) record(n int, entry, line []byte) {
	v := w.v
	inclusion, err := parseInclusion(line)
	if err != nil {
		v.report.find(CheckProof, "line %d of %s cannot be read: %s", n, ProofsFile, err)
		w.broken = true
		return
	}
	i := inclusion.Index
	if w.tally == nil {
		w.tally = NewTally(&w.inner, v.manifest.Selection.Scope(i))
	} else if i <= w.last {
		v.report.findAt(CheckProof, i, numberIn(entry), "it stands after record %d: the order was changed, or it is there twice", w.last)
		w.broken = true
		return
	} else if w.whole && i != w.last+1 {
		v.report.findAt(CheckComplete, i, numberIn(entry), "the records %d to %d before it are missing: the period has all of them", w.last+1, i-1)
	}
	w.last = i
	leaf := ledger.LeafHash(entry)
	if err := inclusion.Proves(leaf, v.cp); err != nil {
		v.report.findAt(CheckProof, i, numberIn(entry), "it is not what the checkpoint commits to at this place: the record or its proof was altered (%s)", err)
	}
	found := len(w.inner.Findings) + w.inner.More
	r, ok := w.tally.Record(i, entry)
	for _, f := range w.inner.Findings[min(found, len(w.inner.Findings)):] {
		v.report.add(f)
	}
	if !ok {
		return
	}
	if !v.manifest.Selection.Wants(r) {
		v.report.findAt(CheckSelection, i, r.Number, "it is about %q, recorded %s, and was not asked for", r.Subject, ledger.TimeText(r.Recorded))
	}
	v.counts = v.counts || r.Seq > 0
	w.day(r)
	v.refer(i, r)
}

// day notes the records of days that the bundle begins and ends with.
func (w *walk) day(r ledger.Record) {
	w.v.sealed = nil
	if f, _, ok := ledger.DayOfRecord(r); ok {
		w.v.sealed = &f
		if w.tally.totals.Records == 1 {
			w.v.opens = &f
		}
	}
}

func numberIn(entry []byte) string {
	r, _ := ledger.Decode(entry)
	return r.Number
}

func (v *verification) refer(i uint64, r ledger.Record) {
	note := func(digest, role string) {
		u, ok := v.blobs[digest]
		if !ok {
			u = use{index: i, number: r.Number}
		}
		u.personal = u.personal || MayBePersonal(role)
		v.blobs[digest] = u
	}
	for _, ref := range r.Blobs {
		note(ref.Digest, ref.Role)
	}
	if r.Actor != nil && r.Actor.Snapshot != "" {
		note(r.Actor.Snapshot, "actor")
	}
}

// finish compares the totals, and looks at where the records begin and end.
func (w *walk) finish() {
	v := w.v
	if w.tally == nil {
		w.tally = NewTally(&w.inner, ledger.Scope{})
	}
	totals := w.tally.Totals()
	v.report.Totals = totals
	if !reflect.DeepEqual(normal(totals), normal(v.manifest.Totals)) {
		v.report.find(CheckManifest, "its control totals are not those of the records: %s", difference(v.manifest.Totals, totals))
	}
	v.edges(w)
}
