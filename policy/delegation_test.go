package policy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/policy"
)

// deputies writes Chidi's deputies, each as it stands in the file.
func (d *desk) deputies(entries ...string) {
	path := filepath.Join(d.dir, peopleFile)
	b, err := os.ReadFile(path)
	require.NoError(d.t, err)
	kept := make([]string, 0, 100)
	for _, line := range strings.Split(string(b), "\n") {
		if !strings.HasPrefix(line, "    deputies: ") {
			kept = append(kept, line)
		}
		if strings.Contains(line, "name: Chidi Okafor") && len(entries) > 0 {
			kept = append(kept, "    deputies: ["+strings.Join(entries, ", ")+"]")
		}
	}
	d.edits++
	require.NoError(d.t, os.WriteFile(path, []byte(strings.Join(kept, "\n")), 0o600))
	require.NoError(d.t, os.Chtimes(path, time.Time{}, time.Now().Add(time.Duration(d.edits)*time.Second)))
}

func delegation(id, person string, from, until time.Time) string {
	text := "{person: " + person + ", from: \"" + from.Format(time.RFC3339) + "\", until: \"" + until.Format(time.RFC3339) + "\"}"
	if id != "" {
		text = "{id: " + id + ", " + text[1:]
	}
	return text
}

// What has been decided under a delegation stays as it was: an edit that gives one to
// somebody else, moves what is past of it or takes it out while it is under way is not
// taken up, and says how to do it instead. It ends early by another end from now on (C9).
func TestC9_DelegationsAreNotRewritten(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Second)
	hours := func(n int) time.Time { return now.Add(time.Duration(n) * time.Hour) }
	under, ahead, over := delegation("leave", "p-dana", hours(-2), hours(24)), delegation("spring", "p-emeka", hours(48), hours(72)), delegation("before", "p-dana", hours(-9), hours(-8))
	for name, c := range map[string]struct {
		edit []string
		text string // of the problem; empty when the edit is taken up
	}{
		"nothing":                         {[]string{under, ahead, over}, ""},
		"to somebody else":                {[]string{delegation("leave", "p-bruno", hours(-2), hours(24)), ahead, over}, `the delegation "leave" was to p-dana`},
		"to somebody else before it":      {[]string{under, delegation("spring", "p-bruno", hours(48), hours(72)), over}, `the delegation "spring" was to p-emeka`},
		"begun at another time":           {[]string{delegation("leave", "p-dana", hours(-3), hours(24)), ahead, over}, `the delegation "leave" began at`},
		"ended now":                       {[]string{delegation("leave", "p-dana", hours(-2), now.Add(time.Minute)), ahead, over}, ""},
		"ended in the past":               {[]string{delegation("leave", "p-dana", hours(-2), hours(-1)), ahead, over}, "would have ended in the past"},
		"made longer":                     {[]string{delegation("leave", "p-dana", hours(-2), hours(25)), ahead, over}, "cannot be made longer"},
		"revived":                         {[]string{under, ahead, delegation("before", "p-dana", hours(-9), hours(30))}, `the delegation "before" ended at`},
		"taken out under way":             {[]string{ahead, over}, "is under way and was taken out"},
		"taken out before it":             {[]string{under, over}, ""},
		"taken out when over":             {[]string{under, ahead}, ""},
		"moved before it":                 {[]string{under, delegation("spring", "p-emeka", hours(30), hours(90)), over}, ""},
		"moved into the past before it":   {[]string{under, delegation("spring", "p-emeka", hours(-1), hours(90)), over}, "would have begun in the past"},
		"a new one beside it, without id": {[]string{under, ahead, over, delegation("", "p-emeka", hours(24), hours(30))}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, -1)
			d.deputies(under, ahead, over)
			was := d.directory().Version
			require.Empty(t, d.source.Trouble())
			d.deputies(c.edit...)
			is := d.directory().Version
			if c.text == "" {
				require.Empty(t, d.source.Trouble())
				return
			}
			require.Equal(t, was, is, "what was in force stays")
			require.Contains(t, d.source.Trouble().Error(), c.text)
			require.Contains(t, d.source.Trouble().Error(), "directory/people.yaml:")
			d.deputies(under, ahead, over)
			d.directory()
			require.Empty(t, d.source.Trouble())
		})
	}
}

// A delegation has one id; without one, whose it is and when it begins are it.
func TestC9_DelegationsHaveIDs(t *testing.T) {
	files := example(t)
	text := string(files[peopleFile].Data)
	put := func(entries string) {
		files[peopleFile].Data = []byte(strings.Replace(text, "    name: Chidi Okafor\n", "    name: Chidi Okafor\n    deputies: ["+entries+"]\n", 1))
	}
	put(`{id: a, person: p-dana, from: "2027-01-01", until: "2027-01-02"}, {id: a, person: p-dana, from: "2027-02-01", until: "2027-02-02"}`)
	_, _, err := policy.LoadFS(files)
	require.ErrorContains(t, err, `directory/people.yaml:29: people[2].deputies[1]: the delegation "a" is defined twice (the first is at directory/people.yaml:29; give each an id of its own)`)
	put(`{person: p-dana, from: "2027-01-01", until: "2027-01-02"}, {person: p-dana, from: "2027-02-01", until: "2027-02-02"}`)
	_, dir, err := policy.LoadFS(files)
	require.NoError(t, err)
	require.Equal(t, "p-chidi/p-dana/2026-12-31T23:00:00Z", dir.Delegations()[0].ID)
}

// Whom a level calls besides its groups, and when, is checked with everything else.
func TestC10_WhomALevelCallsIsChecked(t *testing.T) {
	for name, c := range map[string]struct{ keys, want string }{
		"a share of all":            {"reminders: [100%]", "reminders[0]"},
		"no share":                  {"reminders: [12h]", "reminders[0]"},
		"out of order":              {"reminders: [80%, 50%]", "the reminder at 50% does not come after the one before it (write each share once, the earliest first)"},
		"twice":                     {"reminders: [50%, 50%]", "the reminder at 50% does not come after"},
		"an unknown group":          {"deputies: [securty]", `deputies[0]: there is no group "securty" (did you mean "security"?)`},
		"deputies who decide":       {"deputies: [platform-owners]", `the group "platform-owners" decides the level anyway`},
		"an unknown fallback":       {"fallback: {groups: [bord], after: 75%}", `fallback.groups[0]: there is no group "bord"`},
		"a fallback that decides":   {"fallback: {groups: [platform-owners], after: 75%}", `the group "platform-owners" decides the level anyway`},
		"a fallback at no time":     {"fallback: {groups: [security]}", `"after" is missing`},
		"a fallback at the end":     {"fallback: {groups: [security], after: 100%}", "fallback.after"},
		"all of it, well":           {"deputies: [security]\n        reminders: [10%, 99%]\n        fallback: {groups: [change-board], after: 75%}", ""},
		"never a reminder":          {"reminders: []", ""},
		"a deputies' group of none": {"deputies: []", "deputies"},
	} {
		t.Run(name, func(t *testing.T) {
			files := example(t)
			files[chainsFile].Data = []byte(strings.Replace(string(files[chainsFile].Data), "        quorum: 2\n", "        quorum: 2\n        "+c.keys+"\n", 1))
			rules, _, err := policy.LoadFS(files)
			if c.want != "" {
				require.ErrorContains(t, err, c.want)
				return
			}
			require.NoError(t, err)
			restored, err := policy.Restore(rules.Canonical())
			require.NoError(t, err)
			chain, _ := rules.Chain("standard")
			again, _ := restored.Chain("standard")
			require.Equal(t, chain, again)
			if name == "never a reminder" {
				require.Empty(t, again.Levels[0].Reminders)
				return
			}
			require.Equal(t, []int{10, 99}, again.Levels[0].Reminders)
			require.Equal(t, 75, again.Levels[0].Fallback.After)
			chain.Levels[0].Fallback.Groups[0] = "spoilt" // the caller's own copy
			third, _ := rules.Chain("standard")
			require.Equal(t, []string{"change-board"}, third.Levels[0].Fallback.Groups)
		})
	}
}
