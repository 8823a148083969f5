package policy_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/policy"
)

func TestLoadReadsTheExample(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "policy")
	require.NoError(t, policy.WriteExample(dir))
	rules, directory, err := policy.Load(dir)
	require.NoError(t, err)
	require.Len(t, rules.Hash, 64)
	require.Equal(t, rules.Hash[:12], rules.Version)
	require.Equal(t, directory.Hash[:12], directory.Version)

	require.Equal(t, policy.Tickets{
		Site: "example", Project: "OPS", IssueType: "Change", SubmitStatus: "Submitted", BotAccount: "bot-countersign",
		Statuses: rules.Tickets().Statuses, Kinds: rules.Tickets().Kinds,
	}, rules.Tickets())
	require.Equal(t, policy.TicketKindRules{
		Project: "OPS", IssueType: "Incident", Done: []string{"Done"}, WontDo: []string{"Won't Do"},
		Statuses: map[string]string{"triggered": "Triggered", "acknowledged": "Acknowledged", "resolved": "Resolved", "reviewed": "Reviewed", "closed": "Closed"},
		Fields: map[string]policy.TicketKindField{
			"severity": {ID: "customfield_10201", Kind: policy.ChoiceField}, "system": {ID: "customfield_10202", Kind: policy.TextField},
		},
	}, rules.Tickets().Kinds[compliance.TicketIncident])
	for _, kind := range compliance.TicketKinds() {
		require.Len(t, rules.Tickets().Kinds[kind].Statuses, len(kind.Statuses()), kind)
	}
	for _, logical := range policy.LogicalStatuses() {
		require.NotEmpty(t, rules.Tickets().Statuses[logical], logical)
	}
	channel, ok := rules.Channel("changes")
	require.True(t, ok)
	require.Equal(t, "C01CHANGES", channel)

	chain, ok := rules.Chain("standard")
	require.True(t, ok)
	require.Equal(t, policy.Chain{
		Name: "standard", Validity: 336 * time.Hour, Resubmit: 168 * time.Hour, HoldLimit: 720 * time.Hour, OnLost: change.VoidVote,
		Levels: []change.Level{
			{Name: "Platform owners", Groups: []string{"platform-owners"}, Quorum: "2", Deadline: 48 * time.Hour, Reminders: []int{50, 80}},
			{Name: "Change board", Groups: []string{"change-board"}, Quorum: "1", Deadline: 48 * time.Hour, External: "p-ingrid", Reminders: []int{50, 80}},
		},
	}, chain)
	_, ok = rules.Chain("none")
	require.False(t, ok)
	require.Len(t, rules.Fields(), 19)

	_, _, err = policy.Load(filepath.Join(dir, "nowhere"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, _, err = policy.Load(filepath.Join(dir, "rules/chains.yaml"))
	require.ErrorContains(t, err, "is a file")
}

func TestEveryChangeOfTheExampleHasARoute(t *testing.T) {
	rules, directory := load(t, policy.ExampleFS())
	want := map[string]string{
		"production low": "low-risk", "production medium": "standard", "production high": "high-risk",
		"acceptance low": "low-risk", "acceptance medium": "low-risk", "acceptance high": "high-risk",
		"sandbox low": "low-risk", "sandbox medium": "standard", "sandbox high": "high-risk",
	}
	require.Len(t, rules.Systems(), 5)
	for _, s := range rules.Systems() {
		_, ok := directory.Person(s.Owner)
		require.True(t, ok)
		for _, e := range s.Environments {
			for _, risk := range []string{"low", "medium", "high"} {
				route, err := rules.Route(policy.Case{System: s.ID, Environment: e.Name, Risk: risk})
				require.NoError(t, err)
				require.Equal(t, want[e.Name+" "+risk], route.Chain)
				_, ok := rules.Channel(route.Channel)
				require.True(t, ok)
			}
		}
	}
	_, err := rules.Route(policy.Case{System: "order-portal", Environment: "staging", Risk: "medium"})
	require.ErrorIs(t, err, policy.ErrNoRoute, "no rule matches an environment nobody named")
}

// TestC6_TheExampleCanDecideWhoeverAsks: no pair of requester and implementer
// makes the standard chain unreachable.
func TestC6_TheExampleCanDecideWhoeverAsks(t *testing.T) {
	rules, directory := load(t, policy.ExampleFS())
	chain, _ := rules.Chain("standard")
	for _, requester := range directory.People() {
		for _, implementer := range directory.Members([]string{"implementers"}) {
			for _, level := range chain.Levels {
				duties := change.Duties{Requester: requester.ID, Implementer: implementer.Person.ID}
				resolved, err := change.ResolveLevel(level, directory.Members(level.Groups), duties, nil, false, time.Now())
				require.NoError(t, err)
				require.GreaterOrEqual(t, len(resolved.Eligible), resolved.Required, "%s %s %s", requester.ID, implementer.Person.ID, level.Name)
			}
		}
	}
}

func TestWriteExampleNeverOverwrites(t *testing.T) {
	dir := t.TempDir()
	mine := filepath.Join(dir, "rules", "chains.yaml")
	require.NoError(t, os.MkdirAll(filepath.Dir(mine), 0o755))
	require.NoError(t, os.WriteFile(mine, []byte("mine"), 0o644))
	require.ErrorIs(t, policy.WriteExample(dir), os.ErrExist)
	data, err := os.ReadFile(mine)
	require.NoError(t, err)
	require.Equal(t, "mine", string(data))
	_, err = os.Stat(filepath.Join(dir, "directory"))
	require.ErrorIs(t, err, os.ErrNotExist, "nothing was written")
}

func TestHashIsOfTheRulesAndNotOfTheirLayout(t *testing.T) {
	rules, directory := load(t, policy.ExampleFS())
	files := example(t)
	// Comments, file names, order and splitting mean nothing …
	text := string(files[chainsFile].Data)
	at := strings.Index(text, "  - name: low-risk")
	delete(files, chainsFile)
	files["rules/a.yaml"] = mapFile("# moved\napiVersion: countersign/v1\nkind: chains\nchains:\n" + text[at:])
	files["rules/z.yaml"] = mapFile(text[:at])
	files[fieldsFile] = mapFile(string(files[fieldsFile].Data) + "# end\n")
	same, sameDirectory := load(t, files)
	require.Equal(t, string(rules.Canonical()), string(same.Canonical()))
	require.Equal(t, rules.Hash, same.Hash)
	require.Equal(t, directory.Hash, sameDirectory.Hash)
	// … the order of routing rules and every value do.
	files = example(t)
	files[routingFile] = mapFile(strings.Replace(string(files[routingFile].Data), "name: standard", "name: usual", 1))
	renamed, _ := load(t, files)
	require.NotEqual(t, rules.Hash, renamed.Hash)
	// The directory is no part of the rules.
	files = example(t)
	files[peopleFile] = mapFile(strings.Replace(string(files[peopleFile].Data), "Hana Suzuki", "Hana Sato", 1))
	sameRules, married := load(t, files)
	require.Equal(t, rules.Hash, sameRules.Hash)
	require.NotEqual(t, directory.Hash, married.Hash)
}

func TestRestoreGivesTheSameRules(t *testing.T) {
	rules, _ := load(t, example(t))
	restored, err := policy.Restore(rules.Canonical())
	require.NoError(t, err)
	require.Equal(t, rules.Hash, restored.Hash)
	require.Equal(t, rules.Version, restored.Version)
	require.Equal(t, rules.Organisation(), restored.Organisation())
	require.Equal(t, rules.Systems(), restored.Systems())
	require.Equal(t, rules.Fields(), restored.Fields())
	for _, name := range []string{"standard", "low-risk", "high-risk"} {
		was, _ := rules.Chain(name)
		is, ok := restored.Chain(name)
		require.True(t, ok)
		require.Equal(t, was, is)
	}
	require.Equal(t, rules, restored, "all of it, the new kinds included")
	from := instant(t, "2026-10-01T00:00:00Z")
	was, err := rules.Schedule("yard-flows", "production", from, from.AddDate(0, 6, 0))
	require.NoError(t, err)
	is, err := restored.Schedule("yard-flows", "production", from, from.AddDate(0, 6, 0))
	require.NoError(t, err)
	require.Equal(t, was, is)

	for _, tc := range []struct {
		name, want string
		snapshot   []byte
	}{
		{"cut", "unexpected EOF", rules.Canonical()[:200]},
		{"not canonical", "not in canonical form", append([]byte(" "), rules.Canonical()...)},
		{"of a later version", `the version "countersign/v2" is not known`, bytes.Replace(rules.Canonical(), []byte("countersign/v1"), []byte("countersign/v2"), 1)},
		{"with an unknown key", "unknown field", bytes.Replace(rules.Canonical(), []byte(`{"apiVersion"`), []byte(`{"aNew":1,"apiVersion"`), 1)},
		{"of an unknown zone", `"America/Chigaco" is not an IANA zone`, bytes.Replace(rules.Canonical(), []byte("America/Chicago"), []byte("America/Chigaco"), 1)},
		{"something else", `the version "" is not known`, []byte(`{}`)},
	} {
		_, err := policy.Restore(tc.snapshot)
		require.ErrorContains(t, err, tc.want, tc.name)
	}
	require.True(t, json.Valid(rules.Canonical()))
}

// What was pinned before there were kinds of ticket is still restored, with the
// hash it was pinned under; and a policy that uses none hashes as it did then.
func TestRulesWithoutKindsOfTicket(t *testing.T) {
	text := string(example(t)[organisationFile].Data)
	from, to := strings.Index(text, "  kinds:"), strings.Index(text, "channels:")
	bare := text[:from] + text[to:]
	// Processes that open such tickets need their kinds.
	require.Equal(t, strings.Join([]string{
		"rules/artefacts.yaml:6: the tracker has no tickets of kind renewal (add tickets.kinds.renewal to the file of kind organisation)",
		"rules/escalation.yaml:3: the tracker has no tickets of kind incident (add tickets.kinds.incident to the file of kind organisation)",
		"rules/escalation.yaml:3: the tracker has no tickets of kind action (add tickets.kinds.action to the file of kind organisation)",
	}, "\n"), problems(t, with(t, map[string]string{organisationFile: bare})).Error())

	rules, _ := load(t, with(t, map[string]string{organisationFile: bare, artefactsFile: "", escalationFile: ""}))
	require.NotContains(t, string(rules.Canonical()), `"kinds"`)
	require.Nil(t, rules.Tickets().Kinds)
	restored, err := policy.Restore(rules.Canonical())
	require.NoError(t, err)
	require.Equal(t, rules.Hash, restored.Hash)

	whole, _ := load(t, policy.ExampleFS())
	require.NotEqual(t, rules.Hash, whole.Hash)
	restored, err = policy.Restore(whole.Canonical())
	require.NoError(t, err)
	require.Equal(t, whole.Tickets(), restored.Tickets())
}

func TestWhatIsReturnedIsTheCallersOwn(t *testing.T) {
	rules, directory := load(t, policy.ExampleFS())
	before := rules.Canonical()
	rules.Canonical()[0] = 'x'
	rules.Tickets().Statuses["closed"] = "x"
	rules.Tickets().Kinds[compliance.TicketAction].Statuses["open"] = "x"
	rules.Tickets().Kinds[compliance.TicketAction].WontDo[0] = "x"
	rules.Organisation().Channels["changes"] = "x"
	rules.Fields()[0].ID = "x"
	chain, _ := rules.Chain("standard")
	chain.Levels[0].Groups[0] = "x"
	chain.Levels[0].Quorum = "1"
	system, _ := rules.System("order-portal")
	system.Environments[0].Calendar = ""
	route, _ := rules.Route(policy.Case{System: "sandbox", Environment: "sandbox", Risk: "low"})
	route.When.Environments[0] = "x"
	person, _ := directory.Person("p-alice")
	person.Accounts["slack"] = "x"
	person.Groups[0] = "x"
	spoil(rules)

	require.Equal(t, before, rules.Canonical())
	require.Equal(t, "Done", rules.Tickets().Statuses["closed"])
	require.Equal(t, "To Do", rules.Tickets().Kinds[compliance.TicketAction].Statuses["open"])
	require.Equal(t, "Won't Do", rules.Tickets().Kinds[compliance.TicketAction].WontDo[0])
	again, _ := rules.Chain("standard")
	require.Equal(t, "platform-owners", again.Levels[0].Groups[0])
	require.Equal(t, "2", again.Levels[0].Quorum)
	system, _ = rules.System("order-portal")
	require.Equal(t, "production", system.Environments[0].Calendar)
	_, err := rules.Route(policy.Case{System: "sandbox", Environment: "sandbox", Risk: "low"})
	require.NoError(t, err)
	person, _ = directory.Person("p-alice")
	require.Equal(t, "U01ALICE", person.Accounts["slack"])
	require.Equal(t, []string{"change-board"}, person.Groups)
}

// spoil writes into everything that the accessors of artefacts, escalation and
// patching return.
func spoil(rules *policy.Rules) {
	class, _ := rules.ArtefactClass("soc2")
	class.GraceApprovers[0] = "x"
	class.Ladder.Rungs[0].Audience[0] = "x"
	class.Ladder.Rungs[1].Offset = 1
	class.Ladder.After.Audience[0] = "x"
	vendor, _ := rules.Vendor("mendix")
	vendor.Systems[0], vendor.Contacts[0].Name, vendor.Artefacts[0].ID = "x", "x", "x"
	rules.Vendors()[1].Systems[0] = "x"
	escalation, _ := rules.EscalationPolicy("around-the-clock")
	escalation.Steps[0].Name, escalation.Steps[1].Targets[0].Name, escalation.Severities[0].AckFor = "x", "x", 1
	routed, _ := rules.RouteAlert(compliance.AlertEvent{Source: "grafana", System: "yard-flows"})
	routed.Rule.When.Systems[0], routed.Policy.Steps[0].Name = "x", "x"
	contact, _ := rules.Contact("control-room")
	contact.Accounts["slack"] = "x"
	patching, _ := rules.Patching()
	patching.Feeds[0].Address = "x"
	rollouts, _ := rules.PatchClass("node-red")
	rollouts.Evidence[0], rollouts.Rings[0].Name, rollouts.Rings[1].Suites[0] = "x", "x", "x"
	rules.PatchTargets()[0].ID = "x"
	plan, _ := rules.PatchPlan(policy.Rollout{Class: "node-red", System: "yard-flows"}, patch.Payload{})
	plan.Rings[0].Suites[0], plan.Rings[0].Targets[0] = "x", "x"
}

func TestRouteIsTheFirstMatch(t *testing.T) {
	word := rapid.SampledFrom([]string{"a", "b", "c"})
	list := rapid.SliceOfNDistinct(word, 0, 3, rapid.ID)
	rapid.Check(t, func(t *rapid.T) {
		when := policy.When{Systems: list.Draw(t, "systems"), Environments: list.Draw(t, "environments"), Risks: list.Draw(t, "risks")}
		system, environment, risk := word.Draw(t, "system"), word.Draw(t, "environment"), word.Draw(t, "risk")
		in := func(list []string, w string) bool {
			return len(list) == 0 || strings.Contains(strings.Join(list, ""), w)
		}
		require.Equal(t, in(when.Systems, system) && in(when.Environments, environment) && in(when.Risks, risk), when.Matches(system, environment, risk))
	})
}

func TestDirectory(t *testing.T) {
	edited := strings.Replace(string(example(t)[peopleFile].Data), "    name: Dana Whitfield\n",
		"    name: Dana Whitfield\n    active_from: \"2026-03-08\"\n    active_to: \"2026-12-31T12:00:00+01:00\"\n"+
			"    deputies:\n      - {person: p-farah, from: \"2026-07-06\", until: \"2026-07-13\"}\n"+
			"      - {person: p-alice, from: \"2026-07-13\", until: \"2026-07-20\"}\n", 1)
	_, d := load(t, with(t, map[string]string{peopleFile: edited}))

	dana, ok := d.Person("p-dana")
	require.True(t, ok)
	require.Equal(t, compliance.Person{
		ID: "p-dana", Name: "Dana Whitfield", Email: "dana@meridian-freight.example", Zone: "America/Chicago", Manager: "p-alice",
		Accounts: map[string]string{"slack": "U04DANA", "jira": "acc-dana", "cli": "dana", "oidc": "sub-dana"}, Groups: []string{"change-board", "platform-owners"},
		ActiveFrom: instant(t, "2026-03-08T06:00:00Z"), ActiveTo: instant(t, "2026-12-31T11:00:00Z"),
	}, dana)
	require.Equal(t, []compliance.Person{dana}, d.ByAccount(compliance.Account{Provider: "slack", ID: "U04DANA"}))
	require.Empty(t, d.ByAccount(compliance.Account{Provider: "jira", ID: "U04DANA"}))
	require.Empty(t, d.ByAccount(compliance.Account{}))
	_, ok = d.Person("p-nobody")
	require.False(t, ok)

	var ids []string
	for _, m := range d.Members([]string{"change-board", "none", "security"}) {
		ids = append(ids, string(m.Person.ID)+" "+m.Group)
	}
	require.Equal(t, []string{"p-alice change-board", "p-dana change-board", "p-farah change-board", "p-farah security", "p-hana security"}, ids)
	require.Len(t, d.People(), 10)
	require.Equal(t, []string{"change-board", "implementers", "platform-owners", "security"}, d.Groups())

	// C9: half-open, in the principal's zone (Chicago is five hours behind UTC).
	for at, want := range map[string][]compliance.PersonID{
		"2026-07-06T04:59:59Z": nil,
		"2026-07-06T05:00:00Z": {"p-farah"},
		"2026-07-13T04:59:59Z": {"p-farah"},
		"2026-07-13T05:00:00Z": {"p-alice"},
		"2026-07-20T05:00:00Z": nil,
	} {
		require.Equal(t, want, d.Acting("p-dana", instant(t, at)), at)
	}
	require.Empty(t, d.Acting("p-farah", instant(t, "2026-07-07T00:00:00Z")))
}

// TestC9_DelegationIsOneStepDeep: who stands in may not be away at that time.
func TestC9_DelegationIsOneStepDeep(t *testing.T) {
	deputise := func(aliceUntil, farahFrom string) error {
		text := strings.Replace(string(example(t)[peopleFile].Data), "    name: Alice Moreau\n",
			"    name: Alice Moreau\n    deputies: [{person: p-farah, from: \"2026-07-01T00:00:00Z\", until: \""+aliceUntil+"\"}]\n", 1)
		text = strings.Replace(text, "    name: Farah Siddiqui\n",
			"    name: Farah Siddiqui\n    deputies: [{person: p-hana, from: \""+farahFrom+"\", until: \"2026-08-01T00:00:00Z\"}]\n", 1)
		_, _, err := policy.LoadFS(with(t, map[string]string{peopleFile: text}))
		return err
	}
	require.NoError(t, deputise("2026-07-08T00:00:00Z", "2026-07-08T00:00:00Z"), "one ends when the other begins")
	err := deputise("2026-07-08T00:00:01Z", "2026-07-08T00:00:00Z")
	require.ErrorContains(t, err, "directory/people.yaml:10: people[0].deputies[0]: p-farah has a deputy of their own in that time")
}
