package steps

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
)

// onFeed is for fetching a publisher's document, which the integration gives 25
// seconds with all redirects, and storing it. When the time that the process gives
// it is over, the process reports that the feed could not be read, which is a
// finding, and goes on with what it has.
func onFeed(within time.Duration) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:              compliance.QueueFeeds,
		StartToCloseTimeout:    time.Minute,
		ScheduleToCloseTimeout: within,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 5 * time.Second, BackoffCoefficient: 2, MaximumInterval: 2 * time.Minute},
	}
}

// ReadFeed fetches a feed and says what in it concerns the reader, trying it again
// for as long as is given.
func ReadFeed(ctx workflow.Context, within time.Duration, in ReadFeedInput) (FeedReading, error) {
	var f *activities.Feeds
	return run[ReadFeedInput, FeedReading](ctx, onFeed(within), f.ReadFeed, in)
}

// What reading a feed takes and gives.
type (
	ReadFeedInput = activities.ReadFeedInput
	FeedReading   = activities.FeedReading
	FeedHeld      = activities.FeedHeld
	FeedAnswer    = activities.FeedAnswer
)

// ResolveFeeds says which feeds are read, for what, and who is told about it.
func ResolveFeeds(ctx workflow.Context) (ResolvedFeeds, error) {
	var r *activities.Rollouts
	return run[activities.ResolveFeedsInput, ResolvedFeeds](ctx, onRules(), r.ResolveFeeds, activities.ResolveFeedsInput{})
}

// RecallFeeds reads what is on record of feeds and of the rollouts that they opened.
func RecallFeeds(ctx workflow.Context, in RecallFeedsInput) (RecalledFeeds, error) {
	var e *activities.Evidence
	return run[RecallFeedsInput, RecalledFeeds](ctx, onRecord(), e.RecallFeeds, in)
}

// What the steps around feeds take and give.
type (
	ResolvedFeeds    = activities.ResolvedFeeds
	ResolvedFeed     = activities.ResolvedFeed
	FeedAudience     = activities.FeedAudience
	RecallFeedsInput = activities.RecallFeedsInput
	RecalledFeeds    = activities.RecalledFeeds
	RecalledFeed     = activities.RecalledFeed
	FeedRecord       = activities.FeedRecord
)
