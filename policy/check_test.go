package policy_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/policy"
)

const (
	organisationFile = "rules/organisation.yaml"
	systemsFile      = "rules/systems.yaml"
	chainsFile       = "rules/chains.yaml"
	calendarsFile    = "rules/calendars.yaml"
	routingFile      = "rules/routing.yaml"
	fieldsFile       = "rules/fields.yaml"
	peopleFile       = "directory/people.yaml"
	groupsFile       = "directory/groups.yaml"
	artefactsFile    = "rules/artefacts.yaml"
	escalationFile   = "rules/escalation.yaml"
	patchFile        = "rules/patch.yaml"
)

// TestEveryBrokenPolicyIsNamed edits the example in one place each and wants
// exactly the problems that follow, with file, line, place and hint.
func TestEveryBrokenPolicyIsNamed(t *testing.T) {
	rows := []struct {
		name, file, old, new string
		want                 []string // whole lines, see Problem.String
	}{
		// Files and their headers.
		{"no apiVersion", chainsFile, "apiVersion: countersign/v1\n", "", []string{`rules/chains.yaml:1: "apiVersion" is missing (write apiVersion: countersign/v1)`}},
		{"unknown apiVersion", chainsFile, "countersign/v1", "countersign/v9", []string{`rules/chains.yaml:1: apiVersion: the version countersign/v9 is not known (write apiVersion: countersign/v1)`}},
		{"no kind", chainsFile, "kind: chains\n", "", []string{`rules/chains.yaml:1: "kind" is missing (one of organisation, systems, chains, calendars, routing, fields, escalation, patch, artefacts, exceptions)`}},
		{"unknown kind", chainsFile, "kind: chains", "kind: chain", []string{`rules/chains.yaml:2: kind: chain is not a kind of file in the folder rules (did you mean "chains"?)`}},
		{"a directory's kind among the rules", chainsFile, "kind: chains", "kind: people", []string{`rules/chains.yaml:2: kind: people is not a kind of file in the folder rules (known: organisation, systems, chains, calendars, routing, fields, escalation, patch, artefacts, exceptions)`}},
		{"syntax", routingFile, "rules:\n", "rules: [\n", []string{`rules/routing.yaml:4: not YAML: `}},
		{"two documents", routingFile, "rules:\n", "x: 1\n---\nrules:\n", []string{`rules/routing.yaml:1: a policy file holds one document, this one holds 2 (`}},
		{"an alias", groupsFile, "[p-farah, p-hana]", "*board", []string{`directory/groups.yaml:12: anchors, aliases and merge keys are not read in policies (`}},
		{"a tag", groupsFile, "title: Security", "title: !!str Security", []string{`directory/groups.yaml:11: tags are not read in policies (`}},
		{"a key twice", groupsFile, "title: Security", "name: Security", []string{`directory/groups.yaml:11: not YAML: mapping key "name" already defined at [10:5] (`}},
		{"too deep", groupsFile, "[p-farah, p-hana]", strings.Repeat("[", 40), []string{`directory/groups.yaml:12: nested too deeply (`}},

		// Schema.
		{"unknown field", chainsFile, "quorum: 2", "quorom: 2", []string{
			`rules/chains.yaml:9: chains[0].levels[0]: "quorum" is missing (a number of people such as 2, or a share such as "60%")`,
			`rules/chains.yaml:11: chains[0].levels[0].quorom: unknown field (did you mean "quorum"?)`}},
		{"missing field", systemsFile, "    owner: p-bruno\n", "", []string{`rules/systems.yaml:4: systems[0]: "owner" is missing (the id of a person in the directory, e.g. p-alice)`}},
		{"a number for a text", peopleFile, "slack: U01ALICE", "slack: 1234", []string{`directory/people.yaml:13: people[0].accounts.slack: got number, want string (put it in quotes)`}},
		{"a bad name", groupsFile, "name: security", "name: Security Team", []string{`directory/groups.yaml:10: groups[2].name: 'Security Team' does not match pattern '^[a-z0-9][a-z0-9_-]{0,63}$' (a name: lower-case letters, digits, - and _, at most 64)`}},
		{"an unknown risk", routingFile, "risks: [high]", "risks: [hihg]", []string{`rules/routing.yaml:13: rules[1].when.risks[0]: value must be one of 'low', 'medium', 'high' (one of low, medium, high)`}},
		{"no levels", chainsFile, "    levels:\n      - name: Platform owners\n        groups: [platform-owners]\n        quorum: 1\n        deadline: 72h\n", "    levels: []\n", []string{`rules/chains.yaml:23: chains[1].levels: minItems: got 0, want 1 (the levels in order, at least one)`}},
		{"a status that is not mapped", organisationFile, "    expired: Expired\n", "", []string{`rules/organisation.yaml:11: tickets.statuses: "expired" is missing (the tracker's status for expired)`}},

		// References.
		{"unknown group", chainsFile, "groups: [security]", "groups: [securty]", []string{`rules/chains.yaml:39: chains[2].levels[1].groups[0]: there is no group "securty" (did you mean "security"?)`}},
		{"unknown chain", routingFile, "chain: high-risk", "chain: extreme", []string{`rules/routing.yaml:14: rules[1].chain: there is no chain "extreme" (known: high-risk, low-risk, standard)`}},
		{"unknown channel", routingFile, "channel: security", "channel: securtiy", []string{`rules/routing.yaml:15: rules[1].channel: there is no channel "securtiy" (did you mean "security"?)`}},
		{"unknown calendar", systemsFile, "calendar: yard", "calendar: yards", []string{`rules/systems.yaml:26: systems[2].environments[0].calendar: there is no calendar "yards" (did you mean "yard"?)`}},
		{"unknown system", routingFile, "environments: [sandbox]", "systems: [sandbx]", []string{`rules/routing.yaml:7: rules[0].when.systems[0]: there is no system "sandbx" (did you mean "sandbox"?)`}},
		{"unknown environment", routingFile, "environments: [sandbox]", "environments: [sandbx]", []string{`rules/routing.yaml:7: rules[0].when.environments[0]: there is no environment "sandbx" (did you mean "sandbox"?)`}},
		{"an environment of another system", routingFile, "environments: [sandbox]", "systems: [yard-flows]\n      environments: [sandbox]", []string{`rules/routing.yaml:8: rules[0].when.environments[0]: there is no environment "sandbox" (known: acceptance, production)`}},
		{"unknown owner", systemsFile, "owner: p-chidi", "owner: p-chidii", []string{`rules/systems.yaml:15: systems[1].owner: there is no person "p-chidii" (did you mean "p-chidi"?)`}},
		{"unknown external approver", chainsFile, "external: p-ingrid\n\n  - name: low-risk", "external: p-nobody\n\n  - name: low-risk", []string{`rules/chains.yaml:17: chains[0].levels[1].external: there is no person "p-nobody" (`}},
		{"unknown member", groupsFile, "[p-farah, p-hana]", "[p-farah, p-hanna]", []string{`directory/groups.yaml:12: groups[2].members[1]: there is no person "p-hanna" (did you mean "p-hana"?)`}},
		{"unknown manager", peopleFile, "manager: p-dana", "manager: p-diana", []string{`directory/people.yaml:51: people[4].manager: there is no person "p-diana" (did you mean "p-dana"?)`}},

		// Quorums.
		{"unreachable quorum", chainsFile, "quorum: 2", "quorum: 5", []string{`rules/chains.yaml:11: chains[0].levels[0].quorum: the quorum needs 5 people, the groups platform-owners hold 4 (lower the quorum or add people; a person counts once, however many groups they are in)`}},
		{"people are counted once over groups", chainsFile, "groups: [platform-owners]\n        quorum: 2", "groups: [platform-owners, change-board]\n        quorum: 7", []string{`rules/chains.yaml:11: chains[0].levels[0].quorum: the quorum needs 7 people, the groups platform-owners, change-board hold 6 (`}},
		{"a share above all", chainsFile, "quorum: 60% # of those eligible, rounded up", "quorum: 160%", []string{`rules/chains.yaml:36: chains[2].levels[0].quorum: quorum "160%": a share is 1% to 100% (write a number of people such as 2, or a share such as "60%")`}},
		{"C18: one of two can sign in", peopleFile, "      oidc: sub-farah\n", "", nil}, // hana can, and one is enough
		{"C18: a word for yes", chainsFile, "step_up: true\n", "step_up: \"yes\"\n", []string{`rules/chains.yaml:49: chains[2].levels[2].step_up: got string, want boolean (true when a vote needs a fresh sign-in with a second factor; false when not given)`}},
		{"an empty group", groupsFile, "[p-farah, p-hana]", "[]", []string{`directory/groups.yaml:12: groups[2].members: the group "security" is empty (name at least one person, or remove the group)`}},
		{"a member twice", groupsFile, "[p-farah, p-hana]", "[p-farah, p-farah]", []string{`directory/groups.yaml:12: groups[2].members[1]: p-farah is a member twice (people are counted once; remove one entry)`}},

		// Names given twice, and accounts.
		{"a chain twice", chainsFile, "name: low-risk", "name: standard", []string{
			`rules/chains.yaml:19: chains[1].name: the chain "standard" is defined twice (the first is at rules/chains.yaml:4; rename or remove one)`,
			`rules/routing.yaml:9: rules[0].chain: there is no chain "low-risk" (`, `rules/routing.yaml:20: rules[2].chain: there is no chain "low-risk" (`, `rules/routing.yaml:25: rules[3].chain: there is no chain "low-risk" (`}},
		{"a person twice", peopleFile, "- id: p-jonas", "- id: p-hana", []string{
			`directory/groups.yaml:15: groups[3].members[3]: there is no person "p-jonas" (`,
			`directory/people.yaml:98: people[9].id: the person "p-hana" is defined twice (the first is at directory/people.yaml:79; rename or remove one)`,
			`rules/escalation.yaml:22: rotations[0].versions[0].members[2]: there is no person "p-jonas" (`,
			`rules/escalation.yaml:27: rotations[0].versions[1].members[0]: there is no person "p-jonas" (`,
			`rules/escalation.yaml:29: rotations[0].overrides[0].person: there is no person "p-jonas" (`}},
		{"an account of two people", peopleFile, "slack: U02BRUNO", "slack: U01ALICE", []string{`directory/people.yaml:23: people[1].accounts.slack: the slack account "U01ALICE" belongs to p-alice already (an account belongs to one person; correct one of the two)`}},
		{"the bot's account is a person's", organisationFile, "bot_account: bot-countersign", "bot_account: acc-emeka", []string{`rules/organisation.yaml:10: tickets.bot_account: "acc-emeka" is an account of p-emeka (the product writes under an account of its own, which no person uses)`}},
		{"the submit status twice", organisationFile, "withdrawn: Withdrawn", "withdrawn: Submitted", []string{`rules/organisation.yaml:23: tickets.statuses.withdrawn: "Submitted" is the submit status, which starts a change (our own update would start the change again; map withdrawn to another status)`}},

		// Kinds of ticket.
		{"an unknown kind of ticket", organisationFile, "    action: #", "    actoin: #", []string{`rules/organisation.yaml:48: tickets.kinds.actoin: unknown field (did you mean "action"?)`}},
		{"a kind's status is not mapped", organisationFile, "        reviewed: Reviewed\n", "", []string{`rules/organisation.yaml:38: tickets.kinds.incident.statuses: "reviewed" is missing (the tracker's status for reviewed)`}},
		{"a change's status for a renewal", organisationFile, "        cancelled: Cancelled\n", "        cancelled: Cancelled\n        rolled_back: Rolled Back\n", []string{`rules/organisation.yaml:34: tickets.kinds.renewal.statuses.rolled_back: unknown field (known: cancelled, done, received, requested, under_review)`}},
		{"no word for won't do", organisationFile, "      wont_do: [\"Won't Do\"]\n", "", []string{`rules/organisation.yaml:35: tickets.kinds.incident: "wont_do" is missing (the tracker's resolutions that mean that it never will be done, e.g. ["Won't Do"])`}},
		{"a kind of the changes' type", organisationFile, "issue_type: Task", "issue_type: change", []string{`rules/organisation.yaml:27: tickets.kinds.renewal.issue_type: tickets of type "change" in project OPS are changes already (the type of a ticket says what it is: give each kind a type or a project of its own)`}},
		{"two kinds of one type", organisationFile, "issue_type: Action", "issue_type: Task", []string{`rules/organisation.yaml:50: tickets.kinds.action.issue_type: tickets of type "Task" in project OPS are renewal already (`}},
		{"two statuses of a kind on one", organisationFile, "under_review: Under Review", "under_review: received", []string{`rules/organisation.yaml:31: tickets.kinds.renewal.statuses.under_review: "received" is the status for received already (a ticket there could not be told apart; map under_review to another status)`}},
		{"a resolution that means both", organisationFile, "[\"Won't Do\", Declined] # these", "[\"Won't Do\", done] # these", []string{`rules/organisation.yaml:55: tickets.kinds.action.wont_do[1]: the resolution "done" means done (a resolution is in one of done and wont_do; done is Done)`}},
		{"a resolution that means both without saying so", organisationFile, "wont_do: [\"Won't Do\"]", "wont_do: [Done]", []string{`rules/organisation.yaml:44: tickets.kinds.incident.wont_do[0]: the resolution "Done" means done (`}},
		{"a kind's field that is ours", organisationFile, "customfield_10202", "labels", []string{`rules/organisation.yaml:47: tickets.kinds.incident.fields.system.id: "labels" is written by itself (give a field of its own, such as customfield_10201)`}},
		{"two of a kind's fields on one", organisationFile, "customfield_10202", "customfield_10201", []string{`rules/organisation.yaml:47: tickets.kinds.incident.fields.system.id: the tracker's field "customfield_10201" is mapped to severity already (each field has its own)`}},
		{"a field a kind has not", organisationFile, "        system: {id: customfield_10202", "        sytem: {id: customfield_10202", []string{`rules/organisation.yaml:47: tickets.kinds.incident.fields.sytem: unknown field (did you mean "system"?)`}},
		{"a field of a kind as a date", organisationFile, "customfield_10202, kind: text", "customfield_10202, kind: date", []string{`rules/organisation.yaml:47: tickets.kinds.incident.fields.system.kind: value must be one of 'text', 'choice', 'number' (one of text, choice, number)`}},
		{"a project that is no key", organisationFile, "    incident:\n      project: OPS", "    incident:\n      project: 'OPS\" OR 1'", []string{`rules/organisation.yaml:36: tickets.kinds.incident.project: `}},

		{"a circle of managers", peopleFile, "name: Alice Moreau\n", "name: Alice Moreau\n    manager: p-goran\n", []string{`directory/people.yaml:10: people[0].manager: the managers of p-alice lead back to p-alice (the chain of managers must end with somebody who has none)`}},
		{"their own deputy", peopleFile, "name: Alice Moreau\n", "name: Alice Moreau\n    deputies: [{person: p-alice, from: \"2026-07-01\", until: \"2026-07-08\"}]\n", []string{`directory/people.yaml:10: people[0].deputies[0].person: nobody is their own deputy (name somebody else)`}},
		{"an interval backwards", peopleFile, "name: Alice Moreau\n", "name: Alice Moreau\n    active_from: \"2026-07-08\"\n    active_to: \"2026-07-08\"\n", []string{`directory/people.yaml:11: people[0].active_to: the interval ends before it begins (`}},
		{"a person without an account", peopleFile, "    accounts:\n      slack: U10JONAS\n      jira: acc-jonas\n      cli: jonas\n      oidc: sub-jonas\n", "", []string{`directory/people.yaml:98: people[9]: "accounts" is missing (`}},
		{"a person with an empty list of accounts", peopleFile, "    accounts:\n      slack: U10JONAS\n      jira: acc-jonas\n      cli: jonas\n      oidc: sub-jonas\n", "    accounts: {}\n", []string{`directory/people.yaml:103: people[9].accounts: minProperties: got 0, want 1 (`}},
		{"a circle of deputies", peopleFile, "    name: Alice Moreau\n    email: alice@meridian-freight.example\n    zone: Europe/Amsterdam\n    accounts:\n      slack: U01ALICE\n      jira: acc-alice\n      cli: alice\n      oidc: sub-alice\n  - id: p-bruno\n    name: Bruno Keller\n",
			"    name: Alice Moreau\n    zone: Europe/Amsterdam\n    accounts: {slack: U01ALICE}\n    deputies: [{person: p-bruno, from: \"2026-07-01\", until: \"2026-07-08\"}]\n" +
				"  - id: p-bruno\n    name: Bruno Keller\n    deputies: [{person: p-alice, from: \"2026-07-02\", until: \"2026-07-03\"}]\n", []string{
				`directory/people.yaml:12: people[0].deputies[0]: p-alice and p-bruno act for each other in that time (a deputy acts in person; choose somebody else or other dates)`,
				`directory/people.yaml:15: people[1].deputies[0]: p-alice and p-bruno act for each other in that time (`}},
		{"a deputy nobody knows", peopleFile, "name: Alice Moreau\n", "name: Alice Moreau\n    deputies: [{person: p-brunno, from: \"2026-07-01\", until: \"2026-07-08\"}]\n", []string{`directory/people.yaml:10: people[0].deputies[0].person: there is no person "p-brunno" (did you mean "p-bruno"?)`}},
		{"a deputy for no time", peopleFile, "name: Alice Moreau\n", "name: Alice Moreau\n    deputies: [{person: p-bruno, from: \"2026-07-08\", until: \"2026-07-08\"}]\n", []string{`directory/people.yaml:10: people[0].deputies[0].until: the interval ends before it begins (`}},
		{"a bad moment", peopleFile, "name: Alice Moreau\n", "name: Alice Moreau\n    active_to: \"8 July 2026\"\n", []string{`directory/people.yaml:10: people[0].active_to: "8 July 2026" is neither a day nor an instant (write a day such as`}},

		// Routing and fields.
		{"a rule that can never act", routingFile, "      risks: [low, medium]\n", "", []string{}},
		{"a rule behind one that takes everything", routingFile, "    when:\n      risks: [high]\n", "", []string{
			`rules/routing.yaml:14: rules[2]: the rule "acceptance" can never act: "high-risk" before it takes every change it matches (move it up, narrow the earlier rule, or remove it)`,
			`rules/routing.yaml:20: rules[3]: the rule "low-risk" can never act: "high-risk" before it`,
			`rules/routing.yaml:25: rules[4]: the rule "standard" can never act: "high-risk" before it`}},
		{"a mandatory field is not mapped", fieldsFile, "  rollback_owner: {id: customfield_10109, kind: user, class: material, required: true}\n", "", []string{`rules/fields.yaml:4: fields: the field "rollback_owner" is not mapped (every change needs it; give the tracker's field id)`}},
		{"C12: a bound field called cosmetic", fieldsFile, "plan: {id: customfield_10105, kind: text, class: material", "plan: {id: customfield_10105, kind: text, class: cosmetic", []string{`rules/fields.yaml:10: fields.plan.class: approvals are bound to plan, so its class cannot be cosmetic (write class: material)`}},
		{"C12: an unbound field called material", fieldsFile, "title: {id: summary, kind: text, class: notable", "title: {id: summary, kind: text, class: material", []string{`rules/fields.yaml:5: fields.title.class: approvals are not bound to title, so its class cannot be material (write notable or cosmetic; bound are `}},
		{"two fields on one", fieldsFile, "customfield_10109", "customfield_10108", []string{`rules/fields.yaml:14: fields.rollback_owner.id: the tracker's field "customfield_10108" is mapped to rollback already (each field has its own)`}},
		{"a field of the wrong kind", fieldsFile, "customfield_10110, kind: date", "customfield_10110, kind: user", []string{`rules/fields.yaml:15: fields.rollback_tested_on.kind: rollback_tested_on cannot be of kind user (one of date)`}},

		// Durations, zones and calendars.
		{"a bad duration", chainsFile, "deadline: 72h", "deadline: 3 days", []string{`rules/chains.yaml:27: chains[1].levels[0].deadline: "3 days" is not a duration (write "48h", "90m" or "14d" (a day is 24 hours))`}},
		{"no duration at all", chainsFile, "deadline: 72h", "deadline: 0s", []string{`rules/chains.yaml:27: chains[1].levels[0].deadline: the duration "0s" is shorter than a second (`}},
		{"C26: an unknown zone", calendarsFile, "zone: America/Chicago", "zone: America/Chigaco", []string{`rules/calendars.yaml:30: calendars[1].zone: the zone "America/Chigaco" is not an IANA zone (write a name of the IANA database such as Europe/Berlin or America/New_York)`}},
		{"C26: the machine's zone", calendarsFile, "zone: America/Chicago", "zone: Local", []string{`rules/calendars.yaml:30: calendars[1].zone: the zone "Local" is not an IANA zone (`}},
		{"C26: a person's unknown zone", peopleFile, "zone: Asia/Tokyo", "zone: Asia/Edo", []string{`directory/people.yaml:82: people[7].zone: the zone "Asia/Edo" is not an IANA zone (`}},
		{"C26: an entry's unknown zone", calendarsFile, "        zone: Europe/Amsterdam\n", "        zone: Europe/Mokum\n", []string{`rules/calendars.yaml:38: calendars[1].freezes[0].zone: the zone "Europe/Mokum" is not an IANA zone (`}},
		{"C26: both end and duration", calendarsFile, "duration: 6h", "duration: 6h\n        end: \"14:00\"", []string{`rules/calendars.yaml:14: calendars[0].windows[1]: give either end or duration (end is wall time, duration is elapsed time; they differ when clocks change, so exactly one must be chosen)`}},
		{"C26: neither end nor duration", calendarsFile, "        duration: 6h\n", "", []string{`rules/calendars.yaml:14: calendars[0].windows[1]: give either end or duration (`}},
		{"an empty window", calendarsFile, "end: \"02:00\"", "end: \"20:00\"", []string{`rules/calendars.yaml:13: calendars[0].windows[0].end: the entry is empty: it ends when it starts (for a whole day write start "00:00" and end "24:00")`}},
		{"a freeze of nobody", calendarsFile, "        zone: Europe/Amsterdam\n", "        zone: Europe/Amsterdam\n        owner: p-alcie\n", []string{`rules/calendars.yaml:39: calendars[1].freezes[0].owner: there is no person "p-alcie" (did you mean "p-alice"?)`}},
		{"a freeze backwards", calendarsFile, "end: \"2028-01-04T06:00\"", "end: \"2027-01-04T06:00\"", []string{`rules/calendars.yaml:24: calendars[0].freezes[1].end: the entry ends before it starts (correct one of the two)`}},
		{"a time that is none", calendarsFile, "start: \"08:00\"", "start: \"8am\"", []string{`rules/calendars.yaml:16: calendars[0].windows[1].start: "8am" is not a time of this entry (write "22:00" (a weekly entry; a dated one has no days))`}},
		{"a clock time in a dated entry", calendarsFile, "start: \"2026-11-30T18:00\"", "start: \"18:00\"", []string{`rules/calendars.yaml:26: calendars[0].freezes[2].start: "18:00" is not a time of this entry (write "2026-12-18T00:00" (a dated entry; a weekly one has days))`}},
		{"a day that is none", calendarsFile, "start: \"2026-11-30T18:00\"", "start: \"2026-11-31T18:00\"", []string{`rules/calendars.yaml:26: calendars[0].freezes[2].start: "2026-11-31T18:00" is not a time of this entry (`}},
		{"a freeze the clocks skip", calendarsFile, "start: \"2026-11-30T18:00\"\n        end: \"2026-12-01T12:00\"", "start: \"2026-03-29T02:10\"\n        end: \"2026-03-29T02:50\"", []string{`rules/calendars.yaml:25: calendars[0].freezes[2]: "month-end billing" does not exist in Europe/Amsterdam: the clocks skip it (`}},
		{"a weekly entry longer than a week", calendarsFile, "duration: 6h", "duration: 8d", []string{`rules/calendars.yaml:17: calendars[0].windows[1].duration: a weekly entry lasts at most a week (use a dated entry)`}},
		{"an unknown weekday", calendarsFile, "days: [sat]", "days: [saturday]", []string{`rules/calendars.yaml:15: calendars[0].windows[1].days[0]: value must be one of 'mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun' (`}},
	}
	require.GreaterOrEqual(t, len(rows), 40)
	for _, tc := range rows {
		t.Run(tc.name, func(t *testing.T) {
			for _, p := range broken(t, tc.file, tc.old, tc.new, tc.want) {
				require.NotEmpty(t, p.Hint, "no hint: %s", p)
			}
		})
	}
}

// broken edits a file of the example in one place and wants exactly these
// problems, each by how its line begins; none means that it still loads.
func broken(t *testing.T, file, old, new string, want []string) policy.Problems {
	t.Helper()
	files := example(t)
	text := string(files[file].Data)
	require.Contains(t, text, old)
	files[file].Data = []byte(strings.Replace(text, old, new, 1))
	if len(want) == 0 {
		load(t, files)
		return nil
	}
	got := problems(t, files)
	for _, p := range got {
		require.Positive(t, p.Line, "no place: %s", p)
	}
	lines := strings.Split(got.Error(), "\n")
	require.Len(t, lines, len(want), got.Error())
	for i, w := range want {
		require.True(t, strings.HasPrefix(lines[i], w), "want %s\ngot  %s", w, lines[i])
	}
	return got
}

// A level that only people with a sign-in can decide needs enough of them.
func TestC18_TooFewCanSignIn(t *testing.T) {
	files := example(t)
	people := string(files[peopleFile].Data)
	for _, name := range []string{"alice", "dana"} {
		people = strings.Replace(people, "      oidc: sub-"+name+"\n", "", 1)
	}
	files[peopleFile].Data = []byte(people)
	require.Equal(t, "rules/chains.yaml:49: chains[2].levels[2].step_up: the quorum needs 2 people, and of those in change-board only 1 can sign in "+
		"(add the oidc accounts of more people to the directory)", problems(t, files).Error())
	chains := string(files[chainsFile].Data)
	i := strings.LastIndex(chains, "step_up: true")
	files[chainsFile].Data = []byte(chains[:i] + "step_up: false\n")
	rules, _ := load(t, files)
	require.Equal(t, []string{"chain high-risk, level Security"}, rules.StepUp())
	chain, _ := rules.Chain("high-risk")
	require.False(t, chain.Levels[0].StepUp)
	require.True(t, chain.Levels[1].StepUp)
	restored, err := policy.Restore(rules.Canonical())
	require.NoError(t, err)
	again, _ := restored.Chain("high-risk")
	require.Equal(t, chain, again)
	// "false" is what is meant when nothing is said, so both are the same rules.
	files[chainsFile].Data = []byte(strings.TrimRight(chains[:i], " "))
	same, _ := load(t, files)
	require.Equal(t, rules.Hash, same.Hash)
}

func TestAllProblemsAreListedAtOnce(t *testing.T) {
	files := example(t)
	for file, edit := range map[string][2]string{
		chainsFile:    {"deadline: 72h", "deadline: soon"},
		calendarsFile: {"end: \"02:00\"", "end: \"20:00\""},
		peopleFile:    {"slack: U02BRUNO", "slack: U01ALICE"},
		routingFile:   {"rules:\n", "rools:\n"},
	} {
		files[file].Data = []byte(strings.Replace(string(files[file].Data), edit[0], edit[1], 1))
	}
	files["rules/more.yml"] = files[chainsFile]
	var places []string
	for _, p := range problems(t, files) {
		places = append(places, p.File)
		require.NotEmpty(t, p.Text)
	}
	require.Equal(t, []string{peopleFile, calendarsFile, chainsFile, "rules/more.yml", routingFile, routingFile}, places)
}

func TestNoProblemFollowsFromAnUnreadableFile(t *testing.T) {
	// Everything refers to people and groups; only what is wrong itself is reported.
	for _, file := range []string{
		peopleFile, groupsFile, chainsFile, calendarsFile, systemsFile, organisationFile, artefactsFile, escalationFile, patchFile,
	} {
		files := example(t)
		files[file].Data = append(files[file].Data, []byte("surplus: 1\n")...)
		got := problems(t, files)
		require.Len(t, got, 1, got.Error())
		require.Equal(t, "surplus", got[0].Path)
	}
}

func TestMissingFilesAndFolders(t *testing.T) {
	got := problems(t, with(t, map[string]string{chainsFile: "", groupsFile: ""}))
	require.Equal(t, "directory: no file of kind groups (add directory/groups.yaml)\n"+
		"rules: no file of kind chains (add rules/chains.yaml)", got.Error())

	files := example(t)
	delete(files, peopleFile)
	delete(files, groupsFile)
	require.Equal(t, "directory: cannot be read: file does not exist (a policy is a folder with the folders rules and directory in it)", problems(t, files).Error())

	files = example(t)
	files["rules/routing-2.yaml"] = files[routingFile]
	require.Contains(t, problems(t, files).Error(), "rules/routing.yaml:3: kind: a second file of kind routing (only one is read; the first is rules/routing-2.yaml)")

	files = example(t)
	files["rules/emea/chains.yaml"] = files[chainsFile]
	require.Equal(t, "rules/emea: sub-folders are not read (move its files one folder up)", problems(t, files).Error())
}

func TestFilesThatAreNoPolicyAreLeftAlone(t *testing.T) {
	rules, _ := load(t, example(t))
	same, _ := load(t, with(t, map[string]string{"rules/README.md": "# about", "rules/.#chains.yaml": "kind: lock", "directory/people.yaml~": "x"}))
	require.Equal(t, rules.Hash, same.Hash)
	_, err := os.Stat("example/rules/chains.yaml")
	require.NoError(t, err)
}
