package evidence_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func event(key, subject string, change ...func(*evidence.Event)) evidence.Event {
	ev := evidence.Event{Key: key, Type: "change.noted", Schema: 1, Subject: subject, At: noon}
	for _, f := range change {
		f(&ev)
	}
	return ev
}

func series(name string) func(*evidence.Event) { return func(ev *evidence.Event) { ev.Series = name } }
func state(name string) func(*evidence.Event)  { return func(ev *evidence.Event) { ev.State = name } }
func final(name string) func(*evidence.Event) {
	return func(ev *evidence.Event) { ev.State, ev.Final = name, true }
}
func number(n string) func(*evidence.Event) { return func(ev *evidence.Event) { ev.Number = n } }

func appendOne(t testing.TB, log *evidence.Log, ev evidence.Event) evidence.Receipt {
	t.Helper()
	r, err := log.Append(context.Background(), []evidence.Event{ev})
	require.NoError(t, err)
	require.Len(t, r, 1)
	return r[0]
}

func TestE3_ReceivedRecordsAreNumberedWithoutGaps(t *testing.T) {
	log := evidencetest.New(t)
	for i := 1; i <= 5; i++ {
		r := appendOne(t, log, event(fmt.Sprintf("k%d", i), fmt.Sprintf("change/a/%d", i), series("CHG"), state("received")))
		require.Equal(t, fmt.Sprintf("CHG-%d", i), r.Number)
		require.Equal(t, uint64(i-1), r.Index)
		// A refused event in between takes no number with it.
		_, err := log.Append(t.Context(), []evidence.Event{event("k1", "change/other", series("CHG"))})
		require.ErrorIs(t, err, evidence.ErrConflict)
	}
	require.Equal(t, "PAT-1", appendOne(t, log, event("p1", "patch/1", series("PAT"))).Number)

	report := evidencetest.Check(t, log)
	require.Equal(t, []evidence.SeriesReport{
		{Series: "CHG", Count: 5, First: "CHG-1", Last: "CHG-5", States: map[string]int{"received": 5}},
		{Series: "PAT", Count: 1, First: "PAT-1", Last: "PAT-1", States: map[string]int{"": 1}},
	}, report.Series)
	require.Equal(t, map[string]int{"received": 5, "": 1}, report.States)
}

func TestE3_SameKeyGetsTheFirstReceipt(t *testing.T) {
	log := evidencetest.New(t)
	first := appendOne(t, log, event("k1", "change/a/1", series("CHG")))
	appendOne(t, log, event("k2", "change/a/2", series("CHG")))

	again := appendOne(t, log, event("k1", "change/a/1", series("CHG"), func(ev *evidence.Event) { ev.At = noon.Add(time.Hour) }))
	require.True(t, again.Existing)
	again.Existing = false
	require.Equal(t, first, again)

	// Within one call as well, and mixed with a new event, which takes its number.
	both, err := log.Append(t.Context(), []evidence.Event{event("k1", "change/a/1"), event("k3", "asset/x"), event("k3", "asset/x")})
	require.NoError(t, err)
	require.Equal(t, []bool{true, false, true}, []bool{both[0].Existing, both[1].Existing, both[2].Existing})
	require.Equal(t, "CHG-1", both[1].Number)
	require.Equal(t, both[1].Index, both[2].Index)
	require.Equal(t, uint64(3), log.Size())
	evidencetest.Check(t, log)
}

func TestE3_NumberFollowsSubject(t *testing.T) {
	log := evidencetest.New(t)
	appendOne(t, log, event("k1", "change/a/1", series("CHG")))
	appendOne(t, log, event("k2", "change/a/2", series("CHG")))
	for _, c := range []struct {
		name string
		ev   evidence.Event
		want string // number, or
		err  error
	}{
		{"own number when nothing is said", event("n1", "change/a/2"), "CHG-2", nil},
		{"asking again keeps it", event("n2", "change/a/2", series("CHG")), "CHG-2", nil},
		{"own number given", event("n3", "change/a/2", number("CHG-2")), "CHG-2", nil},
		{"another's number", event("n4", "change/a/2", number("CHG-1")), "", evidence.ErrConflict},
		{"another series", event("n5", "change/a/2", series("PAT")), "", evidence.ErrConflict},
		{"reference by a subject without number", event("n6", "asset/x", number("CHG-1")), "CHG-1", nil},
		{"number never allocated", event("n7", "asset/x", number("CHG-3")), "", evidence.ErrConflict},
		{"choosing a number", event("n8", "change/a/3", series("CHG"), number("CHG-3")), "", evidence.ErrConflict},
		{"not a number", event("n9", "asset/x", number("CHG-007")), "", evidence.ErrInvalid},
		{"not a series", event("n10", "asset/x", series("chg")), "", evidence.ErrInvalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := log.Append(t.Context(), []evidence.Event{c.ev})
			if c.err != nil {
				require.ErrorIs(t, err, c.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, r[0].Number)
		})
	}
	evidencetest.Check(t, log)
}

func TestE5_StandingFollowsStatesAndEndsForGood(t *testing.T) {
	log := evidencetest.New(t)
	ctx := t.Context()
	_, err := log.Standing(ctx, "change/a/1")
	require.ErrorIs(t, err, evidence.ErrNotFound)

	appendOne(t, log, event("k1", "change/a/1", series("CHG"), state("received")))
	appendOne(t, log, event("k2", "change/a/1"))
	appendOne(t, log, event("k3", "change/a/1", final("closed"), func(ev *evidence.Event) { ev.At = noon.Add(time.Minute) }))
	want := evidence.Standing{Subject: "change/a/1", Number: "CHG-1", State: "closed", Final: true, Index: 2, At: noon.Add(time.Minute), Records: 3}
	got, err := log.Standing(ctx, "change/a/1")
	require.NoError(t, err)
	require.Equal(t, want, got)

	_, err = log.Append(ctx, []evidence.Event{event("k4", "change/a/1", state("received"))})
	require.ErrorIs(t, err, evidence.ErrFinal)
	require.ErrorContains(t, err, `ended as "closed" with record 2`)
	// E15: a late click is a fact and changes nothing but the count.
	late := appendOne(t, log, event("k5", "change/a/1", func(ev *evidence.Event) { ev.Type, ev.Late = "change.late", true }))
	require.Equal(t, "CHG-1", late.Number)
	want.Records = 4
	got, err = log.ByNumber(ctx, "CHG-1")
	require.NoError(t, err)
	require.Equal(t, want, got)
	all, err := log.Standings(ctx, "CHG")
	require.NoError(t, err)
	require.Equal(t, []evidence.Standing{want}, all)
	evidencetest.Check(t, log)
}

func TestAppendIsAdmittedOrRefusedWhole(t *testing.T) {
	log := evidencetest.New(t)
	_, err := log.Append(t.Context(), []evidence.Event{
		event("k1", "change/a/1", series("CHG"), final("closed")),
		event("k2", "change/a/1", state("received")),
	})
	require.ErrorIs(t, err, evidence.ErrFinal)
	require.Zero(t, log.Size())
	require.Equal(t, "CHG-1", appendOne(t, log, event("k1", "change/a/2", series("CHG"))).Number)
}

func TestAppendRefuses(t *testing.T) {
	log := evidencetest.New(t)
	appendOne(t, log, event("taken", "change/a/1"))
	facts := func(text string) func(*evidence.Event) {
		return func(ev *evidence.Event) { ev.Facts = json.RawMessage(text) }
	}
	for _, c := range []struct {
		name string
		ev   evidence.Event
		err  error
		text string
	}{
		{"no key", event("", "s"), evidence.ErrInvalid, "has no key"},
		{"no subject", event("k", ""), evidence.ErrInvalid, "has no subject"},
		{"no type", event("k", "s", func(ev *evidence.Event) { ev.Type = "" }), evidence.ErrInvalid, "has no type"},
		{"no time", event("k", "s", func(ev *evidence.Event) { ev.At = time.Time{} }), evidence.ErrInvalid, "when it happened"},
		{"control character", event("k\x00", "s"), evidence.ErrInvalid, "control characters"},
		{"long key", event(strings.Repeat("k", 2000), "s"), evidence.ErrInvalid, "the limit is 1024"},
		{"key of another subject", event("taken", "change/a/2"), evidence.ErrConflict, "is record 0"},
		{"key of another type", event("taken", "change/a/1", func(ev *evidence.Event) { ev.Type = "x" }), evidence.ErrConflict, "is record 0"},
		{"facts not JSON", event("k", "s", facts(`{"a"`)), evidence.ErrInvalid, "facts"},
		{"facts not an object", event("k", "s", facts(`[1]`)), evidence.ErrInvalid, "not a JSON object"},
		{"facts twice the same name", event("k", "s", facts(`{"a":1,"a":2}`)), evidence.ErrInvalid, "facts"},
		{"number that a double would change", event("k", "s", facts(`{"a":9007199254740993}`)), evidence.ErrInvalid, "write it as a string"},
		{"too large", event("k", "s", facts(`{"a":"`+strings.Repeat("x", evidence.MaxRecord)+`"}`)), evidence.ErrTooLarge, "put its content into a blob"},
		{"missing blob", event("k", "s", func(ev *evidence.Event) {
			ev.Blobs = []evidence.BlobRef{{Role: "content", Digest: evidence.Digest([]byte("nowhere"))}}
		}), evidence.ErrMissingBlob, "put the blob first"},
		{"missing snapshot", event("k", "s", func(ev *evidence.Event) {
			ev.Actor = &evidence.Actor{Snapshot: evidence.Digest([]byte("nobody"))}
		}), evidence.ErrMissingBlob, "actor"},
		{"not a digest", event("k", "s", func(ev *evidence.Event) {
			ev.Blobs = []evidence.BlobRef{{Digest: "../../etc/passwd"}}
		}), evidence.ErrInvalid, "not a blob digest"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := log.Append(t.Context(), []evidence.Event{c.ev})
			require.ErrorIs(t, err, c.err)
			require.ErrorContains(t, err, c.text)
		})
	}
	many := make([]evidence.Event, evidence.MaxEvents+1)
	_, err := log.Append(t.Context(), many)
	require.ErrorIs(t, err, evidence.ErrTooLarge)
	require.Equal(t, uint64(1), log.Size())
}

// The largest record that is admitted is stored and read back whole.
func TestE1_RecordsUpToTheLimit(t *testing.T) {
	log := evidencetest.New(t)
	build := func(n int) evidence.Event {
		return event("k", "s", func(ev *evidence.Event) {
			ev.Facts = json.RawMessage(`{"a":"` + strings.Repeat("x", n) + `"}`)
		})
	}
	n := evidence.MaxRecord
	for {
		_, err := log.Append(t.Context(), []evidence.Event{build(n)})
		if err == nil {
			break
		}
		require.ErrorIs(t, err, evidence.ErrTooLarge)
		n -= 7
		require.Greater(t, n, evidence.MaxRecord-400, "the envelope takes less than that")
	}
	e, err := log.Lookup(t.Context(), "k")
	require.NoError(t, err)
	require.JSONEq(t, string(build(n).Facts), string(e.Record.Facts))
	evidencetest.Check(t, log)
}

func TestE1_RecordKeepsEverythingItWasGiven(t *testing.T) {
	log := evidencetest.New(t)
	content, err := log.Blobs().Put(t.Context(), []byte("as approved"))
	require.NoError(t, err)
	snapshot, err := log.Blobs().Put(t.Context(), []byte(`{"name":"Ada","salt":"x"}`))
	require.NoError(t, err)
	ev := event("CHG-1/v1/decided/1", "change/a/1", series("CHG"), state("approved"))
	ev.WorkflowID, ev.RunID, ev.ZoneHash = "change/a/1", "run", "zone"
	ev.Actor = &evidence.Actor{Person: "p1", Account: evidence.Account{Provider: "chat", ID: "U1"}, Snapshot: snapshot}
	ev.Rules = &evidence.Rules{Version: "3", Hash: "h", Directory: "7"}
	ev.Controls = []string{"SOC2:CC8.1"}
	ev.Blobs = []evidence.BlobRef{{Role: "content", Digest: content}}
	ev.Facts = json.RawMessage(`{"b": "ü <&>", "a": 1.50}`)
	ev.At = noon.In(time.FixedZone("X", 3600))
	r := appendOne(t, log, ev)

	got, err := log.Lookup(t.Context(), ev.Key)
	require.NoError(t, err)
	require.Equal(t, r.Hash, got.Hash)
	want := ev
	want.Number, want.At, want.Facts = "CHG-1", noon, json.RawMessage(`{"a":1.5,"b":"ü <&>"}`)
	require.Equal(t, want, got.Record.Event)
	for _, name := range []string{"change/a/1", "CHG-1"} {
		list, err := log.Records(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, []evidence.Entry{got}, list)
	}
	require.Equal(t, 2, evidencetest.Check(t, log).Blobs)
}

func TestRecordedTimeNeverGoesBack(t *testing.T) {
	clock := evidencetest.At(noon)
	log := evidencetest.New(t, func(c *evidence.Config) { c.Now = clock.Now })
	appendOne(t, log, event("k1", "s"))
	clock.Set(noon.Add(-time.Hour)) // an operator sets the clock back
	appendOne(t, log, event("k2", "s"))
	e, err := log.Lookup(t.Context(), "k2")
	require.NoError(t, err)
	require.Equal(t, noon, e.Record.Recorded)
	evidencetest.Check(t, log)
}

func TestCloseIsFinalAndRepeatable(t *testing.T) {
	log := evidencetest.New(t)
	appendOne(t, log, event("k1", "s"))
	require.NoError(t, log.Close())
	require.NoError(t, log.Close())
	_, err := log.Append(t.Context(), []evidence.Event{event("k2", "s")})
	require.ErrorIs(t, err, evidence.ErrClosed)
	require.ErrorIs(t, log.Publish(t.Context()), evidence.ErrClosed)
	require.ErrorIs(t, log.Anchor(t.Context()), evidence.ErrClosed)
}

// Close waits for the appends under way, and each of them is answered.
func TestCloseFinishesWhatWasAccepted(t *testing.T) {
	log := evidencetest.New(t)
	answered := make(chan error, 100)
	for i := range 100 {
		go func() {
			_, err := log.Append(context.Background(), []evidence.Event{event(fmt.Sprint(i), "s")})
			answered <- err
		}()
	}
	first := <-answered
	require.NoError(t, first)
	require.NoError(t, log.Close())
	recorded := uint64(1)
	for range 99 {
		err := <-answered
		if err == nil {
			recorded++
			continue
		}
		require.ErrorIs(t, err, evidence.ErrClosed)
	}
	report, err := evidence.Verify(t.Context(), evidence.VerifyInput{Dir: log.Dir(), PublicKey: log.PublicKey()})
	require.NoError(t, err)
	require.Equal(t, recorded, report.Size)
}

func TestAppendGivesUpWaitingWithItsCaller(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	log := evidencetest.New(t, func(c *evidence.Config) {
		c.Observer.Added = func(uint64, int) { cancel() }
	})
	_, err := log.Append(ctx, []evidence.Event{event("k1", "s", series("CHG"))})
	if err != nil { // the answer may have won the race
		require.ErrorIs(t, err, context.Canceled)
	}
	// What the caller does next: repeat, and find the record.
	require.Equal(t, "CHG-1", appendOne(t, log, event("k1", "s", series("CHG"))).Number)
	require.Equal(t, uint64(1), log.Size())
}
