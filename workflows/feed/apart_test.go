package feed_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/integrations/advisories/advisoriestest"
	"github.com/lowcodex/countersign/workflows/patch"
)

// A publisher that is down holds up nobody's decisions but its own: what the others
// said is decided, done and told within two minutes. That it could not be reached is
// a finding after a quarter of an hour (P17, P18).
func TestP18_APublisherThatIsDownHoldsUpNobodyElse(t *testing.T) {
	w := newWorld(t)
	w.at.Break(advisoriestest.IndexPath, true)
	looked := false
	w.after = func() {
		w.Env.RegisterDelayedCallback(func() {
			looked = true
			require.Equal(t, first[:1], w.opened())
			require.Equal(t, 15, w.records()[kev+" quarantined"])
			_, told := w.titled("15 set aside")
			require.Equal(t, 1, told)
			require.Zero(t, w.records()[publisher+" feed"], "it is still tried")
		}, 2*time.Minute)
	}
	begun := w.now
	require.NoError(t, w.pass(0))
	require.True(t, looked)
	require.WithinRange(t, w.now, begun.Add(10*time.Minute), begun.Add(17*time.Minute))
	require.Equal(t, []rules.Reason{rules.FeedUnread}, w.turns(publisher))
	require.Len(t, w.raised, 1, "somebody is called about it")

	w.at.Break(advisoriestest.IndexPath, false)
	require.NoError(t, w.pass(4*time.Hour))
	require.Equal(t, first, w.opened())
}

// Advisories do not wait for a catalogue that is down either: what is in force of it
// counts, and where nothing is, the worse is assumed and shown. What it says when it
// is back reaches the rollouts in the same run.
func TestP18_AdvisoriesDoNotWaitForTheCatalogue(t *testing.T) {
	for name, readBefore := range map[string]bool{"never read": false, "in force": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if readBefore {
				w.at.Break(advisoriestest.IndexPath, true)
				require.NoError(t, w.pass(0))
				w.at.Break(advisoriestest.IndexPath, false)
			}
			w.at.Break(advisoriestest.KEVPath, true)
			looked := false
			w.after = func() {
				w.Env.RegisterDelayedCallback(func() {
					looked = true
					require.Subset(t, w.opened(), first[1:])
					for _, a := range w.begun {
						if a.Advisory == "CVE-2021-44228" {
							continue
						}
						for _, v := range a.Vulnerabilities {
							require.Equal(t, map[bool]rules.Answer{true: rules.No, false: ""}[readBefore], v.Exploited, a.Advisory)
							require.Equal(t, map[bool]rules.Reason{true: rules.OK, false: rules.FeedUnread}[readBefore], v.Feed)
						}
					}
					w.at.Break(advisoriestest.KEVPath, false)
				}, 3*time.Minute)
			}
			require.NoError(t, w.pass(4*time.Hour))
			require.True(t, looked)
			require.Equal(t, first, w.opened())
			require.Empty(t, w.turns(kev), "it was back in time")
			said := w.advised(rules.InformRollout, patch.AdvisoryID("ICSA-24-193-08", "yard-flows"))
			if readBefore {
				require.Empty(t, said)
				return
			}
			require.Len(t, said, 1)
			require.Equal(t, rules.No, said[0].Vulnerabilities[0].Exploited)
			require.Equal(t, rules.OK, said[0].Vulnerabilities[0].Feed)
			card, _ := w.titled("known-exploited in yard-flows")
			require.Contains(t, card.Status, "More became known after PAT-", "it has ended meanwhile: people hear it instead")
		})
	}
}

// advised lists what is on record about a rollout of this kind.
func (w *world) advised(kind rules.AdviceKind, rollout string) []rules.AdvisedFacts {
	var out []rules.AdvisedFacts
	for _, e := range w.Entries(rules.AdvisedSubject) {
		var f rules.AdvisedFacts
		require.NoError(w.T, json.Unmarshal(e.Record.Facts, &f))
		if f.Kind == kind && f.Rollout == rollout {
			out = append(out, f)
		}
	}
	return out
}

// A publisher has a quarter of an hour for all of its documents together: one that
// gives each of them late leaves the rest owed, and the run ends (P18).
func TestP18_ASlowPublisherIsOwedTheRest(t *testing.T) {
	w := newWorld(t)
	paths := []string{"/csaf/icsa-22-104-17.json", "/csaf/icsa-24-165-01.json", "/csaf/icsa-24-193-08.json"}
	for _, path := range paths {
		w.at.Break(path, true)
	}
	w.after = func() {
		w.Env.RegisterDelayedCallback(func() { w.at.Break(paths[0], false) }, 6*time.Minute)
		w.Env.RegisterDelayedCallback(func() { w.at.Break(paths[1], false) }, 11*time.Minute)
	}
	begun := w.now
	require.NoError(t, w.pass(0))
	require.WithinRange(t, w.now, begun.Add(11*time.Minute), begun.Add(17*time.Minute))
	require.Equal(t, first[:3], w.opened())
	require.Len(t, w.state.Feeds[1].Owed, 1)
	require.Equal(t, []rules.Reason{rules.FeedUnreachable}, w.turns(publisher))

	w.at.Break(paths[2], false)
	require.NoError(t, w.pass(4*time.Hour))
	require.Equal(t, first, w.opened())
	require.Equal(t, []rules.Reason{rules.FeedUnreachable, rules.OK}, w.turns(publisher))
}
