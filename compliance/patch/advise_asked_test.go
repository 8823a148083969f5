package patch_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/patch"
)

// A rollout that somebody asked for has its vulnerability as one that a feed opened:
// it is informed, and no second one opens. What is informed once stays known when it
// is over; where one is over and another under way, the one under way is told.
func TestAdviceToARolloutThatSomebodyAskedFor(t *testing.T) {
	const cve = "CVE-2026-1"
	installed := []patch.Installed{portal("portal")}
	entry := patch.Exploited{CVE: cve, Vendor: "Siemens", Product: "Mendix", Added: since}
	c := catalogue(patch.Answered{CVE: cve, Answer: patch.Yes})
	c.Entries = []patch.Exploited{entry}
	asked := patch.Advised{
		Kind: patch.OpenRollout, System: "portal", Class: "lowcode", Rollout: "patch/1", Number: "PAT-1", Asked: true,
		Vulnerabilities: []patch.Vulnerability{{ID: cve}},
	}
	known := []patch.Advised{asked}
	news := patch.Advise(entry.Notice("kev", "1", ""), installed, known, c, lookBack)
	require.Len(t, news, 1)
	require.Equal(t, patch.InformRollout, news[0].Kind)
	require.Equal(t, "patch/1", news[0].Rollout)
	require.Equal(t, patch.Yes, news[0].Vulnerabilities[0].Exploited)

	told := taken(known, news)
	require.False(t, told[0].Asked)
	require.Empty(t, patch.Advise(entry.Notice("kev", "1", ""), installed, told, c, lookBack), "once")
	require.Empty(t, patch.Refresh(told, c))

	told[0].Over, told[0].State = true, patch.Completed
	require.Empty(t, patch.Advise(entry.Notice("kev", "2", ""), installed, told, c, lookBack), "mended")

	for name, change := range map[string]func(*patch.Advised){
		"another system":        func(k *patch.Advised) { k.System = "yard" },
		"another class":         func(k *patch.Advised) { k.Class = "flows" },
		"another vulnerability": func(k *patch.Advised) { k.Vulnerabilities = []patch.Vulnerability{{ID: "CVE-2026-2"}} },
	} {
		other := asked
		change(&other)
		opens := patch.Advise(entry.Notice("kev", "1", ""), installed, []patch.Advised{other}, c, lookBack)
		require.Len(t, opens, 1, name)
		require.Equal(t, patch.OpenRollout, opens[0].Kind, name)
	}

	ended := told[0]
	ended.State = patch.Rejected
	again := asked
	again.Rollout, again.Asked = "patch/2", false
	more := patch.Advise(entry.Notice("kev", "3", ""), installed, []patch.Advised{ended, again}, c, lookBack)
	require.Len(t, more, 1)
	require.Equal(t, "patch/2", more[0].Rollout)

	// An advisory that says nothing new is said to it all the same, once: it is known from then on.
	said := patch.Advise(patch.Notice{Feed: "publisher", ID: "A-1", Vulnerabilities: []patch.Vulnerability{{ID: cve}}}, installed, known, patch.Catalogued{}, lookBack)
	require.Len(t, said, 1)
	require.Equal(t, patch.InformRollout, said[0].Kind)
}
