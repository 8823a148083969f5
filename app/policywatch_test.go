package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/policy"
)

// edited is an example policy, and a function that edits its directory.
func edited(t *testing.T) (*policy.Source, func(from, to string)) {
	dir := t.TempDir()
	require.NoError(t, policy.WriteExample(dir))
	source, err := policy.OpenSource(policy.SourceConfig{Dir: dir, Logger: slog.New(slog.DiscardHandler), Settle: -1})
	require.NoError(t, err)
	return source, func(from, to string) {
		name := filepath.Join(dir, "directory", "groups.yaml")
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Contains(t, string(b), from)
		require.NoError(t, os.WriteFile(name, []byte(strings.Replace(string(b), from, to, 1)), 0o600))
	}
}

// A broken edit is reported once, repeated while it lasts and taken back when it
// is mended; what could not be sent is sent at the next look. It says where, not
// what: that may be about people.
func TestPolicyWatch_ReportsRepeatsAndTakesBack(t *testing.T) {
	source, edit := edited(t)
	var sent []compliance.AlertEvent
	var fails error
	w := policyWatch{source: source, send: func(_ context.Context, ev compliance.AlertEvent) error {
		if fails == nil {
			sent = append(sent, ev)
		}
		return fails
	}}
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	look := func(after time.Duration) {
		now = now.Add(after)
		w.look(t.Context(), now)
	}
	look(0)
	look(policyLook)
	require.Len(t, sent, 1, "the first word takes back what an earlier process said, and is not repeated")
	require.False(t, sent[0].Firing)

	edit("[p-farah, p-hana]", "[p-farah, p-nobody-knows]")
	fails = errors.New("the engine is away")
	look(policyLook)
	fails = nil
	look(policyLook)
	look(policyLook)
	require.Len(t, sent, 2)
	require.True(t, sent[1].Firing)
	require.Contains(t, sent[1].Text, "directory/groups.yaml line ")
	require.NotContains(t, sent[1].Text, "nobody-knows")
	require.Equal(t, source.TroubleSince().UTC(), sent[1].StartsAt)
	look(policyRepeat)
	require.Len(t, sent, 3, "another process may have taken it back")
	require.Equal(t, sent[1].Delivery, sent[2].Delivery)

	edit("p-nobody-knows", "p-nobody-else")
	look(policyLook)
	require.Len(t, sent, 4)
	require.NotEqual(t, sent[2].Delivery, sent[3].Delivery, "something else is wrong now")
	require.Equal(t, sent[2].Key, sent[3].Key)

	edit("p-nobody-else", "p-hana")
	look(policyLook)
	look(policyRepeat)
	require.Len(t, sent, 5)
	require.False(t, sent[4].Firing)
}

func TestPolicyMetrics_TellOfABrokenEdit(t *testing.T) {
	source, edit := edited(t)
	registry := prometheus.NewRegistry()
	registry.MustRegister(policyMetrics(source)...)
	read := func() (problems, since float64) {
		all, err := registry.Gather()
		require.NoError(t, err)
		for _, m := range all {
			switch m.GetName() {
			case "countersign_policy_problems":
				problems = m.Metric[0].Gauge.GetValue()
			case "countersign_policy_broken_since_seconds":
				since = m.Metric[0].Gauge.GetValue()
			}
		}
		return problems, since
	}
	problems, since := read()
	require.Zero(t, problems)
	require.Zero(t, since)
	edit("[p-farah, p-hana]", "[p-farah, p-nobody]")
	problems, since = read()
	require.Positive(t, problems)
	require.InDelta(t, time.Now().Unix(), since, 3600)
	edit("p-nobody", "p-hana")
	problems, since = read()
	require.Zero(t, problems)
	require.Zero(t, since)
}
