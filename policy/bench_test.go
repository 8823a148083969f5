package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/policy"
)

// large is a policy of 1,000 people in 50 groups, 200 systems, 200 routing
// rules, and for each system a vendor, a rotation with its escalation policy and
// alert rule, and a rollout of three rings.
func large(b testing.TB) fstest.MapFS {
	files := example(b)
	var people, groups, systems, rules strings.Builder
	zones := []string{"Europe/Berlin", "America/New_York", "Asia/Tokyo", "Africa/Lagos", "Australia/Sydney"}
	for i := range 1000 {
		fmt.Fprintf(&people, "  - id: p-%d\n    name: Person %d\n    zone: %s\n    manager: p-alice\n    accounts: {slack: UX%d, jira: acct-%d}\n", i, i, zones[i%len(zones)], i, i)
	}
	for i := range 50 {
		fmt.Fprintf(&groups, "  - name: group-%d\n    members: [", i)
		for j := range 20 {
			fmt.Fprintf(&groups, "p-%d, ", i*20+j)
		}
		groups.WriteString("p-alice]\n")
	}
	for i := range 200 {
		fmt.Fprintf(&systems, "  - id: system-%d\n    name: System %d\n    platform: Mendix\n    owner: p-%d\n    environments: [{name: production, calendar: production}]\n", i, i, i)
		fmt.Fprintf(&rules, "  - name: rule-%d\n    when: {systems: [system-%d], risks: [low, medium], expression: 'duration < duration(\"48h\") || platform == \"Mendix\"'}\n    chain: standard\n    channel: changes\n", i, i)
	}
	insert := func(name, before, text string) {
		whole := string(files[name].Data)
		require.Contains(b, whole, before)
		files[name] = mapFile(strings.Replace(whole, before, text+before, 1))
	}
	var vendors, rotations, policies, alerts, targets, places strings.Builder
	for i := range 200 {
		fmt.Fprintf(&vendors, "  - {id: vendor-%d, name: V, owner: p-%d, sponsor: p-alice, systems: [system-%d], contacts: [{name: x, email: a@b.example}], artefacts: [{id: soc2, class: soc2, title: S, needed_by: \"2027-03-31\"}]}\n", i, i, i)
		fmt.Fprintf(&rotations, "  - {name: rota-%d, versions: [{version: a, zone: Europe/Paris, from: \"2026-01-05T09:00\", every: weekly, members: [p-%d, p-%d, p-%d]}]}\n", i, i, i+200, i+400)
		fmt.Fprintf(&policies, "  - {name: esc-%d, rounds: 3, fallback: {kind: contact, name: control-room}, steps: [{name: a, delay: 5m, targets: [{kind: rotation, name: rota-%d}]}, {name: b, delay: 5m, targets: [{kind: group, name: group-%d}]}]}\n", i, i, i%50)
		fmt.Fprintf(&alerts, "  - {name: alert-%d, when: {systems: [system-%d]}, policy: esc-%d, channel: incidents}\n", i, i, i)
		fmt.Fprintf(&places, "  - {id: s-%d, system: system-%d, class: node-red, use: scratch, platform: node-red, address: S}\n", i, i)
		for _, ring := range []string{"staging", "canary", "production"} {
			fmt.Fprintf(&targets, "  - {id: t-%d-%s, system: system-%d, environment: production, class: node-red, ring: %s, platform: node-red, address: A, exposed: unknown}\n", i, ring, i, ring)
		}
	}
	insert(artefactsFile, "  - id: mendix\n", vendors.String())
	insert(escalationFile, "  - name: amsterdam\n", rotations.String())
	insert(escalationFile, "  - name: around-the-clock\n", policies.String())
	insert(escalationFile, "  - name: everything else\n", alerts.String())
	insert(patchFile, "  - id: yard-staging\n", targets.String())
	insert(patchFile, "  - id: yard-dev\n", places.String())
	add := func(name, text string) { files[name] = mapFile(string(files[name].Data) + text) }
	add(peopleFile, people.String())
	add(groupsFile, groups.String())
	add(systemsFile, systems.String())
	// Behind the last rule of the example, none of which takes all they match.
	add(routingFile, rules.String())
	text := string(files[routingFile].Data)
	files[routingFile] = mapFile(strings.Replace(text, "- name: low-risk\n    when:\n", "- name: low-risk\n    when:\n      systems: [order-portal]\n", 1))
	return files
}

// TestLargePoliciesLoadQuickly allows for the race detector on a busy machine;
// BenchmarkLoadLargePolicy fails when a load takes longer than its second.
func TestLargePoliciesLoadQuickly(t *testing.T) {
	files := large(t)
	start := time.Now()
	rules, directory := load(t, files)
	require.Less(t, time.Since(start), 20*time.Second)
	require.Len(t, directory.People(), 1010)
	require.Len(t, rules.Systems(), 205)
	route, err := rules.Route(policy.Case{System: "system-199", Environment: "production", Risk: "low"})
	require.NoError(t, err)
	require.Equal(t, "rule-199", route.Name)
	require.Len(t, rules.Vendors(), 204)
	require.Len(t, rules.Rotations(), 204)
	require.Len(t, rules.Rollouts(), 201)
}

func BenchmarkLoadLargePolicy(b *testing.B) {
	files := large(b)
	for b.Loop() {
		load(b, files)
	}
	require.Less(b, b.Elapsed()/time.Duration(b.N), time.Second, "1,000 people and 200 rules are checked within a second")
	b.ReportMetric(1010, "people")
	b.ReportMetric(205, "rules")
}

func BenchmarkSchedule(b *testing.B) {
	rules, _ := load(b, policy.ExampleFS())
	from := instant(b, "2026-06-01T00:00:00Z")
	for b.Loop() {
		_, err := rules.Schedule("order-portal", "production", from, from.AddDate(0, 0, 14))
		require.NoError(b, err)
	}
}
