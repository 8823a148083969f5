package steps

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
)

// onVulnerabilities is for asking a database about every package of a manifest, a
// thousand at a time, and looking up what it knows. When the time that the process
// gives it is over, the check that asked is an error, which has not passed.
func onVulnerabilities(within time.Duration) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:              compliance.QueueFeeds,
		StartToCloseTimeout:    5 * time.Minute,
		ScheduleToCloseTimeout: within,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 5 * time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
	}
}

// FindVulnerabilities asks what is known of the packages of a manifest, for as long
// as is given. A manifest that cannot be read ends it at once.
func FindVulnerabilities(ctx workflow.Context, within time.Duration, in FindVulnerabilitiesInput) (FoundVulnerabilities, error) {
	var v *activities.Vulnerabilities
	return run[FindVulnerabilitiesInput, FoundVulnerabilities](ctx, onVulnerabilities(within), v.FindVulnerabilities, in)
}

// RecallAdvisories lists the published advisories that are on record.
func RecallAdvisories(ctx workflow.Context, in RecallAdvisoriesInput) (RecalledAdvisories, error) {
	var e *activities.Evidence
	return run[RecallAdvisoriesInput, RecalledAdvisories](ctx, onRecord(), e.RecallAdvisories, in)
}

// What the steps about vulnerabilities take and give.
type (
	FindVulnerabilitiesInput = activities.FindVulnerabilitiesInput
	FoundVulnerabilities     = activities.FoundVulnerabilities
	RecallAdvisoriesInput    = activities.RecallAdvisoriesInput
	RecalledAdvisories       = activities.RecalledAdvisories
)
