package steps

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
)

// platformBeat is how long a platform step may be silent: it says every four
// seconds that it is alive, whatever it waits for. A killed worker is noticed after
// this much, and the way back of a target stands still for no longer.
const platformBeat = 20 * time.Second

// onPlatformRead is for reading a target: two or three requests.
func onPlatformRead() workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:              compliance.QueuePlatforms,
		StartToCloseTimeout:    90 * time.Second,
		ScheduleToCloseTimeout: 5 * time.Minute,
		HeartbeatTimeout:       platformBeat,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 30 * time.Second},
	}
}

// onPlatformWrite is for changing a target: looking, writing, and following the
// write for half a minute until it is served.
func onPlatformWrite() workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:              compliance.QueuePlatforms,
		StartToCloseTimeout:    5 * time.Minute,
		ScheduleToCloseTimeout: 15 * time.Minute,
		HeartbeatTimeout:       platformBeat,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 2 * time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
	}
}

// onPlatformCheck is for suites and what runs one: at most 50 cases of 30
// seconds. An outcome of a check is a result, so only a lost worker or our own
// store is retried here.
func onPlatformCheck() workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:              compliance.QueuePlatforms,
		StartToCloseTimeout:    30 * time.Minute,
		ScheduleToCloseTimeout: 45 * time.Minute,
		HeartbeatTimeout:       platformBeat,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 2 * time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
	}
}

// onPlatformRestore is for the way back of one target. The others wait for it, so
// a target that does not come back within ten minutes is left to a person.
func onPlatformRestore() workflow.ActivityOptions {
	opts := onPlatformCheck()
	opts.StartToCloseTimeout, opts.ScheduleToCloseTimeout = 8*time.Minute, 10*time.Minute
	opts.RetryPolicy = &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 20 * time.Second}
	return opts
}

// SnapshotTarget saves what is on a target: the way back to it.
func SnapshotTarget(ctx workflow.Context, in SnapshotTargetInput) (TargetSnapshot, error) {
	var p *activities.Platforms
	return run[SnapshotTargetInput, TargetSnapshot](ctx, onPlatformRead(), p.SnapshotTarget, in)
}

// VerifyTarget reads what a target serves now.
func VerifyTarget(ctx workflow.Context, in VerifyTargetInput) (VerifiedTarget, error) {
	var p *activities.Platforms
	return run[VerifyTargetInput, VerifiedTarget](ctx, onPlatformRead(), p.VerifyTarget, in)
}

// ValidateArtifact asks what speaks against an artifact, without deploying it.
func ValidateArtifact(ctx workflow.Context, in ValidateArtifactInput) (compliance.ArtifactReport, error) {
	var p *activities.Platforms
	return run[ValidateArtifactInput, compliance.ArtifactReport](ctx, onPlatformRead(), p.ValidateArtifact, in)
}

// DeployToTarget puts an artifact on a target that is still as expected.
func DeployToTarget(ctx workflow.Context, in DeployToTargetInput) (Deployed, error) {
	var p *activities.Platforms
	return run[DeployToTargetInput, Deployed](ctx, onPlatformWrite(), p.DeployToTarget, in)
}

// FollowDeployment asks how far a deployment is that took longer than its step.
func FollowDeployment(ctx workflow.Context, in FollowDeploymentInput) (Deployed, error) {
	var p *activities.Platforms
	return run[FollowDeploymentInput, Deployed](ctx, onPlatformWrite(), p.FollowDeployment, in)
}

// RunSuite tests a target by calling what it serves.
func RunSuite(ctx workflow.Context, in RunSuiteInput) (compliance.CheckReport, error) {
	var p *activities.Platforms
	return run[RunSuiteInput, compliance.CheckReport](ctx, onPlatformCheck(), p.RunSuite, in)
}

// ProbeWrite edits, saves, publishes and calls a canary, and takes it away.
func ProbeWrite(ctx workflow.Context, in ProbeWriteInput) (compliance.CheckReport, error) {
	var p *activities.Platforms
	return run[ProbeWriteInput, compliance.CheckReport](ctx, onPlatformWrite(), p.ProbeWrite, in)
}

// RestoreTarget brings a saved artifact back, verified by reading and calling.
func RestoreTarget(ctx workflow.Context, in RestoreTargetInput) (RestoredTarget, error) {
	var p *activities.Platforms
	return run[RestoreTargetInput, RestoredTarget](ctx, onPlatformRestore(), p.RestoreTarget, in)
}

// ProveBackup restores a backup into a scratch target and reads it back.
func ProveBackup(ctx workflow.Context, in ProveBackupInput) (ProvedBackup, error) {
	var p *activities.Platforms
	return run[ProveBackupInput, ProvedBackup](ctx, onPlatformWrite(), p.ProveBackup, in)
}

// What these steps take and give.
type (
	SnapshotTargetInput   = activities.SnapshotTargetInput
	TargetSnapshot        = activities.TargetSnapshot
	VerifyTargetInput     = activities.VerifyTargetInput
	VerifiedTarget        = activities.VerifiedTarget
	ValidateArtifactInput = activities.ValidateArtifactInput
	DeployToTargetInput   = activities.DeployToTargetInput
	FollowDeploymentInput = activities.FollowDeploymentInput
	Deployed              = activities.Deployed
	RunSuiteInput         = activities.RunSuiteInput
	ProbeWriteInput       = activities.ProbeWriteInput
	RestoreTargetInput    = activities.RestoreTargetInput
	RestoredTarget        = activities.RestoredTarget
	ProveBackupInput      = activities.ProveBackupInput
	ProvedBackup          = activities.ProvedBackup
)

// The results of a deployment that a process decides upon.
const (
	DeployAccepted = activities.DeployAccepted
	DeployAlready  = activities.DeployAlready
	DeployConflict = activities.DeployConflict
	DeployRefused  = activities.DeployRefused
	DeployUnknown  = activities.DeployUnknown
)
