package policy_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/policy"
)

func TestVendorsAndWhatTheyOwe(t *testing.T) {
	rules, directory := load(t, policy.ExampleFS())
	all, ok := rules.Artefacts()
	require.True(t, ok)
	require.Equal(t, policy.Artefacts{Channel: "vendors", Fallback: "p-alice"}, all)
	require.Equal(t, []string{"iso27001", "pen-test", "soc2", "tls-certificate"}, rules.ArtefactClasses())

	usual, ok := rules.ArtefactClass("soc2")
	require.True(t, ok)
	require.Equal(t, certification.DefaultLadder(), usual.Ladder, "a class without a ladder has the default one (A1)")
	require.Equal(t, []string{"security"}, usual.GraceApprovers)
	keys, _ := rules.ArtefactClass("tls-certificate")
	require.Len(t, keys.Ladder.Rungs, 6)
	require.Equal(t, 14, keys.Ladder.MaxGrace)
	tests, _ := rules.ArtefactClass("pen-test")
	require.Equal(t, []string{"security", "change-board"}, tests.GraceApprovers, "a class may have its own")
	_, ok = rules.ArtefactClass("none")
	require.False(t, ok)

	require.Len(t, rules.Vendors(), 4)
	mendix, ok := rules.Vendor("mendix")
	require.True(t, ok)
	require.Equal(t, "p-bruno", string(mendix.Owner))
	artefact, ok := mendix.Artefact("iso27001")
	require.True(t, ok)
	require.Equal(t, "2036-06-30", artefact.NeededBy.String())
	_, ok = mendix.Artefact("none")
	require.False(t, ok)
	require.Equal(t, []string{"node-red"}, rules.VendorsOf("yard-flows"))
	require.Empty(t, rules.VendorsOf("none"))
	for _, v := range rules.Vendors() {
		_, ok := directory.Person(v.Owner)
		require.True(t, ok)
		for _, a := range v.Artefacts {
			class, ok := rules.ArtefactClass(a.Class)
			require.True(t, ok)
			require.NoError(t, class.Ladder.Check())
		}
	}
}

// The default ladder stands written out in the snapshot: what a tracker is
// pinned to does not change with a later release.
func TestA1_TheDefaultLadderIsPartOfTheSnapshot(t *testing.T) {
	rules, _ := load(t, policy.ExampleFS())
	require.Contains(t, string(rules.Canonical()), `"name":"default"`)
	own := strings.Replace(string(example(t)[artefactsFile].Data), "  - name: keys", "  - name: default", 1)
	own = strings.Replace(own, "ladder: keys", "ladder: default", 1)
	mine, _ := load(t, with(t, map[string]string{artefactsFile: own}))
	class, _ := mine.ArtefactClass("soc2")
	require.Len(t, class.Ladder.Rungs, 6, "an own ladder of that name is the default")
}

// A8: an artefact for which only its owner could grant a grace is refused.
func TestA8_SomebodyElseCanGrantAGrace(t *testing.T) {
	groups := strings.Replace(string(example(t)[groupsFile].Data), "[p-farah, p-hana]", "[p-chidi]", 1)
	got := problems(t, with(t, map[string]string{groupsFile: groups}))
	require.Equal(t, `rules/artefacts.yaml:67: vendors[1].artefacts[0].class: nobody but the owner p-chidi could grant a grace (name another group in grace_approvers: security holds nobody else)`, got.Error())
}

// A vendor that is added at run time is judged by the rules of the file.
func TestVendorsAddedAtRunTimeAreChecked(t *testing.T) {
	rules, directory := load(t, policy.ExampleFS())
	sound := func() policy.Vendor {
		v, _ := rules.Vendor("mendix")
		v.ID, v.Name = "retool", "Retool"
		return v
	}
	require.Empty(t, rules.CheckVendor(sound(), directory))
	bareOne := policy.Vendor{ID: "retool", Name: "Retool", Owner: "p-alice", Sponsor: "p-bruno", Contacts: sound().Contacts}
	require.Empty(t, rules.CheckVendor(bareOne, directory), "it owes nothing yet")
	for name, c := range map[string]struct {
		damage func(*policy.Vendor)
		want   string
	}{
		"taken":              {func(v *policy.Vendor) { v.ID = "mendix" }, `vendor mendix: id: the vendor "mendix" is in the rules already (`},
		"an id with a slash": {func(v *policy.Vendor) { v.ID = "re/tool" }, `vendor re/tool: id: 're/tool' does not match pattern`},
		"no name":            {func(v *policy.Vendor) { v.Name = " " }, `vendor retool: name: ' ' does not match pattern '\\S' (the vendor's name for people)`},
		"no contact":         {func(v *policy.Vendor) { v.Contacts = nil }, `vendor retool: contacts: minItems: got 0, want 1 (`},
		"unknown owner":      {func(v *policy.Vendor) { v.Owner = "p-alicia" }, `vendor retool: owner: there is no person "p-alicia" (did you mean "p-alice"?)`},
		"unknown system":     {func(v *policy.Vendor) { v.Systems[0] = "order-portl" }, `vendor retool: systems[0]: there is no system "order-portl" (did you mean "order-portal"?)`},
		"unknown class":      {func(v *policy.Vendor) { v.Artefacts[1].Class = "iso27002" }, `vendor retool: artefacts[1].class: there is no class "iso27002" (did you mean "iso27001"?)`},
		"an artefact twice":  {func(v *policy.Vendor) { v.Artefacts[1].ID = v.Artefacts[0].ID }, `vendor retool: artefacts[1].id: the artefact "soc2-type2" is defined twice (`},
		"a deaf contact":     {func(v *policy.Vendor) { v.Contacts[0].URL = "" }, `vendor retool: contacts[0]: the contact "Trust centre" cannot be reached (`},
	} {
		v := sound()
		c.damage(&v)
		got := rules.CheckVendor(v, directory)
		require.Len(t, got, 1, name)
		require.True(t, strings.HasPrefix(got[0].String(), c.want), "%s: %s", name, got[0])
	}
	require.Empty(t, rules.CheckVendor(sound(), directory), "the caller's own copies were damaged")
	bare := example(t)
	delete(bare, artefactsFile)
	silent, _ := load(t, bare)
	require.Len(t, silent.CheckVendor(sound(), directory), 1)
	require.Empty(t, silent.Vendors())
}

// What an organisation without the three kinds had as a hash, it keeps; what an
// earlier release stored with files it knew by name only can be restored.
func TestPoliciesWithoutTheNewKindsKeepTheirHash(t *testing.T) {
	files := example(t)
	for _, name := range []string{artefactsFile, escalationFile, patchFile, exceptionsFile, "rules/gate.yaml"} {
		delete(files, name)
	}
	edit := func(name, old, new string) {
		require.Contains(t, string(files[name].Data), old)
		files[name] = mapFile(strings.Replace(string(files[name].Data), old, new, 1))
	}
	text := string(files[organisationFile].Data)
	files[organisationFile] = mapFile(text[:strings.Index(text, "  kinds:")] + text[strings.Index(text, "channels:"):])
	edit(organisationFile, "  incidents: C03INCIDENTS\n  vendors: C04VENDORS\n", "")
	edit(systemsFile, "        calendar: yard\n      - name: acceptance\n", "        calendar: yard\n")
	// What a gate looks at.
	text = string(files[systemsFile].Data)
	files[systemsFile] = mapFile(text[:strings.Index(text, "    limits:")] + text[strings.Index(text, "    environments:\n      - name: production\n        calendar: production\n        regions"):])
	edit(systemsFile, "        regions: [eu]\n        data_classes: [public, internal, personal]\n", "")
	edit("rules/fields.yaml", "  data_class: {id: customfield_10117, kind: text, class: material}\n", "")
	for range 2 { // C18: a level that asks for no sign-in says nothing about it
		edit(chainsFile, "        step_up: true", "")
	}
	edit(fieldsFile, "  safe_points: {id: customfield_10118, kind: text, class: material}\n", "") // C30
	rules, _ := load(t, files)
	require.Equal(t, 3, strings.Count(string(rules.Canonical()), `"hold_limit":"720h",`))      // C3: written out since there are holds
	require.Equal(t, 6, strings.Count(string(rules.Canonical()), `"reminders":["50%","80%"]`)) // C10: likewise, at each level
	require.Equal(t, "0b089fb623fe644409b42de8182a3517bdc91d5720dd67304d612dc146be87ab", rules.Hash)
	_, ok := rules.Artefacts()
	require.False(t, ok)
	_, ok = rules.Patching()
	require.False(t, ok)

	old := bytes.Replace(rules.Canonical(), []byte(`,"routing":`), []byte(`,"reserved":{"patch":[{"apiVersion":"countersign/v1","kind":"patch"}]},"routing":`), 1)
	restored, err := policy.Restore(old)
	require.NoError(t, err)
	require.Equal(t, rules.Systems(), restored.Systems())
	_, ok = restored.Patching()
	require.False(t, ok)
}

// What has no order of its own can be written in any; steps, alerts, rings,
// targets and feeds have one.
func TestHashIsNotOfTheOrderOfTheNewKinds(t *testing.T) {
	rules, _ := load(t, policy.ExampleFS())
	swap := func(file, first, second string) policy.Rules {
		text := string(example(t)[file].Data)
		a, b := strings.Index(text, first), strings.Index(text, second)
		require.True(t, a >= 0 && b > a, file)
		end := b + len(second)
		for end < len(text) && (text[end-1] != '\n' || strings.HasPrefix(text[end:], "   ")) {
			end++ // to the end of the second item
		}
		got, _ := load(t, with(t, map[string]string{file: text[:a] + text[b:end] + text[a:b] + text[end:]}))
		return *got
	}
	for _, c := range []struct {
		file, first, second string
		same                bool
	}{
		{artefactsFile, "  - id: mendix\n", "  - id: outsystems\n", true},
		{artefactsFile, "  - name: soc2\n", "  - name: iso27001\n", true},
		{escalationFile, "  - name: amsterdam\n", "  - name: chicago\n", true},
		{escalationFile, "  - name: around-the-clock\n", "  - name: office-hours\n", true},
		{escalationFile, "  - name: alertmanager\n", "  - name: grafana\n", true},
		{escalationFile, "  - name: yard\n", "  - name: nobody notices yet\n", false},
		{patchFile, "  - id: yard-chicago\n", "  - id: yard-gate\n", false},
		{patchFile, "  - id: known-exploited\n", "  - id: node-red-advisory", false},
	} {
		got := swap(c.file, c.first, c.second)
		require.Equal(t, c.same, rules.Hash == got.Hash, "%s before %s", c.second, c.first)
	}
}

// Whoever tries the example out years from now finds changes that go through:
// no vendor's document is missing on the day it is needed by before then.
func TestTheExampleHoldsNoChangeUpForYears(t *testing.T) {
	rules, _ := load(t, example(t))
	for _, v := range rules.Vendors() {
		for _, a := range v.Artefacts {
			require.True(t, a.NeededBy.IsZero() || a.NeededBy.After(certification.DateOf(time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC))), "%s of %s is needed by %s", a.ID, v.ID, a.NeededBy)
		}
	}
}
