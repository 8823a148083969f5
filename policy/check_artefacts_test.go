package policy_test

import "testing"

// TestEveryMistakeAboutArtefactsIsNamed edits what the example says of
// vendors and what they owe in one place each and wants exactly the problems that follow.
func TestEveryMistakeAboutArtefactsIsNamed(t *testing.T) {
	for _, tc := range []struct {
		name, old, new string
		want           []string // whole lines, see Problem.String
	}{
		{"A1: a ladder that does not fall", "{offset: 14, action: escalate", "{offset: 30, action: escalate", []string{`rules/artefacts.yaml:15: ladders[0].rungs[1].offset: the offset 30 is not below 30: order the rungs from early to late, each offset once (the default ladder is 90, 60, 30, 14, 7, 1, 0 days, then weekly)`}},
		{"A1: a ladder without an end", "      - {offset: 0, action: state_expired, audience: [owner, manager, sponsor]}\n", "", []string{`rules/artefacts.yaml:13: ladders[0].rungs: the last rung is 1: a ladder ends with 0, the end of the coverage (the default ladder is 90, 60, 30, 14, 7, 1, 0 days, then weekly)`}},
		{"A1: reminders after the end every day", "every: 7", "every: 1", []string{`rules/artefacts.yaml:20: ladders[0].every: reminders after the end every 1 days: choose 7 to 31 (the default ladder is 90, 60, 30, 14, 7, 1, 0 days, then weekly)`}},
		{"A1: an hour that no day has", "hour: 9 ", "hour: 24 ", []string{`rules/artefacts.yaml:22: ladders[0].hour: maximum: got 24, want 23 (the local hour of the owner at which reminders are sent, 0 to 23)`}},
		{"A1: patience of minutes", "patience: 24h", "patience: 20m", []string{`rules/artefacts.yaml:24: ladders[0].patience: patience 20m0s: choose 0 for none, or at least 1h (the default ladder is 90, 60, 30, 14, 7, 1, 0 days, then weekly)`}},
		{"A1: late after two days", "late: 1h", "late: 48h", []string{`rules/artefacts.yaml:23: ladders[0].late: late after 48h0m0s: choose more than nothing and at most 24h (the default ladder is 90, 60, 30, 14, 7, 1, 0 days, then weekly)`}},
		{"A1: a late that is no duration", "late: 1h", "late: soon", []string{`rules/artefacts.yaml:23: ladders[0].late: "soon" is not a duration (write "48h", "90m" or "14d" (a day is 24 hours))`}},
		{"a grace of years", "max_grace: 14", "max_grace: 400", []string{`rules/artefacts.yaml:25: ladders[0].max_grace: the longest grace 400 is not from 0 to 365 days (the default ladder is 90, 60, 30, 14, 7, 1, 0 days, then weekly)`}},
		{"A3: an action that is none", "action: list_blocks", "action: list_block", []string{`rules/artefacts.yaml:18: ladders[0].rungs[4].action: value must be one of 'request', 'chase', 'escalate', 'decide_grace', 'tell_sponsor', 'list_blocks', 'state_expired', 'remind_weekly' (one of request, chase, escalate, decide_grace, tell_sponsor, list_blocks, state_expired, remind_weekly)`}},
		{"A3: a rung that tells nobody", "{offset: 30, action: request, audience: [owner]}", "{offset: 30, action: request, audience: []}", []string{`rules/artefacts.yaml:14: ladders[0].rungs[0].audience: minItems: got 0, want 1 (who is told: owner, manager, sponsor, fallback)`}},
		{"A3: a role that is none", "audience: [owner]", "audience: [boss]", []string{`rules/artefacts.yaml:14: ladders[0].rungs[0].audience[0]: value must be one of 'owner', 'manager', 'sponsor', 'fallback' (one of owner, manager, sponsor, fallback)`}},
		{"unknown ladder", "ladder: keys", "ladder: kyes", []string{`rules/artefacts.yaml:36: classes[3].ladder: there is no ladder "kyes" (did you mean "keys"?)`}},
		{"unknown class", "        class: iso27001\n        title: ISO/IEC 27001 of the Mendix cloud", "        class: iso27002\n        title: ISO/IEC 27001 of the Mendix cloud", []string{`rules/artefacts.yaml:54: vendors[0].artefacts[1].class: there is no class "iso27002" (did you mean "iso27001"?)`}},
		{"a class twice", "name: iso27001", "name: soc2", []string{`rules/artefacts.yaml:29: classes[1].name: the class "soc2" is defined twice (the first is at rules/artefacts.yaml:27; rename or remove one)`, `rules/artefacts.yaml:54: vendors[0].artefacts[1].class: there is no class "iso27001" (known: pen-test, soc2, tls-certificate)`, `rules/artefacts.yaml:84: vendors[2].artefacts[0].class: there is no class "iso27001" (known: pen-test, soc2, tls-certificate)`}},
		{"a vendor twice", "id: outsystems", "id: mendix", []string{`rules/artefacts.yaml:57: vendors[1].id: the vendor "mendix" is defined twice (the first is at rules/artefacts.yaml:38; rename or remove one)`}},
		{"an artefact twice", "- id: pen-test", "- id: soc2-type2", []string{`rules/artefacts.yaml:70: vendors[1].artefacts[1].id: the artefact "soc2-type2" is defined twice (an id is unique within its vendor; rename or remove one)`}},
		{"a vendor's unknown system", "systems: [claims-desk]", "systems: [claim-desk]", []string{`rules/artefacts.yaml:61: vendors[1].systems[0]: there is no system "claim-desk" (did you mean "claims-desk"?)`}},
		{"a vendor's unknown owner", "owner: p-chidi", "owner: p-chido", []string{`rules/artefacts.yaml:59: vendors[1].owner: there is no person "p-chido" (did you mean "p-chidi"?)`}},
		{"a vendor's unknown sponsor", "sponsor: p-dana", "sponsor: p-nobody", []string{`rules/artefacts.yaml:76: vendors[2].sponsor: there is no person "p-nobody" (known: p-alice, p-bruno, p-chidi, p-dana, p-emeka, p-farah, p-goran, p-hana, p-ingrid, p-jonas)`}},
		{"the unknown fallback of artefacts", "fallback: p-alice", "fallback: p-alicia", []string{`rules/artefacts.yaml:9: fallback: there is no person "p-alicia" (did you mean "p-alice"?)`}},
		{"a date that does not exist", "needed_by: \"2036-06-30\"", "needed_by: \"2036-06-31\"", []string{`rules/artefacts.yaml:56: vendors[0].artefacts[1].needed_by: "2036-06-31" is not a date: write year-month-day, for example 2026-03-31 (write a day such as "2027-03-31")`}},
		{"a date in words", "needed_by: \"2036-06-30\"", "needed_by: \"June 2027\"", []string{`rules/artefacts.yaml:56: vendors[0].artefacts[1].needed_by: "June 2027" is not a date: write year-month-day, for example 2026-03-31 (write a day such as "2027-03-31")`}},
		{"a contact that cannot be reached", "      - name: Trust centre\n        url: https://trust.mendix.example/\n", "      - name: Trust centre\n", []string{`rules/artefacts.yaml:44: vendors[0].contacts[0]: the contact "Trust centre" cannot be reached (give an email, a url, or both)`}},
		{"a vendor without a contact", "    contacts:\n      - name: Compliance desk\n        email: compliance@outsystems.example\n", "    contacts: []\n", []string{`rules/artefacts.yaml:62: vendors[1].contacts: minItems: got 0, want 1 (where the vendor is asked, at least one contact)`}},
		{"a vendor's id with a slash", "id: power-platform", "id: power/platform", []string{`rules/artefacts.yaml:90: vendors[3].id: 'power/platform' does not match pattern '^[a-z0-9][a-z0-9-]{0,63}$' (the vendor's id: lower-case letters, digits and -; it is part of ids and never changes)`}},
		{"A8: unknown approvers of a grace", "grace_approvers: [security]", "grace_approvers: [securty]", []string{`rules/artefacts.yaml:10: grace_approvers[0]: there is no group "securty" (did you mean "security"?)`}},
		{"unknown channel of artefacts", "channel: vendors", "channel: vendor", []string{`rules/artefacts.yaml:8: channel: there is no channel "vendor" (did you mean "vendors"?)`}},
	} {
		t.Run(tc.name, func(t *testing.T) { broken(t, artefactsFile, tc.old, tc.new, tc.want) })
	}
}
