package policy_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/policy"
)

func payload() patch.Payload {
	return patch.Payload{Title: "Node-RED", Version: "4.1.2", Digest: "sha256:" + strings.Repeat("ab", 32)}
}

func TestRolloutsOfTheExample(t *testing.T) {
	rules, directory := load(t, policy.ExampleFS())
	all, ok := rules.Patching()
	require.True(t, ok)
	require.Equal(t, 90*24*time.Hour, all.LookBack)
	require.Equal(t, 30*24*time.Hour, all.Watch)
	feed := func(id string, kind compliance.FeedKind, address string) policy.PatchFeed {
		return policy.PatchFeed{Feed: compliance.Feed{ID: id, Kind: kind, Address: address}, MaxAge: 26 * time.Hour}
	}
	require.Equal(t, []policy.PatchFeed{
		feed("known-exploited", compliance.FeedKEV, "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"),
		feed("node-red-advisory", compliance.FeedCSAF, "/var/lib/countersign/advisories/node-red.json"),
		feed("siemens", compliance.FeedCSAFIndex, "https://cert-portal.siemens.com/productcert/csaf/ssa-feed-tlp-white.json"),
	}, all.Feeds)
	bod, err := patch.DefaultTable()
	require.NoError(t, err)
	require.Equal(t, bod.Digest, all.Table.Digest)

	require.Equal(t, []policy.Rollout{{Class: "node-red", System: "yard-flows"}}, rules.Rollouts())
	plan, ok := rules.PatchPlan(rules.Rollouts()[0], payload())
	require.True(t, ok)
	require.Empty(t, plan.Check())
	require.Equal(t, payload(), plan.Payload)
	require.Equal(t, 24*time.Hour, plan.BackupMaxAge)
	require.Equal(t, []patch.Ring{
		{Name: "staging", Targets: []string{"yard-staging"}, Suites: []string{"flows-smoke", "flows-contract"}, WriteProbe: "edit-and-deploy-a-flow", Soak: 4 * time.Hour, Duration: time.Hour, Attempts: 3},
		{Name: "canary", Targets: []string{"yard-canary"}, Suites: []string{"flows-smoke"}, WriteProbe: "edit-and-deploy-a-flow", Soak: 24 * time.Hour, Duration: time.Hour, Attempts: 2, Critical: true},
		{Name: "production", Targets: []string{"yard-chicago", "yard-gate"}, Suites: []string{"flows-smoke"}, WriteProbe: "edit-and-deploy-a-flow", Soak: 24 * time.Hour, Duration: 2 * time.Hour, Attempts: 2, Critical: true},
	}, plan.Rings)
	for use, id := range map[policy.PlaceUse]string{policy.PlaceSource: "yard-dev", policy.PlaceScratch: "yard-scratch"} {
		places := rules.PatchPlaces(rules.Rollouts()[0], use)
		require.Len(t, places, 1)
		require.Equal(t, id, places[0].Place().ID)
	}
	for _, ring := range plan.Rings {
		for _, name := range ring.Suites {
			suite, ok := rules.Suite(name)
			require.True(t, ok, name)
			require.NotEmpty(t, suite.Cases)
			require.Empty(t, suite.Check())
		}
	}
	class, _ := rules.PatchClass("node-red")
	require.Equal(t, "standard", class.Chain)
	require.Equal(t, patch.EvidenceKinds(), class.Evidence)
	for _, of := range []policy.Rollout{{Class: "none", System: "yard-flows"}, {Class: "node-red", System: "sandbox"}} {
		_, ok = rules.PatchPlan(of, payload())
		require.False(t, ok)
	}

	gate, ok := rules.PatchTarget("yard-gate")
	require.True(t, ok)
	require.Equal(t, compliance.Target{ID: "yard-gate", Platform: "node-red", Address: "YARD_GATE"}, gate.Target())
	// Exposure is the target's; its impact stands in where the advisory is silent (P14).
	require.Equal(t, patch.Inputs{Exploited: patch.Yes, Exposed: patch.Yes, Automatable: patch.Unknown, Impact: patch.Total}, gate.Inputs(patch.Yes, patch.Unknown, patch.ImpactUnknown))
	require.Equal(t, patch.Partial, gate.Inputs(patch.Yes, patch.Unknown, patch.Partial).Impact)
	_, ok = rules.PatchTarget("none")
	require.False(t, ok)

	// P19: the system's owner, their manager, the class's sponsor; nobody who has left.
	now := instant(t, "2026-11-25T12:00:00Z")
	require.Equal(t, patch.Audience{Owner: "p-emeka", Manager: "p-dana", Sponsor: "p-dana"}, rules.PatchAudience(gate, directory, now))
	left := strings.Replace(string(example(t)[peopleFile].Data), "    name: Emeka Brandt\n", "    name: Emeka Brandt\n    active_to: \"2026-11-01\"\n", 1)
	_, later := load(t, with(t, map[string]string{peopleFile: left}))
	require.Equal(t, patch.Audience{Manager: "p-dana", Sponsor: "p-dana"}, rules.PatchAudience(gate, later, now))
	owned := strings.Replace(string(example(t)[patchFile].Data), "    sponsor: p-dana\n", "    sponsor: p-alice\n    owner: p-goran\n", 1)
	own, _ := load(t, with(t, map[string]string{patchFile: owned}))
	require.Equal(t, patch.Audience{Owner: "p-goran", Manager: "p-bruno", Sponsor: "p-alice"}, own.PatchAudience(gate, directory, now))
}

// P14: an own table answers as it is written, whatever the order of its rows,
// and is refused when it is not whole.
func TestP14_AnOwnTableOfDeadlines(t *testing.T) {
	var rows []string
	outcome := map[patch.Inputs]patch.Outcome{}
	for i := range 16 {
		answer := func(bit int) patch.Answer {
			if i>>bit&1 == 1 {
				return patch.Yes
			}
			return patch.No
		}
		in := patch.Inputs{Exploited: answer(0), Exposed: answer(1), Automatable: answer(2), Impact: patch.Partial}
		if answer(3) == patch.Yes {
			in.Impact = patch.Total
		}
		o := patch.Outcome{Days: i * 5, Forensic: i == 15}
		outcome[in] = o
		rows = append(rows, fmt.Sprintf("    - {exploited: %s, exposed: %s, automatable: %s, impact: %s, days: %d, forensic: %t}\n", in.Exploited, in.Exposed, in.Automatable, in.Impact, o.Days, o.Forensic))
	}
	file := func(rows []string) string {
		return strings.Replace(string(example(t)[patchFile].Data), "  name: bod-26-04\n", "  name: own\n  rows:\n"+strings.Join(rows, ""), 1)
	}
	rules, _ := load(t, with(t, map[string]string{patchFile: file(rows)}))
	all, _ := rules.Patching()
	for in, want := range outcome {
		require.Equal(t, want, all.Table.Decide(in).Outcome, in)
	}
	shuffled := append([]string(nil), rows...)
	rand.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	same, _ := load(t, with(t, map[string]string{patchFile: file(shuffled)}))
	again, _ := same.Patching()
	require.Equal(t, all.Table.Digest, again.Table.Digest)

	for name, c := range map[string]struct {
		rows []string
		want string
	}{
		"a row missing":              {rows[:15], `rules/patch.yaml:10: table.rows: 1 of 16 rows are missing, the first: exploited yes, exposed yes, automatable yes, impact total (`},
		"a row twice":                {append(append([]string(nil), rows...), rows[3]), `rules/patch.yaml:27: table.rows[16]: this row stands twice: exploited yes, exposed yes, automatable no, impact partial (`},
		"forensics without a date":   {append([]string{strings.Replace(rows[0], "false", "true", 1)}, rows[1:]...), `rules/patch.yaml:11: table.rows[0].forensic: forensics without a deadline (`},
		"a deadline of eleven years": {append([]string{strings.Replace(rows[0], "days: 0", "days: 4000", 1)}, rows[1:]...), `rules/patch.yaml:11: table.rows[0].days: maximum: got 4,000, want 3,650 (`},
	} {
		got := problems(t, with(t, map[string]string{patchFile: file(c.rows)}))
		require.True(t, strings.HasPrefix(got.Error(), c.want), "%s: %s", name, got)
		require.Len(t, got, 1, name)
	}
}

// A class names what feeds are read for; the first class of a system in the order
// of the targets has the short place, so that a class that is added later moves
// nothing.
func TestInstalledProductsOfAClass(t *testing.T) {
	rules, _ := load(t, policy.ExampleFS())
	require.Empty(t, rules.Installed())
	named := strings.Replace(string(example(t)[patchFile].Data), "    sponsor: p-dana\n", "    sponsor: p-dana\n    products: [{vendor: Siemens, product: Mendix}, {product: Node-RED}]\n", 1)
	rules, _ = load(t, with(t, map[string]string{patchFile: named}))
	require.Equal(t, []patch.Installed{{System: "yard-flows", Class: "node-red", Place: "yard-flows", Products: []patch.WantedProduct{
		{Vendor: "Siemens", Product: "Mendix"}, {Product: "Node-RED"},
	}}}, rules.Installed())
	restored, err := policy.Restore(rules.Canonical())
	require.NoError(t, err)
	require.Equal(t, rules.Installed(), restored.Installed())
	got := problems(t, with(t, map[string]string{patchFile: strings.Replace(named, "product: Node-RED", `product: "- -"`, 1)}))
	require.Contains(t, got.Error(), "classes[0].products[1].product: ")
}
