package evidence

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/evidence/ledger"
)

// forge writes entries past every rule, signed with the log's own key: what
// whoever holds the key could do.
func forge(t *testing.T, entries ...[]byte) (dir, public string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "evidence-")
	require.NoError(t, err)
	t.Cleanup(func() { // see evidencetest.Dir
		require.Eventually(t, func() bool { return os.RemoveAll(dir) == nil }, 2*time.Second, 20*time.Millisecond)
	})
	log, err := Open(t.Context(), Config{Dir: dir})
	require.NoError(t, err)
	require.NoError(t, log.Close())
	id, err := loadIdentity(dir, "countersign/evidence", false, nil)
	require.NoError(t, err)
	tr, err := openTree(t.Context(), filepath.Join(dir, logDir), id)
	require.NoError(t, err)
	defer tr.end()
	require.NoError(t, tr.add(entries))
	_, err = tr.publish()
	require.NoError(t, err)
	return dir, id.public
}

func rec(key, subject string, change func(*Record)) Record {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	r := Record{Event: Event{Key: key, Type: "x", Schema: 1, Subject: subject, At: at}, Recorded: at}
	if change != nil {
		change(&r)
	}
	return r
}

func given(series, number string) func(*Record) {
	return func(r *Record) { r.Series, r.Number = series, number }
}

func counted(seq int) func(*Record) { return func(r *Record) { r.Seq = seq } }

// on is a record of a later day of March.
func on(day, seq int) func(*Record) {
	return func(r *Record) {
		r.Seq, r.Recorded = seq, time.Date(2026, 3, day, 12, 0, 0, 0, time.UTC)
	}
}

// ended is the record of a day's end, recorded on a day of March.
func ended(day int, f ledger.DayFacts) Record {
	ev, err := ledger.NewDay(f)
	if err != nil {
		panic(err)
	}
	return Record{Event: ev, Recorded: time.Date(2026, 3, day, 13, 0, 0, 0, time.UTC), Seq: 1}
}

func again(r Record) Record {
	r.Key, r.Seq = r.Key+"/2", r.Seq+1
	return r
}

// E7: rules that the writer keeps are checked on what is in the log, not
// believed.
func TestE7_VerifyFindsBrokenRules(t *testing.T) {
	for _, c := range []struct {
		name    string
		records []Record
		check   Check
		index   uint64
		text    string
	}{
		{"number twice", []Record{rec("a", "s1", given("CHG", "CHG-1")), rec("b", "s2", given("CHG", "CHG-1"))},
			CheckNumber, 1, `record 1 (CHG-1): the number is allocated twice, to "s1" and to "s2"`},
		{"gap", []Record{rec("a", "s1", given("CHG", "CHG-1")), rec("b", "s2", given("CHG", "CHG-4"))},
			CheckNumber, 1, "record 1 (CHG-4): CHG-2 to CHG-3 are missing before it"},
		{"not from one", []Record{rec("a", "s1", given("CHG", "CHG-2"))}, CheckNumber, 0, "CHG-1 to CHG-1 are missing"},
		{"backwards", []Record{rec("a", "s1", given("CHG", "CHG-2")), rec("b", "s2", given("CHG", "CHG-1"))},
			CheckNumber, 0, "missing"},
		{"another's number", []Record{rec("a", "s1", given("CHG", "CHG-1")), rec("b", "s2", given("CHG", "CHG-2")), rec("c", "s2", given("", "CHG-1"))},
			CheckNumber, 2, `"s2" has number CHG-2`},
		{"number from nowhere", []Record{rec("a", "s1", given("", "CHG-1"))}, CheckNumber, 0, "not allocated"},
		{"number of another series", []Record{rec("a", "s1", given("CHG", "PAT-1"))}, CheckNumber, 0, "series CHG was asked for"},
		{"key twice", []Record{rec("a", "s1", nil), rec("a", "s1", nil)}, CheckKey, 1, `key "a" is already that of record 0`},
		{"time backwards", []Record{rec("a", "s1", nil), rec("b", "s1", func(r *Record) { r.Recorded = r.Recorded.Add(-1) })},
			CheckRecord, 1, "before the record before it"},
		{"state after the end", []Record{rec("a", "s1", func(r *Record) { r.Final = true }), rec("b", "s1", func(r *Record) { r.State = "open" })},
			CheckFinal, 1, "which ended with record 0"},
		{"record of a subject missing", []Record{rec("a", "s1", counted(1)), rec("b", "s1", counted(3))}, CheckSequence, 1, `it is record 3 of "s1" and the one before it is record 1: 1 are missing`},
		{"first record of a subject missing", []Record{rec("a", "s1", counted(2))}, CheckSequence, 0, `it is record 2 of "s1", and the first 1 are missing`},
		{"record of a subject not counted", []Record{rec("a", "s1", counted(1)), rec("b", "s1", nil)}, CheckSequence, 1, "it does not say which record"},
		{"record of a subject counted twice", []Record{rec("a", "s1", counted(1)), rec("b", "s1", counted(1))}, CheckSequence, 1, "after its record 1"},
		{"counted from now on", []Record{rec("a", "s1", nil), rec("b", "s1", counted(2)), rec("c", "s1", counted(4))}, CheckSequence, 2, "1 are missing"},
		{"day left open", []Record{rec("a", "s1", counted(1)), rec("b", "s1", on(3, 2))}, CheckDay, 1, "no record says how 2026-03-02 ended"},
		{"second day left open", []Record{rec("a", "s1", counted(1)), ended(3, ledger.DayFacts{Day: "2026-03-02", Came: 1, Records: 1}), rec("b", "s1", on(4, 2))},
			CheckDay, 2, "no record says how 2026-03-03 ended for day/log"},
		{"day ended too early", []Record{rec("a", "s1", counted(1)), ended(2, ledger.DayFacts{Day: "2026-03-02", Came: 1, Records: 1})}, CheckDay, 1, "and was recorded on that day"},
		{"day ended twice", []Record{rec("a", "s1", counted(1)), ended(3, ledger.DayFacts{Day: "2026-03-02", Came: 1, Records: 1}), again(ended(3, ledger.DayFacts{Day: "2026-03-02", Records: 1}))},
			CheckDay, 2, "a day is missing or told twice"},
		{"day with other records", []Record{rec("a", "s1", counted(1)), ended(3, ledger.DayFacts{Day: "2026-03-02", Came: 1, Records: 7})}, CheckDay, 1, "with 7 records, and 1 stand before it"},
		{"day on which less came", []Record{rec("a", "s1", counted(1)), ended(3, ledger.DayFacts{Day: "2026-03-02", Came: 5, Records: 1})}, CheckDay, 1, "5 records came; there are 1"},
		{"number beyond the day's last", []Record{rec("a", "s1", given("CHG", "CHG-1")), ended(3, ledger.DayFacts{Day: "2026-03-02", Series: "CHG", Last: "CHG-3", Came: 3, Records: 1})},
			CheckDay, 1, "CHG-2 to CHG-3 are missing"},
		{"numbers that came", []Record{rec("a", "s1", func(r *Record) { r.Series, r.Number, r.Seq = "CHG", "CHG-1", 1 }), ended(3, ledger.DayFacts{Day: "2026-03-02", Series: "CHG", Last: "CHG-1", Came: 3, Records: 1})},
			CheckDay, 1, "3 numbers came; there are 1"},
		{"facts of something else", []Record{rec("a", "s1", counted(1)), rec("b", "day/log", func(r *Record) { r.Type = EventDay })}, CheckDay, 1, "not those of a day's end"},
	} {
		t.Run(c.name, func(t *testing.T) {
			entries := make([][]byte, len(c.records))
			for i, r := range c.records {
				var err error
				entries[i], err = ledger.Encode(r)
				require.NoError(t, err)
			}
			dir, public := forge(t, entries...)
			report, err := Verify(t.Context(), VerifyInput{Dir: dir, PublicKey: public})
			require.ErrorIs(t, err, ErrVerification)
			got := report.Findings[0]
			require.Equal(t, c.check, got.Check, got.String())
			require.Equal(t, c.index, *got.Index, got.String())
			require.Contains(t, got.String(), c.text)
		})
	}
}

// C36: a log from before records were counted and days recorded goes on with both.
func TestC36_AnOlderLogGoesOn(t *testing.T) {
	var entries [][]byte
	for i, day := range []int{2, 3, 4} {
		r := rec(fmt.Sprint(i), fmt.Sprint("s", i), given("CHG", fmt.Sprint("CHG-", i+1)))
		r.Recorded = time.Date(2026, 3, day, 12, 0, 0, 0, time.UTC)
		entry, err := ledger.Encode(r)
		require.NoError(t, err)
		entries = append(entries, entry)
	}
	dir, public := forge(t, entries...)
	now := time.Date(2026, 3, 6, 12, 0, 0, 0, time.UTC)
	log, err := Open(t.Context(), Config{Dir: dir, Now: func() time.Time { return now }})
	require.NoError(t, err)
	_, err = log.Append(t.Context(), []Event{{Key: "new", Type: "x", Subject: "s0", At: now}})
	require.NoError(t, err)
	require.NoError(t, log.Close())
	report, err := Verify(t.Context(), VerifyInput{Dir: dir, PublicKey: public})
	require.NoError(t, err)
	require.Equal(t, 4, report.Types[EventDay], "the 4th and the 5th of March, for the log and for CHG")
}

// C36: a kill between the ends of two days leaves the second for the next start,
// which says the same of it as if nothing had happened.
func TestC36_AKillBetweenTwoDaysLosesNone(t *testing.T) {
	var entries [][]byte
	for _, r := range []Record{rec("a", "s1", counted(1)), ended(5, ledger.DayFacts{Day: "2026-03-02", Came: 1, Records: 1})} {
		entry, err := ledger.Encode(r)
		require.NoError(t, err)
		entries = append(entries, entry)
	}
	dir, public := forge(t, entries...)
	log, err := Open(t.Context(), Config{Dir: dir, Now: func() time.Time { return time.Date(2026, 3, 5, 14, 0, 0, 0, time.UTC) }})
	require.NoError(t, err)
	_, err = log.Append(t.Context(), []Event{{Key: "b", Type: "x", Subject: "s1", At: time.Now()}})
	require.NoError(t, err)
	require.NoError(t, log.Close())
	report, err := Verify(t.Context(), VerifyInput{Dir: dir, PublicKey: public})
	require.NoError(t, err)
	require.Equal(t, map[string]int{"x": 2, EventDay: 3}, report.Types)
}

// A log that holds such records is not opened either, where the index rests on it.
func TestE3_ReplayRefusesTwoRecordsOfOneKey(t *testing.T) {
	entry, err := ledger.Encode(rec("a", "s1", nil))
	require.NoError(t, err)
	dir, _ := forge(t, entry, entry)
	_, err = Open(t.Context(), Config{Dir: dir})
	require.ErrorIs(t, err, ErrDamaged)
	require.ErrorContains(t, err, `records 0 and 1 have the same key "a"`)
}

func TestE1_VerifyWantsCanonicalRecords(t *testing.T) {
	dir, public := forge(t, []byte(`{ "key":"a","type":"x","subject":"s","recorded":"2026-03-02T12:00:00Z"}`), []byte(`hello`))
	report, err := Verify(t.Context(), VerifyInput{Dir: dir, PublicKey: public})
	require.ErrorIs(t, err, ErrVerification)
	require.Equal(t, CheckRecord, report.Findings[0].Check)
	require.Contains(t, report.Findings[0].Detail, "not in canonical form")
	require.Equal(t, uint64(1), *report.Findings[1].Index)
}

// FuzzDecode: an entry that decodes is canonical and encodes back to itself,
// unless it carries fields of a later version.
func FuzzDecode(f *testing.F) {
	entry, err := ledger.Encode(rec("CHG-1/x", "change/a", given("CHG", "CHG-1")))
	require.NoError(f, err)
	f.Add(entry)
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := ledger.Decode(raw)
		if err != nil {
			return
		}
		again, err := ledger.Encode(r)
		if errors.Is(err, ErrInvalid) || errors.Is(err, ErrTooLarge) {
			return // a field of a type we know in a form we would not write
		}
		require.NoError(t, err)
		back, err := ledger.Decode(again)
		require.NoError(t, err)
		require.Equal(t, r.Key, back.Key)
		require.Equal(t, r.Number, back.Number)
		require.True(t, r.Recorded.Equal(back.Recorded))
	})
}

// FuzzCheckpoint: what parses was signed; nothing else crashes the parser.
func FuzzCheckpoint(f *testing.F) {
	dir := f.TempDir()
	log, err := Open(context.Background(), Config{Dir: dir})
	require.NoError(f, err)
	require.NoError(f, log.Close())
	v, err := verifierOf(dir, "")
	require.NoError(f, err)
	cp, err := readCheckpoint(dir, v)
	require.NoError(f, err)
	f.Add(cp.Raw)
	f.Add([]byte("countersign/evidence\n1\n\n"))
	text, _, _ := bytes.Cut(cp.Raw, []byte("\n\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := ledger.ParseCheckpoint(raw, v); err == nil {
			require.True(t, bytes.HasPrefix(raw, text), "only this text was ever signed")
		}
	})
}
