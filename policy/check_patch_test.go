package policy_test

import "testing"

// TestEveryMistakeAboutPatchingIsNamed edits what the example says of
// rollouts in one place each and wants exactly the problems that follow.
func TestEveryMistakeAboutPatchingIsNamed(t *testing.T) {
	for _, tc := range []struct {
		name, old, new string
		want           []string // whole lines, see Problem.String
	}{
		{"a ring without targets", "    ring: canary\n", "    ring: production\n", []string{`rules/patch.yaml:34: classes[0].rings[1].targets: yard-flows: The ring has 0 targets. Write 1 to 1000. (every ring needs a target in every system of the class; add one, or give the system a class of its own)`}},
		{"a class without targets", "targets: # deployed", "  - name: mendix\n    chain: standard\n    sponsor: p-dana\n    rings: [{name: all, suites: [flows-smoke], write_probe: save, duration: 1h, attempts: 1}]\ntargets: # deployed", []string{`rules/patch.yaml:48: classes[1]: no target is of the class "mendix" (give it targets, or remove it)`}},
		{"a target twice", "id: yard-gate", "id: yard-chicago", []string{`rules/patch.yaml:74: targets[3].id: the target "yard-chicago" is defined twice (the first is at rules/patch.yaml:66; rename or remove one)`}},
		{"a target's unknown system", "  - id: yard-gate\n    system: yard-flows", "  - id: yard-gate\n    system: yard-flow", []string{`rules/patch.yaml:75: targets[3].system: there is no system "yard-flow" (did you mean "yard-flows"?)`}},
		{"a target's unknown environment", "environment: acceptance", "environment: acceptanc", []string{`rules/patch.yaml:51: targets[0].environment: there is no environment "acceptanc" (did you mean "acceptance"?)`}},
		{"a target's unknown class", "    class: node-red\n    ring: staging", "    class: nodered\n    ring: staging", []string{`rules/patch.yaml:52: targets[0].class: there is no class "nodered" (did you mean "node-red"?)`}},
		{"a target's unknown ring", "    ring: staging\n", "    ring: stagin\n", []string{`rules/patch.yaml:53: targets[0].ring: there is no ring "stagin" (did you mean "staging"?)`}},
		{"a secret instead of its reference", "address: YARD_GATE", "address: s3cr3t-t0ken", []string{`rules/patch.yaml:80: targets[3].address: the value is not of the form wanted (the REFERENCE of the target in capitals, such as YARD_GATE, for which PLATFORM_YARD_GATE_URL and PLATFORM_YARD_GATE_TOKEN are set; never an address or a credential itself)`}},
		{"an address instead of its reference", "address: YARD_GATE", "address: https://user:pass@gate.example", []string{`rules/patch.yaml:80: targets[3].address: the value is not of the form wanted (the REFERENCE of the target in capitals, such as YARD_GATE, for which PLATFORM_YARD_GATE_URL and PLATFORM_YARD_GATE_TOKEN are set; never an address or a credential itself)`}},
		{"an exposure that is none", "exposed: yes", "exposed: maybe", []string{`rules/patch.yaml:81: targets[3].exposed: value must be one of 'yes', 'no', 'unknown' (can the public reach it: yes, no or unknown, which counts as yes)`}},
		{"P1: a ring twice", "      - name: canary\n", "      - name: staging\n", []string{`rules/patch.yaml:34: classes[0].rings[1].name: The ring's name "staging" is empty or used twice. Give every ring its own.`, `rules/patch.yaml:61: targets[1].ring: there is no ring "canary" (known: production, staging)`}},
		{"P2: a soak of months", "soak: 4h", "soak: 60d", []string{`rules/patch.yaml:31: classes[0].rings[0].soak: The soak 1440h0m0s is not possible. Write 0 to 30 days.`}},
		{"P3: no probe that writes", "        write_probe: edit-and-deploy-a-flow\n        soak: 4h\n", "        soak: 4h\n", []string{`rules/patch.yaml:28: classes[0].rings[0]: "write_probe" is missing (the name of the check that opens, edits, saves and publishes)`}},
		{"no suite", "suites: [flows-smoke, flows-contract]", "suites: []", []string{`rules/patch.yaml:29: classes[0].rings[0].suites: The ring needs at least one test suite, each with a name and once. Nothing is promoted untested.`}},
		{"a suite twice", "suites: [flows-smoke, flows-contract]", "suites: [flows-smoke, flows-smoke]", []string{`rules/patch.yaml:29: classes[0].rings[0].suites: The ring needs at least one test suite, each with a name and once. Nothing is promoted untested.`}},
		{"P4: no attempt", "attempts: 3", "attempts: 0", []string{`rules/patch.yaml:33: classes[0].rings[0].attempts: Tests that cannot be run may be tried 0 times. Write 1 to 10.`}},
		{"P23: a critical ring without a limit for its backup", "    backup_max_age: 24h\n", "", []string{`rules/patch.yaml:22: classes[0].backup_max_age: A critical ring needs a limit for the age of its backup. Write more than 0 and at most 30 days.`}},
		{"a duration in words", "duration: 2h", "duration: two hours", []string{`rules/patch.yaml:45: classes[0].rings[2].duration: "two hours" is not a duration (write "48h", "90m" or "14d" (a day is 24 hours))`}},
		{"P27: an unknown chain", "chain: standard", "chain: standart", []string{`rules/patch.yaml:23: classes[0].chain: there is no chain "standart" (did you mean "standard"?)`}},
		{"P19: an unknown sponsor", "sponsor: p-dana", "sponsor: p-diana", []string{`rules/patch.yaml:25: classes[0].sponsor: there is no person "p-diana" (did you mean "p-dana"?)`}},
		{"P13: evidence of no kind", "evidence: [published, listed, detected]", "evidence: [published, seen]", []string{`rules/patch.yaml:24: classes[0].evidence[1]: value must be one of 'published', 'listed', 'detected' (one of published, listed, detected)`}},
		{"P14: a table that is none", "name: bod-26-04", "name: bod-22-01", []string{`rules/patch.yaml:9: table.name: value must be one of 'bod-26-04', 'own' (bod-26-04 (CISA BOD 26-04), or own with rows)`}},
		{"P14: an own table without rows", "name: bod-26-04", "name: own", []string{`rules/patch.yaml:8: table.rows: 16 of 16 rows are missing, the first: exploited no, exposed no, automatable no, impact partial (every combination needs a row, so that no vulnerability is without a deadline)`}},
		{"P14: rows in a table that has its own", "name: bod-26-04\n", "name: bod-26-04\n  rows: [{exploited: \"yes\", exposed: \"yes\", automatable: \"yes\", impact: total, days: 1}]\n", []string{`rules/patch.yaml:10: table.rows: the table bod-26-04 has its rows already (write name: own, or leave the rows out)`}},
		{"P17: no catalogue", "kind: kev", "kind: csaf", []string{`rules/patch.yaml:10: feeds: there is no catalogue of exploited vulnerabilities (add a feed of kind kev: without it every vulnerability counts as not known to be exploited)`}},
		{"P17: two catalogues", "kind: csaf-index", "kind: kev", []string{`rules/patch.yaml:19: feeds[2].kind: a second catalogue of exploited vulnerabilities (deadlines rest on one; remove the other)`}},
		{"P17: a feed over plain http", "address: https://cert", "address: http://cert", []string{`rules/patch.yaml:20: feeds[2].address: the address is neither https nor a file (write "https://…", or the whole path of a file that something else fetches)`}},
		{"a password in an address", "address: https://cert", "address: https://user:pass@cert", []string{`rules/patch.yaml:20: feeds[2].address: an address holds no user and no password (write "https://…", or the whole path of a file that something else fetches)`}},
		{"a feed from nowhere in particular", "address: /var", "address: var", []string{`rules/patch.yaml:17: feeds[1].address: the address is neither https nor a file (write "https://…", or the whole path of a file that something else fetches)`}},
		{"a feed twice", "id: siemens", "id: known-exploited", []string{`rules/patch.yaml:18: feeds[2].id: the feed "known-exploited" is defined twice (the first is at rules/patch.yaml:11; rename or remove one)`}},
		{"a feed of no kind", "kind: csaf-index", "kind: rolie", []string{`rules/patch.yaml:19: feeds[2].kind: value must be one of 'kev', 'csaf', 'csaf-index' (kev (the catalogue of exploited vulnerabilities), csaf (one advisory) or csaf-index (a publisher's list of advisories))`}},
		{"a feed that may be any age", "max_age: 26h", "max_age: any", []string{`rules/patch.yaml:14: feeds[0].max_age: "any" is not a duration (write "48h", "90m" or "14d" (a day is 24 hours))`}},
		{"a ring in two environments", "    environment: production\n    class: node-red\n    ring: production\n    platform: node-red\n    address: YARD_GATE", "    environment: acceptance\n    class: node-red\n    ring: production\n    platform: node-red\n    address: YARD_GATE", []string{`rules/patch.yaml:76: targets[3].environment: the ring "production" holds yard-chicago in the environment "production" as well (a ring starts by one calendar; give this environment a ring of its own)`}},
		{"P4: a suite that is not there", "suites: [flows-smoke, flows-contract]", "suites: [flows-smoke, flows-contrac]", []string{`rules/patch.yaml:29: classes[0].rings[0].suites[1]: there is no suite "flows-contrac" (did you mean "flows-contract"?)`}},
		{"a suite that leaves the target", "path: /yard/status\n        expect", "path: /../status\n        expect", []string{`rules/patch.yaml:97: suites[0]: suite "flows-smoke": case 1 (the yard answers): the path "/../status" leaves the target's address`}},
		{"P23: no place to prove a backup", "    use: scratch", "    use: source", []string{`rules/patch.yaml:27: classes[0].rings: yard-flows: a ring is critical, and there is no place where its backups could be proved (add a place with use: scratch)`}},
		{"P23: a place that is a target", "address: YARD_SCRATCH", "address: YARD_GATE", []string{`rules/patch.yaml:90: places[1].id: "yard-scratch", or its address, is a target already (a place is outside the rings: nothing is restored over what is in use)`}},
		{"a place of an unknown class", "    class: node-red\n    use: source", "    class: nodered\n    use: source", []string{`rules/patch.yaml:86: places[0].class: there is no class "nodered" (did you mean "node-red"?)`}},
		{"a target that is looked at all the time", "address: YARD_GATE\n", "address: YARD_GATE\n    observe: {every: 10s}\n", []string{`rules/patch.yaml:81: targets[3].observe.every: "10s" is not between one minute and seven days (write "15m", or leave observe out: the target is not observed then)`}},
		{"a class that is looked at now and then", "chain: standard\n", "chain: standard\n    observe: {every: often}\n", []string{`rules/patch.yaml:24: classes[0].observe.every: "often" is not a duration (write "48h", "90m" or "14d" (a day is 24 hours))`}},
		{"a look-back in words", "look_back: 90d", "look_back: a quarter", []string{`rules/patch.yaml:6: look_back: "a quarter" is not a duration (write "48h", "90m" or "14d" (a day is 24 hours))`}},
	} {
		t.Run(tc.name, func(t *testing.T) { broken(t, patchFile, tc.old, tc.new, tc.want) })
	}
}
