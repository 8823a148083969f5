// Package workflows registers every process with a worker.
package workflows

import (
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/workflows/certification"
	"github.com/lowcodex/countersign/workflows/change"
	"github.com/lowcodex/countersign/workflows/checkup"
	"github.com/lowcodex/countersign/workflows/exception"
	"github.com/lowcodex/countersign/workflows/feed"
	"github.com/lowcodex/countersign/workflows/incident"
	"github.com/lowcodex/countersign/workflows/observation"
	"github.com/lowcodex/countersign/workflows/patch"
	"github.com/lowcodex/countersign/workflows/queue"
	"github.com/lowcodex/countersign/workflows/record"
	"github.com/lowcodex/countersign/workflows/rules"
)

// Register makes the processes known to a worker of the workflows queue, under
// the names of their contracts.
func Register(r worker.WorkflowRegistry) {
	r.RegisterWorkflowWithOptions(change.Change, workflow.RegisterOptions{Name: change.Type})
	r.RegisterWorkflowWithOptions(change.SubmitChange, workflow.RegisterOptions{Name: change.SubmissionType})
	r.RegisterWorkflowWithOptions(change.StoreGateFile, workflow.RegisterOptions{Name: change.GateFileType})
	r.RegisterWorkflowWithOptions(change.ReadTicket, workflow.RegisterOptions{Name: change.ReadingType})
	r.RegisterWorkflowWithOptions(queue.Queue, workflow.RegisterOptions{Name: queue.Type})
	r.RegisterWorkflowWithOptions(patch.Payload, workflow.RegisterOptions{Name: patch.PayloadType})
	r.RegisterWorkflowWithOptions(patch.Rollout, workflow.RegisterOptions{Name: patch.Type})
	r.RegisterWorkflowWithOptions(feed.ReadFeeds, workflow.RegisterOptions{Name: feed.Type})
	r.RegisterWorkflowWithOptions(incident.Alert, workflow.RegisterOptions{Name: incident.AlertType})
	r.RegisterWorkflowWithOptions(incident.Incident, workflow.RegisterOptions{Name: incident.Type})
	r.RegisterWorkflowWithOptions(certification.Certification, workflow.RegisterOptions{Name: certification.Type})
	r.RegisterWorkflowWithOptions(certification.TrackArtefacts, workflow.RegisterOptions{Name: certification.TrackType})
	r.RegisterWorkflowWithOptions(exception.Exception, workflow.RegisterOptions{Name: exception.Type})
	r.RegisterWorkflowWithOptions(observation.LookAtTargets, workflow.RegisterOptions{Name: observation.LookType})
	r.RegisterWorkflowWithOptions(observation.Finding, workflow.RegisterOptions{Name: observation.Type})
	r.RegisterWorkflowWithOptions(record.Record, workflow.RegisterOptions{Name: record.Type})
	r.RegisterWorkflowWithOptions(rules.KeepRules, workflow.RegisterOptions{Name: rules.KeeperType})
	r.RegisterWorkflowWithOptions(rules.ProposeRules, workflow.RegisterOptions{Name: rules.ProposeType})
	r.RegisterWorkflowWithOptions(rules.TellChanges, workflow.RegisterOptions{Name: rules.TellType})
	r.RegisterWorkflowWithOptions(rules.ReadRules, workflow.RegisterOptions{Name: rules.ReadType})
	r.RegisterWorkflowWithOptions(checkup.Checkup, workflow.RegisterOptions{Name: checkup.Type})
}
