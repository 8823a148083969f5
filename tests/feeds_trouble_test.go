package tests

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/integrations/advisories/advisoriestest"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/feed"
)

// turns lists the standings of the catalogue that are on record.
func (p *newsroom) turns() []rules.Reason {
	p.T.Helper()
	entries := facts[rules.FeedFacts](p.T.(*testing.T), p.World, rules.FeedSubject("known-exploited"), rules.EventFeed)
	var out []rules.Reason
	for _, f := range entries {
		if f.Turn > 0 {
			out = append(out, f.Reason)
		}
	}
	return out
}

// A release older than the one in force and one that was cut off at an entry are
// refused; people see why on one card, and on the same one that it is over. A
// publisher that answers with a page or half a document for a while is waited for,
// and is no finding.
// Requirement 15.
func TestFeeds_WhatCannotBeBelievedIsAFinding(t *testing.T) {
	t.Parallel()
	p := newNewsroom(t, harness.WorldOptions{})
	p.Run(app.RoleAll)
	p.Card("Feed known-exploited: 15 set aside", harness.Says("CVE-2021-34527"))
	good := p.at.Document(advisoriestest.KEVPath)
	held := p.readNow()["known-exploited"]

	for text, c := range map[string]struct {
		from, to string
		want     rules.Reason
	}{
		"older":   {`"dateReleased":"2025-08-25T17`, `"dateReleased":"2025-08-25T07`, rules.FeedOlder},
		"cut off": {`"count":42`, `"count":1404`, rules.FeedRejected},
	} {
		bad := strings.Replace(compact(t, good), c.from, c.to, 1)
		require.NotEqual(t, compact(t, good), bad)
		p.at.Publish(advisoriestest.KEVPath, []byte(bad), time.Now())
		now := p.readNow()["known-exploited"]
		require.Equal(t, c.want, now.Found, text)
		require.Equal(t, held.Digest, now.Digest, "what was in force stays so")
		p.Card("Feed known-exploited", harness.Says(c.want.Text()))
		p.at.Publish(advisoriestest.KEVPath, good, time.Now())
		require.Equal(t, rules.OK, p.readNow()["known-exploited"].Found)
		p.Card("Feed known-exploited", harness.Says("It is read again"))
	}
	require.Len(t, p.turns(), 4)
	p.RecordHistory(p.lastRun(), "feed-well-again")

	p.list("CVE-2026-7777")
	p.at.Set(advisoriestest.Page)
	read := make(chan map[string]feed.Held, 1)
	go func() { read <- p.readNow() }()
	for _, next := range []advisoriestest.Trouble{advisoriestest.Cut, advisoriestest.None} {
		asked := p.at.Requests()
		require.Eventually(t, func() bool { return p.at.Requests() >= asked+2 }, harness.StoryWithin, 20*time.Millisecond)
		p.at.Set(next)
	}
	select {
	case now := <-read:
		require.Equal(t, rules.OK, now["known-exploited"].Found)
		require.NotEqual(t, held.Digest, now["known-exploited"].Digest)
	case <-time.After(3 * harness.StoryWithin):
		require.FailNow(t, "the reading did not end")
	}
	require.Len(t, p.turns(), 4)
	require.Empty(t, p.Verify().Findings)
}

// Runs that overlap, and a worker that is started anew in the middle, leave one
// record, one card and one rollout.
func TestFeeds_RunsThatOverlapAreOne(t *testing.T) {
	t.Parallel()
	p := newNewsroom(t, harness.WorldOptions{})
	stop := p.Run(app.RoleAll)
	ctx, cancel := context.WithTimeout(context.Background(), 2*harness.StoryWithin)
	defer cancel()
	var runs []client.WorkflowRun
	for range 3 {
		run, err := p.Client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
			ID: feed.ScheduleID + "-" + uuid.NewString(), TaskQueue: compliance.QueueWorkflows,
		}, feed.Type, feed.Input{})
		require.NoError(t, err)
		runs = append(runs, run)
	}
	stop()
	p.Run(app.RoleAll)
	for _, run := range runs {
		require.NoError(t, run.Get(ctx, nil))
	}
	p.readNow()
	p.Card("Advisory ICSA-24-193-08", harness.Says("Waits for a payload"))
	require.Len(t, facts[rules.AdvisedFacts](t, p.World, rules.AdvisedSubject, rules.EventAdvised), 3)
	require.Len(t, facts[rules.FeedFacts](t, p.World, rules.FeedSubject("known-exploited"), rules.EventQuarantined), 15)
	require.Len(t, facts[rules.FeedFacts](t, p.World, rules.FeedSubject("known-exploited"), rules.EventFeed), 2)
	standings, err := p.Reader().Standings(ctx, "PAT")
	require.NoError(t, err)
	require.Len(t, standings, 3)
	require.Empty(t, p.Verify().Findings)
}

// The schedule follows the policy: one for the installation, whichever workers make
// it, at another interval once the policy says so, and gone when nothing is read.
func TestFeeds_TheScheduleFollowsThePolicy(t *testing.T) {
	t.Parallel()
	p := newNewsroom(t, harness.WorldOptions{})
	ctx, cancel := context.WithTimeout(context.Background(), 3*harness.StoryWithin)
	defer cancel()
	schedule := func() (time.Duration, bool) {
		d, err := p.Client.ScheduleClient().GetHandle(ctx, feed.ScheduleID).Describe(ctx)
		if none := (*serviceerror.NotFound)(nil); errors.As(err, &none) {
			return 0, false
		}
		require.NoError(t, err)
		require.Len(t, d.Schedule.Spec.Intervals, 1)
		return d.Schedule.Spec.Intervals[0].Every, true
	}
	comes := func(want time.Duration) {
		t.Helper()
		require.Eventually(t, func() bool { every, there := schedule(); return there == (want > 0) && every == want }, harness.StoryWithin, 50*time.Millisecond)
	}
	path := filepath.Join(p.Policy, "rules", "patch.yaml")
	edit := func(from, to string) {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Contains(t, string(b), from)
		require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(b), from, to, 1)), 0o600))
	}
	stop, other := p.Run(app.RoleAll), p.Run(app.RoleWorkflows)
	comes(4 * time.Hour)
	stop()
	other()
	edit("kind: kev,", "kind: kev, max_age: 2h,")
	stop, other = p.Run(app.RoleAll), p.Run(app.RoleWorkflows)
	comes(30 * time.Minute)
	stop()
	other()
	edit("    products: [{vendor: Siemens, product: Mendix}]\n", "")
	p.Run(app.RoleAll)
	comes(0)
}
