package feed_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/patch"
)

// asks puts a rollout on record that somebody asked for, with its deadline.
func (w *world) asks(id string, cves ...string) {
	w.append(id, "received", rules.EventReceived, rules.Assessing, rules.ReceivedFacts{System: "yard-flows", Title: "Hotfix 2.1", CVEs: cves})
	for _, cve := range cves {
		w.append(id, "clock/"+cve, rules.EventClock, "", rules.ClockFacts{Clock: rules.Clock{Vulnerability: cve, Asset: "yard-gate"}})
	}
}

func (w *world) append(id, step, kind string, state rules.State, facts any) {
	raw, err := json.Marshal(facts)
	require.NoError(w.T, err)
	ev := evidence.Event{Key: id + "/" + step, Type: kind, Schema: 1, Subject: id, State: string(state), Final: state.Terminal(), At: w.now, Facts: raw}
	if kind == rules.EventReceived {
		ev.Series = patch.Series
	}
	_, err = w.Log.Append(context.Background(), []evidence.Event{ev})
	require.NoError(w.T, err)
}

// A rollout that somebody asked for is informed of what feeds say about what it mends,
// and no second one opens, also when it is over later. One that was over before a feed
// spoke is nothing to it: the feed opens its own (P13, P15). Requirement 16.
func TestP15_ARolloutThatSomebodyAskedForIsInformed(t *testing.T) {
	w := newWorld(t)
	running, refused, elsewhere := patch.WorkflowID("running"), patch.WorkflowID("refused"), patch.WorkflowID("nothing-named")
	w.asks(running, "CVE-2024-39888", "CVE-2026-0001")
	w.asks(refused, "CVE-2024-33500")
	w.append(refused, "closed", rules.EventClosed, rules.Rejected, rules.MovedFacts{To: rules.Rejected})
	w.asks(elsewhere)
	require.NoError(t, w.pass(0))
	require.Equal(t, first[:3], w.opened(), "and none for ICSA-24-193-08")
	require.Len(t, w.news, 1)
	require.Len(t, w.news[running], 2, "the advisory, and the catalogue about the other vulnerability")
	own := w.news[running][0].Vulnerabilities[0]
	require.Equal(t, "CVE-2024-39888", own.ID)
	require.Equal(t, []string{"V10.0.2"}, own.Fixed)
	require.NotEmpty(t, own.Evidence)

	w.now = w.now.Add(time.Hour)
	w.list("CVE-2026-0001", "Siemens", "Mendix Runtime", "2026-11-26")
	require.NoError(t, w.pass(4*time.Hour))
	require.Len(t, w.begun, 3)
	require.Len(t, w.news[running], 3)
	require.Equal(t, rules.Yes, w.news[running][2].Vulnerabilities[0].Exploited)

	w.append(running, "complete", rules.EventClosed, rules.Completed, rules.MovedFacts{To: rules.Completed})
	require.NoError(t, w.pass(4*time.Hour))
	require.NoError(t, w.pass(4*time.Hour))
	require.Len(t, w.begun, 3, "what it mended opens nothing")
	require.Len(t, w.news[running], 3)
}

// A rollout that is asked for while a slow publisher is read is informed by it, too.
func TestP15_ARolloutThatIsAskedForMeanwhileIsInformed(t *testing.T) {
	w := newWorld(t)
	w.at.Break("/csaf/index.json", true)
	running := patch.WorkflowID("meanwhile")
	w.after = func() {
		w.Env.RegisterDelayedCallback(func() {
			w.asks(running, "CVE-2024-39888")
			w.at.Break("/csaf/index.json", false)
		}, 4*time.Minute)
	}
	require.NoError(t, w.pass(0))
	require.Equal(t, first[:3], w.opened())
	require.NotEmpty(t, w.news[running])
}
