package main

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/policy"
)

func TestParts_AreChosenByName(t *testing.T) {
	got, err := options{part: "all"}.parts()
	require.NoError(t, err)
	require.Equal(t, parts(), got)
	got, err = options{part: "patch,incident"}.parts()
	require.NoError(t, err)
	require.Equal(t, []string{partPatch, partIncident}, got)
	_, err = options{part: "incident,weather"}.parts()
	require.ErrorContains(t, err, `no part "weather"`)
}

// Every figure of a part is judged, and one that falls short is said to.
func TestParts_SayWhatFallsShort(t *testing.T) {
	good := report{
		Incidents: &incidents{
			N: 300, Rate: 5, FirstSend: spread{N: 300, P50: 1000, P99: 5000}, Late: spread{N: 300, P99: 2000}, Pages: 900, EventsMedian: 40, EventsMost: 45,
		},
		Patch: &rollouts{Targets: 10, Each: []rollout{
			{AfterWorker: 2000, AfterEngine: 2000, wayBack: wayBack{Begun: 5000, Over: 20_000}}, {AfterWorker: 1, AfterEngine: 1, wayBack: wayBack{Begun: 1, Over: 1}},
		}},
		Trackers: &trackers{Quiet: 200, Unanswered: 200, Idle: []idle{
			{Trackers: 0, MB: map[string]int64{"worker": 9999, "engine": 9999}},
			{Trackers: 20_000, MB: map[string]int64{"worker": productBoundMB - 100, "evidence": 60, "gateway": 40, "engine": engineBoundMB}},
		}},
		Waiting: &waiting{
			N: 10_000, Steady: woken{N: 1200, Late: spread{N: 1200, P99: 2000}}, Herd: woken{N: 1000, drained: drained{Events: 70}}, Bare: drained{Events: 100},
			Page: spread{N: 20, P50: 200}, PageRows: 100, Worker: 300,
		},
	}
	bad := report{
		Incidents: &incidents{
			N: 300, Rate: 5, FirstSend: spread{N: 299, P50: 1001, P99: 5001}, Late: spread{N: 300, P99: 2001}, Lost: 1, Doubled: 1, EventsMost: 46,
		},
		Patch: &rollouts{Targets: 10, Each: []rollout{
			{AfterWorker: 1, AfterEngine: 1, wayBack: wayBack{Begun: 1, Over: 1}}, {AfterWorker: 2001, AfterEngine: 2001, wayBack: wayBack{Begun: 5001, Over: 20_001}},
		}},
		Trackers: &trackers{Quiet: 201, Unanswered: 201, Idle: []idle{
			{Trackers: 20_000, MB: map[string]int64{"worker": productBoundMB + 1, "engine": engineBoundMB + 1}},
		}},
		Waiting: &waiting{
			N: 10_000, Steady: woken{N: 1200, Lost: 1, Late: spread{N: 1199, P99: 1}}, Herd: woken{N: 1000, drained: drained{Events: 69}}, Bare: drained{Events: 100},
			Page: spread{N: 20, P50: 201}, PageRows: 100, Worker: 301,
		},
	}
	for _, c := range []struct {
		r    report
		want bool
	}{{good, true}, {bad, false}} {
		c.r.judge()
		require.Len(t, c.r.Targets, 6+4+4+5)
		for _, f := range c.r.Targets {
			require.Equal(t, c.want, f.Met, f.What)
		}
		var text bytes.Buffer
		c.r.write(&text)
		require.Equal(t, !c.want, bytes.Contains(text.Bytes(), []byte("SHORT")))
	}
}

// Lost alerts are told from late ones: a percentile of those that were paged says
// nothing of those that were not.
func TestParts_ALostPageIsNoGoodFigure(t *testing.T) {
	r := report{Incidents: &incidents{N: 2, FirstSend: spread{N: 1, P50: 1, P99: 1}, Late: spread{N: 1}, EventsMost: 1, Lost: 2}}
	r.judge()
	for _, f := range r.Targets[:3] {
		require.False(t, f.Met, f.What)
	}
}

// A waking is read from the last timer on; a history in which nothing followed is none.
func TestWaiting_AWakingIsReadFromItsHistory(t *testing.T) {
	at := func(ms int) *timestamppb.Timestamp { return timestamppb.New(time.UnixMilli(int64(ms))) }
	events := func(kinds ...enumspb.EventType) *historypb.History {
		h := &historypb.History{}
		for i, kind := range kinds {
			h.Events = append(h.Events, &historypb.HistoryEvent{EventId: int64(i + 1), EventType: kind, EventTime: at(100 * i)})
		}
		return h
	}
	const fired, decided, done = enumspb.EVENT_TYPE_TIMER_FIRED, enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED
	got, after, err := wakeIn(events(decided, fired, done, fired, decided, done, decided, done))
	require.NoError(t, err)
	require.Equal(t, wake{decided: at(400).AsTime(), called: at(700).AsTime(), events: 5}, got)
	require.Len(t, after.Events, 4)
	for _, h := range []*historypb.History{events(decided, done), events(fired, decided), events(fired, done)} {
		_, _, err := wakeIn(h)
		require.Error(t, err)
	}
}

func TestPages_AreReadFromTheProvider(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	message := func(channel, title, key string, s int) slacktest.Message {
		meta, err := json.Marshal(map[string]any{"event_type": "countersign_card", "event_payload": map[string]string{"key": key}})
		require.NoError(t, err)
		return slacktest.Message{Channel: channel, Text: "[sev1] " + title, Metadata: meta, PostedAt: at(s)}
	}
	const run = "incident/3f2a9c1b7d04/01a2"
	found := pagesIn(slacktest.Snapshot{Messages: []slacktest.Message{
		message("D1", "figure 0001.", run+"/page/2/p-ann/slack", 30),
		message("D1", "figure 0001.", run+"/page/1/p-ann/slack", 10),
		message("D2", "figure 0001.", run+"/page/2/p-bob/slack", 31),
		message("D2", "figure 0001.", run+"/page/2/p-bob/slack", 32), // once more
		message("C1", "figure 0001.", run+"/card", 1),                // its card
		message("D1", "warm-up 0002.", run+"/page/1/p-ann/slack", 2), // not of this stretch
	}}, "figure")
	require.Equal(t, map[string]*paged{"figure 0001.": {
		subject: "incident/3f2a9c1b7d04",
		levels:  map[int][]time.Time{1: {at(10)}, 2: {at(30), at(31), at(32)}},
		keys:    map[string]int{run + "/page/1/p-ann/slack": 1, run + "/page/2/p-ann/slack": 1, run + "/page/2/p-bob/slack": 2},
	}}, found)
}

// The policies of the parts are policies.
func TestParts_PoliciesAreInOrder(t *testing.T) {
	for name, edit := range map[string]func(string) error{
		partIncident: onCall, partPatch: rolledOut(10, time.Second), partCertification: owed(many(250)),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, policy.WriteExample(dir))
			require.NoError(t, edit(dir))
			_, _, err := policy.Load(dir)
			require.NoError(t, err)
		})
	}
}
