package tests

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
)

// check: the advisory opened one rollout, the catalogue informed it once, what
// contradicted itself was set aside and told once, and each turn of the feed's
// standing is there once, on one card.
func (s *feedsStory) check(ctx context.Context, f *findings) {
	entries, _ := s.c.recordsOf(ctx, f, rules.AdvisedSubject)
	said := map[rules.AdviceKind]int{}
	for _, e := range entries {
		if a := factsIn[rules.AdvisedFacts](f, e); a.Rollout == s.subject() || a.Document == s.advisory || a.Document == s.cve {
			said[a.Kind]++
		}
	}
	f.counted("rollouts that were opened", said[rules.OpenRollout], 1)
	f.counted("news for the rollout", said[rules.InformRollout], 1)
	f.counted("other advice", len(said), 2)

	entries, _ = s.c.recordsOf(ctx, f, rules.FeedSubject(standKEV))
	doubts, releases := 0, 0
	var turns []string
	for _, e := range entries[min(s.before[standKEV], len(entries)):] {
		of := factsIn[rules.FeedFacts](f, e)
		switch {
		case len(of.Quarantined) > 0 && of.Quarantined[0].CVE == s.doubted:
			doubts++
		case of.Turn > 0:
			turns = append(turns, string(of.Reason))
		case of.Digest != "":
			releases++
		}
	}
	f.counted("records of the entry that was set aside", doubts, 1)
	f.counted("releases that came in force", releases, 3)
	f.listed("the feed stood", turns, []string{string(rules.FeedOlder), string(rules.OK)})

	_, types := s.c.recordsOf(ctx, f, s.subject())
	f.listed("records of the rollout are", types, []string{"received", "clock", "clock", "clock", "clock"})
	s.checkCards(f, 1, "Waits for a payload", 2)
	snap := s.c.w.Site.Slack.Snapshot()
	aside := 0
	for _, m := range about(snap, "Feed "+standKEV) {
		if strings.Contains(m.Shown(), s.doubted) {
			aside++
		}
	}
	f.counted("cards about what was set aside", aside, 1)
}

func factsIn[F any](f *findings, e evidence.Entry) (facts F) {
	if err := json.Unmarshal(e.Record.Facts, &facts); err != nil {
		f.lost("the record of %s cannot be read: %v", e.Record.Key, err)
	}
	return facts
}

// cut takes what is between two lines out of the policy's file about patching.
func cut(t testing.TB, dir, from, to string) {
	t.Helper()
	path := filepath.Join(dir, "rules", "patch.yaml")
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(b), from)
	require.True(t, ok)
	_, after, ok := strings.Cut(rest, to)
	require.True(t, ok)
	require.NoError(t, os.WriteFile(path, []byte(before+to+after), 0o600))
}
