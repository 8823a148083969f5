package app

import (
	"context"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/workflows/feed"
)

// readFeeds has feeds read as often as the policy wants it, and once when this process starts.
func (a *App) readFeeds(ctx context.Context) error {
	return a.keep(ctx, kept{what: "the reading of feeds", id: feed.ScheduleID, every: everyReading, options: feedSchedule, atStart: true})
}

// everyReading goes by the feed that is stale first; zero: there is nothing to read.
func everyReading(r *policy.Rules) time.Duration {
	all, ok := r.Patching()
	if !ok || len(r.Installed()) == 0 {
		return 0 // nothing could follow from a reading
	}
	shortest := time.Duration(0)
	for _, f := range all.Feeds {
		if shortest == 0 || f.MaxAge < shortest {
			shortest = f.MaxAge
		}
	}
	return rules.FeedInterval(shortest)
}

// feedSchedule reads at intervals. A reading that was missed is made up for once,
// if the next one is not due yet; while one is under way none begins.
func feedSchedule(every time.Duration) client.ScheduleOptions {
	return client.ScheduleOptions{
		Spec: client.ScheduleSpec{
			Intervals: []client.ScheduleIntervalSpec{{Every: every}},
			// Installations do not all ask at the full hour.
			Jitter: min(every/10, 10*time.Minute),
		},
		Action: &client.ScheduleWorkflowAction{
			ID: feed.ScheduleID, Workflow: feed.Type, TaskQueue: compliance.QueueWorkflows, Args: []any{feed.Input{}},
		},
		CatchupWindow: every,
		Note:          "Reads the policy's feeds of advisories and opens or informs rollouts.",
	}
}
