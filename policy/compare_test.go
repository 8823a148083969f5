package policy_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/policy"
)

// edited is the example with one text replaced by another in one file.
func edited(t require.TestingT, file, old, new string) fstest.MapFS {
	files := example(t)
	require.Contains(t, string(files[file].Data), old)
	files[file] = mapFile(strings.Replace(string(files[file].Data), old, new, 1))
	return files
}

func compare(t require.TestingT, before, after fstest.MapFS) policy.Comparison {
	oldRules, oldDirectory := load(t, before)
	newRules, newDirectory := load(t, after)
	c, err := policy.Compare(oldRules, oldDirectory, newRules, newDirectory)
	require.NoError(t, err)
	return c
}

func TestTheSamePolicyHasNoDifference(t *testing.T) {
	c := compare(t, example(t), example(t))
	require.True(t, c.Same())
	require.NotNil(t, c.Differences, "an empty list for scripts")
	// Layout, comments, order without meaning and notation are no difference.
	for name, after := range map[string]fstest.MapFS{
		"a comment":            edited(t, chainsFile, "chains:\n", "# who\nchains:\n"),
		"notation":             edited(t, chainsFile, "validity: 336h", "validity: 14d"),
		"the order of members": edited(t, groupsFile, "[p-farah, p-hana]", "[p-hana, p-farah]"),
		"the order of risks":   edited(t, routingFile, "risks: [low, medium]", "risks: [medium, low]"),
		"what is meant anyway": edited(t, chainsFile, "quorum: 60% # of those eligible, rounded up\n", "quorum: \"60%\"\n        step_up: false\n"),
	} {
		c := compare(t, example(t), after)
		require.True(t, c.Same(), "%s: %+v", name, c)
	}
}

func TestEveryDifferenceIsNamed(t *testing.T) {
	for _, tc := range []struct {
		name, file, old, new string
		want                 policy.Difference
	}{
		{"a quorum", chainsFile, "quorum: 2", "quorum: 3", policy.Difference{Kind: "chains", Path: "standard.levels[Platform owners].quorum", What: policy.Changed, Old: "2", New: "3"}},
		{"a deadline", chainsFile, "deadline: 72h", "deadline: 4d", policy.Difference{Kind: "chains", Path: "low-risk.levels[Platform owners].deadline", What: policy.Changed, Old: "72h", New: "4d"}},
		{"a step up", chainsFile, "        step_up: true # a fresh", "        # a fresh", policy.Difference{Kind: "chains", Path: "high-risk.levels[Security].step_up", What: policy.Removed, Old: "true"}},
		{"a group of a level", chainsFile, "groups: [security]", "groups: [security, change-board]", policy.Difference{Kind: "chains", Path: "high-risk.levels[Security].groups", What: policy.Added, New: "change-board"}},
		{"a rule's chain", routingFile, "chain: high-risk", "chain: standard", policy.Difference{Kind: "routing", Path: "high-risk.chain", What: policy.Changed, Old: "high-risk", New: "standard"}},
		{"a rule's condition", routingFile, "risks: [low, medium]", "risks: [low]", policy.Difference{Kind: "routing", Path: "acceptance.when.risks", What: policy.Removed, Old: "medium"}},
		{"a window", calendarsFile, "end: \"02:00\"", "end: \"03:00\"", policy.Difference{Kind: "calendars", Path: "production.windows[weeknights].end", What: policy.Changed, Old: "02:00", New: "03:00"}},
		{"a freeze's name", calendarsFile, "month-end billing", "month end", policy.Difference{Kind: "calendars", Path: "production.freezes[month-end billing]", What: policy.Removed,
			Old: `{"end":"2026-12-01T12:00","name":"month-end billing","start":"2026-11-30T18:00"}`}},
		{"an owner", systemsFile, "owner: p-chidi", "owner: p-dana", policy.Difference{Kind: "systems", Path: "claims-desk.owner", What: policy.Changed, Old: "p-chidi", New: "p-dana"}},
		{"a field's class", fieldsFile, "title: {id: summary, kind: text, class: notable", "title: {id: summary, kind: text, class: cosmetic", policy.Difference{Kind: "fields", Path: "title.class", What: policy.Changed, Old: "notable", New: "cosmetic"}},
		{"an account", peopleFile, "slack: U02BRUNO", "slack: U02B", policy.Difference{Kind: "people", Path: "p-bruno.accounts.slack", What: policy.Changed, Old: "U02BRUNO", New: "U02B"}},
		{"a member", groupsFile, "[p-farah, p-hana]", "[p-farah]", policy.Difference{Kind: "groups", Path: "security", What: policy.Removed, Old: "p-hana"}},
		{"a channel", organisationFile, "security: C", "security: X", policy.Difference{Kind: "organisation", Path: "channels.security", What: policy.Changed}},
		{"a soak", patchFile, "soak:", "soak: 23h\n        # was:", policy.Difference{Kind: "patch", Path: "classes[node-red].rings", What: policy.Changed}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := compare(t, example(t), edited(t, tc.file, tc.old, tc.new))
			require.NotEmpty(t, c.Differences)
			got := c.Differences[0]
			if tc.want.Old+tc.want.New == "" { // only the place matters
				require.Contains(t, got.Path, tc.want.Path)
				tc.want.Path, got.Old, got.New = got.Path, "", ""
			}
			require.Equal(t, tc.want, got)
		})
	}
}

func TestTheOrderOfRulesIsADifference(t *testing.T) {
	files := example(t)
	text := string(files[routingFile].Data)
	at := strings.Index(text, "  - name: acceptance")
	next := strings.Index(text, "  - name: low-risk")
	files[routingFile] = mapFile(text[:at] + text[next:] + text[at:next])
	c := compare(t, example(t), files)
	require.Equal(t, []policy.Difference{{
		Kind: "routing", What: policy.Reordered,
		Old: "sandbox, high-risk, acceptance, low-risk, standard", New: "sandbox, high-risk, low-risk, standard, acceptance",
	}}, c.Differences)
	require.Equal(t, policy.RouteDifference{System: "carrier-billing", Environment: "acceptance", Risk: "low",
		Old: policy.Decided{Rule: "acceptance", Chain: "low-risk"}, New: policy.Decided{Rule: "low-risk", Chain: "low-risk"}}, c.Routes[0])
}

// What an edit of one line comes to is found where it is felt.
func TestADifferenceSaysWhatItComesTo(t *testing.T) {
	c := compare(t, example(t), edited(t, groupsFile, "[p-alice, p-dana, p-farah]", "[p-alice, p-dana, p-farah, p-hana, p-goran]"))
	require.Equal(t, []policy.LevelDifference{
		{Chain: "high-risk", Level: "Change board", OldRequired: 2, NewRequired: 3, OldPeople: 3, NewPeople: 5, Joined: []compliance.PersonID{"p-goran", "p-hana"}},
		{Chain: "standard", Level: "Change board", OldRequired: 1, NewRequired: 1, OldPeople: 3, NewPeople: 5, Joined: []compliance.PersonID{"p-goran", "p-hana"}},
	}, c.Levels)
	require.Empty(t, c.Routes)

	c = compare(t, example(t), edited(t, routingFile, "environments: [production, sandbox]", "environments: [production]"))
	require.Equal(t, []policy.RouteDifference{{System: "sandbox", Environment: "sandbox", Risk: "medium", Old: policy.Decided{Rule: "standard", Chain: "standard"}}}, c.Routes)
}

func TestAPersonWhoComesOrGoesIsADifference(t *testing.T) {
	more := edited(t, peopleFile, "people:\n", "people:\n  - {id: p-karl, name: Karl, zone: Europe/Oslo, accounts: {cli: karl}}\n")
	c := compare(t, example(t), more)
	require.Len(t, c.Differences, 1)
	require.Equal(t, policy.Added, c.Differences[0].What)
	require.Equal(t, "p-karl", c.Differences[0].Path)
	back := compare(t, more, example(t))
	require.Equal(t, policy.Removed, back.Differences[0].What)

	away := edited(t, peopleFile, "    name: Dana Whitfield\n", "    name: Dana Whitfield\n    deputies: [{person: p-farah, from: \"2026-07-06\", until: \"2026-07-13\"}]\n")
	c = compare(t, example(t), away)
	require.Equal(t, "p-dana.deputies", c.Differences[0].Path)
	require.Contains(t, c.Differences[0].New, "2026-07-06T05:00:00Z")
	data, err := json.Marshal(c)
	require.NoError(t, err)
	require.Contains(t, string(data), `"what":"added"`)
}

func TestAKindThatComesOrGoesIsADifference(t *testing.T) {
	without := with(t, map[string]string{artefactsFile: ""})
	c := compare(t, example(t), without)
	require.Equal(t, "artefacts", c.Differences[0].Kind)
	require.Equal(t, policy.Removed, c.Differences[0].What)
}
