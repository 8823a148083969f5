package tests

import (
	"testing"
	"time"

	"github.com/lowcodex/countersign/tests/harness"
)

// crashPolicy is the example policy with durations of about a second, so that
// every process is over soon: Bruno is paged at PagerDuty, then his manager Alice
// in Slack and Goran by mail; a rollout has two rings of one target each, is
// approved by one person, and tests more in the second ring; one target is observed.
func crashPolicy(t *testing.T) func(dir string) {
	return func(dir string) {
		harness.OnCall(t, dir, "p-bruno", "2s", "10m", "10m")
		edit := func(file, from, to string) { harness.Edit(t, dir, file, from, to) }
		edit("directory/people.yaml", "slack: U02BRUNO\n", "slack: U02BRUNO\n      pagerduty: PBRUNO1\n")
		edit("rules/escalation.yaml", "    p-hana: [slack, mail]",
			"    p-bruno: [pagerduty, slack, mail]\n    p-alice: [slack, mail]\n    p-goran: [mail, slack]")
		edit("rules/escalation.yaml", "targets: [{kind: rotation, name: follow-the-sun}, {kind: manager}]", "targets: [{kind: person, name: p-goran}, {kind: manager}]")
		edit("rules/escalation.yaml", "flap: 10m", "flap: 1s")

		edit("rules/organisation.yaml", "    withdrawn: Withdrawn\n", "    withdrawn: Withdrawn\n    held: On Hold\n    superseded: Replaced\n    retro_review: To Review\n")
		edit("rules/organisation.yaml", "on_call: follow-the-sun", "on_call: around-the-clock")
		edit("rules/chains.yaml", "chains:\n", soonOver)
		edit("rules/routing.yaml", "      risks: [low, medium]\n    chain: low-risk", "      risks: [medium]\n    chain: soon-over")
		edit("rules/gate.yaml", "gates:\n", "gates:\n  - name: review\n    when: {systems: [claims-desk], environments: [acceptance]}\n    checks: [{check: code_review}]\n")

		harness.QuickRings(t, time.Second)(dir)
		edit("rules/patch.yaml", "watch: 30d", "watch: 1s")
		edit("rules/patch.yaml", "chain: standard", "chain: low-risk")
		edit("rules/patch.yaml", `      - name: production
        suites: [flows-smoke]
        write_probe: edit-and-deploy-a-flow
        soak: 1s
        duration: 2h
        attempts: 2
        critical: true
`, "")
		edit("rules/patch.yaml", "      - name: canary\n        suites: [flows-smoke]", "      - name: canary\n        suites: [flows-sound]")
		edit("rules/patch.yaml", `  - id: yard-chicago
    system: yard-flows
    environment: production
    class: node-red
    ring: production
    platform: node-red
    address: YARD_CHICAGO
    exposed: no
  - id: yard-gate
    system: yard-flows
    environment: production
    class: node-red
    ring: production
    platform: node-red
    address: YARD_GATE
    exposed: yes # carriers reach the gate from outside
    impact: total
`, "")
		edit("rules/patch.yaml", "classes:\n", observedClass)
		edit("rules/patch.yaml", "targets: # deployed to in this order within a ring\n", observedTarget)
		edit("rules/patch.yaml", "  - name: flows-contract\n", `  - name: flows-sound
    cases:
      - name: the word is sound
        method: GET
        path: /yard/status
        expect:
          status: 200
          contains: sound
  - name: flows-contract
`)
	}
}

// soonOver is a chain in which the time to decide is over soon: of changes of the
// acceptance environment. Between a reminder and the end is time enough for a crash.
const soonOver = `chains:
  - name: soon-over
    validity: 336h
    resubmit: 168h
    on_lost_eligibility: keep
    levels:
      - name: Platform owners
        groups: [platform-owners]
        quorum: 2
        deadline: 12s
        reminders: [10%]
        fallback: {groups: [change-board], after: 20%}
`

// crashArtefacts knows how documents are chased, and a vendor; which document is
// tracked is said by commands.
const crashArtefacts = `apiVersion: countersign/v1
kind: artefacts
channel: vendors
fallback: p-farah
grace_approvers: [change-board]
classes:
  - {name: soc2, title: SOC 2 Type II report}
vendors:
  - id: acme
    name: Acme
    owner: p-bruno
    sponsor: p-dana
    systems: [claims-desk]
    contacts: [{name: Desk, email: desk@acme.example}]
    artefacts: []
`
