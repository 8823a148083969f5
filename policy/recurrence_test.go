package policy_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance/change"
)

func repeating(kind, rule, start, rest string) string {
	return fmt.Sprintf("    %s:\n      - {name: again, repeat: %q, start: %q, %s}\n", kind, rule, start, rest)
}

func TestC26_WindowsThatRepeatByARule(t *testing.T) {
	for _, tc := range []struct {
		name, entries, from, until string
		want                       []string
	}{
		{"the last Friday of every month", repeating("windows", "FREQ=MONTHLY;BYDAY=-1FR", "2026-01-30T20:00", `end: "2026-01-31T02:00"`), "2026-02-01T00:00:00Z", "2026-05-01T00:00:00Z",
			[]string{"2026-02-27T19:00:00Z 2026-02-28T01:00:00Z", "2026-03-27T19:00:00Z 2026-03-28T01:00:00Z", "2026-04-24T18:00:00Z 2026-04-25T00:00:00Z"}},
		{"the second Tuesday, in elapsed time", repeating("windows", "FREQ=MONTHLY;BYDAY=2TU", "2026-01-13T22:00", "duration: 4h"), "2026-03-01T00:00:00Z", "2026-05-01T00:00:00Z",
			[]string{"2026-03-10T21:00:00Z 2026-03-11T01:00:00Z", "2026-04-14T20:00:00Z 2026-04-15T00:00:00Z"}},
		{"every other week", repeating("windows", "FREQ=WEEKLY;INTERVAL=2", "2026-01-05T20:00", "duration: 1h"), "2026-01-06T00:00:00Z", "2026-02-05T00:00:00Z",
			[]string{"2026-01-19T19:00:00Z 2026-01-19T20:00:00Z", "2026-02-02T19:00:00Z 2026-02-02T20:00:00Z"}},
		{"a few times only", repeating("windows", "FREQ=DAILY;COUNT=2", "2026-01-05T20:00", "duration: 1h"), "2026-01-01T00:00:00Z", "2026-02-05T00:00:00Z",
			[]string{"2026-01-05T19:00:00Z 2026-01-05T20:00:00Z", "2026-01-06T19:00:00Z 2026-01-06T20:00:00Z"}},
		{"a night in which the clocks go forward", repeating("windows", "FREQ=MONTHLY;BYDAY=-1SU", "2026-01-25T01:00", `end: "2026-01-25T04:00"`), "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z",
			[]string{"2026-03-29T00:00:00Z 2026-03-29T02:00:00Z"}},
		{"one that is under way", repeating("windows", "FREQ=MONTHLY;BYMONTHDAY=1", "2026-01-01T00:00", `end: "2026-01-15T00:00"`), "2026-02-10T00:00:00Z", "2026-02-11T00:00:00Z",
			[]string{"2026-01-31T23:00:00Z 2026-02-14T23:00:00Z"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := production(t, "Europe/Amsterdam", tc.entries, tc.from, tc.until)
			require.True(t, s.Restricted)
			require.Equal(t, tc.want, spans(s.Windows))
		})
	}
}

func spans(list []change.NamedInterval) []string {
	var out []string
	for _, i := range list {
		out = append(out, i.Start.Format(time.RFC3339)+" "+i.End.Format(time.RFC3339))
	}
	return out
}

// A freeze that repeats is known at least until its next time, however far away.
func TestC28_TheNextFreezeOfARuleIsKnown(t *testing.T) {
	s := production(t, "Europe/Amsterdam", repeating("freezes", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24", "2025-12-24T00:00", `end: "2025-12-27T00:00"`), "2026-01-05T00:00:00Z", "2026-01-19T00:00:00Z")
	require.False(t, s.Restricted)
	require.Equal(t, []string{"2026-12-23T23:00:00Z 2026-12-26T23:00:00Z"}, spans(s.Freezes))
}

// A weekly rule and an entry with the same days are the same windows, in every zone.
func TestC26_AWeeklyRuleIsAnEntryWithDays(t *testing.T) {
	zones := []string{"Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Pacific/Apia", "Asia/Kolkata"}
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		hour := rapid.IntRange(0, 23).Draw(t, "hour")
		end := rapid.SampledFrom([]string{`duration: 3h`, `end`}).Draw(t, "end")
		weekly, dated := end, end
		if end == "end" {
			weekly, dated = fmt.Sprintf(`end: "%02d:30"`, hour), fmt.Sprintf(`end: "2026-01-05T%02d:30"`, hour)
		}
		kind := rapid.SampledFrom([]string{"windows", "freezes"}).Draw(t, "kind")
		from := instant(t, "2026-02-01T00:00:00Z").Add(time.Duration(rapid.IntRange(0, 300*24).Draw(t, "hours")) * time.Hour)
		until := from.Add(20 * 24 * time.Hour)
		text := func(t time.Time) string { return t.Format(time.RFC3339) }
		days := production(t, zone, fmt.Sprintf("    %s:\n      - {name: again, days: [mon, sun], start: \"%02d:00\", %s}\n", kind, hour, weekly), text(from), text(until))
		rule := production(t, zone, repeating(kind, "FREQ=WEEKLY;BYDAY=MO,SU", fmt.Sprintf("2026-01-05T%02d:00", hour), dated), text(from), text(until))
		require.Equal(t, spans(days.Windows), spans(rule.Windows))
		before := func(list []change.NamedInterval) []string {
			var out []change.NamedInterval
			for _, i := range list {
				if i.Start.Before(until) {
					out = append(out, i)
				}
			}
			return spans(out)
		}
		require.Equal(t, before(days.Freezes), before(rule.Freezes))
	})
}

func TestEveryMistakeInARuleOfRecurrenceIsNamed(t *testing.T) {
	for _, tc := range []struct{ name, rule, start, rest, place, want string }{
		{"no rule", "every month", "2026-01-30T20:00", "duration: 1h", "repeat", `does not match pattern`},
		{"several times a day", "FREQ=HOURLY", "2026-01-30T20:00", "duration: 1h", "repeat", `does not match pattern`},
		{"an hour in the rule", "FREQ=DAILY;BYHOUR=9", "2026-01-30T20:00", "duration: 1h", "repeat", `the rule says at which time of the day (a rule repeats days`},
		{"a part nobody knows", "FREQ=DAILY;BYMOON=1", "2026-01-30T20:00", "duration: 1h", "repeat", `the rule cannot be read: `},
		{"a month there is not", "FREQ=YEARLY;BYMONTH=13", "2026-01-30T20:00", "duration: 1h", "repeat", `the rule cannot be read: `},
		{"a day there is not", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "2026-01-30T20:00", "duration: 1h", "repeat", `has no day from the start on (`},
		{"over before it begins", "FREQ=DAILY;UNTIL=20250101", "2026-01-30T20:00", "duration: 1h", "repeat", `has no day from the start on (`},
		{"a start beside the rule", "FREQ=MONTHLY;BYDAY=-1FR", "2026-01-29T20:00", "duration: 1h", "start", `the start is no day of the rule (write "2026-01-30T20:00", the first one from there)`},
		{"a clock time as start", "FREQ=DAILY", "20:00", "duration: 1h", "start", `"20:00" is not a time of this entry (`},
		{"too long", "FREQ=YEARLY", "2026-01-30T20:00", "duration: 40d", "duration", `an entry that repeats lasts at most 31 days (use dated entries)`},
		{"an end too late", "FREQ=YEARLY", "2026-01-30T20:00", `end: "2026-04-01T00:00"`, "end", `an entry that repeats lasts at most 31 days (`},
		{"days as well", "FREQ=DAILY", "20:00", `days: [mon], duration: 1h`, "repeat", `the entry has days already (give either days or repeat)`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			began := time.Now()
			got := problems(t, with(t, map[string]string{calendarsFile: calendars("UTC", repeating("windows", tc.rule, tc.start, tc.rest))}))
			require.Len(t, got, 1, got.Error())
			require.Equal(t, "calendars[1].windows[0]."+tc.place, got[0].Path)
			require.NotEmpty(t, got[0].Hint)
			require.Contains(t, got.Error(), tc.want)
			require.Less(t, time.Since(began), 20*time.Second)
		})
	}
}
