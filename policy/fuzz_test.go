package policy

import (
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
)

// FuzzParseFile feeds one file to the whole loader: whatever it holds, the
// loader ends, names every problem with a file and a text, and gives a policy
// exactly when there is no problem.
func FuzzParseFile(f *testing.F) {
	err := fs.WalkDir(ExampleFS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(ExampleFS(), name)
		f.Add(name, data)
		return err
	})
	require.NoError(f, err)
	for _, text := range []string{
		"", "\xff", "a: &x [*x]", "? a\n: b", "- - - -", "{{{{[[[[", "a: |\n  b\nc: >-\n  d", "a: .inf", "a: 0x1F\nb: 1e999",
		"apiVersion: countersign/v1\nkind: calendars\ncalendars: [{name: a, zone: ../../etc/passwd}]",
		"apiVersion: countersign/v1\nkind: people\npeople: [{id: a, name: a, zone: UTC, accounts: {a: a}, deputies: [{person: a, from: 0000-01-01, until: 9999-12-31}]}]",
	} {
		f.Add("rules/calendars.yaml", []byte(text))
		f.Add("directory/people.yaml", []byte(text))
	}
	const header = "apiVersion: countersign/v1\nkind: "
	for name, text := range map[string]string{
		"artefacts":  "channel: changes\nfallback: p-alice\ngrace_approvers: [security]\nclasses: [{name: a, title: A}]\nvendors: [{id: a, name: A, owner: p-alice, sponsor: p-alice, systems: [], contacts: [{name: x, email: a@b}], artefacts: [{id: a, class: a, title: A, needed_by: 2199-12-31}]}]",
		"escalation": "channels: {default: [mail]}\nrotations: [{name: a, versions: [{version: a, zone: Pacific/Apia, from: 2011-12-29T24:00, every: daily, members: [p-alice]}]}, {name: b, sun: [{rotation: a, zone: UTC, at: 00:00}, {rotation: a, zone: UTC, at: 23:59}]}]\npolicies: [{name: a, rounds: 1, fallback: {kind: person, name: p-alice}, steps: [{name: a, delay: 1s, targets: [{kind: rotation, name: b}]}]}]\nalerts: [{name: a, policy: a, channel: changes}]",
		"patch":      "look_back: 1d\nwatch: 1d\ntable: {name: own, rows: [{exploited: yes, exposed: no, automatable: no, impact: total, days: 3650}]}\nfeeds: [{id: k, kind: kev, address: /k}]\nclasses: [{name: a, chain: standard, sponsor: p-alice, rings: [{name: r, suites: [s], write_probe: w, duration: 1h, attempts: 1}]}]\ntargets: [{id: t, system: sandbox, environment: sandbox, class: a, ring: r, platform: p, address: A, exposed: unknown}]\nsuites: [{name: s, cases: [{name: c, method: GET, path: /, expect: {status: 200}}]}]",
	} {
		f.Add("rules/"+name+".yaml", []byte(header+name+"\n"+text))
	}
	base := read(ExampleFS())
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		if len(data) > 1<<16 || !(strings.HasPrefix(name, "rules/") || strings.HasPrefix(name, "directory/")) {
			t.Skip()
		}
		edited := files{data: map[string][]byte{name: data}, names: []string{name}}
		for _, n := range base.names {
			if n != name {
				edited.names = append(edited.names, n)
				edited.data[n] = base.data[n]
			}
		}
		rules, directory, problems := edited.load()
		for _, p := range problems {
			require.NotEmpty(t, p.File)
			require.NotEmpty(t, p.Text)
			require.GreaterOrEqual(t, p.Line, 0)
		}
		if len(problems) == 0 {
			require.NotNil(t, rules)
			require.NotNil(t, directory)
			restored, err := Restore(rules.Canonical())
			require.NoError(t, err)
			require.Equal(t, rules.Hash, restored.Hash)
			accepted(t, rules)
		} else {
			require.Nil(t, rules)
		}
	})
}

// accepted wants of a policy that was let through what its users rely on: plans
// and escalation policies pass their own checks, every alert has a route, and
// everybody who is on call can be rendered.
func accepted(t *testing.T, rules *Rules) {
	for _, of := range rules.Rollouts() {
		plan, ok := rules.PatchPlan(of, soundPayload())
		require.True(t, ok)
		require.Empty(t, plan.Check())
	}
	for _, name := range rules.EscalationPolicies() {
		p, _ := rules.EscalationPolicy(name)
		require.Empty(t, p.Check())
	}
	for _, name := range rules.ArtefactClasses() {
		class, _ := rules.ArtefactClass(name)
		require.NoError(t, class.Ladder.Check())
	}
	if len(rules.EscalationPolicies()) > 0 {
		routed, ok := rules.RouteAlert(compliance.AlertEvent{Source: "anything", Severity: "odd"})
		require.True(t, ok)
		require.NotEmpty(t, routed.Policy.Steps)
	}
	from := time.Date(2026, 3, 27, 0, 0, 0, 0, time.UTC)
	for _, name := range rules.Rotations() {
		roster, err := rules.Shifts(name, from, from.AddDate(0, 0, 4))
		require.NoError(t, err)
		for i := 1; i < len(roster.Shifts); i++ {
			require.False(t, roster.Shifts[i].Start.Before(roster.Shifts[i-1].End), "two at once")
		}
	}
}
