package policy_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// check resolves the attempts around a change of the clocks and compares every one
// with the oracle, and openings among them minute by minute. What was answered
// goes into the sum.
func check(t require.TestingT, zoneName string, at time.Time, attempts []attempt, sum hash.Hash) {
	loc := zone(t, zoneName)
	clock := clockAround(at, loc)
	from, until := at.Add(-30*time.Hour), at.Add(30*time.Hour)
	wants := make([][]compliance.Interval, len(attempts))
	entries := map[bool]string{}
	skipped, skips := "", 0
	for i, a := range attempts {
		wants[i] = a.want(clock, from, until)
		line := "      - " + a.entry(fmt.Sprint("a", i)) + "\n"
		if a.form == "dated" && len(wants[i]) == 0 {
			skipped, skips = skipped+line, skips+1
			continue
		}
		entries[a.freeze] += line
	}
	if skips > 0 {
		refused := problems(t, with(t, map[string]string{calendarsFile: calendars(zoneName, "    windows:\n"+skipped)}))
		require.Len(t, refused, skips, "%s: a dated entry that the clocks skip is refused", zoneName)
		for _, p := range refused {
			require.Contains(t, p.Text, "the clocks skip it")
		}
	}
	text := ""
	for freeze, kind := range map[bool]string{false: "windows", true: "freezes"} {
		if entries[freeze] != "" {
			text += "    " + kind + ":\n" + entries[freeze]
		}
	}
	if text == "" {
		return
	}
	rules, _ := load(t, with(t, map[string]string{calendarsFile: calendars(zoneName, text)}))
	for _, from := range []time.Time{from, at, at.Add(time.Minute)} { // before it, and when some are under way
		s, err := rules.Schedule("order-portal", "production", from, until)
		require.NoError(t, err)
		require.Equal(t, until, s.Until)
		got := byName(t, s)
		for i, a := range attempts {
			is, want := got[i], within(wants[i], from, until)
			if !slices.Equal(want, is) { // asked first: the comparison in words is slow
				require.Equal(t, want, is, "%s around %s, from %s: %+v", zoneName, at, from, a)
			}
			for _, x := range is {
				binary.Write(sum, binary.BigEndian, [3]int64{int64(i), x.Start.Unix(), x.End.Unix()})
			}
		}
		if from.Before(at) {
			checkOpenings(t, s, attempts, wants, got)
		}
	}
}

// byName gives what a schedule lists under the number of each attempt, and
// requires it to be in order and half-open.
func byName(t require.TestingT, s change.Schedule) map[int][]compliance.Interval {
	got := map[int][]compliance.Interval{}
	for _, list := range [][]change.NamedInterval{s.Windows, s.Freezes} {
		require.True(t, slices.IsSortedFunc(list, func(a, b change.NamedInterval) int { return a.Start.Compare(b.Start) }), "in order")
		for _, i := range list {
			require.True(t, i.Start.Before(i.End) && i.Contains(i.Start) && !i.Contains(i.End), "half-open")
			if i.Start.Before(s.Until) { // freezes are told beyond the horizon
				n, err := strconv.Atoi(strings.TrimPrefix(i.Name, "a"))
				require.NoError(t, err)
				got[n] = append(got[n], i.Interval)
			}
		}
	}
	return got
}

func within(list []compliance.Interval, from, until time.Time) []compliance.Interval {
	var out []compliance.Interval
	for _, i := range list {
		if i.End.After(from) && i.Start.Before(until) {
			out = append(out, i)
		}
	}
	return out
}

// checkOpenings asks for the next opening of one window under one freeze, for
// several pairs, and looks through the minutes for it.
func checkOpenings(t require.TestingT, s change.Schedule, attempts []attempt, wants [][]compliance.Interval, got map[int][]compliance.Interval) {
	var windows, freezes []int
	for i, a := range attempts {
		if a.freeze {
			freezes = append(freezes, i)
		} else {
			windows = append(windows, i)
		}
	}
	from := s.Until.Add(-60 * time.Hour)
	for k, w := range windows {
		if k%7 != 0 && len(attempts) > 50 || len(freezes) == 0 {
			continue
		}
		f := freezes[(k*5+3)%len(freezes)]
		one := change.Schedule{Restricted: true, Windows: named(got[w]), Freezes: named(got[f]), Until: s.Until}
		open := make([]bool, int(s.Until.Sub(from)/time.Minute)+1)
		mark := func(list []compliance.Interval, as bool) {
			for _, i := range list {
				for m := i.Start; m.Before(i.End); m = m.Add(time.Minute) {
					if n := int(m.Sub(from) / time.Minute); !m.Before(from) && n < len(open)-1 {
						open[n] = as
					}
				}
			}
		}
		mark(wants[w], true)
		mark(wants[f], false)
		for _, length := range []int{1, 15, 61, 150} {
			want, free := time.Time{}, 0
			for n, o := range open {
				if free++; !o {
					free = 0
				}
				if free == length {
					want = from.Add(time.Duration(n-length+1) * time.Minute)
					break
				}
			}
			next, ok := change.NextOpening(one, from, time.Time{}, time.Duration(length)*time.Minute)
			require.Equal(t, !want.IsZero(), ok, "%d minutes in %+v under %+v", length, attempts[w], attempts[f])
			if ok && !next.At.Equal(want) {
				require.Equal(t, want, next.At, "%d minutes in %+v under %+v", length, attempts[w], attempts[f])
			}
		}
	}
}

func named(list []compliance.Interval) []change.NamedInterval {
	var out []change.NamedInterval
	for _, i := range list {
		out = append(out, change.NamedInterval{Interval: i})
	}
	return out
}

// edges are times on the wall inside, at and one minute beside what a change skips or doubles.
func edges(at time.Time, loc *time.Location) []time.Time {
	low, high := clocks(at.Add(-time.Minute), loc).Add(time.Minute), clocks(at, loc)
	if high.Before(low) {
		low, high = high, low
	}
	out := []time.Time{low.Add(-time.Minute), low, low.Add(time.Minute), low.Add(high.Sub(low) / 2).Truncate(time.Minute), high.Add(-time.Minute), high, high.Add(time.Minute)}
	return slices.Compact(out)
}

// everyAttempt is each form of window and freeze with a start or an end at every edge.
func everyAttempt(points []time.Time) []attempt {
	var out []attempt
	for _, form := range []string{"dated", "weekly", "daily", "repeat"} {
		for _, freeze := range []bool{false, true} {
			for i, p := range points {
				out = append(out,
					attempt{freeze: freeze, form: form, start: p, end: p.Add(5 * time.Hour)},
					attempt{freeze: freeze, form: form, start: p.Add(-5 * time.Hour), end: p},
					attempt{freeze: freeze, form: form, start: p, length: 45 * time.Minute},
					attempt{freeze: freeze, form: form, start: p, length: 3 * time.Hour})
				for _, q := range points[i+1:] {
					out = append(out, attempt{freeze: freeze, form: form, start: p, end: q})
				}
			}
		}
	}
	return out
}

// TestC26_EntriesAgreeWithTheClocks draws windows and freezes around every kind of
// change and compares them with what the clocks show minute by minute.
func TestC26_EntriesAgreeWithTheClocks(t *testing.T) {
	t.Parallel()
	zones := changingZones(t)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(zones).Draw(t, "zone")
		loc := zone(t, name)
		at := rapid.SampledFrom(transitions(loc)).Draw(t, "change")
		check(t, name, at, rapid.SliceOfN(rapid.Custom(func(t *rapid.T) attempt {
			start := clocks(at, loc).Add(time.Duration(rapid.IntRange(-240, 240).Draw(t, "start")) * time.Minute)
			a := attempt{freeze: rapid.Bool().Draw(t, "freeze"), form: rapid.SampledFrom([]string{"dated", "weekly", "daily", "repeat"}).Draw(t, "form"), start: start}
			length := time.Duration(rapid.IntRange(1, 480).Draw(t, "length")) * time.Minute
			if a.end = start.Add(length); rapid.Bool().Draw(t, "elapsed") {
				a.length = length
			}
			return a
		}), 1, 10).Draw(t, "attempts"), sha256.New())
	})
}

// database is the zone database that Go embeds in programs (time/tzdata), as its
// distribution holds it, and the names of all its zones.
func database(t *testing.T) (file string, names []string) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	require.NoError(t, err)
	file = filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip")
	z, err := zip.OpenReader(file)
	require.NoError(t, err)
	defer z.Close()
	for _, f := range z.File {
		if !strings.HasSuffix(f.Name, "/") {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	require.Greater(t, len(names), 500)
	return file, names
}

// TestC26_EverySpellAtEveryChange tries every form of window and freeze with a
// start or an end at every edge of every change that a zone makes from 2024 to
// 2030: of all zones with COUNTERSIGN_SWEEP, otherwise of a few.
func TestC26_EverySpellAtEveryChange(t *testing.T) {
	t.Parallel()
	all := os.Getenv("COUNTERSIGN_SWEEP") != ""
	_, names := database(t)
	sum, began := sha256.New(), time.Now()
	var changing []string
	zones, changes, tried := 0, 0, 0
	for _, name := range names {
		loc, err := time.LoadLocation(name)
		require.NoError(t, err)
		at := transitions(loc)
		if len(at) > 0 {
			changing = append(changing, name)
		}
		if !all {
			if len(at) == 0 || len(changing)%70 != 1 && name != "Australia/Lord_Howe" && name != "Africa/Casablanca" {
				continue
			}
			at = at[:min(2, len(at))]
		}
		if len(at) > 0 {
			zones++
		}
		for _, c := range at {
			attempts := everyAttempt(edges(c, loc))
			check(t, name, c, attempts, sum)
			changes, tried = changes+1, tried+len(attempts)
		}
	}
	require.Equal(t, changingZones(t), changing, "testdata/zones.txt lists every zone that changes")
	require.NotZero(t, changes)
	t.Logf("%d windows and freezes at %d changes of %d zones of %d (%d change) in %s", tried, changes, zones, len(names), len(changing), time.Since(began).Round(time.Second))
	t.Logf("answers %s", hex.EncodeToString(sum.Sum(nil)))
}

// TestC25_TheZoneOfTheProcessDoesNotMatter has the same answered by processes that
// run in zones of their own, with the zone data that Go embeds.
func TestC25_TheZoneOfTheProcessDoesNotMatter(t *testing.T) {
	t.Parallel()
	file, _ := database(t)
	answers := regexp.MustCompile(`answers [0-9a-f]{64}`)
	zones := []string{"UTC", "Pacific/Kiritimati", "America/New_York"}
	if os.Getenv("COUNTERSIGN_SWEEP") != "" {
		zones = zones[:2] // fourteen hours apart
	}
	outs, children := make([]bytes.Buffer, len(zones)), make([]*exec.Cmd, len(zones))
	for i, tz := range zones {
		c := exec.Command(os.Args[0], "-test.run=^TestC26_EverySpellAtEveryChange$", "-test.v", "-test.timeout=0")
		c.Env, c.Stdout, c.Stderr = append(os.Environ(), "TZ="+tz, "ZONEINFO="+file), &outs[i], &outs[i]
		require.NoError(t, c.Start())
		children[i] = c
	}
	var got []string
	for i, tz := range zones {
		require.NoError(t, children[i].Wait(), "%s: %s", tz, &outs[i])
		got = append(got, answers.FindString(outs[i].String()))
		for line := range strings.Lines(outs[i].String()) {
			if strings.Contains(line, "windows and freezes at") {
				t.Logf("%s: %s", tz, strings.TrimSpace(line))
			}
		}
	}
	require.NotEmpty(t, got[0])
	require.Len(t, slices.Compact(got), 1, "the same in every zone")
}
