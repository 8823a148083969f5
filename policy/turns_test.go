package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const limited = "      - name: production\n        calendar: production\n        concurrency: 2\n"

// A limit stands in every schedule of its environment, with the time in which a turn
// has to be used written out; an environment without one says nothing of it (C29).
func TestC29_TheLimitIsPartOfTheSchedule(t *testing.T) {
	plain, _ := load(t, example(t))
	for within, want := range map[string]time.Duration{"": 2 * time.Hour, "        turn_within: 30m\n": 30 * time.Minute} {
		files := example(t)
		files[systemsFile] = mapFile(strings.Replace(string(files[systemsFile].Data), "      - name: production\n        calendar: production\n", limited+within, 1))
		rules, _ := load(t, files)
		from := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
		s, err := rules.Schedule("order-portal", "production", from, from.AddDate(0, 0, 14))
		require.NoError(t, err)
		require.Equal(t, 2, s.Concurrency)
		require.Equal(t, want, s.TurnWithin)
		s, err = rules.Schedule("order-portal", "acceptance", from, from.AddDate(0, 0, 14))
		require.NoError(t, err)
		require.Zero(t, s.Concurrency)
		require.Zero(t, s.TurnWithin)
		require.NotEqual(t, plain.Hash, rules.Hash)
		require.Contains(t, string(rules.Canonical()), `"turn_within":"`)
	}
	require.NotContains(t, string(plain.Canonical()), "turn_within")
}

// What cannot be meant is said with its place and how to mend it.
func TestC29_LimitsThatCannotBeMeant(t *testing.T) {
	for edit, want := range map[string]string{
		"        turn_within: 1h\n":                           "nobody takes turns here",
		"        concurrency: 1\n        turn_within: 5m\n":   "a turn of less than 15 minutes",
		"        concurrency: 1\n        turn_within: soon\n": `"soon" is not a duration`,
		"        concurrency: 0\n":                            "concurrency",
		"        concurrency: many\n":                         "concurrency",
	} {
		files := example(t)
		files[systemsFile] = mapFile(strings.Replace(string(files[systemsFile].Data), "        calendar: production\n", "        calendar: production\n"+edit, 1))
		require.Contains(t, problems(t, files).Error(), want, edit)
	}
}
