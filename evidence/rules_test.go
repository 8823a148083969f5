package evidence

import (
	"bytes"
	"context"
	"errors"
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
	dir = t.TempDir()
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
