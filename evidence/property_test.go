package evidence_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
)

// model is the log as one would describe it on paper: a list of records.
type model []evidence.Record

func (m model) numberOf(subject string) string {
	for _, r := range m {
		if r.Subject == subject && r.Series != "" {
			return r.Number
		}
	}
	return ""
}

func (m model) final(subject string) bool {
	for _, r := range m {
		if r.Subject == subject && r.Final {
			return true
		}
	}
	return false
}

func (m model) count(series string) (n int) {
	seen := map[string]bool{}
	for _, r := range m {
		if r.Series == series && !seen[r.Number] {
			seen[r.Number] = true
			n++
		}
	}
	return n
}

// put is the model's append of one event; before is the number of the event before.
func (m *model) put(ev evidence.Event, before string) (evidence.Receipt, error) {
	for i, r := range *m {
		if r.Key != ev.Key {
			continue
		}
		if r.Type != ev.Type || r.Subject != ev.Subject {
			return evidence.Receipt{}, evidence.ErrConflict
		}
		return evidence.Receipt{Index: uint64(i), Number: r.Number, Existing: true}, nil
	}
	if m.final(ev.Subject) && (ev.State != "" || ev.Final) {
		return evidence.Receipt{}, evidence.ErrFinal
	}
	own := m.numberOf(ev.Subject)
	switch {
	case own != "" && ev.Series != "" && !strings.HasPrefix(own, ev.Series+"-"):
		return evidence.Receipt{}, evidence.ErrConflict
	case own != "":
		ev.Number = own
	case ev.Series != "":
		ev.Number = fmt.Sprintf("%s-%d", ev.Series, m.count(ev.Series)+1)
	default:
		ev.Number = before
	}
	*m = append(*m, evidence.Record{Event: ev})
	return evidence.Receipt{Index: uint64(len(*m) - 1), Number: ev.Number}, nil
}

// world gives each check of the property its own keys, subjects and series in
// one log, which is as long as the checks before made it.
type world struct {
	log    *evidence.Log
	cfg    evidence.Config
	checks int
	first  uint64 // size of the log when the check began
}

func (w *world) name(s string) string { return fmt.Sprintf("%d/%s", w.checks, s) }

// series spells the number of the check in letters: "CHGAAB".
func (w *world) series(s string) string {
	if s == "" {
		return ""
	}
	n := w.checks
	return s + string([]byte{'A' + byte(n/676%26), 'A' + byte(n/26%26), 'A' + byte(n%26)})
}

// E3: whatever is appended in whatever grouping, with the log closed and
// opened in between, it is as the model says, and verifies.
func TestE3_LogBehavesAsItsModel(t *testing.T) {
	w := &world{cfg: evidence.Config{Dir: t.TempDir()}}
	open := func() {
		var err error
		w.log, err = evidence.Open(context.Background(), w.cfg)
		require.NoError(t, err)
	}
	open()
	defer func() { require.NoError(t, w.log.Close()) }()
	rapid.Check(t, func(rt *rapid.T) {
		w.checks++
		w.first = w.log.Size()
		var m model
		for range rapid.IntRange(1, 6).Draw(rt, "calls") {
			w.step(rt, &m)
			if rapid.IntRange(0, 9).Draw(rt, "reopen") == 0 {
				require.NoError(rt, w.log.Close())
				open()
			}
		}
		w.compare(rt, m)
	})
	evidencetest.Check(t, w.log)
}

func (w *world) step(rt *rapid.T, m *model) {
	events := rapid.SliceOfN(rapid.Custom(w.drawEvent), 1, 6).Draw(rt, "events")
	trial := append(model(nil), *m...)
	var want []evidence.Receipt
	var wantErr error
	before := ""
	for _, ev := range events {
		r, err := trial.put(ev, before)
		if err != nil {
			wantErr = err
			break
		}
		before = r.Number
		r.Index += w.first
		want = append(want, r)
	}
	got, err := w.log.Append(context.Background(), events)
	if wantErr != nil {
		require.ErrorIs(rt, err, wantErr)
		return
	}
	require.NoError(rt, err)
	for i := range got {
		require.Len(rt, got[i].Hash, 64)
		got[i].Hash = ""
	}
	require.Equal(rt, want, got)
	*m = trial
}

func (w *world) drawEvent(rt *rapid.T) evidence.Event {
	ev := event(w.name(fmt.Sprint("k", rapid.IntRange(0, 25).Draw(rt, "key"))), w.name(fmt.Sprint("s", rapid.IntRange(0, 4).Draw(rt, "subject"))))
	ev.Type = rapid.SampledFrom([]string{"a", "a", "a", "a", "a", "a", "b"}).Draw(rt, "type")
	ev.Series = w.series(rapid.SampledFrom([]string{"", "", "", "CHG", "CHG", "PAT"}).Draw(rt, "series"))
	ev.State = rapid.SampledFrom([]string{"", "x", "y"}).Draw(rt, "state")
	ev.Final = rapid.IntRange(0, 9).Draw(rt, "final") == 0
	return ev
}

func (w *world) compare(rt *rapid.T, m model) {
	require.Equal(rt, w.first+uint64(len(m)), w.log.Size())
	for i, r := range m {
		e, err := w.log.Lookup(context.Background(), r.Key)
		require.NoError(rt, err)
		require.Equal(rt, w.first+uint64(i), e.Index)
		require.Equal(rt, r.Event, e.Record.Event)
	}
	for s := range 5 {
		subject := w.name(fmt.Sprint("s", s))
		want := evidence.Standing{Subject: subject, Number: m.numberOf(subject), Final: m.final(subject)}
		for i, r := range m {
			if r.Subject != subject {
				continue
			}
			want.Records++
			if r.State != "" {
				want.State = r.State
			}
			if r.State != "" || r.Final {
				want.Index, want.At = w.first+uint64(i), r.At
			}
		}
		got, err := w.log.Standing(context.Background(), subject)
		if want.Records == 0 {
			require.ErrorIs(rt, err, evidence.ErrNotFound)
			continue
		}
		require.NoError(rt, err)
		require.Equal(rt, want, got)
	}
}

// E3: many callers at once, each repeating itself as after a lost answer.
func TestE3_ConcurrentCallersGetOneRecordEach(t *testing.T) {
	log := evidencetest.New(t)
	const callers, rounds = 32, 12
	var group sync.WaitGroup
	var mu sync.Mutex
	numbers := map[string]map[string]bool{} // subject → numbers seen
	for c := range callers {
		group.Go(func() {
			for i := range rounds {
				// Two callers share each subject and each key.
				subject := fmt.Sprintf("change/%d/%d", c/2, i)
				r, err := log.Append(context.Background(), []evidence.Event{
					event(subject+"/received", subject, series("CHG")),
					event(fmt.Sprintf("%s/%d", subject, c), subject),
				})
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := log.Append(context.Background(), []evidence.Event{event(subject+"/received", subject+"x")}); !errors.Is(err, evidence.ErrConflict) {
					t.Errorf("got %v", err)
				}
				mu.Lock()
				if numbers[subject] == nil {
					numbers[subject] = map[string]bool{}
				}
				numbers[subject][r[0].Number] = true
				mu.Unlock()
			}
		})
	}
	group.Wait()
	for subject, seen := range numbers {
		require.Len(t, seen, 1, subject)
	}
	report := evidencetest.Check(t, log)
	require.Equal(t, uint64(callers/2*rounds*3), report.Size)
	require.Equal(t, callers/2*rounds, report.Series[0].Count)
}
